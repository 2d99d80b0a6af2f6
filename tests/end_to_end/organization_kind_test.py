# SPDX-License-Identifier: Apache-2.0
"""An account's integration that becomes its organization's: shown before, proven as a discovery role, in use until then; and what goes with one."""

import json

import pytest
from harness import clouds
from harness.organizations import Connected


@pytest.fixture
def cloud(start_sim):
    return start_sim("--throttle", "off", "--accounts", "4")


class Account(Connected):
    """A proven integration of kind account, in an account of an organization."""

    def __init__(self, api, sim, account=None, **fields):
        self.api, self.sim = api, sim
        self.management = next(each for each in sim.accounts if each.get("management"))
        self.account = account or self.management
        self.organizations = self.client("organizations")
        body = {"handle": "prod", "kind": "account", "account_id": self.account["account_id"], **fields}
        self.integration = api.post("/v1/integrations", body).expect(201)
        self.path = f"/v1/integrations/{self.integration['id']}"
        self.make_role(self.account, None)
        verification = self.verify()
        assert verification["ok"], verification
        self.own = self.connection(self.account["account_id"])

    def setup(self, method, whom):
        answer = self.api.get(f"{self.path}/setup/{method}", query={"for": whom} if whom else {})
        assert answer.status == 200, answer
        return answer.text.decode()

    def make_role(self, account, whom):
        names = self.integration["member"] if whom == "member" else self.integration
        iam = self.client("iam", account)
        iam.create_role(RoleName=names["role_name"], Path=names["role_path"], AssumeRolePolicyDocument=self.setup("trust-policy", whom))

    def let_list(self):
        """Lets the role read the organization, as the artefacts of the other kind say."""
        policy = json.loads(self.setup("permission-policy", "discovery"))
        documents = [each["document"] for each in policy["policies"]] if "policies" in policy else [policy]
        for number, document in enumerate(documents):
            self.client("iam", self.account).put_role_policy(
                RoleName=self.integration["role_name"], PolicyName=f"organization-{number}", PolicyDocument=json.dumps(document))

    def change(self, expect=200, headers=None, **fields):
        answer = self.api.patch(self.path, {"kind": "organization", **fields}, headers=headers or {})
        assert answer.status == expect, answer
        if expect == 200:
            self.integration = answer.json
        return answer.json

    def verified(self, state):
        """The verification that leads to a state: one that began before a change in AWS may be joined first."""
        for _ in range(60):
            verification = self.verify()
            if verification["state"] == state:
                return verification
        raise AssertionError(f"not {state}: {verification}")

    def caller(self, path):
        session = self.api.post(path + "/sessions", {"duration_seconds": 900}).expect(201)
        return self.sim.client("sts", clouds.Keys.from_session(session)).get_caller_identity()["Arn"].split("/")[1]


def test_an_account_becomes_its_organization_and_stays_in_use_meanwhile(cloud, start_server):
    found = Account(start_server(cloud).api, cloud)
    before = found.integration
    role, connection = before["role_name"], f"/v1/connections/{found.own['id']}"
    preview = found.api.patch(found.path, {"kind": "organization"}, query={"dry_run": "true"}).expect(200)
    assert preview == {"renamed": [], "removed": [], "invalidated": ["verification", "setup", "sessions"], "dependents": [found.own["id"]]}
    assert found.api.get(found.path).expect(200)["kind"] == "account"
    # AWS does not answer while it changes, so that its state is that of the change.
    cloud.faults({"service": "sts", "operation": "AssumeRole", "effect": "500"})
    changed = found.change(handle_prefix="acme_", member={"role_name": "Member"}, settings={"default_region": "eu-west-1"})
    assert (changed["kind"], changed["state"], changed["reason"]) == ("organization", "verifying", "kind_changed")
    for name in ("external_id", "role_arn", "account_id", "handle", "principal_arn"):
        assert changed[name] == found.api.get(found.path).expect(200)[name]
    assert changed["external_id"] == before["external_id"] != changed["member_external_id"]
    assert changed["handle_prefix"] == "acme_" and changed["member"]["role_name"] == "Member" and changed["member"]["via"] == "direct"
    assert "organization" in changed["capabilities"] and changed["settings"] == {"default_region": "eu-west-1"}
    [record] = [each for each in found.api.items("/v1/audit") if each["action"] == "integration.update" and each["details"]]
    assert record["details"]["kind"] == "organization" and record["details"]["kind_before"] == "account" and record["actor"]
    # Until an import has taken it over, the connection is the account's; now no import can.
    cloud.faults({"service": "organizations", "effect": "500"})
    assert found.caller(connection) == found.caller("/v1/connections/prod") == found.caller(found.path) == role
    found.let_list()
    cloud.faults()
    assert found.verified("active")["ok"]
    found.sync()
    ours, aws = found.trees()
    assert ours == aws
    after = found.api.get(connection).expect(200)
    assert after["handle"] == "prod" and after["account_id"] == found.account["account_id"]
    assert after["external_id"] == changed["member_external_id"] and after["role_arn"].endswith("/Member")
    refused = found.api.post(found.path + "/sessions")
    assert refused.status == 409 and refused.json["reason"] == "integration.kind"
    refused = found.api.post(connection + "/sessions")
    assert refused.status == 409 and refused.json["reason"] in ("connection.unverified", "connection.error")
    others = [each["handle"] for each in found.api.items("/v1/connections") if each["id"] != after["id"]]
    assert len(others) == len(found.members()) and all(each.startswith("acme_") for each in others)
    found.make_role(found.account, "member")
    assert found.api.post(connection + "/test").expect(200)["ok"]
    assert found.caller("/v1/connections/prod") == "Member"
    # The artefacts are those of the kind: a discovery role, and one for members.
    assert "organizations:ListAccounts" in found.setup("permission-policy", "discovery")
    assert "AWS::CloudFormation::StackSet" in found.setup("cloudformation-bundle", None)


def test_a_member_account_is_told_so_and_keeps_what_it_had(cloud, start_server):
    member = next(each for each in cloud.customers if not each.get("management"))
    found = Account(start_server(cloud).api, cloud, account=member)
    found.change()
    # Without the permission to ask, nothing says what the account is.
    assert found.verify()["state"] == "verifying"
    found.let_list()
    assert not (verification := found.verified("failed"))["ok"]
    assert [each["code"] for each in verification["findings"] if each["severity"] == "error"] == ["organization.not_management_account"]
    assert found.api.get(found.path).expect(200)["reason"] == "not_management_account"
    for action in ("preview", "sync"):
        refused = found.api.post(f"{found.path}/organization/{action}")
        assert refused.status == 400 and refused.json["reason"] == "organization.not_management_account", refused
    # The trust is as safe as it was: what the account gave, it gives.
    assert found.caller("/v1/connections/prod") == found.integration["role_name"]
    assert found.api.items("/v1/connections") == [found.api.get(f"/v1/connections/{found.own['id']}").expect(200)]
    # Not any more once the role is open.
    trust = json.loads(found.setup("trust-policy", "discovery"))
    for statement in trust["Statement"]:
        statement.pop("Condition", None)
    found.client("iam", member).update_assume_role_policy(RoleName=found.integration["role_name"], PolicyDocument=json.dumps(trust))
    for _ in range(60):
        if "trust.external_id_not_required" in {each["code"] for each in found.verify()["findings"]}:
            break
    assert found.api.get(found.path).expect(200)["reason"] == "trust_open"
    for path in ("/v1/connections/prod", found.path):
        refused = found.api.post(path + "/sessions")
        assert refused.status == 409 and refused.json["reason"] == "integration.failed", refused


def test_other_changes_of_kind_are_refused_with_the_reason(cloud, start_server):
    api = start_server(cloud).api
    organization = api.post("/v1/integrations", {"handle": "org", "kind": "organization"}).expect(201)
    account = api.post("/v1/integrations", {"handle": "acc", "kind": "account"}).expect(201)
    racked = api.post("/v1/integrations", {"handle": "runs", "kind": "account", "external_id": {"format": "per_run"}}).expect(201)
    worker = api.post("/v1/integrations", {"handle": "work", "kind": "account", "assume_on_worker": True}).expect(201)
    paths = [f"/v1/integrations/{each['id']}" for each in (organization, account, racked, worker)]
    for path, kind in ((paths[0], "account"), (paths[2], "organization"), (paths[3], "organization")):
        for query in ({}, {"dry_run": "true"}):
            refused = api.patch(path, {"kind": kind}, query=query)
            assert (refused.status, refused.json["reason"], refused.json["field"]) == (409, "integration.kind", "kind"), refused
            assert refused.json["fix"].startswith("make another integration")
    refused = api.patch(paths[1], {"kind": "space"})
    assert refused.status == 400 and refused.json["field"] == "kind"
    for body, field in (({"handle_prefix": "A"}, "handle_prefix"), ({"member": {"via": "magic"}}, "member.via"), ({"settings": {"x": 1}}, "settings"),
                        ({"member": {"role_name": account["role_name"], "role_path": account["role_path"]}}, "member.role_name")):
        refused = api.patch(paths[1], {"kind": "organization", **body})
        assert refused.status == 400 and refused.json["field"].startswith(field), refused
    # The kind that it has is no change; and nothing of the above was one.
    assert api.patch(paths[1], {"kind": "account"}).expect(200)["kind"] == "account"
    assert api.patch(paths[0], {"kind": "organization", "handle_prefix": "x_"}).expect(200)["handle_prefix"] == "x_"
    # Without a role there is nothing to prove yet.
    assert api.patch(paths[1], {"kind": "organization"}).expect(200)["reason"] == "no_role"


def test_a_kind_is_changed_only_of_what_was_read(cloud, start_server):
    found = Account(start_server(cloud).api, cloud)
    version = found.api.get(found.path).expect(200)["version"]
    assert found.change(expect=412, headers={"If-Match": str(version - 1)})["code"] == "conflict"
    assert found.api.get(found.path).expect(200)["kind"] == "account"


def test_the_command_line_changes_the_kind(cloud, start_server):
    server = start_server(cloud)
    found = Account(server.api, cloud)
    shown = server.run("integration", "update", "prod", "--kind", "organization", "--handle-prefix", "acme_", "--dry-run", "--output", "json").expect(0)
    assert shown.json["invalidated"] == ["verification", "setup", "sessions"]
    changed = server.run("integration", "update", "prod", "--kind", "organization", "--handle-prefix", "acme_", "--output", "json").expect(0).json
    assert changed["kind"] == "organization" and changed["handle_prefix"] == "acme_" and changed["id"] == found.integration["id"]
    refused = server.run("integration", "update", "prod", "--kind", "account")
    assert refused.code == 1 and "stays one" in refused.err


def test_what_goes_with_an_organization_is_told_before(cloud, start_server):
    found = Connected(start_server(cloud).api, cloud)
    tree = found.imported()
    role = {"role_arn": found.integration["expected_role_arn"]}
    preview = found.api.put(found.path + "/role", role, query={"dry_run": "true"}).expect(200)
    assert preview["invalidated"] == ["verification", "sessions", "connections"] and preview["removed"] == []
    below = {each["id"] for each in (*tree["folders"], *tree["connections"])}
    shown = found.api.delete(found.path + "?dry_run=true").expect(200)
    assert set(shown["removed"]) == {found.integration["id"], *below} and found.trees()[0] == found.trees()[1]
    assert found.api.get(found.path + "/dependents").expect(200)["removed"] == shown["removed"]
    for confirm in ("", "?confirm=orgs", f"?confirm={found.integration['id']}"):
        refused = found.api.delete(found.path + confirm)
        assert refused.status == 400 and refused.json["field"] == "confirm", refused
    assert found.api.delete(found.path + "?confirm=org").expect(200)["removed"] == shown["removed"]
    assert found.api.items("/v1/connections") == []
    for each in tree["folders"]:
        assert found.api.get(f"/v1/folders/{each['id']}").status == 404


def test_a_suspended_account_says_so_where_sessions_are_asked_for(cloud, start_server):
    found = Connected(start_server(cloud).api, cloud)
    found.imported()
    member = found.members()[0]
    found.sim.control.post(f"/_sim/accounts/{member['account_id']}", {"state": "suspended"}).expect(200)
    found.sync()
    refused = found.api.post(f"/v1/connections/{found.connection(member['account_id'])['id']}/sessions")
    assert refused.status == 409 and refused.json["reason"] == "connection.suspended"
    assert f"account {member['account_id']} is suspended" in refused.json["fix"]
