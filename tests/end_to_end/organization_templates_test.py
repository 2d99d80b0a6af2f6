# SPDX-License-Identifier: Apache-2.0
"""What is deployed for the accounts of an organization: both forms of the stack set, and the bundle; accounts that come later get the role too."""

import json
import pathlib
import subprocess
import sys

import botocore.exceptions
import hcl2
import pytest
from harness import process
from harness.organizations import Connected

OFTEN = {"CROSSROLE_ORGANIZATION_SYNC_INTERVAL_SECONDS": "2"}
EVERYWHERE = {"MaxConcurrentPercentage": 100, "FailureTolerancePercentage": 100}
ADMINISTRATION = "AWSCloudFormationStackSetAdministrationRole"
EXECUTION = "AWSCloudFormationStackSetExecutionRole"


@pytest.fixture
def cloud(start_sim):
    return start_sim("--throttle", "off", "--accounts", "8")


@pytest.fixture
def imported(cloud, start_server):
    """Imported every two seconds from now on."""
    organization = Connected(start_server(cloud, env=OFTEN).api, cloud)
    organization.imported()
    return organization


def make_account(organization, name):
    status = organization.organizations.create_account(AccountName=name, Email=f"{name}@example.com")["CreateAccountStatus"]
    organization.sim.advance(120)
    return organization.organizations.describe_create_account_status(CreateAccountRequestId=status["Id"])["CreateAccountStatus"]["AccountId"]


def states(shown):
    return {each["account_id"]: each["state"] for each in shown["items"]}


def expect_active(api, accounts):
    api.wait_for("/v1/connections", lambda it: all(states(it).get(account) == "active" for account in accounts), 90)


def make_stack_set(organization, mode):
    """As the template's own metadata says."""
    template = organization.api.get(organization.path + "/setup/cloudformation-stackset", query={"mode": mode, "format": "json"}).expect(200)
    sets = organization.client("cloudformation")
    sets.create_stack_set(StackSetName="members", TemplateBody=json.dumps(template), **template["Metadata"]["Crossrole"]["StackSet"])
    return sets


def deploy(organization, sets, **targets):
    """Where it failed, by account."""
    operation = sets.create_stack_instances(StackSetName="members", Regions=["us-east-1"], OperationPreferences=EVERYWHERE, **targets)["OperationId"]
    organization.sim.advance(600)
    assert sets.describe_stack_set_operation(StackSetName="members", OperationId=operation)["StackSetOperation"]["Status"] == "SUCCEEDED"
    results = sets.list_stack_set_operation_results(StackSetName="members", OperationId=operation)["Summaries"]
    return {each["Account"]: each["StatusReason"] for each in results if each["Status"] != "SUCCEEDED"}


def trusting(principal):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]})


def make_administration_role(organization):
    """As the CloudFormation User Guide has it."""
    iam = organization.client("iam")
    iam.create_role(RoleName=ADMINISTRATION, AssumeRolePolicyDocument=trusting({"Service": "cloudformation.amazonaws.com"}))
    policy = {"Version": "2012-10-17",
              "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": f"arn:*:iam::*:role/{EXECUTION}"}]}
    iam.put_role_policy(RoleName=ADMINISTRATION, PolicyName="assume", PolicyDocument=json.dumps(policy))


def make_execution_role(organization, account, trusted):
    iam = organization.client("iam", account)
    iam.create_role(RoleName=EXECUTION, AssumeRolePolicyDocument=trusting({"AWS": trusted}))
    iam.attach_role_policy(RoleName=EXECUTION, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")


def test_a_service_managed_stack_set_makes_the_roles_of_members_and_of_those_to_come(imported):
    members = [each["account_id"] for each in imported.members()]
    imported.client("cloudformation").activate_organizations_access()
    sets = make_stack_set(imported, "service")
    assert deploy(imported, sets, DeploymentTargets={"OrganizationalUnitIds": [imported.root()]}) == {}
    expect_active(imported.api, members)
    expect_active(imported.api, [make_account(imported, "later")])
    assert imported.connection(imported.management["account_id"])["state"] != "active"


def test_a_self_managed_stack_set_makes_the_roles_where_its_execution_role_lets_it(imported):
    administrator = f"arn:aws:iam::{imported.management['account_id']}:role/{ADMINISTRATION}"
    *members, stranger, bare = imported.members()
    make_administration_role(imported)
    for account in [imported.management, *members]:
        make_execution_role(imported, account, administrator)
    make_execution_role(imported, stranger, f"arn:aws:iam::{members[0]['account_id']}:root")
    sets = make_stack_set(imported, "self")
    everybody = [each["account_id"] for each in [imported.management, *members, stranger, bare]]
    failed = deploy(imported, sets, Accounts=everybody)
    assert set(failed) == {stranger["account_id"], bare["account_id"]}
    assert all(EXECUTION in reason and ADMINISTRATION in reason for reason in failed.values())
    expect_active(imported.api, [each for each in everybody if each not in failed])
    found = states(imported.api.get("/v1/connections").expect(200))
    assert all(found[account] != "active" for account in failed)
    make_execution_role(imported, bare, administrator)
    assert deploy(imported, sets, Accounts=[bare["account_id"]]) == {}
    expect_active(imported.api, [bare["account_id"]])


def run_script(sim, account, script, folder):
    """Runs a setup script with the AWS CLI as an administrator of an account; answers the ARN that it prints last."""
    path = folder / f"{account['account_id']}.sh"
    path.write_text(script)
    environment = process.clean_environment(folder, {**sim.environment(sim.keys(account)), "AWS_PAGER": ""})
    environment["PATH"] = f"{pathlib.Path(sys.executable).parent}:{environment['PATH']}"
    done = subprocess.run(["sh", str(path)], env=environment, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


def run_stack(organization, account, template):
    stacks = organization.client("cloudformation", account)
    stacks.create_stack(StackName="by-hand", TemplateBody=template, Capabilities=["CAPABILITY_NAMED_IAM"])
    organization.sim.advance(600)
    stack = stacks.describe_stacks(StackName="by-hand")["Stacks"][0]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}["RoleArn"]


class Unmade(Connected):
    """An organization's integration whose roles nobody has made yet."""

    def make_role(self, account, whom):
        pass


@pytest.mark.parametrize("via", ["direct", "discovery_role"])
@pytest.mark.parametrize("discovery", ["cli", "cloudformation"])
def test_each_role_is_made_by_a_script_or_by_a_stack(cloud, start_server, tmp_path, via, discovery):
    """One by the script, the other one by a stack."""
    found = Unmade(start_server(cloud).api, cloud, member={"via": via})
    member = found.members()[0]
    script = found.setup("cli", "discovery" if discovery == "cli" else "member")
    template = found.setup("cloudformation", "member" if discovery == "cli" else "discovery")
    if discovery == "cli":
        arns = [run_script(cloud, found.management, script, tmp_path), run_stack(found, member, template)]
    else:
        arns = [run_stack(found, found.management, template), run_script(cloud, member, script, tmp_path)]
    assert arns[0] == found.integration["expected_role_arn"]
    assert found.api.put(found.path + "/role", {"role_arn": arns[0]}).expect(200)["role_arn"] == arns[0]
    found.imported()
    assert found.trees()[0] == found.trees()[1]
    connection = found.connection(member["account_id"])
    assert connection["role_arn"] == arns[1]
    verification = found.api.post(f"/v1/connections/{connection['id']}/test").expect(200)
    assert verification["ok"] and not [each for each in verification["findings"] if each["severity"] == "error"], verification
    # Terraform makes the same two roles.
    for whom, names in (("discovery", found.integration), ("member", found.integration["member"])):
        [role] = [each['"aws_iam_role"'] for each in hcl2.loads(found.setup("terraform", whom))["resource"] if '"aws_iam_role"' in each]
        [body] = role.values()
        assert names["role_name"] in body["name"] or "var." in body["name"], body


class Bundle:
    """The bundle of an integration whose discovery role nobody has made yet."""

    def __init__(self, cloud, api, **fields):
        self.sim, self.api = cloud, api
        self.management = next(each for each in cloud.accounts if each.get("management"))
        self.made = api.post("/v1/integrations", {"handle": "org", "kind": "organization", "account_id": self.management["account_id"], **fields}).expect(201)
        self.path = f"/v1/integrations/{self.made['id']}"
        self.stacks = cloud.client("cloudformation", cloud.keys(self.management))
        self.organizations = cloud.client("organizations", cloud.keys(self.management))

    def deploy(self):
        """Makes the stack; answers how it ends."""
        template = self.api.get(self.path + "/setup/cloudformation-bundle", query={"format": "json"})
        assert template.status == 200, template
        root = self.organizations.list_roots()["Roots"][0]["Id"]
        self.stack = self.stacks.create_stack(StackName=self.made["stack_name"], TemplateBody=template.text.decode(), Capabilities=["CAPABILITY_NAMED_IAM"],
                                              Parameters=[{"ParameterKey": "MemberTargets", "ParameterValue": root}])["StackId"]
        return self.settled()

    def settled(self):
        for _ in range(20):
            self.sim.advance(60)
            status = self.stacks.describe_stacks(StackName=self.stack)["Stacks"][0]["StackStatus"]
            if not status.endswith("_IN_PROGRESS"):
                return status
        return status

    def reasons(self):
        pages = self.stacks.get_paginator("describe_stack_events").paginate(StackName=self.stack)
        return [each.get("ResourceStatusReason", "") for page in pages for each in page["StackEvents"]]

    def accounts(self):
        return [each["Id"] for page in self.organizations.get_paginator("list_accounts").paginate() for each in page["Accounts"]]

    def has_member_role(self, account_id):
        account = next(each for each in self.sim.control.get("/_sim/accounts").expect(200) if each["account_id"] == account_id)
        try:
            self.sim.client("iam", self.sim.keys(account)).get_role(RoleName=self.made["member"]["role_name"])
        except botocore.exceptions.ClientError as error:
            assert error.response["Error"]["Code"] == "NoSuchEntity"
            return False
        return True


@pytest.mark.parametrize("via", ["direct", "discovery_role"])
def test_one_bundle_connects_the_organization_and_whoever_comes_later(cloud, start_server, via):
    bundle = Bundle(cloud, start_server(cloud, env=OFTEN).api, member={"via": via})
    bundle.stacks.activate_organizations_access()
    assert bundle.deploy() == "CREATE_COMPLETE", bundle.reasons()
    bundle.api.wait_for(bundle.path, lambda it: it["state"] == "active", 120)
    expect_active(bundle.api, bundle.accounts())
    later = make_account(bundle, "later")
    expect_active(bundle.api, [later])
    connection = next(each for each in bundle.api.items("/v1/connections") if each["account_id"] == later)
    bundle.api.post(f"/v1/connections/{connection['id']}/sessions").expect(201)
    # What it has made everywhere goes with it.
    bundle.stacks.delete_stack(StackName=bundle.stack)
    assert bundle.settled() == "DELETE_COMPLETE", bundle.reasons()
    assert bundle.stacks.list_stack_sets(Status="ACTIVE")["Summaries"] == []
    assert not any(bundle.has_member_role(account) for account in bundle.accounts())


def test_a_bundle_where_stack_sets_may_not_reach_the_organization_leaves_nothing(cloud, start_server):
    bundle = Bundle(cloud, start_server(cloud).api)
    assert bundle.deploy() == "ROLLBACK_COMPLETE"
    assert any("enable organizations access" in reason for reason in bundle.reasons())
    assert not bundle.has_member_role(bundle.management["account_id"])
    assert bundle.api.get(bundle.path).expect(200)["state"] != "active"
