# SPDX-License-Identifier: Apache-2.0
"""Requests that no client sends by itself, to a Query and to a JSON service: AWS's codes and status for each."""

import datetime
import json
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest
from harness import clouds

QUERY, JSON = "iam", "organizations"
TARGET = "AWSOrganizationsV20161128."


def body_of(service, operation="", parameters=None):
    """(headers, body) of a good call, by default one that reads."""
    if service == QUERY:
        form = {"Action": operation or "ListAccountAliases", "Version": "2010-05-08", **(parameters or {})}
        return {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}, urllib.parse.urlencode(form)
    return {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": TARGET + (operation or "ListRoots")}, json.dumps(parameters or {})


@pytest.fixture
def ask(sim, monkeypatch):
    """`ask(service, …)`: signs, spoils and sends a request; answers status and code, or 200 and none."""

    def send(service, keys=None, headers=None, body=None, late=0, region=clouds.REGION, spoil=None):
        good = body_of(service)
        keys = keys or sim.keys(sim.customers[0])
        request = botocore.awsrequest.AWSRequest("POST", sim.url + "/", headers=headers or good[0], data=good[1] if body is None else body)
        moment = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=late)
        monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: moment)
        credentials = botocore.credentials.Credentials(keys.access_key_id, keys.secret_access_key, keys.session_token)
        botocore.auth.SigV4Auth(credentials, service, region).add_auth(request)
        prepared = request.prepare()
        named, content = dict(prepared.headers), prepared.body or b""
        content = content.encode() if isinstance(content, str) else content
        if spoil:
            content = spoil(named, content) or content
        try:
            with urllib.request.urlopen(urllib.request.Request(sim.url + "/", data=content, headers=named), timeout=30) as answer:
                return answer.status, None
        except urllib.error.HTTPError as error:
            told = error.read()
            if service == QUERY:
                found = xml.etree.ElementTree.fromstring(told)
                return error.code, next(element.text for element in found.iter() if element.tag.endswith("}Code") or element.tag == "Code")
            return error.code, json.loads(told)["__type"]

    return send


def replace(name, old, new):
    def spoil(headers, _body):
        headers[name] = headers[name].replace(old, new)

    return spoil


def drop(name):
    def spoil(headers, _body):
        del headers[name]

    return spoil


def test_a_good_request_is_answered(ask):
    assert ask(QUERY) == ask(JSON) == (200, None)


STRANGER = clouds.Keys("AKIAIOSFODNN7EXAMPLE", "x" * 40)


@pytest.mark.parametrize("service,unknown,signature,missing,incomplete", [
    (QUERY, (403, "InvalidClientTokenId"), (403, "SignatureDoesNotMatch"), (403, "MissingAuthenticationToken"), (400, "IncompleteSignature")),
    (JSON, (400, "UnrecognizedClientException"), (400, "InvalidSignatureException"), (400, "MissingAuthenticationTokenException"),
     (400, "IncompleteSignatureException"))])
def test_signatures(ask, sim, service, unknown, signature, missing, incomplete):
    good = sim.keys(sim.customers[0])
    assert ask(service, keys=STRANGER) == unknown
    assert ask(service, keys=clouds.Keys(good.access_key_id, "x" * 40)) == signature
    assert ask(service, keys=clouds.Keys(good.access_key_id, good.secret_access_key, "no token")) == unknown
    # Fifteen minutes are AWS's patience in some services; these have five.
    assert ask(service, late=290) == (200, None)
    assert ask(service, late=310) == signature
    assert ask(service, late=-310) == signature
    assert ask(service, region="eu-west-9") == signature
    assert ask(service, spoil=lambda _headers, body: body[:-1] + b"!") == signature
    assert ask(service, spoil=drop("Authorization")) == missing
    assert ask(service, spoil=replace("Authorization", "Signature=", "Sig=")) == incomplete
    assert ask(service, spoil=replace("Authorization", "aws4_request", "aws5_request")) in (signature, incomplete)


@pytest.mark.parametrize("service,expired", [(QUERY, (403, "ExpiredToken")), (JSON, (400, "ExpiredTokenException"))])
def test_expired_sessions(ask, sim, service, expired):
    manager = sim.customers[0]
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam = sim.client("iam", sim.keys(manager))
    role = iam.create_role(RoleName="short", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName="short", PolicyName="all", PolicyDocument=json.dumps(everything))
    session = sim.client("sts", sim.keys(manager)).assume_role(RoleArn=role, RoleSessionName="ann", DurationSeconds=900)
    keys = clouds.Keys.from_sts(session["Credentials"])
    assert ask(service, keys=keys) == (200, None)
    sim.advance(901)
    assert ask(service, keys=keys) == expired


@pytest.mark.parametrize("body,expected", [
    ("", (400, "InvalidAction")), ("Action=", (400, "InvalidAction")), ("Version=2010-05-08", (400, "InvalidAction")),
    ("Action=ListUsers", (400, "InvalidAction")), ("Action=ListUsers&Version=2011-06-15", (400, "InvalidAction")),
    ("Action=CreateUnicorn&Version=2010-05-08", (400, "InvalidAction")), ("Action=%FF%00&Version=2010-05-08", (400, "InvalidAction")),
    ("Action=GetUser&Version=2010-05-08&UserName=" + "u" * 100_000, (400, "ValidationError")),
    ("Action=ListUsers&Version=2010-05-08&MaxItems=many", (400, "MalformedInput")),
])
def test_bodies_of_a_query_service(ask, body, expected):
    assert ask(QUERY, body=body) == expected


@pytest.mark.parametrize("target,body,expected", [
    ("ListRoots", "{", (400, "SerializationException")), ("ListRoots", "[]", (400, "SerializationException")),
    ("ListRoots", b"\xff\xfe", (400, "SerializationException")), ("ListRoots", '{"MaxResults":"many"}', (400, "SerializationException")),
    ("ListRoots", "[" * 10_000, (400, "SerializationException")), ("ListRoots", "", (200, None)),
    ("CreateUnicorn", "{}", (400, "UnknownOperationException")), ("", "{}", (400, "UnknownOperationException")),
    ("ListRoots", '{"MaxResults":21}', (400, "InvalidInputException")),
])
def test_bodies_of_a_json_service(ask, target, body, expected):
    assert ask(JSON, headers={**body_of(JSON)[0], "X-Amz-Target": TARGET + target}, body=body) == expected


POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:%s","Resource":"*"}]}'


@pytest.mark.parametrize("operation,parameters,expected", [
    ("CreatePolicy", {"PolicyName": "p", "PolicyDocument": POLICY % ("x" * 6200)}, (409, "LimitExceeded")),
    ("CreatePolicy", {"PolicyName": "p", "PolicyDocument": "x" * 131_073}, (400, "ValidationError")),
    ("CreatePolicy", {"PolicyName": "p", "PolicyDocument": POLICY[:-1]}, (400, "MalformedPolicyDocument")),
    ("CreateRole", {"RoleName": "r", "AssumeRolePolicyDocument": POLICY % "*"}, (400, "MalformedPolicyDocument")),
    ("CreateUser", {}, (400, "ValidationError")), ("CreateUser", {"UserName": "administrator"}, (409, "EntityAlreadyExists")),
    ("GetUser", {"UserName": "missing"}, (404, "NoSuchEntity")), ("DeleteUser", {"UserName": "administrator"}, (409, "DeleteConflict")),
])
def test_documents_and_names_of_iam(ask, operation, parameters, expected):
    headers, body = body_of(QUERY, operation, parameters)
    assert ask(QUERY, headers=headers, body=body) == expected
