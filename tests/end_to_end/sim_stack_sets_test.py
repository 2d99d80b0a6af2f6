# SPDX-License-Identifier: Apache-2.0
"""Stack sets of the simulated AWS by boto3: a role for every account of an organization, those to come among them."""

import json

import botocore.exceptions
import pytest

REGION = "us-east-1"
TEMPLATE = json.dumps({
    "Parameters": {"Trusted": {"Type": "String"}},
    "Resources": {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "RoleName": "Everywhere",
                "AssumeRolePolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": {"Effect": "Allow", "Principal": {"AWS": {"Ref": "Trusted"}}, "Action": "sts:AssumeRole"},
                },
            },
        }
    },
})


@pytest.fixture
def management(start_sim):
    """The simulation with one more organization, made by the control route; its management account, and its answer."""
    sim = start_sim("--throttle", "off")
    made = sim.control.post("/_sim/organization", {"accounts": 12, "seed": 3, "profile": "plain"}).expect(200)
    sim.accounts = sim.control.get("/_sim/accounts").expect(200)
    account = next(each for each in sim.accounts if each["account_id"] == made["management_account_id"])
    return sim, account


def clients(sim, account):
    return [sim.client(service, sim.keys(account)) for service in ("cloudformation", "organizations")]


def settle(sim, sets, operation):
    sim.advance(600)
    return sets.describe_stack_set_operation(StackSetName="everywhere", OperationId=operation)["StackSetOperation"]["Status"]


def make_set(sets, trusted):
    sets.activate_organizations_access()
    sets.create_stack_set(StackSetName="everywhere", TemplateBody=TEMPLATE, Capabilities=["CAPABILITY_NAMED_IAM"],
                          Parameters=[{"ParameterKey": "Trusted", "ParameterValue": trusted}], PermissionModel="SERVICE_MANAGED",
                          AutoDeployment={"Enabled": True, "RetainStacksOnAccountRemoval": False})


def deployed(sets):
    pages = sets.get_paginator("list_stack_instances").paginate(StackSetName="everywhere", PaginationConfig={"PageSize": 5})
    return {each["Account"]: each["Status"] for page in pages for each in page["Summaries"]}


def can_assume(sim, account_id):
    """Whether the platform may assume the role in an account."""
    try:
        role = f"arn:aws:iam::{account_id}:role/Everywhere"
        sim.client("sts", sim.keys(sim.platform)).assume_role(RoleArn=role, RoleSessionName="session")
    except botocore.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDenied"
        return False
    return True


def test_a_new_account_gets_the_role_of_a_service_managed_set_by_itself(management):
    sim, account = management
    sets, organizations = clients(sim, account)
    root = organizations.list_roots()["Roots"][0]["Id"]
    unit = organizations.create_organizational_unit(ParentId=root, Name="workloads")["OrganizationalUnit"]["Id"]
    members = [each["Id"] for page in organizations.get_paginator("list_accounts").paginate() for each in page["Accounts"]]
    members.remove(account["account_id"])
    for member in members[:3]:
        organizations.move_account(AccountId=member, SourceParentId=root, DestinationParentId=unit)
    make_set(sets, sim.platform["account_id"])
    target = {"DeploymentTargets": {"OrganizationalUnitIds": [unit]}, "Regions": [REGION]}
    preferences = {"MaxConcurrentPercentage": 100, "FailureTolerancePercentage": 100}
    operation = sets.create_stack_instances(StackSetName="everywhere", OperationPreferences=preferences, **target)["OperationId"]
    assert settle(sim, sets, operation) == "SUCCEEDED"
    assert deployed(sets) == dict.fromkeys(members[:3], "CURRENT")
    assert can_assume(sim, members[0]) and not can_assume(sim, members[3])

    status = organizations.create_account(AccountName="new", Email="new@example.com")["CreateAccountStatus"]
    sim.advance(60)
    new = organizations.describe_create_account_status(CreateAccountRequestId=status["Id"])["CreateAccountStatus"]["AccountId"]
    assert not can_assume(sim, new)
    organizations.move_account(AccountId=new, SourceParentId=root, DestinationParentId=unit)
    sim.advance(60)
    assert deployed(sets)[new] == "CURRENT"
    assert can_assume(sim, new)

    organizations.move_account(AccountId=new, SourceParentId=unit, DestinationParentId=root)
    sim.advance(60)
    assert new not in deployed(sets)
    assert not can_assume(sim, new)


def test_a_whole_organization_is_reached_through_its_root(management):
    sim, account = management
    sets, organizations = clients(sim, account)
    make_set(sets, sim.platform["account_id"])
    root = organizations.list_roots()["Roots"][0]["Id"]
    operation = sets.create_stack_instances(StackSetName="everywhere", DeploymentTargets={"OrganizationalUnitIds": [root]},
                                            Regions=[REGION])["OperationId"]
    assert settle(sim, sets, operation) == "SUCCEEDED"
    found = deployed(sets)
    assert len(found) == 11 and account["account_id"] not in found
    assert all(can_assume(sim, member) for member in found)
    removed = sets.delete_stack_instances(StackSetName="everywhere", DeploymentTargets={"OrganizationalUnitIds": [root]}, Regions=[REGION],
                                          RetainStacks=False)["OperationId"]
    assert settle(sim, sets, removed) == "SUCCEEDED"
    assert not deployed(sets) and not any(can_assume(sim, member) for member in found)
    sets.delete_stack_set(StackSetName="everywhere")


def stack_with_a_set(trusted):
    """The set above as a resource, for the unit that the stack is told."""
    return json.dumps({
        "Parameters": {"Units": {"Type": "CommaDelimitedList"}},
        "Resources": {
            "Set": {
                "Type": "AWS::CloudFormation::StackSet",
                "Properties": {
                    "StackSetName": "everywhere",
                    "PermissionModel": "SERVICE_MANAGED",
                    "AutoDeployment": {"Enabled": True, "RetainStacksOnAccountRemoval": False},
                    "Capabilities": ["CAPABILITY_NAMED_IAM"],
                    "Parameters": [{"ParameterKey": "Trusted", "ParameterValue": trusted}],
                    "StackInstancesGroup": [{"DeploymentTargets": {"OrganizationalUnitIds": {"Ref": "Units"}}, "Regions": [{"Ref": "AWS::Region"}]}],
                    "TemplateBody": TEMPLATE,
                },
            }
        },
        "Outputs": {"Id": {"Value": {"Fn::GetAtt": ["Set", "StackSetId"]}}},
    })


def ended(sim, stacks, name):
    for _ in range(20):
        sim.advance(60)
        stack = stacks.describe_stacks(StackName=name)["Stacks"][0]
        if not stack["StackStatus"].endswith("_IN_PROGRESS"):
            break
    return stack


def test_a_stack_makes_moves_and_removes_a_stack_set(management):
    sim, account = management
    stacks, organizations = clients(sim, account)
    stacks.activate_organizations_access()
    root = organizations.list_roots()["Roots"][0]["Id"]
    members = sorted(each["Id"] for page in organizations.get_paginator("list_accounts").paginate() for each in page["Accounts"])
    members.remove(account["account_id"])
    units = [organizations.create_organizational_unit(ParentId=root, Name=name)["OrganizationalUnit"]["Id"] for name in ("one", "two")]
    for unit, member in zip(units, members):
        organizations.move_account(AccountId=member, SourceParentId=root, DestinationParentId=unit)
    template = stack_with_a_set(sim.platform["account_id"])
    to = [[{"ParameterKey": "Units", "ParameterValue": unit}] for unit in units]
    name = stacks.create_stack(StackName="set", TemplateBody=template, Parameters=to[0])["StackId"]
    made = ended(sim, stacks, name)
    assert made["StackStatus"] == "CREATE_COMPLETE" and made["Outputs"][0]["OutputValue"].startswith("everywhere:")
    assert deployed(stacks) == {members[0]: "CURRENT"} and can_assume(sim, members[0])
    stacks.update_stack(StackName=name, UsePreviousTemplate=True, Parameters=to[1])
    assert ended(sim, stacks, name)["StackStatus"] == "UPDATE_COMPLETE"
    assert deployed(stacks) == {members[1]: "CURRENT"} and not can_assume(sim, members[0])
    stacks.delete_stack(StackName=name)
    assert ended(sim, stacks, name)["StackStatus"] == "DELETE_COMPLETE"
    assert stacks.list_stack_sets(Status="ACTIVE")["Summaries"] == [] and not can_assume(sim, members[1])


def test_a_stack_whose_set_fails_takes_it_back(management):
    sim, account = management
    stacks, organizations = clients(sim, account)
    stacks.activate_organizations_access()
    root = organizations.list_roots()["Roots"][0]["Id"]
    taken = next(each for each in sim.accounts if each["account_id"] in {each["Id"] for each in organizations.list_accounts_for_parent(ParentId=root)["Accounts"]}
                 and each["account_id"] != account["account_id"])
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}]}
    sim.client("iam", sim.keys(taken)).create_role(RoleName="Everywhere", AssumeRolePolicyDocument=json.dumps(trust))
    name = stacks.create_stack(StackName="set", TemplateBody=stack_with_a_set(sim.platform["account_id"]),
                               Parameters=[{"ParameterKey": "Units", "ParameterValue": root}])["StackId"]
    assert ended(sim, stacks, name)["StackStatus"] == "ROLLBACK_COMPLETE"
    events = stacks.describe_stack_events(StackName=name)["StackEvents"]
    [failed] = [each for each in events if each["ResourceStatus"] == "CREATE_FAILED"]
    assert failed["LogicalResourceId"] == "Set" and "is in status FAILED" in failed["ResourceStatusReason"] and "Service: CloudFormation" in failed["ResourceStatusReason"]
    assert stacks.list_stack_sets(Status="ACTIVE")["Summaries"] == []
