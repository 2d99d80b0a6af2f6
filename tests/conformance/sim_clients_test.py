# SPDX-License-Identifier: Apache-2.0
"""The simulated AWS before other people's clients: boto3 and the AWS CLI call every operation it offers, and parse every
answer and error. botocore's own models judge the answers of the former."""

import contextlib
import io
import json
import os
import pathlib
import re

import botocore.exceptions
import botocore.parsers
import pytest
from awscli.clidriver import create_clidriver
from botocore import xform_name

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVICES = ("sts", "iam", "cloudformation")


# What AWS answers although its models do not say so.
UNMODELLED = {"Policy", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"}


def offered():
    """`service:Operation` of everything in operations.txt that belongs to these services."""
    lines = (ROOT / "src" / "aws" / "operations.txt").read_text().splitlines()
    rows = [line.split() for line in lines if line and line[0] not in "#!"]
    return {f"{row[0]}:{row[1]}" for row in rows if row[0] in SERVICES}


class Refused(Exception):
    """AWS said no."""

    def __init__(self, code, message):
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


def check(value, shape, path):
    """Holds a parsed value against its shape in botocore's model."""
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
        limits = shape.metadata
        if isinstance(value, str):
            assert len(value) >= limits.get("min", 0), f"{path} is too short: {value!r}"
            assert len(value) <= limits.get("max", 10**9), f"{path} is too long"
            if shape.enum and value not in UNMODELLED:
                assert value in shape.enum, f"{path} is {value!r}, not one of {shape.enum}"


class Boto3:
    """Calls by boto3; each answer is held against the model."""

    def __init__(self, sim):
        self.sim, self.called = sim, set()

    def __call__(self, keys, service, operation, **parameters):
        client = self.sim.client(service, keys)
        self.called.add(f"{service}:{operation}")
        try:
            answer = getattr(client, xform_name(operation))(**parameters)
        except botocore.exceptions.ClientError as error:
            assert error.response["ResponseMetadata"]["RequestId"]
            raise Refused(error.response["Error"]["Code"], error.response["Error"]["Message"]) from error
        shape = client.meta.service_model.operation_model(operation).output_shape
        if shape is not None:
            check(answer, shape, operation)
        return answer


class Cli:
    """Calls by the AWS CLI, in this process since each start of its own takes a second."""

    def __init__(self, sim, monkeypatch, tmp_path):
        self.sim, self.called, self.monkeypatch = sim, set(), monkeypatch
        for name in [name for name in os.environ if name.startswith("AWS_") and name != "AWS_DATA_PATH"]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")

    def __call__(self, keys, service, operation, **parameters):
        self.monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
        for name, value in self.sim.environment(keys).items():
            self.monkeypatch.setenv(name, value)
        self.called.add(f"{service}:{operation}")
        out, err = io.StringIO(), io.StringIO()
        command = xform_name(operation, "-")
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = create_clidriver().main([service, command, "--output", "json", "--cli-input-json", json.dumps(parameters)])
        if code != 0:
            found = re.search(r"An error occurred \((\w+)\) when calling the \w+ operation[^:]*: (.*)", err.getvalue())
            assert found, err.getvalue()
            raise Refused(found[1], found[2])
        return json.loads(out.getvalue()) if out.getvalue().strip() else {}


def trust(principal, external_id=None):
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}
    if external_id:
        statement["Condition"] = {"StringEquals": {"sts:ExternalId": external_id}}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def allow(*actions):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]})


TEMPLATE = json.dumps(
    {
        "Parameters": {"Principal": {"Type": "String"}, "Note": {"Type": "String", "Default": "a"}},
        "Resources": {
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "RoleName": "FromStack",
                    "Description": {"Ref": "Note"},
                    "AssumeRolePolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [{"Effect": "Allow", "Principal": {"AWS": {"Ref": "Principal"}}, "Action": "sts:AssumeRole"}],
                    },
                },
            }
        },
        "Outputs": {"RoleArn": {"Value": {"Fn::GetAtt": ["Role", "Arn"]}}},
    }
)


def sts_session(call, sim, platform, admin):
    here = sim.customers[0]["account_id"]
    assert call(platform, "sts", "GetCallerIdentity")["Account"] == sim.platform["account_id"]
    role = call(
        admin, "iam", "CreateRole", RoleName="Sts", AssumeRolePolicyDocument=trust(sim.platform["account_id"], "t_1:x")
    )["Role"]["Arn"]
    asked = {"RoleArn": role, "RoleSessionName": "session"}
    with pytest.raises(Refused) as refused:
        call(platform, "sts", "AssumeRole", **asked)
    assert refused.value.code == "AccessDenied"
    taken = call(platform, "sts", "AssumeRole", ExternalId="t_1:x", **asked)
    session = type(platform).from_sts(taken["Credentials"])
    assert call(session, "sts", "GetCallerIdentity")["Arn"] == f"arn:aws:sts::{here}:assumed-role/Sts/session"
    call(platform, "sts", "GetSessionToken", DurationSeconds=900)
    call(platform, "sts", "GetFederationToken", Name="guest", Policy=allow("s3:*"), Tags=[{"Key": "k", "Value": "v"}])
    assert call(platform, "sts", "GetAccessKeyInfo", AccessKeyId=platform.access_key_id)["Account"] == sim.platform["account_id"]
    for code, operation, more in (
        ("InvalidAuthorizationMessageException", "DecodeAuthorizationMessage", {"EncodedMessage": "abc"}),
        ("InvalidIdentityToken", "AssumeRoleWithWebIdentity", {"WebIdentityToken": "a.b.c", **asked}),
        (
            "InvalidIdentityToken",
            "AssumeRoleWithSAML",
            {"RoleArn": role, "PrincipalArn": f"arn:aws:iam::{here}:saml-provider/x", "SAMLAssertion": "abcd"},
        ),
    ):
        with pytest.raises(Refused) as refused:
            call(platform, "sts", operation, **more)
        assert refused.value.code == code


def role_session(call, sim, keys):
    def iam(operation, **parameters):
        return call(keys, "iam", operation, **parameters)

    made = iam("CreatePolicy", PolicyName="Managed", Path="/p/", PolicyDocument=allow("s3:*"), Description="d", Tags=[{"Key": "a", "Value": "b"}])
    arn = made["Policy"]["Arn"]
    role = iam(
        "CreateRole",
        RoleName="Role",
        Path="/p/",
        AssumeRolePolicyDocument=trust(sim.platform["account_id"]),
        Description="d",
        MaxSessionDuration=7200,
        PermissionsBoundary=arn,
        Tags=[{"Key": "a", "Value": "b"}],
    )["Role"]
    with pytest.raises(Refused) as refused:
        iam("CreateRole", RoleName="ROLE", AssumeRolePolicyDocument=trust(sim.platform["account_id"]))
    assert refused.value.code == "EntityAlreadyExists"
    iam("UpdateRole", RoleName="Role", Description="e", MaxSessionDuration=3600)
    iam("UpdateRoleDescription", RoleName="Role", Description="f")
    iam("UpdateAssumeRolePolicy", RoleName="Role", PolicyDocument=trust(sim.platform["account_id"], "xy"))
    iam("TagRole", RoleName="Role", Tags=[{"Key": "c", "Value": "d"}])
    iam("UntagRole", RoleName="Role", TagKeys=["a"])
    assert [tag["Key"] for tag in iam("ListRoleTags", RoleName="Role")["Tags"]] == ["c"]
    iam("PutRolePolicy", RoleName="Role", PolicyName="inline", PolicyDocument=allow("iam:GetRole"))
    document = iam("GetRolePolicy", RoleName="Role", PolicyName="inline")["PolicyDocument"]
    assert document == json.loads(allow("iam:GetRole"))
    assert iam("ListRolePolicies", RoleName="Role")["PolicyNames"] == ["inline"]
    iam("AttachRolePolicy", RoleName="Role", PolicyArn=arn)
    assert iam("ListAttachedRolePolicies", RoleName="Role")["AttachedPolicies"] == [{"PolicyName": "Managed", "PolicyArn": arn}]
    found = iam("GetRole", RoleName="Role")["Role"]
    assert found["Description"] == "f" and found["PermissionsBoundary"]["PermissionsBoundaryArn"] == arn
    assert "Role" in [each["RoleName"] for each in iam("ListRoles", PathPrefix="/p/")["Roles"]]
    results = iam("SimulatePrincipalPolicy", PolicySourceArn=role["Arn"], ActionNames=["s3:GetObject", "iam:GetRole", "ec2:Stop"])
    assert [each["EvalDecision"] for each in results["EvaluationResults"]] == ["allowed", "implicitDeny", "implicitDeny"]
    iam("SimulateCustomPolicy", PolicyInputList=[allow("s3:*")], ActionNames=["s3:GetObject"])
    policy_session(iam, arn)
    iam("PutRolePermissionsBoundary", RoleName="Role", PermissionsBoundary="arn:aws:iam::aws:policy/AdministratorAccess")
    iam("DeleteRolePermissionsBoundary", RoleName="Role")
    with pytest.raises(Refused) as refused:
        iam("DeleteRole", RoleName="Role")
    assert refused.value.code == "DeleteConflict"
    iam("DetachRolePolicy", RoleName="Role", PolicyArn=arn)
    iam("DeleteRolePolicy", RoleName="Role", PolicyName="inline")
    iam("DeletePolicy", PolicyArn=arn)
    iam("DeleteRole", RoleName="Role")
    with pytest.raises(Refused) as refused:
        iam("GetRole", RoleName="Role")
    assert refused.value.code == "NoSuchEntity"


def policy_session(iam, arn):
    iam("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=allow("s3:Get*"), SetAsDefault=True)
    assert len(iam("ListPolicyVersions", PolicyArn=arn)["Versions"]) == 2
    iam("SetDefaultPolicyVersion", PolicyArn=arn, VersionId="v1")
    assert iam("GetPolicyVersion", PolicyArn=arn, VersionId="v2")["PolicyVersion"]["Document"] == json.loads(allow("s3:Get*"))
    iam("DeletePolicyVersion", PolicyArn=arn, VersionId="v2")
    iam("TagPolicy", PolicyArn=arn, Tags=[{"Key": "c", "Value": "d"}])
    iam("UntagPolicy", PolicyArn=arn, TagKeys=["a"])
    assert iam("ListPolicyTags", PolicyArn=arn)["Tags"] == [{"Key": "c", "Value": "d"}]
    assert iam("GetPolicy", PolicyArn=arn)["Policy"]["AttachmentCount"] == 1
    assert len(iam("ListPolicies", Scope="Local")["Policies"]) == 1
    assert len(iam("ListPolicies", Scope="AWS")["Policies"]) > 10
    assert iam("ListEntitiesForPolicy", PolicyArn=arn)["PolicyRoles"][0]["RoleName"] == "Role"


def user_session(call, keys):
    def iam(operation, **parameters):
        return call(keys, "iam", operation, **parameters)

    managed = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    iam("CreateUser", UserName="user", Path="/u/", Tags=[{"Key": "a", "Value": "b"}], PermissionsBoundary=managed)
    iam("UpdateUser", UserName="user", NewPath="/v/")
    iam("TagUser", UserName="user", Tags=[{"Key": "c", "Value": "d"}])
    iam("UntagUser", UserName="user", TagKeys=["a"])
    assert iam("ListUserTags", UserName="user")["Tags"] == [{"Key": "c", "Value": "d"}]
    iam("PutUserPolicy", UserName="user", PolicyName="inline", PolicyDocument=allow("s3:*"))
    assert iam("GetUserPolicy", UserName="user", PolicyName="inline")["PolicyDocument"] == json.loads(allow("s3:*"))
    assert iam("ListUserPolicies", UserName="user")["PolicyNames"] == ["inline"]
    iam("AttachUserPolicy", UserName="user", PolicyArn=managed)
    assert iam("ListAttachedUserPolicies", UserName="user")["AttachedPolicies"][0]["PolicyArn"] == managed
    iam("PutUserPermissionsBoundary", UserName="user", PermissionsBoundary=managed)
    iam("DeleteUserPermissionsBoundary", UserName="user")
    key = iam("CreateAccessKey", UserName="user")["AccessKey"]
    assert iam("ListAccessKeys", UserName="user")["AccessKeyMetadata"][0]["AccessKeyId"] == key["AccessKeyId"]
    assert call(type(keys)(key["AccessKeyId"], key["SecretAccessKey"]), "sts", "GetCallerIdentity")["Arn"].endswith("user/v/user")
    assert iam("GetAccessKeyLastUsed", AccessKeyId=key["AccessKeyId"])["AccessKeyLastUsed"]["ServiceName"] == "sts"
    iam("UpdateAccessKey", UserName="user", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    with pytest.raises(Refused) as refused:
        call(type(keys)(key["AccessKeyId"], key["SecretAccessKey"]), "sts", "GetCallerIdentity")
    assert refused.value.code == "InvalidClientTokenId"
    group_session(iam, managed)
    iam("DeleteAccessKey", UserName="user", AccessKeyId=key["AccessKeyId"])
    iam("DetachUserPolicy", UserName="user", PolicyArn=managed)
    iam("DeleteUserPolicy", UserName="user", PolicyName="inline")
    assert iam("GetUser", UserName="user")["User"]["Path"] == "/v/"
    assert len(iam("ListUsers")["Users"]) == 2
    iam("DeleteUser", UserName="user")


def group_session(iam, managed):
    iam("CreateGroup", GroupName="group")
    iam("AddUserToGroup", GroupName="group", UserName="user")
    assert iam("GetGroup", GroupName="group")["Users"][0]["UserName"] == "user"
    assert iam("ListGroupsForUser", UserName="user")["Groups"][0]["GroupName"] == "group"
    assert len(iam("ListGroups")["Groups"]) == 1
    iam("PutGroupPolicy", GroupName="group", PolicyName="inline", PolicyDocument=allow("s3:*"))
    assert iam("GetGroupPolicy", GroupName="group", PolicyName="inline")["GroupName"] == "group"
    assert iam("ListGroupPolicies", GroupName="group")["PolicyNames"] == ["inline"]
    iam("DeleteGroupPolicy", GroupName="group", PolicyName="inline")
    iam("AttachGroupPolicy", GroupName="group", PolicyArn=managed)
    assert len(iam("ListAttachedGroupPolicies", GroupName="group")["AttachedPolicies"]) == 1
    iam("DetachGroupPolicy", GroupName="group", PolicyArn=managed)
    iam("RemoveUserFromGroup", GroupName="group", UserName="user")
    iam("DeleteGroup", GroupName="group")


def account_session(call, keys):
    call(keys, "iam", "CreateAccountAlias", AccountAlias="acme")
    assert call(keys, "iam", "ListAccountAliases")["AccountAliases"] == ["acme"]
    call(keys, "iam", "DeleteAccountAlias", AccountAlias="acme")
    assert call(keys, "iam", "GetAccountSummary")["SummaryMap"]["Users"] == 1


def stack_session(call, sim, keys):
    def cloudformation(operation, **parameters):
        return call(keys, "cloudformation", operation, **parameters)

    def settle():
        sim.advance(60)
        return cloudformation("DescribeStacks", StackName="stack")["Stacks"][0]

    values = [{"ParameterKey": "Principal", "ParameterValue": sim.platform["account_id"]}]
    named = {"Capabilities": ["CAPABILITY_NAMED_IAM"]}
    assert cloudformation("ValidateTemplate", TemplateBody=TEMPLATE)["Capabilities"] == ["CAPABILITY_NAMED_IAM"]
    assert cloudformation("GetTemplateSummary", TemplateBody=TEMPLATE)["ResourceTypes"] == ["AWS::IAM::Role"]
    with pytest.raises(Refused) as refused:
        cloudformation("CreateStack", StackName="stack", TemplateBody=TEMPLATE, Parameters=values)
    assert refused.value.code == "InsufficientCapabilitiesException"
    cloudformation("CreateStack", StackName="stack", TemplateBody=TEMPLATE, Parameters=values, **named)
    assert settle()["StackStatus"] == "CREATE_COMPLETE"
    values.append({"ParameterKey": "Note", "ParameterValue": "b"})
    cloudformation("UpdateStack", StackName="stack", UsePreviousTemplate=True, Parameters=values, **named)
    assert settle()["StackStatus"] == "UPDATE_COMPLETE"
    assert cloudformation("DescribeStackEvents", StackName="stack")["StackEvents"][0]["ResourceStatus"] == "UPDATE_COMPLETE"
    assert cloudformation("DescribeStackResources", StackName="stack")["StackResources"][0]["PhysicalResourceId"] == "FromStack"
    assert cloudformation("ListStackResources", StackName="stack")["StackResourceSummaries"][0]["LogicalResourceId"] == "Role"
    detail = cloudformation("DescribeStackResource", StackName="stack", LogicalResourceId="Role")["StackResourceDetail"]
    assert detail["ResourceType"] == "AWS::IAM::Role"
    assert cloudformation("GetTemplate", StackName="stack")["TemplateBody"]
    assert cloudformation("ListStacks")["StackSummaries"][0]["StackName"] == "stack"
    values[1]["ParameterValue"] = "c"
    change = {"StackName": "stack", "ChangeSetName": "change"}
    cloudformation("CreateChangeSet", UsePreviousTemplate=True, Parameters=values, **named, **change)
    assert cloudformation("ListChangeSets", StackName="stack")["Summaries"][0]["Status"] == "CREATE_COMPLETE"
    assert cloudformation("DescribeChangeSet", **change)["Changes"][0]["ResourceChange"]["Action"] == "Modify"
    cloudformation("ExecuteChangeSet", **change)
    assert settle()["StackStatus"] == "UPDATE_COMPLETE"
    cloudformation("DeleteChangeSet", **change)
    cloudformation("DeleteStack", StackName="stack")
    sim.advance(60)
    with pytest.raises(Refused) as refused:
        cloudformation("DescribeStacks", StackName="stack")
    assert refused.value.code == "ValidationError"


def whole_session(call, sim):
    platform, admin = sim.keys(sim.platform), sim.keys(sim.customers[0])
    fresh = sim.keys(sim.customers[1])
    sts_session(call, sim, platform, admin)
    role_session(call, sim, fresh)
    user_session(call, fresh)
    account_session(call, fresh)
    stack_session(call, sim, fresh)
    assert call.called == offered()


def test_boto3_calls_every_operation_and_its_models_accept_the_answers(start_sim):
    sim = start_sim("--throttle", "off")
    whole_session(Boto3(sim), sim)


def test_the_aws_cli_calls_every_operation(start_sim, monkeypatch, tmp_path):
    sim = start_sim("--throttle", "off")
    whole_session(Cli(sim, monkeypatch, tmp_path), sim)


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
