# SPDX-License-Identifier: Apache-2.0
"""Our codecs against botocore's, for every operation in src/aws/operations.txt, over generated values.

Requests: what botocore writes, we read, write again, and it must be the same. Answers: a writer of this file's own makes
one, botocore reads it, we read and write it, botocore reads ours, and both must be the same.
"""

import base64
import datetime
import json
import os
import pathlib
import random
import re
import string
import subprocess
import sys
import urllib.parse
from xml.sax.saxutils import escape

import botocore.session
import pytest
from botocore import parsers, serialize
from botocore.model import ServiceModel

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = pathlib.Path(os.environ.get("CROSSROLE_BUILD", ROOT / "build" / "dev")) / "tests" / "wire_tool"
OPERATIONS = [tuple(line.split()[:2]) for line in (ROOT / "src/aws/operations.txt").read_text().splitlines()
              if line.strip() and line[0] not in "#!"]
ROUNDS = 12
DEEPEST = 6
MODELS = {}
FOLDERS = {"sso": "sso-admin"}  # services that botocore calls otherwise
UTC = datetime.timezone.utc


def model_of(service):
    if service not in MODELS:
        loader = botocore.session.get_session().get_component("data_loader")
        MODELS[service] = ServiceModel(loader.load_service_model(FOLDERS.get(service, service), "service-2"), service)
    return MODELS[service]


class Tool:
    def __init__(self):
        self.process = subprocess.Popen([TOOL], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, **question):
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(60) == 0


@pytest.fixture(scope="module")
def tool():
    running = Tool()
    yield running
    running.close()


def test_the_models_are_what_the_list_of_operations_makes_of_botocore():
    stale = subprocess.run([sys.executable, ROOT / "tools/trim_models.py", "--check"], capture_output=True, text=True, check=False)
    assert stale.returncode == 0, stale.stdout + stale.stderr


# Texts that match the patterns of the models; other patterns are of one class, which letters match.
KNOWN_TEXTS = {
    "Account": "111122223333", "AccountsUrl": "https://accounts.example/list.csv", "StackName": "my-stack",
    "arnType": "arn:aws:iam::111122223333:role/deploy", "Arn": "arn:aws:x", "ChangeSetNameOrId": "change-1",
    "ChangeSetName": "change-1", "ClientRequestToken": "token-1",
    "StackNameOrId": "my-stack-1", "policyPathType": "/a/b.c/", "pathType": "/a/", "pathPrefixType": "/a", "policyVersionIdType": "v12",
    "accountAliasType": "my-alias", "AccountId": "111122223333", "ParentId": "r-abcd", "ChildId": "ou-abcd-12345678",
    "RootId": "r-abcd", "tokenCodeType": "123456", "StackSetNameOrId": "my-set", "CreateAccountName": "An account",
    "CreateAccountRequestId": "car-0123456789abcdef", "Email": "root@customer.example", "HandshakeId": "h-0123456789abcdef",
    "OrganizationalUnitId": "ou-abcd-12345678", "PolicyId": "p-01234567", "PolicyTargetId": "111122223333",
    "TaggableResourceId": "111122223333", "authenticationCodeType": "123456", "privateKeyIdType": "A" * 22,
    "InstanceArn": "arn:aws:sso:::instance/ssoins-0123456789abcdef", "TargetId": "111122223333", "Duration": "PT8H",
    "PermissionSetArn": "arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef",
    "TaggableResourceArn": "arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef",
    "ManagedPolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess", "ManagedPolicyPath": "/a/", "IdentityStoreId": "d-0123456789",
    "PrincipalId": "01234567-89ab-cdef-0123-456789abcdef", "ResourceId": "01234567-89ab-cdef-0123-456789abcdef",
    "UUId": "01234567-89ab-cdef-0123-456789abcdef", "AttributePath": "name.givenName", "ExtensionName": "aws:identitystore:enterprise",
    "KmsKeyArn": "arn:aws:kms:us-east-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef",
}


def make_text(dice, shape):
    if shape.enum:
        return dice.choice(shape.enum)
    if shape.name in KNOWN_TEXTS:
        return KNOWN_TEXTS[shape.name]
    pattern = shape._shape_model.get("pattern", "")  # metadata leaves patterns out
    alphabet = string.ascii_letters + string.digits
    if not pattern or "\\u0020" in pattern or "[\\s\\S]" in pattern:
        alphabet += " <&>\"'+%=/\\{}" + ("äé€" if not pattern else "äé")
        alphabet += "\n\t" if "\\u0020-\\u00FF" not in pattern or "\\u0009" in pattern else ""
    if "\\p{L}" in pattern:
        alphabet += "äß東_.:/=+-@" + (" " if "\\p{Z}" in pattern or " " in pattern else "")
    least = max(shape.metadata.get("min", 0), 0)
    most = min(shape.metadata.get("max", least + 20), least + 20)
    length = dice.randint(max(least, 1 if pattern.endswith("+") else 0), max(most, 1))
    return dice.choice(string.ascii_letters) + "".join(dice.choice(alphabet) for _ in range(max(length, 1) - 1))


def make_number(dice, shape):
    least = shape.metadata.get("min", 0)
    return dice.randint(least, shape.metadata.get("max", least + 10**6))


def make_time(dice, _):
    return datetime.datetime(2000, 1, 1, tzinfo=UTC) + datetime.timedelta(seconds=dice.randrange(10**9))


def make(dice, shape, whole, depth=0):
    """A value of `shape`; `whole` says that what is optional must be there."""
    kind = shape.type_name
    if getattr(shape, "is_document_type", False):
        return dice.choice(["text", 7, True, ["a", {"b": 1}], {"a": {"b": [1, "c"]}}])
    if getattr(shape, "is_tagged_union", False):
        name = dice.choice(list(shape.members))
        return {name: make(dice, shape.members[name], whole, depth + 1)}
    if kind == "structure":
        # Nothing of a struct without members would be written.
        required = list(shape.required_members) or list(shape.members)[:1] * (depth > 0)
        whole = whole and depth < DEEPEST  # a struct may hold itself
        return {name: make(dice, member, whole, depth + 1) for name, member in shape.members.items()
                if name in required or whole or (depth < DEEPEST and dice.random() < 0.5)}
    if kind == "list":
        least = max(shape.metadata.get("min", 0), 1)
        count = dice.randint(least, max(least, min(3, shape.metadata.get("max", 3))))
        return [make(dice, shape.member, whole, depth + 1) for _ in range(count)]
    if kind == "map":
        keys = sorted({make(dice, shape.key, whole, depth + 1) for _ in range(dice.randint(1, 3))})  # our maps are sorted
        return {key: make(dice, shape.value, whole, depth + 1) for key in keys}
    if kind in ("integer", "long"):
        return make_number(dice, shape)
    if kind in ("float", "double"):
        return dice.randrange(1000) / 8
    if kind == "blob":
        return dice.randbytes(dice.randint(max(shape.metadata.get("min", 1), 1), 40))
    return {"boolean": lambda *_: dice.random() < 0.5, "timestamp": make_time, "string": make_text}[kind](dice, shape)


def dice_for(service, operation, n):
    return random.Random(f"{service} {operation} {n}")


def as_comparable(request):
    body = request["body"]
    if isinstance(body, dict):
        return {name: str(value) for name, value in body.items()}
    return json.loads(body)


@pytest.mark.parametrize("service,operation", OPERATIONS)
def test_requests_are_read_and_written_as_botocore_writes_them(tool, service, operation):
    model = model_of(service)
    operation_model = model.operation_model(operation)
    writer = serialize.create_serializer(model.metadata["protocol"])
    for n in range(ROUNDS):
        dice = dice_for(service, operation, n)
        values = make(dice, operation_model.input_shape, n == 0) if operation_model.input_shape else {}
        theirs = writer.serialize_to_request(values, operation_model)
        expected = as_comparable(theirs)
        body = urllib.parse.urlencode(theirs["body"]) if isinstance(theirs["body"], dict) else theirs["body"].decode()
        ours = tool.ask(do="request", service=service, operation=operation, body=body)
        assert "body" in ours, (ours, values)
        if model.metadata["protocol"] != "query":
            assert json.loads(ours["body"]) == expected
            assert ours.get("X-Amz-Target") == theirs["headers"].get("X-Amz-Target")
        else:
            pairs = urllib.parse.parse_qsl(ours["body"], keep_blank_values=True, strict_parsing=True)
            assert len(pairs) == len(dict(pairs)) and dict(pairs) == expected
        assert ours["content_type"] == theirs["headers"]["Content-Type"]
        assert ours["path"] == theirs["url_path"]


def xml_of(shape, value):
    kind = shape.type_name
    if kind == "structure":
        parts = []
        for name, member in shape.members.items():
            if name in value:
                assert not member.serialization.get("flattened"), "no operation in use has such lists; teach this writer"
                tag = member.serialization.get("name", name)
                parts.append(f"<{tag}>{xml_of(member, value[name])}</{tag}>")
        return "\n".join(parts)
    if kind == "list":
        tag = shape.member.serialization.get("name", "member")
        return "".join(f"\n<{tag}>{xml_of(shape.member, item)}</{tag}>" for item in value)
    if kind == "map":
        return "".join(f"<entry><key>{escape(k)}</key><value>{xml_of(shape.value, v)}</value></entry>" for k, v in value.items())
    if kind == "boolean":
        return str(value).lower()
    if kind == "timestamp":
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if kind == "blob":
        return base64.b64encode(value).decode()
    return escape(str(value))


def json_of(shape, value):
    kind = "document" if getattr(shape, "is_document_type", False) else shape.type_name
    if kind == "structure":
        return {m.serialization.get("name", n): json_of(m, value[n]) for n, m in shape.members.items() if n in value}
    if kind == "list":
        return [json_of(shape.member, item) for item in value]
    if kind == "map":
        return {k: json_of(shape.value, v) for k, v in value.items()}
    if kind == "blob":
        return base64.b64encode(value).decode()
    return value.timestamp() if kind == "timestamp" else value


def write_answer(model, operation_model, value):
    shape = operation_model.output_shape
    if model.metadata["protocol"] != "query":
        return json.dumps(json_of(shape, value)) if shape else ""
    name = operation_model.name
    wrapper = shape.serialization.get("resultWrapper") if shape else None
    inner = f"<{wrapper}>{xml_of(shape, value)}</{wrapper}>" if wrapper else ""
    return (f'<?xml version="1.0"?>\n<{name}Response xmlns="{model.metadata["xmlNamespace"]}">{inner}'
            f"<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{name}Response>")


def read_answer(model, operation_model, body):
    parser = parsers.create_parser(model.metadata["protocol"])
    response = {"status_code": 200, "headers": {}, "body": body.encode()}
    parsed = parser.parse(response, operation_model.output_shape)
    return without_empty_lists({k: v for k, v in parsed.items() if k != "ResponseMetadata"})


def without_empty_lists(value):
    """We write empty lists where AWS does; whether the sender had left them out is not kept."""
    if isinstance(value, dict):
        return {k: without_empty_lists(v) for k, v in value.items() if v not in ([], {})}
    return [without_empty_lists(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("service,operation", OPERATIONS)
def test_answers_are_read_and_written_as_botocore_reads_them(tool, service, operation):
    model = model_of(service)
    operation_model = model.operation_model(operation)
    for n in range(ROUNDS):
        dice = dice_for(service, operation, n)
        # operations.txt requires more members than the models do, so everything is there
        value = make(dice, operation_model.output_shape, True) if operation_model.output_shape else {}
        body = write_answer(model, operation_model, value)
        ours = tool.ask(do="response", service=service, operation=operation, body=body)
        assert "body" in ours, (ours, body)
        expected = read_answer(model, operation_model, body)
        assert read_answer(model, operation_model, ours["body"]) == expected


@pytest.mark.parametrize("service,operation", OPERATIONS)
def test_each_required_member_of_an_answer_is_missed_by_name(tool, service, operation):
    model = model_of(service)
    operation_model = model.operation_model(operation)
    shape = operation_model.output_shape
    for name in shape.required_members if shape else ():
        value = make(dice_for(service, operation, 0), shape, True)
        del value[name]
        ours = tool.ask(do="response", service=service, operation=operation, body=write_answer(model, operation_model, value))
        assert ours == {"error": f"aws answered without the required field `{name}`", "code": ""}


@pytest.mark.parametrize("service,operation", OPERATIONS)
def test_each_required_member_of_a_request_is_missed_as_aws_does(tool, service, operation):
    model = model_of(service)
    operation_model = model.operation_model(operation)
    shape = operation_model.input_shape
    writer = serialize.create_serializer(model.metadata["protocol"], include_validation=False)
    for name in shape.required_members if shape else ():
        values = make(dice_for(service, operation, 0), shape, True)
        del values[name]
        theirs = writer.serialize_to_request(values, operation_model)["body"]
        body = urllib.parse.urlencode(theirs) if isinstance(theirs, dict) else theirs.decode()
        ours = tool.ask(do="request", service=service, operation=operation, body=body)
        assert re.fullmatch(f"1 validation error detected: Value null at '{name[0].lower()}{name[1:]}' failed to satisfy "
                            "constraint: Member must not be null", ours["error"])


@pytest.mark.parametrize("service", sorted({service for service, _ in OPERATIONS}))
def test_errors_are_printed_as_botocore_reads_them_and_read_again(tool, service):
    model = model_of(service)
    operation = next(name for known, name in OPERATIONS if known == service)
    errors = {shape.error_code: shape.metadata.get("error", {}).get("httpStatusCode", 500 if shape._shape_model.get("fault") else 400)
              for shape in model.operation_model(operation).error_shapes}
    errors |= {"AccessDenied": 403, "ValidationError": 400, "Throttling": 400}
    for code, status in errors.items():
        message = "a <b> & \"c\" é"
        printed = tool.ask(do="print_error", service=service, operation=operation, code=code, message=message)
        assert printed["status"] == status or code in ("AccessDenied", "ValidationError", "Throttling")
        response = {"status_code": printed["status"], "headers": {}, "body": printed["body"].encode()}
        parsed = parsers.create_parser(model.metadata["protocol"]).parse(response, None)
        assert (parsed["Error"]["Code"], parsed["Error"]["Message"]) == (code, message)
        ours = tool.ask(do="error", status=printed["status"], body=printed["body"])
        assert ours == {"code": code, "error": f"aws answered {code}: {message}"}
