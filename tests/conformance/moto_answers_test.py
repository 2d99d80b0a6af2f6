# SPDX-License-Identifier: Apache-2.0
"""Answers that nobody here wrote: moto's, read by our client codecs for each operation that moto knows."""

import json
import os
import pathlib
import subprocess

import boto3
import pytest
from moto import mock_aws

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = pathlib.Path(os.environ.get("CROSSROLE_BUILD", ROOT / "build" / "dev")) / "tests" / "wire_tool"
OPERATIONS = {tuple(line.split()[:2]) for line in (ROOT / "src/aws/operations.txt").read_text().splitlines()
              if line.strip() and line[0] not in "#!"}
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "sts:AssumeRole"}]})
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]})
TEMPLATE = json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Parameters": {"Name": {"Type": "String", "Default": "made"}},
                       "Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": {
                           "Path": {"Fn::Sub": "/${Name}/"}, "AssumeRolePolicyDocument": json.loads(TRUST)}}},
                       "Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["Role", "Arn"]}}}})
# What moto leaves out of its answers although the model requires it: our codec must say so.
LEFT_OUT = {"ListStackResources": "aws answered without the required field `StackResourceSummaries[0].LastUpdatedTimestamp`",
            "DescribeStackResource": "aws answered without the required field `StackResourceDetail.LastUpdatedTimestamp`"}
TAGS = [{"Key": "a", "Value": "b"}]


def use_sts(sts):
    sts.get_caller_identity()
    sts.assume_role(RoleArn="arn:aws:iam::123456789012:role/any", RoleSessionName="ann", Tags=TAGS)
    sts.assume_role_with_web_identity(RoleArn="arn:aws:iam::123456789012:role/any", RoleSessionName="ann", WebIdentityToken="token")
    sts.get_session_token()
    sts.get_federation_token(Name="ann")


def use_roles(iam):
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST, Tags=TAGS, Description="d")
    policy = iam.create_policy(PolicyName="p", PolicyDocument=POLICY, Tags=TAGS)["Policy"]["Arn"]
    iam.get_role(RoleName="r")
    iam.update_role(RoleName="r", MaxSessionDuration=7200)
    iam.update_role_description(RoleName="r", Description="e")
    iam.update_assume_role_policy(RoleName="r", PolicyDocument=TRUST)
    iam.tag_role(RoleName="r", Tags=TAGS)
    iam.list_role_tags(RoleName="r")
    iam.untag_role(RoleName="r", TagKeys=["a"])
    iam.list_roles()
    iam.put_role_policy(RoleName="r", PolicyName="inline", PolicyDocument=POLICY)
    iam.get_role_policy(RoleName="r", PolicyName="inline")
    iam.list_role_policies(RoleName="r")
    iam.put_role_permissions_boundary(RoleName="r", PermissionsBoundary=policy)
    iam.get_role(RoleName="r")
    iam.delete_role_permissions_boundary(RoleName="r")
    iam.attach_role_policy(RoleName="r", PolicyArn=policy)
    iam.list_attached_role_policies(RoleName="r")
    iam.list_entities_for_policy(PolicyArn=policy)
    iam.get_policy(PolicyArn=policy)
    iam.list_policies(Scope="Local")
    version = iam.create_policy_version(PolicyArn=policy, PolicyDocument=POLICY)["PolicyVersion"]["VersionId"]
    iam.get_policy_version(PolicyArn=policy, VersionId=version)
    iam.list_policy_versions(PolicyArn=policy)
    iam.set_default_policy_version(PolicyArn=policy, VersionId=version)
    iam.delete_policy_version(PolicyArn=policy, VersionId="v1")
    iam.tag_policy(PolicyArn=policy, Tags=TAGS)
    iam.list_policy_tags(PolicyArn=policy)
    iam.untag_policy(PolicyArn=policy, TagKeys=["a"])
    iam.detach_role_policy(RoleName="r", PolicyArn=policy)
    iam.delete_role_policy(RoleName="r", PolicyName="inline")
    iam.delete_policy(PolicyArn=policy)
    iam.delete_role(RoleName="r")
    assert role


def use_users(iam):
    policy = iam.create_policy(PolicyName="p", PolicyDocument=POLICY)["Policy"]["Arn"]
    iam.create_user(UserName="u", Tags=TAGS)
    iam.get_user(UserName="u")
    iam.update_user(UserName="u", NewPath="/x/")
    iam.list_users()
    iam.tag_user(UserName="u", Tags=TAGS)
    iam.list_user_tags(UserName="u")
    iam.untag_user(UserName="u", TagKeys=["a"])
    iam.put_user_policy(UserName="u", PolicyName="inline", PolicyDocument=POLICY)
    iam.get_user_policy(UserName="u", PolicyName="inline")
    iam.list_user_policies(UserName="u")
    iam.attach_user_policy(UserName="u", PolicyArn=policy)
    iam.list_attached_user_policies(UserName="u")
    key = iam.create_access_key(UserName="u")["AccessKey"]["AccessKeyId"]
    iam.list_access_keys(UserName="u")
    iam.get_access_key_last_used(AccessKeyId=key)
    iam.update_access_key(UserName="u", AccessKeyId=key, Status="Inactive")
    iam.delete_access_key(UserName="u", AccessKeyId=key)
    iam.create_group(GroupName="g")
    iam.add_user_to_group(GroupName="g", UserName="u")
    iam.get_group(GroupName="g")
    iam.list_groups()
    iam.list_groups_for_user(UserName="u")
    iam.put_group_policy(GroupName="g", PolicyName="inline", PolicyDocument=POLICY)
    iam.get_group_policy(GroupName="g", PolicyName="inline")
    iam.list_group_policies(GroupName="g")
    iam.attach_group_policy(GroupName="g", PolicyArn=policy)
    iam.list_attached_group_policies(GroupName="g")
    iam.detach_group_policy(GroupName="g", PolicyArn=policy)
    iam.delete_group_policy(GroupName="g", PolicyName="inline")
    iam.remove_user_from_group(GroupName="g", UserName="u")
    iam.delete_group(GroupName="g")
    iam.detach_user_policy(UserName="u", PolicyArn=policy)
    iam.delete_user_policy(UserName="u", PolicyName="inline")
    iam.delete_user(UserName="u")
    iam.create_account_alias(AccountAlias="my-alias")
    iam.list_account_aliases()
    iam.delete_account_alias(AccountAlias="my-alias")
    iam.get_account_summary()


def use_cloudformation(cfn):
    cfn.validate_template(TemplateBody=TEMPLATE)
    cfn.create_stack(StackName="s", TemplateBody=TEMPLATE, Tags=TAGS, Capabilities=["CAPABILITY_IAM"])
    cfn.describe_stacks(StackName="s")
    cfn.list_stacks()
    cfn.describe_stack_events(StackName="s")
    cfn.describe_stack_resources(StackName="s")
    cfn.list_stack_resources(StackName="s")
    cfn.describe_stack_resource(StackName="s", LogicalResourceId="Role")
    cfn.get_template(StackName="s")
    cfn.get_template_summary(TemplateBody=TEMPLATE)
    cfn.update_stack(StackName="s", TemplateBody=TEMPLATE, Capabilities=["CAPABILITY_IAM"], Tags=[])
    cfn.create_change_set(StackName="t", ChangeSetName="c", TemplateBody=TEMPLATE, ChangeSetType="CREATE")
    cfn.describe_change_set(StackName="t", ChangeSetName="c")
    cfn.list_change_sets(StackName="t")
    cfn.execute_change_set(StackName="t", ChangeSetName="c")
    cfn.delete_stack(StackName="s")


def use_organizations(organizations):
    organizations.create_organization(FeatureSet="ALL")
    root = organizations.list_roots()["Roots"][0]["Id"]
    account = organizations.create_account(Email="a@example.com", AccountName="a")["CreateAccountStatus"]["AccountId"]
    organizations.create_organizational_unit(ParentId=root, Name="ou")
    organizations.describe_organization()
    organizations.list_accounts()
    organizations.describe_account(AccountId=account)
    organizations.list_organizational_units_for_parent(ParentId=root)
    organizations.list_accounts_for_parent(ParentId=root)
    organizations.list_parents(ChildId=account)


def use_kms(kms):
    key = kms.create_key()["KeyMetadata"]["Arn"]
    context = {"a": "b"}
    for spec in ({"KeySpec": "AES_256"}, {"NumberOfBytes": 32}):
        made = kms.generate_data_key(KeyId=key, EncryptionContext=context, **spec)
        assert kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext=context)["Plaintext"] == made["Plaintext"]
        kms.decrypt(KeyId=key, CiphertextBlob=made["CiphertextBlob"], EncryptionContext=context)


@pytest.mark.parametrize("service,use", [("sts", use_sts), ("iam", use_roles), ("iam", use_users), ("cloudformation", use_cloudformation),
                                         ("organizations", use_organizations), ("kms", use_kms)])
def test_answers_of_moto_are_read(service, use, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    answers = []
    with mock_aws():
        client = boto3.client(service, region_name="us-east-1")
        client.meta.events.register(
            f"after-call.{client.meta.service_model.service_id.hyphenize()}",
            lambda http_response, model, **_: answers.append((model.name, http_response.status_code, http_response.content.decode())))
        use(client)
    asked = [(name, body) for name, status, body in answers if status == 200 and (service, name) in OPERATIONS]
    lines = "".join(json.dumps({"do": "response", "service": service, "operation": name, "body": body}) + "\n" for name, body in asked)
    told = subprocess.run([TOOL], input=lines, capture_output=True, text=True, check=True).stdout.splitlines()
    refused = [(name, json.loads(line)["error"]) for (name, _), line in zip(asked, told, strict=True) if "error" in json.loads(line)]
    assert all(LEFT_OUT.get(name) == error for name, error in refused), refused
    assert len(asked) >= 5
