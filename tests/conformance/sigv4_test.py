# SPDX-License-Identifier: Apache-2.0
"""Our signatures against botocore's, over generated requests."""

import base64
import json
import os
import pathlib
import random
import subprocess
from datetime import datetime, timedelta, timezone
from unittest import mock
from urllib.parse import quote

import botocore.auth
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

COUNT = 4000
ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = pathlib.Path(os.environ.get("CROSSROLE_BUILD", ROOT / "build" / "dev")) / "tests" / "sign_tool"

SEGMENTS = ["", ".", "..", "a", "B c", "é", "~x", "a+b", "100%", "x=y", "ሴ", "-_.", "*", "(b)", "a:b", "@", "$", ",;"]
HEADER_VALUES = ["x", "  a   b  ", "a\tb", "a  \t  b", "", " ", "1,2", '"a  b"', "ü".encode().decode("latin-1"), "=&;", "x" * 300]
HEADER_NAMES = ["X-Amz-Meta-A", "x-custom", "Content-Type", "ACCEPT", "My-Header1", "User-Agent", "Connection", "X-Amz-Target",
                "X-Amz-Targeted", "Range", "Expect", "X-Amzn-Trace-Id", "Traceparent"]


def make_request(dice):
    path = "/" + "/".join(quote(dice.choice(SEGMENTS), safe="~") for _ in range(dice.randrange(6)))
    parameters = [(dice.choice(["a", "A", "b", "a-b", "ab", "a b", "é", "Action", "x~", "", "a%b"]),
                   dice.choice(["", "1", "2", "x y", "a/b", "=", "&", "é", "a+b", "~", "%41"])) for _ in range(dice.randrange(6))]
    query = "&".join(f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in parameters)
    headers = [[dice.choice(HEADER_NAMES), dice.choice(HEADER_VALUES)] for _ in range(dice.randrange(6))]
    host = dice.choice(["sts.us-east-1.amazonaws.com", "IAM.amazonaws.com", "localhost:4566", "127.0.0.1:80", "example.com:443",
                        "[::1]:9000"])
    moment = datetime(2015, 8, 30, tzinfo=timezone.utc) + timedelta(seconds=dice.randrange(400_000_000))
    service = dice.choice(["sts", "iam", "organizations", "sso", "s3", "service"])
    return {
        "method": dice.choice(["GET", "POST", "PUT", "DELETE", "HEAD"]),
        "url": f"{dice.choice(['http', 'https'])}://{host}{path}" + (f"?{query}" if query else ""),
        "headers": headers,
        "body": base64.b64encode(dice.randbytes(dice.choice([0, 0, 1, 20, 3000]))).decode(),
        "access_key_id": "AKIA" + str(dice.randrange(10**16)),
        "secret_access_key": base64.b64encode(dice.randbytes(30)).decode(),
        "session_token": base64.b64encode(dice.randbytes(200)).decode() if dice.random() < 0.5 else "",
        "region": dice.choice(["us-east-1", "eu-central-1", "us-gov-west-1", "cn-north-1"]),
        "service": service,
        "date": moment.strftime("%Y%m%dT%H%M%SZ"),
    }


def sign_with_botocore(request):
    credentials = Credentials(request["access_key_id"], request["secret_access_key"], request["session_token"] or None)
    signer = S3SigV4Auth if request["service"] == "s3" else SigV4Auth
    theirs = AWSRequest(method=request["method"], url=request["url"], data=base64.b64decode(request["body"]))
    for name, value in request["headers"]:
        theirs.headers[name] = value  # appends: the class keeps repeated names
    now = datetime.strptime(request["date"], "%Y%m%dT%H%M%SZ")
    with mock.patch.object(botocore.auth, "get_current_datetime", lambda *a, **k: now):
        signer(credentials, request["service"], request["region"]).add_auth(theirs)
    return theirs.headers["Authorization"]


def test_signatures_equal_botocores():
    assert TOOL.exists(), f"{TOOL} is not built: build the target sign_tool"
    dice = random.Random(20260102)
    requests = [make_request(dice) for _ in range(COUNT)]
    ran = subprocess.run([TOOL], input="\n".join(json.dumps(r) for r in requests), capture_output=True, text=True, check=True)
    answers = [json.loads(line) for line in ran.stdout.splitlines()]
    assert len(answers) == COUNT
    for request, answer in zip(requests, answers):
        assert answer.get("authorization") == sign_with_botocore(request), request
        assert answer["verified"] == "ok", request
