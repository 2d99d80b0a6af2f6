# SPDX-License-Identifier: Apache-2.0
"""The calls that other people's clients make against the simulated AWS: every operation it offers, every error it has.

A client is a function `call(keys, service, operation, **parameters)` with AWS's own names that answers what AWS answered or
raises `Refused`; AWS CLI, boto3 and the AWS SDK for JavaScript each have one in sim_clients_test.py. To cover a new operation or
error add its call to a session, or a session to `whole_session`. What is missing fails the test of every client."""

import json

from aws_call import allow, bound, document, refused, trust
from sim_identity_calls import (device_session, login_session, other_credentials_session, provider_session, report_session,
                                token_session)
from sim_identity_center_calls import identity_center_session
from sim_organization_calls import organization_session
from sim_stack_resource_calls import stack_resource_session
from sim_stack_set_calls import stack_set_session
from sim_trail_calls import name_session, trail_session

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
    with refused("AccessDenied"):
        call(platform, "sts", "AssumeRole", **asked)
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
            "NotImplemented",
            "AssumeRoleWithSAML",
            {"RoleArn": role, "PrincipalArn": f"arn:aws:iam::{here}:saml-provider/x", "SAMLAssertion": "abcd"},
        ),
    ):
        with refused(code):
            call(platform, "sts", operation, **more)


def role_session(call, sim, keys):
    iam = bound(call, keys, "iam")
    tags = [{"Key": "a", "Value": "b"}]
    made = iam("CreatePolicy", PolicyName="Managed", Path="/p/", PolicyDocument=allow("s3:*"), Description="d", Tags=tags)
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
    with refused("EntityAlreadyExists"):
        iam("CreateRole", RoleName="ROLE", AssumeRolePolicyDocument=trust(sim.platform["account_id"]))
    iam("UpdateRole", RoleName="Role", Description="e", MaxSessionDuration=3600)
    iam("UpdateRoleDescription", RoleName="Role", Description="f")
    iam("UpdateAssumeRolePolicy", RoleName="Role", PolicyDocument=trust(sim.platform["account_id"], "xy"))
    iam("TagRole", RoleName="Role", Tags=[{"Key": "c", "Value": "d"}])
    iam("UntagRole", RoleName="Role", TagKeys=["a"])
    assert [tag["Key"] for tag in iam("ListRoleTags", RoleName="Role")["Tags"]] == ["c"]
    iam("PutRolePolicy", RoleName="Role", PolicyName="inline", PolicyDocument=allow("iam:GetRole"))
    assert document(iam("GetRolePolicy", RoleName="Role", PolicyName="inline")["PolicyDocument"]) == json.loads(allow("iam:GetRole"))
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
    with refused("DeleteConflict"):
        iam("DeleteRole", RoleName="Role")
    iam("DetachRolePolicy", RoleName="Role", PolicyArn=arn)
    iam("DeleteRolePolicy", RoleName="Role", PolicyName="inline")
    iam("DeletePolicy", PolicyArn=arn)
    iam("DeleteRole", RoleName="Role")
    with refused("NoSuchEntity"):
        iam("GetRole", RoleName="Role")


def policy_session(iam, arn):
    iam("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=allow("s3:Get*"), SetAsDefault=True)
    assert len(iam("ListPolicyVersions", PolicyArn=arn)["Versions"]) == 2
    iam("SetDefaultPolicyVersion", PolicyArn=arn, VersionId="v1")
    assert document(iam("GetPolicyVersion", PolicyArn=arn, VersionId="v2")["PolicyVersion"]["Document"]) == json.loads(allow("s3:Get*"))
    iam("DeletePolicyVersion", PolicyArn=arn, VersionId="v2")
    iam("TagPolicy", PolicyArn=arn, Tags=[{"Key": "c", "Value": "d"}])
    iam("UntagPolicy", PolicyArn=arn, TagKeys=["a"])
    assert iam("ListPolicyTags", PolicyArn=arn)["Tags"] == [{"Key": "c", "Value": "d"}]
    assert iam("GetPolicy", PolicyArn=arn)["Policy"]["AttachmentCount"] == 1
    assert len(iam("ListPolicies", Scope="Local")["Policies"]) == 1
    assert len(iam("ListPolicies", Scope="AWS")["Policies"]) > 10
    assert iam("ListEntitiesForPolicy", PolicyArn=arn)["PolicyRoles"][0]["RoleName"] == "Role"


def user_session(call, keys):
    iam = bound(call, keys, "iam")
    managed = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    iam("CreateUser", UserName="user", Path="/u/", Tags=[{"Key": "a", "Value": "b"}], PermissionsBoundary=managed)
    iam("UpdateUser", UserName="user", NewPath="/v/")
    iam("TagUser", UserName="user", Tags=[{"Key": "c", "Value": "d"}])
    iam("UntagUser", UserName="user", TagKeys=["a"])
    assert iam("ListUserTags", UserName="user")["Tags"] == [{"Key": "c", "Value": "d"}]
    iam("PutUserPolicy", UserName="user", PolicyName="inline", PolicyDocument=allow("s3:*"))
    assert document(iam("GetUserPolicy", UserName="user", PolicyName="inline")["PolicyDocument"]) == json.loads(allow("s3:*"))
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
    with refused("InvalidClientTokenId"):
        call(type(keys)(key["AccessKeyId"], key["SecretAccessKey"]), "sts", "GetCallerIdentity")
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
    cloudformation = bound(call, keys, "cloudformation")

    def settle():
        sim.advance(60)
        return cloudformation("DescribeStacks", StackName="stack")["Stacks"][0]

    values = [{"ParameterKey": "Principal", "ParameterValue": sim.platform["account_id"]}]
    named = {"Capabilities": ["CAPABILITY_NAMED_IAM"]}
    assert cloudformation("ValidateTemplate", TemplateBody=TEMPLATE)["Capabilities"] == ["CAPABILITY_NAMED_IAM"]
    assert cloudformation("GetTemplateSummary", TemplateBody=TEMPLATE)["ResourceTypes"] == ["AWS::IAM::Role"]
    with refused("InsufficientCapabilitiesException"):
        cloudformation("CreateStack", StackName="stack", TemplateBody=TEMPLATE, Parameters=values)
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
    with refused("ValidationError"):
        cloudformation("DescribeStacks", StackName="stack")


def errors_session(call, sim, keys):
    """Each error of the simulation that no call above has met."""

    iam = bound(call, keys, "iam")
    cloudformation = bound(call, keys, "cloudformation")
    platform = sim.keys(sim.platform)
    with refused("SignatureDoesNotMatch"):
        call(type(keys)(keys.access_key_id, "x" * 40), "sts", "GetCallerIdentity")
    with refused("InvalidAction"):
        iam("GenerateServiceLastAccessedDetails", Arn=f"arn:aws:iam::{sim.customers[1]['account_id']}:user/administrator")
    with refused("MalformedPolicyDocument"):
        iam("CreatePolicy", PolicyName="bad", PolicyDocument="{}")
    with refused("InvalidInput"):
        iam("SimulateCustomPolicy", PolicyInputList=[allow("s3:*")], ActionNames=["everything"])
    with refused("PolicyNotAttachable"):
        iam("AttachUserPolicy", UserName="administrator", PolicyArn="arn:aws:iam::aws:policy/aws-service-role/AmazonSSMServiceRolePolicy")
    with refused("LimitExceeded"):
        iam("CreatePolicy", PolicyName="large", PolicyDocument=allow(*(f"s3:Get{'x' * 40}{number}" for number in range(150))))
    with refused("InvalidParameterValue"):
        call(platform, "sts", "GetFederationToken", Name="guest", Policy=allow("s3:*"), Tags=[{"Key": "aws:k", "Value": "v"}])
    with refused("PackedPolicyTooLarge"):
        tags = [{"Key": f"{number:02}{'k' * 120}", "Value": "v" * 250} for number in range(50)]
        call(platform, "sts", "GetFederationToken", Name="guest", Policy=allow("s3:*"), Tags=tags)

    def template(**more):
        resource = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": json.loads(allow("s3:Get*")), **more}}
        return {"TemplateBody": json.dumps({"Resources": {"Policy": resource}})}

    stack = {"StackName": "errors", "Capabilities": ["CAPABILITY_IAM"], **template()}
    cloudformation("CreateStack", **stack)
    sim.advance(60)
    with refused("AlreadyExistsException"):
        cloudformation("CreateStack", **stack)
    with refused("ChangeSetNotFound"):
        cloudformation("DescribeChangeSet", StackName="errors", ChangeSetName="absent")
    cloudformation("CreateChangeSet", ChangeSetName="same", **stack)
    sim.advance(60)
    with refused("InvalidChangeSetStatus"):
        cloudformation("ExecuteChangeSet", StackName="errors", ChangeSetName="same")
    # A resource that cannot be made fails its stack, not the call.
    cloudformation("UpdateStack", **{**stack, **template(Colour="red")})
    sim.advance(60)
    events = cloudformation("DescribeStackEvents", StackName="errors")["StackEvents"]
    assert any("extraneous key [Colour]" in event.get("ResourceStatusReason", "") for event in events)
    cloudformation("DeleteStack", StackName="errors")

    session = type(keys).from_sts(call(platform, "sts", "GetSessionToken", DurationSeconds=900)["Credentials"])
    sim.advance(901)
    with refused("ExpiredToken"):
        call(session, "sts", "GetCallerIdentity")


def whole_session(call, sim):
    """Every operation and every error, by one client; in five accounts, so that none is in another's way."""
    platform, (admin, fresh) = sim.keys(sim.platform), [sim.keys(account) for account in sim.customers[:2]]
    sts_session(call, sim, platform, admin)
    role_session(call, sim, fresh)
    user_session(call, fresh)
    account_session(call, fresh)
    stack_session(call, sim, fresh)
    stack_resource_session(call, sim, fresh)
    login_session(call, admin)
    device_session(call, admin)
    other_credentials_session(call, admin)
    provider_session(call, admin)
    report_session(call, sim, admin)
    token_session(call, sim, admin, fresh)
    stack_set_session(call, sim, *sim.customers[:2])
    identity_center_session(call, sim)
    trail_session(call, fresh)
    name_session(call, fresh)
    organization_session(call, sim, sim.customers[0], *sim.customers[2:])
    errors_session(call, sim, fresh)
