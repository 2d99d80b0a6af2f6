# SPDX-License-Identifier: Apache-2.0
"""The simulated AWS before other people's clients: boto3, the AWS CLI and the AWS SDK for JavaScript call every operation it
offers, and parse every answer and every error. botocore's own models judge what they got. The calls are in sim_calls.py."""

import contextlib
import functools
import io
import json
import os
import pathlib
import re
import subprocess

import botocore.exceptions
import botocore.parsers
import botocore.session
import pytest
from aws_call import Refused, trust
from awscli.clidriver import create_clidriver
from botocore import xform_name
from harness import clouds, process
from sim_calls import whole_session

ROOT = pathlib.Path(__file__).resolve().parents[2]
JAVASCRIPT = pathlib.Path(__file__).resolve().parent / "javascript"

# What AWS answers although its models do not say so.
UNMODELLED = {"Policy", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"}

# The status of errors that every service has. Source: the "Common Errors" pages of the API references.
COMMON_STATUS = {
    "AccessDenied": 403,
    "ExpiredToken": 403,
    "InternalFailure": 500,
    "InvalidAction": 400,
    "InvalidClientTokenId": 403,
    "InvalidParameterValue": 400,
    "NotImplemented": 400,
    "SignatureDoesNotMatch": 403,
    "Throttling": 400,
    "ValidationError": 400,
}

# Lengths that the models state and AWS's own answers do not have: an MD5 with colons has 47 characters.
MISSTATED = (".SSHPublicKey.Fingerprint",)

# What these need comes from elsewhere, so that the simulation can only say no.
ALWAYS_REFUSED = {"sts:AssumeRoleWithSAML", "sts:DecodeAuthorizationMessage"}

# What no call meets: a token whose issuer made it too long ago.
MET_BY_NOBODY = {"ExpiredTokenException"}

# Services that clients call otherwise than their actions and signatures.
CLIENT_NAMES = {"sso": "sso-admin"}
ACTION_NAMES = {client: action for action, client in CLIENT_NAMES.items()}

# What a rule of /_sim/faults makes of a call.
FAULTS = {"throttle": "Throttling", "500": "InternalFailure", "access_denied": "AccessDenied"}
JSON_FAULTS = {"throttle": "ThrottlingException", "500": "InternalFailure", "access_denied": "AccessDeniedException"}


def refusals():
    """Every code that the simulation refuses with."""
    files = [file for file in (ROOT / "src" / "sim").rglob("*.cc") if not file.name.endswith("_test.cc")]
    return {code for file in files for code in re.findall(r'\bRefuse\(\s*"([A-Z]\w+)"', file.read_text())}


def check(value, shape, path):
    """Holds a parsed value against its shape in botocore's model."""
    if getattr(shape, "is_document_type", False):
        return  # whatever it holds
    if shape.type_name == "structure":
        for name in shape.required_members:
            assert name in value, f"{path} lacks {name}"
        for name, member in value.items():
            if name != "ResponseMetadata":
                assert name in shape.members, f"{path} has an unknown member {name}"
                check(member, shape.members[name], f"{path}.{name}")
    elif shape.type_name == "list":
        for index, item in enumerate(value):
            check(item, shape.member, f"{path}[{index}]")
    elif shape.type_name == "map":
        for key, item in value.items():
            check(item, shape.value, f"{path}[{key!r}]")
    elif shape.type_name == "string":
        assert isinstance(value, (str, dict)), f"{path} is no text"
        limits = {} if path.endswith(MISSTATED) else shape.metadata
        if isinstance(value, str):
            assert len(value) >= limits.get("min", 0), f"{path} is too short: {value!r}"
            assert len(value) <= limits.get("max", 10**9), f"{path} is too long"
            if shape.enum and value not in UNMODELLED:
                assert value in shape.enum, f"{path} is {value!r}, not one of {shape.enum}"


class Client:
    """Remembers what it called, and holds answers and errors against botocore's models."""

    def __init__(self, sim):
        self.sim, self.tried, self.answered, self.codes = sim, {}, set(), set()
        self.models = botocore.session.get_session()

    def __call__(self, keys, service, operation, **parameters):
        model = self.models.get_service_model(service)
        self.tried.setdefault((service, operation), parameters)
        try:
            answer = self.ask(keys, service, operation, parameters)
        except Refused as error:
            self.codes.add(error.code)
            self.check_error(model, error)
            raise
        self.answered.add(f"{service}:{operation}")
        shape = model.operation_model(operation).output_shape
        if shape is not None:
            check(answer, shape, operation)
        return answer

    def check_error(self, model, error):
        """The status is the one of the model, or of the errors that all services have."""
        shape = model.shape_for_error_code(error.code)
        if shape and "error" in shape.metadata:
            expected = shape.metadata["error"]["httpStatusCode"]
        elif shape or (model.metadata["protocol"] != "query" and error.code != "InternalFailure"):
            expected = 400
        else:
            expected = COMMON_STATUS[error.code]
        assert error.status in (None, expected), error

    def replayed(self, tried):
        """What is called again under each fault."""
        return tried

    def meets_every_operation_and_error(self):
        """The whole session, then each operation again under each fault."""
        whole_session(self, self.sim)
        named = [name.split(":") for name in self.sim.control.get("/_sim/operations").expect(200)]
        offered = {f"{CLIENT_NAMES.get(service, service)}:{operation}" for service, operation in named}
        tried = {key: parameters for key, parameters in self.tried.items() if ":".join(key) in offered}
        untried = offered - {":".join(key) for key in tried}
        assert not untried, f"sim_calls.py has no call of {untried}"
        assert offered - self.answered == ALWAYS_REFUSED
        for effect in FAULTS:
            for (service, operation), parameters in self.replayed(tried).items():
                self.sim.faults({"service": ACTION_NAMES.get(service, service), "operation": operation, "effect": effect})
                with pytest.raises(Refused) as error:
                    self(self.sim.keys(self.sim.platform), service, operation, **parameters)
                protocol = self.models.get_service_model(service).metadata["protocol"]
                expected = FAULTS[effect] if protocol == "query" else JSON_FAULTS[effect]
                if effect == "throttle" and (protocol == "rest-json" or service == "organizations"):
                    expected = "TooManyRequestsException"
                assert error.value.code == expected, f"{operation}: {error.value}"
        missing = refusals() - MET_BY_NOBODY - self.codes
        assert not missing, f"no call of errors_session meets {missing}"


class Boto3(Client):
    """Calls by boto3."""

    def ask(self, keys, service, operation, parameters):
        try:
            return getattr(self.sim.client(service, keys), xform_name(operation))(**parameters)
        except botocore.exceptions.ClientError as error:
            about, told = error.response["ResponseMetadata"], error.response["Error"]
            assert about["RequestId"]
            raise Refused(told["Code"], told["Message"], about["HTTPStatusCode"]) from error


class Cli(Client):
    """Calls by the AWS CLI, in this process since each start of its own takes a second."""

    def __init__(self, sim, monkeypatch, tmp_path):
        super().__init__(sim)
        self.monkeypatch, self.seed = monkeypatch, tmp_path / "seed"
        for name in [name for name in os.environ if name.startswith("AWS_") and name != "AWS_DATA_PATH"]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        # It reads the models of the services for each command anew; in one process that is gigabytes and minutes.
        monkeypatch.setattr(botocore.session, "create_loader", functools.cache(botocore.session.create_loader))

    def replayed(self, tried):
        # It reads errors by the same code whatever the operation, and is slow: one of each service.
        return dict({key[0]: (key, parameters) for key, parameters in tried.items()}.values())

    def ask(self, keys, service, operation, parameters):
        self.monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
        for name, value in self.sim.environment(keys).items():
            self.monkeypatch.setenv(name, value)
        out, err = io.StringIO(), io.StringIO()
        words = [service, xform_name(operation, "-"), "--output", "json"]
        if operation == "CreateVirtualMFADevice":
            # The one command with arguments of its own: a secret goes to a file.
            words += ["--outfile", str(self.seed), "--bootstrap-method", "Base32StringSeed"]
            words += ["--virtual-mfa-device-name", parameters["VirtualMFADeviceName"], "--tags", json.dumps(parameters["Tags"])]
        else:
            words += ["--cli-input-json", json.dumps(parameters)]
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = create_clidriver().main(words)
        if code != 0:
            found = re.search(r"An error occurred \((\w+)\) when calling the \w+ operation[^:]*: (.*)", err.getvalue())
            assert found, err.getvalue()
            raise Refused(found[1], found[2])
        answer = json.loads(out.getvalue()) if out.getvalue().strip() else {}
        if operation == "CreateVirtualMFADevice":
            answer["VirtualMFADevice"]["Base32StringSeed"] = self.seed.read_bytes()
        # Where it joins pages it prints null for what is in none of them.
        return {name: value for name, value in answer.items() if value is not None}


class JavaScript(Client):
    """Calls by the AWS SDK for JavaScript: one process of node, a line of JSON for each call and each answer."""

    def __init__(self, sim, tmp_path):
        super().__init__(sim)
        assert (JAVASCRIPT / "node_modules").is_dir(), "the SDK is missing: tools/bootstrap.sh test installs it"
        environment = process.clean_environment(tmp_path, {"AWS_ENDPOINT_URL": sim.url, "AWS_REGION": clouds.REGION})
        self.node = subprocess.Popen(["node", str(JAVASCRIPT / "calls.mjs")], cwd=JAVASCRIPT, env=environment, text=True,
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, keys, service, operation, parameters):
        call = {"keys": vars(keys), "service": service, "operation": operation, "parameters": parameters}
        self.node.stdin.write(json.dumps(call) + "\n")
        self.node.stdin.flush()
        answer = json.loads(self.node.stdout.readline())
        if "result" in answer:
            return answer["result"]
        error = answer["error"]
        assert error.get("status") and error.get("requestId"), error
        shape = self.models.get_service_model(service).shape_for_error_code(error["code"])
        # Errors of the models are classes of their own; a caller's `catch` relies on these.
        assert error["name"] == (shape.name if shape else error["code"]) and error["class"] == bool(shape), error
        raise Refused(error["code"], error["message"], error["status"])

    def close(self):
        self.node.stdin.close()
        self.node.stdout.close()
        assert self.node.wait(120) == 0


@pytest.fixture
def quick_sim(start_sim):
    """A simulated AWS that never finds that somebody calls too often, and whose clock only the session moves."""
    sim = start_sim("--throttle", "off", "--accounts", "5")
    sim.stop_clock()
    return sim


def test_boto3_calls_every_operation_and_parses_every_error(quick_sim):
    Boto3(quick_sim).meets_every_operation_and_error()


def test_the_aws_cli_calls_every_operation_and_parses_every_error(quick_sim, monkeypatch, tmp_path):
    Cli(quick_sim, monkeypatch, tmp_path).meets_every_operation_and_error()


def test_the_javascript_sdk_calls_every_operation_and_parses_every_error(quick_sim, tmp_path):
    client = JavaScript(quick_sim, tmp_path)
    client.meets_every_operation_and_error()
    client.close()


def test_the_aws_cli_deploys_a_template(sim, aws_cli, tmp_path):
    template = tmp_path / "template.yaml"
    template.write_text("Resources: {Role: {Type: 'AWS::IAM::Role', Properties: {RoleName: Deployed, AssumeRolePolicyDocument: "
                        + trust(sim.platform["account_id"]) + "}}}")
    keys = sim.keys(sim.customers[0])
    aws_cli(sim, keys, "cloudformation", "deploy", "--stack-name", "deployed", "--template-file", str(template),
            "--capabilities", "CAPABILITY_NAMED_IAM", "--no-fail-on-empty-changeset").expect()
    assert sim.client("iam", keys).get_role(RoleName="Deployed")["Role"]["RoleName"] == "Deployed"


def test_lists_come_in_pages(start_sim):
    sim = start_sim("--throttle", "off")
    iam = sim.client("iam", sim.keys(sim.customers[0]))
    for number in range(25):
        iam.create_user(UserName=f"user{number:02}")
    pages = list(iam.get_paginator("list_users").paginate(PaginationConfig={"PageSize": 10}))
    assert [len(page["Users"]) for page in pages] == [10, 10, 6]


def test_faults_reach_the_client_as_what_they_are(sim):
    sts = sim.client("sts", sim.keys(sim.platform))
    for effect, code in (("throttle", "Throttling"), ("500", "InternalFailure"), ("region_disabled", "RegionDisabledException")):
        sim.faults({"operation": "GetCallerIdentity", "effect": effect})
        with pytest.raises(botocore.exceptions.ClientError) as error:
            sts.get_caller_identity()
        assert error.value.response["Error"]["Code"] == code
    sim.faults({"effect": "reset"})
    with pytest.raises(botocore.exceptions.HTTPClientError):
        sts.get_caller_identity()
    sim.faults({"effect": "malformed"})
    with pytest.raises(botocore.parsers.ResponseParserError):
        sts.get_caller_identity()
    sim.faults()
    assert sts.get_caller_identity()["Account"] == sim.platform["account_id"]
