# SPDX-License-Identifier: Apache-2.0
"""Calls for moto_differential_test.py: stack sets. The account of the two manages an organization."""

import json

from aws_call import allow, trust
from moto_organization_calls import new_member
from sim_stack_set_calls import ADMINISTRATION, EXECUTION, REGION, SERVICE

TAGS = [{"Key": "a", "Value": "b"}]
SET = {"StackSetName": "own"}
TARGET = "arn:aws:iam::{}:role/" + ADMINISTRATION


def template(action="s3:Get*"):
    policy = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": json.loads(allow(action))}}
    parameters = {"Note": {"Type": "String", "Default": "a"}}
    return {"TemplateBody": json.dumps({"Description": "a policy", "Parameters": parameters, "Resources": {"Policy": policy}}),
            "Capabilities": ["CAPABILITY_IAM"]}


def note(value):
    return [{"ParameterKey": "Note", "ParameterValue": value}]


def stack_set_session(pair, account):
    sets = pair.of("cloudformation")
    make_roles(pair, account)
    set_session(sets)
    there = {"Accounts": [account], "Regions": [REGION]}
    instance_session(pair, sets, account, there)
    update_session(pair, sets, account, there)
    removal_session(pair, sets, account, there)
    service_managed_session(pair, sets)
    bad_input_session(pair, sets, there)


def make_roles(pair, account):
    """What a self-managed stack set works as, in one account."""
    iam = pair.of("iam")
    iam("CreateRole", RoleName=ADMINISTRATION, AssumeRolePolicyDocument=json.dumps(SERVICE))
    iam("PutRolePolicy", RoleName=ADMINISTRATION, PolicyName="may", PolicyDocument=allow("sts:AssumeRole"))
    iam("CreateRole", RoleName=EXECUTION, AssumeRolePolicyDocument=account.into(trust(TARGET)))
    iam("PutRolePolicy", RoleName=EXECUTION, PolicyName="may", PolicyDocument=allow("*"))


def set_session(sets):
    sets("ListStackSets")
    sets("DescribeStackSet", StackSetName="missing")
    sets("CreateStackSet", Description="d", Tags=TAGS, Parameters=note("b"), **template(), **SET)
    sets("CreateStackSet", StackSetName="1 bad", **template())
    sets("DescribeStackSet", **SET)
    sets("ListStackSets")
    sets("ListStackSets", Status="ACTIVE")
    sets("ListStackInstances", **SET)
    sets("ListStackInstances", StackSetName="missing")
    sets("ListStackSetOperations", **SET)
    sets("ListStackSetOperations", StackSetName="missing")
    sets("DescribeStackInstance", StackInstanceAccount="123456789013", StackInstanceRegion=REGION, **SET)
    sets("DescribeStackSetOperation", OperationId="missing", **SET)
    sets("ListStackSetOperationResults", OperationId="missing", **SET)
    sets("StopStackSetOperation", OperationId="missing", **SET)


def instance_session(pair, sets, account, there):
    sets("CreateStackInstances", StackSetName="missing", **there)
    sets("CreateStackInstances", DeploymentTargets={"OrganizationalUnitIds": ["ou-zzzz-zzzzzzzz"]}, Regions=[REGION], **SET)
    first = sets("CreateStackInstances", **there, **SET)["OperationId"]
    # Ours takes its time, as AWS does.
    pair.sides[0].cloud.advance(60)
    operation = {"OperationId": first, **SET}
    sets("DescribeStackSetOperation", **operation)
    sets("ListStackSetOperationResults", **operation)
    sets("ListStackSetOperations", **SET)
    instance = {"StackInstanceAccount": account, "StackInstanceRegion": REGION, **SET}
    shown = sets("DescribeStackInstance", **instance)["StackInstance"]
    sets("DescribeStacks", StackName=shown["StackId"])
    sets("ListStackInstances", **SET)
    sets("DescribeStackSet", **SET)
    sets("DeleteStackSet", **SET)
    sets("CreateStackInstances", **there, **SET)
    pair.sides[0].cloud.advance(60)
    sets("ListStackInstances", **SET)
    sets("StopStackSetOperation", **operation)
    sets("DescribeStackSetOperation", **operation)


def update_session(pair, sets, account, there):
    sets("UpdateStackInstances", ParameterOverrides=note("c"), **there, **SET)
    pair.sides[0].cloud.advance(60)
    sets("DescribeStackInstance", StackInstanceAccount=account, StackInstanceRegion=REGION, **SET)
    sets("UpdateStackInstances", StackSetName="missing", **there)
    sets("UpdateStackInstances", Accounts=[account], Regions=["eu-west-1"], **SET)
    sets("UpdateStackSet", StackSetName="missing", **template())
    changed = {"Description": "e", "Tags": [{"Key": "c", "Value": "d"}], **template("s3:List*")}
    updated = sets("UpdateStackSet", OperationId="update", **changed, **SET)
    pair.sides[0].cloud.advance(60)
    sets("DescribeStackSetOperation", OperationId=updated["OperationId"], **SET)
    sets("DescribeStackSet", **SET)
    sets("UpdateStackSet", OperationId="update", **template("s3:List*"), **SET)


def removal_session(pair, sets, account, there):
    removed = sets("DeleteStackInstances", RetainStacks=False, **there, **SET)["OperationId"]
    pair.sides[0].cloud.advance(60)
    sets("DescribeStackSetOperation", OperationId=removed, **SET)
    sets("DescribeStackInstance", StackInstanceAccount=account, StackInstanceRegion=REGION, **SET)
    sets("ListStackInstances", **SET)
    sets("DeleteStackInstances", StackSetName="missing", RetainStacks=False, **there)
    sets("DeleteStackSet", **SET)
    sets("DeleteStackSet", **SET)
    sets("DescribeStackSet", **SET)
    sets("ListStackSets", Status="ACTIVE")
    sets("ListStackSets", Status="DELETED")


def service_managed_session(pair, sets):
    org, wide = pair.of("organizations"), {"StackSetName": "wide"}
    deployment = {"AutoDeployment": {"Enabled": True, "RetainStacksOnAccountRemoval": False}}
    new = {"PermissionModel": "SERVICE_MANAGED", **deployment, **template(), **wide}
    sets("DescribeOrganizationsAccess")
    sets("ActivateOrganizationsAccess")
    sets("DescribeOrganizationsAccess")
    root = org("ListRoots")["Roots"][0]["Id"]
    unit = org("CreateOrganizationalUnit", ParentId=root, Name="targeted")["OrganizationalUnit"]["Id"]
    member = new_member(pair, "stacked")
    org("MoveAccount", AccountId=member, SourceParentId=root, DestinationParentId=unit)
    sets("CreateStackSet", **new)
    sets("DescribeStackSet", **wide)
    sets("CreateStackInstances", Accounts=[member], Regions=[REGION], **wide)
    sets("CreateStackInstances", DeploymentTargets={"OrganizationalUnitIds": ["unit"]}, Regions=[REGION], **wide)
    targets = {"DeploymentTargets": {"OrganizationalUnitIds": [unit]}, "Regions": [REGION], **wide}
    created = sets("CreateStackInstances", **targets)["OperationId"]
    pair.sides[0].cloud.advance(60)
    sets("DescribeStackSetOperation", OperationId=created, **wide)
    sets("ListStackSetOperationResults", OperationId=created, **wide)
    sets("DescribeStackInstance", StackInstanceAccount=member, StackInstanceRegion=REGION, **wide)
    sets("ListStackInstances", **wide)
    sets("DescribeStackSet", **wide)
    sets("DeleteStackInstances", RetainStacks=False, **targets)
    pair.sides[0].cloud.advance(60)
    sets("ListStackInstances", **wide)
    sets("DeleteStackSet", **wide)
    sets("DeactivateOrganizationsAccess")


def bad_input_session(pair, sets, there):
    """What moto takes in spite of all."""
    other = {"StackSetName": "other"}
    sets("CreateStackSet", **template(), **other)
    sets("CreateStackSet", **template("s3:List*"), **other)
    sets("CreateStackSet", StackSetName="broken", TemplateBody="{")
    sets("CreateStackSet", StackSetName="empty", TemplateBody="{}")
    sets("CreateStackSet", StackSetName="none")
    sets("CreateStackSet", StackSetName="unknown", Parameters=[{"ParameterKey": "Unknown", "ParameterValue": "x"}], **template())
    sets("CreateStackInstances", Accounts=[], Regions=[REGION], **other)
    sets("CreateStackInstances", OperationId="named", **there, **other)
    pair.sides[0].cloud.advance(60)
    sets("CreateStackInstances", OperationId="named", **there, **other)
    sets("StopStackSetOperation", OperationId="named", **other)
