# SPDX-License-Identifier: Apache-2.0
"""`crossrole sim` as a program: its flags, and the state that it keeps."""

import json
import stat
import subprocess

import pytest
from harness import clouds, process


def run(executable, tmp_path, *arguments):
    return subprocess.run([str(executable), "sim", *map(str, arguments)], env=process.clean_environment(tmp_path), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60, check=False)


def test_a_state_outlives_the_program(processes, tmp_path):
    state = tmp_path / "state.json"
    first = clouds.start_sim(processes, "--state", state)
    customer = first.customers[0]
    first.client("iam", first.keys(customer)).create_user(UserName="kept")
    first.advance(3600)
    assert first.process.stop() == 0
    assert stat.S_IMODE(state.stat().st_mode) == 0o600
    second = clouds.start_sim(processes, "--state", state, "--accounts", "9", name="again")
    assert second.accounts == first.accounts
    users = second.client("iam", second.keys(customer)).list_users()["Users"]
    assert [user["UserName"] for user in users] == ["administrator", "kept"]
    assert second.process.stop() == 0


TEMPLATE = """
Parameters: {Name: {Type: String}}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Ref Name
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement: {Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: sts:AssumeRole}
Outputs: {Arn: {Value: !GetAtt Role.Arn}}
"""


def template(name):
    return {"Parameters": [{"ParameterKey": "Name", "ParameterValue": name}], "Capabilities": ["CAPABILITY_NAMED_IAM"]}


def test_a_state_keeps_stacks_stack_sets_invitations_and_what_is_under_way(processes, tmp_path):
    state = tmp_path / "state.json"
    first = clouds.start_sim(processes, "--state", state, "--accounts", "4")
    management, member = first.customers[0], first.customers[1]
    stacks, organizations = (first.client(service, first.keys(management)) for service in ("cloudformation", "organizations"))
    stacks.create_stack(StackName="made", TemplateBody=TEMPLATE, Tags=[{"Key": "team", "Value": "a"}], **template("First"))
    first.advance(60)
    stacks.activate_organizations_access()
    root = organizations.list_roots()["Roots"][0]["Id"]
    stacks.create_stack_set(StackSetName="all", TemplateBody=TEMPLATE, PermissionModel="SERVICE_MANAGED",
                            AutoDeployment={"Enabled": True, "RetainStacksOnAccountRemoval": False}, **template("Everywhere"))
    operation = stacks.create_stack_instances(StackSetName="all", DeploymentTargets={"OrganizationalUnitIds": [root]},
                                              Regions=["us-east-1"])["OperationId"]
    invitation = organizations.invite_account_to_organization(Target={"Type": "ACCOUNT", "Id": first.platform["account_id"]})["Handshake"]
    request = organizations.create_account(AccountName="late", Email="late@example.com")["CreateAccountStatus"]
    described = stacks.describe_stacks(StackName="made")["Stacks"]
    events = stacks.describe_stack_events(StackName="made")["StackEvents"]
    assert first.process.stop() == 0

    again = clouds.start_sim(processes, "--state", state, name="again")
    stacks, organizations = (again.client(service, again.keys(management)) for service in ("cloudformation", "organizations"))
    assert stacks.describe_stacks(StackName="made")["Stacks"] == described
    assert stacks.describe_stack_events(StackName="made")["StackEvents"] == events
    again.advance(600)
    assert stacks.describe_stack_set_operation(StackSetName="all", OperationId=operation)["StackSetOperation"]["Status"] == "SUCCEEDED"
    assert again.client("iam", again.keys(member)).get_role(RoleName="Everywhere")
    status = organizations.describe_create_account_status(CreateAccountRequestId=request["Id"])["CreateAccountStatus"]
    assert status["State"] == "SUCCEEDED"
    invited = again.client("organizations", again.keys(again.platform))
    assert invited.accept_handshake(HandshakeId=invitation["Id"])["Handshake"]["State"] == "ACCEPTED"
    stacks.update_stack(StackName="made", UsePreviousTemplate=True, **template("Second"))
    again.advance(600)
    assert stacks.describe_stacks(StackName="made")["Stacks"][0]["StackStatus"] == "UPDATE_COMPLETE"
    roles = {role["RoleName"] for role in again.client("iam", again.keys(management)).list_roles()["Roles"]}
    assert "Second" in roles and "First" not in roles
    reached = {each["Account"] for each in stacks.list_stack_instances(StackSetName="all")["Summaries"]}
    assert {again.platform["account_id"], status["AccountId"], member["account_id"]} <= reached
    assert again.process.stop() == 0


def test_a_state_that_does_not_hold_together_is_refused_with_the_place(executable, processes, tmp_path):
    state = tmp_path / "state.json"
    first = clouds.start_sim(processes, "--state", state)
    first.client("cloudformation", first.keys(first.platform)).create_stack(StackName="made", TemplateBody=TEMPLATE, **template("First"))
    assert first.process.stop() == 0
    saved = json.loads(state.read_text())
    del saved["accounts"][0]["cloudformation"]["stacks"][0]["status"]
    state.write_text(json.dumps(saved))
    refused = run(executable, tmp_path, "--listen", f"127.0.0.1:{process.free_port()}", "--state", state)
    assert refused.returncode == 1
    assert "accounts[0]: stacks[0]: `status` is missing" in refused.stderr


def test_a_state_that_cannot_be_read_is_refused_and_kept(executable, tmp_path):
    state = tmp_path / "state.json"
    state.write_text('{"format": 1}')
    refused = run(executable, tmp_path, "--listen", f"127.0.0.1:{process.free_port()}", "--state", state)
    assert refused.returncode == 1
    assert str(state) in refused.stderr and "remove this one" in refused.stderr
    assert json.loads(state.read_text()) == {"format": 1}


def test_an_unknown_profile_is_refused(executable, tmp_path):
    refused = run(executable, tmp_path, "--profile", "odd")
    assert refused.returncode in (1, 2) and "plain, mixed or large" in refused.stderr


@pytest.mark.parametrize(("accounts", "profile", "names"), [("12", None, True), ("12", "plain", False)])
def test_a_made_organization_is_listed_whole(start_sim, accounts, profile, names):
    sim = start_sim("--accounts", accounts, "--throttle", "off", *(["--profile", profile] if profile else []))
    management = next(account for account in sim.accounts if account["management"])
    organizations = sim.client("organizations", sim.keys(management))
    listed = [account for page in organizations.get_paginator("list_accounts").paginate() for account in page["Accounts"]]
    assert sorted(account["Id"] for account in listed) == sorted(account["account_id"] for account in sim.customers)
    assert ("shared-services" in [account["Name"] for account in listed]) == names
