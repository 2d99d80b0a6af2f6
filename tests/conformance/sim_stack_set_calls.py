# SPDX-License-Identifier: Apache-2.0
"""Calls for sim_calls.py: stack sets of CloudFormation."""

import json

from aws_call import allow, bound, refused, trust

ADMINISTRATION, EXECUTION = "AWSCloudFormationStackSetAdministrationRole", "AWSCloudFormationStackSetExecutionRole"
REGION = "us-east-1"
SERVICE = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "cloudformation.amazonaws.com"}, "Action": "sts:AssumeRole"}],
           "Version": "2012-10-17"}


def template(policies):
    policy = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": json.loads(allow("s3:Get*"))}}
    parameters = {"Note": {"Type": "String", "Default": "a"}}
    return {"TemplateBody": json.dumps({"Parameters": parameters, "Resources": {f"Policy{number}": policy for number in range(policies)}}),
            "Capabilities": ["CAPABILITY_IAM"]}


def stack_set_session(call, sim, management, guest):
    """Sets of both kinds, in the organization that `management` manages and `guest` is in."""
    self_managed_session(call, sim, management, guest)
    service_managed_session(call, sim, management, guest)


def make_roles(call, sim, management, guest):
    roles = bound(call, sim.keys(management), "iam")
    arn = roles("CreateRole", RoleName=ADMINISTRATION, AssumeRolePolicyDocument=json.dumps(SERVICE))["Role"]["Arn"]
    roles("PutRolePolicy", RoleName=ADMINISTRATION, PolicyName="may", PolicyDocument=allow("sts:AssumeRole"))
    theirs = bound(call, sim.keys(guest), "iam")
    theirs("CreateRole", RoleName=EXECUTION, AssumeRolePolicyDocument=trust(arn))
    theirs("PutRolePolicy", RoleName=EXECUTION, PolicyName="may", PolicyDocument=allow("*"))


def self_managed_session(call, sim, management, guest):
    make_roles(call, sim, management, guest)
    sets, there = bound(call, sim.keys(management), "cloudformation"), {"Accounts": [guest["account_id"]], "Regions": [REGION]}
    name = {"StackSetName": "own"}
    made = {**name, "ClientRequestToken": "token", **template(1)}
    identifier = sets("CreateStackSet", **made)["StackSetId"]
    assert sets("CreateStackSet", **made)["StackSetId"] == identifier
    with refused("CreatedButModifiedException"):
        sets("CreateStackSet", Description="another", **made)
    with refused("NameAlreadyExistsException"):
        sets("CreateStackSet", **{**made, "ClientRequestToken": "other"})
    with refused("StackSetNotFoundException"):
        sets("DescribeStackSet", StackSetName="absent")
    first = {**name, "OperationId": sets("CreateStackInstances", OperationId="first", **there, **name)["OperationId"]}
    sim.advance(60)
    assert sets("DescribeStackSetOperation", **first)["StackSetOperation"]["Status"] == "SUCCEEDED"
    assert sets("ListStackSetOperationResults", **first)["Summaries"][0]["Account"] == guest["account_id"]
    with refused("OperationIdAlreadyExistsException"):
        sets("CreateStackInstances", OperationId="first", **there, **name)
    with refused("OperationNotFoundException"):
        sets("DescribeStackSetOperation", OperationId="absent", **name)
    with refused("InvalidOperationException"):
        sets("StopStackSetOperation", **first)
    instance = {"StackInstanceAccount": guest["account_id"], "StackInstanceRegion": REGION, **name}
    shown = sets("DescribeStackInstance", **instance)["StackInstance"]
    assert (shown["Status"], shown["StackInstanceStatus"]["DetailedStatus"]) == ("CURRENT", "SUCCEEDED")
    assert call(sim.keys(guest), "cloudformation", "DescribeStacks", StackName=shown["StackId"])["Stacks"]
    with refused("StackInstanceNotFoundException"):
        sets("DescribeStackInstance", **{**instance, "StackInstanceRegion": "eu-west-1"})
    with refused("StackSetNotEmptyException"):
        sets("DeleteStackSet", **name)
    # Half a minute of work, so that it is still going on when the next calls come.
    slow = {**name, "OperationId": sets("UpdateStackSet", **name, **template(200))["OperationId"]}
    with refused("OperationInProgressException"):
        sets("UpdateStackInstances", **there, **name)
    sets("StopStackSetOperation", **slow)
    sim.advance(600)
    assert [each["Action"] for each in sets("ListStackSetOperations", **name)["Summaries"]] == ["UPDATE", "CREATE"]
    note = [{"ParameterKey": "Note", "ParameterValue": "b"}]
    sets("UpdateStackInstances", ParameterOverrides=note, **there, **name)
    sim.advance(600)
    assert sets("ListStackInstances", **name)["Summaries"][0]["Status"] == "CURRENT"
    sets("DeleteStackInstances", RetainStacks=False, **there, **name)
    sim.advance(600)
    sets("DeleteStackSet", **name)
    assert sets("ListStackSets", Status="DELETED")["Summaries"][0]["StackSetId"] == identifier


def service_managed_session(call, sim, management, guest):
    sets, org = bound(call, sim.keys(management), "cloudformation"), bound(call, sim.keys(management), "organizations")
    assert sets("DescribeOrganizationsAccess")["Status"] == "DISABLED"
    sets("ActivateOrganizationsAccess")
    name = {"StackSetName": "wide"}
    root = org("ListRoots")["Roots"][0]["Id"]
    unit = org("CreateOrganizationalUnit", ParentId=root, Name="targeted")["OrganizationalUnit"]["Id"]
    sets("CreateStackSet", PermissionModel="SERVICE_MANAGED", AutoDeployment={"Enabled": True, "RetainStacksOnAccountRemoval": False},
         **name, **template(1))
    sets("CreateStackInstances", DeploymentTargets={"OrganizationalUnitIds": [unit]}, Regions=[REGION], **name)
    org("MoveAccount", AccountId=guest["account_id"], SourceParentId=root, DestinationParentId=unit)
    sim.advance(60)
    shown = sets("DescribeStackSet", **name)["StackSet"]
    assert shown["OrganizationalUnitIds"] == [unit] and shown["AutoDeployment"]["Enabled"]
    instance = sets("ListStackInstances", **name)["Summaries"][0]
    assert (instance["Account"], instance["Status"], instance["OrganizationalUnitId"]) == (guest["account_id"], "CURRENT", unit)
    org("MoveAccount", AccountId=guest["account_id"], SourceParentId=unit, DestinationParentId=root)
    sim.advance(60)
    assert not sets("ListStackInstances", **name).get("Summaries")
    sets("DeleteStackSet", **name)
    sets("DeactivateOrganizationsAccess")
    org("DeleteOrganizationalUnit", OrganizationalUnitId=unit)
