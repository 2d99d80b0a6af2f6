# SPDX-License-Identifier: Apache-2.0
"""The main job: connect an account, prove the trust, hand out credentials, against the simulated AWS."""

import json
import pathlib
import subprocess
import sys

import pytest
from harness import clouds, process

SELF_CHECK = ["iam:GetRole", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies", "iam:SimulatePrincipalPolicy"]
NEGATIVE = ["without_external_id", "wrong_external_id", "changed_case", "with_suffix"]


def trust_for(integration, **changes):
    """The trust policy that our artefacts write, or a variation of it."""
    condition = changes.get("condition", {"StringEquals": {"sts:ExternalId": integration["external_id"]}})
    assume = {"Effect": "Allow", "Principal": {"AWS": integration["principal_arn"]}, "Action": "sts:AssumeRole"}
    if condition:
        assume["Condition"] = condition
    session = {"Effect": "Allow", "Principal": {"AWS": integration["principal_arn"]}, "Action": ["sts:TagSession", "sts:SetSourceIdentity"]}
    return {"Version": "2012-10-17", "Statement": [assume, session]}


def policy_for(actions, role):
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": role}]}


@pytest.fixture
def customer(sim):
    return sim.customers[0]


@pytest.fixture
def iam(sim, customer):
    return sim.client("iam", sim.keys(customer))


@pytest.fixture
def integration(server, customer):
    body = {"handle": "prod", "kind": "account", "account_id": customer["account_id"]}
    return server.api.post("/v1/integrations", body).expect(201)


def make_role(iam, integration, trust, actions=SELF_CHECK):
    role = iam.create_role(RoleName=integration["role_name"], Path=integration["role_path"], AssumeRolePolicyDocument=json.dumps(trust))
    arn = role["Role"]["Arn"]
    if actions:
        iam.put_role_policy(RoleName=integration["role_name"], PolicyName="self", PolicyDocument=json.dumps(policy_for(actions, arn)))
    return arn


def verify(server, integration, seconds=30):
    return server.api.post(f"/v1/integrations/{integration['id']}/verify", {"wait_seconds": seconds}).expect(200)


def test_a_pasted_role_is_proven_and_sessions_are_those_of_the_account(server, sim, iam, customer, integration):
    arn = make_role(iam, integration, trust_for(integration))
    server.api.put(f"/v1/integrations/{integration['id']}/role", {"role_arn": f' "{arn}"\n'}).expect(200)
    verification = verify(server, integration)
    assert verification["ok"] is True, verification
    assert verification["document"] == "read"
    assert [probe["observed"] for probe in verification["probes"]] == ["allowed"] + ["denied"] * 4
    assert verification["findings"] == []

    session = server.api.post(f"/v1/integrations/{integration['id']}/sessions", {"tags": {"team": "a"}}).expect(201)
    caller = sim.client("sts", clouds.Keys.from_session(session)).get_caller_identity()
    assert caller["Account"] == customer["account_id"] == session["account_id"]
    assert caller["Arn"] == session["assumed_role_arn"]
    assert session["granted_seconds"] == 3600 and session["endpoint_url"] == sim.url


def test_each_probe_is_a_real_assume_role(server, sim, iam, integration):
    make_role(iam, integration, trust_for(integration))
    server.api.wait_for(f"/v1/integrations/{integration['id']}", lambda it: it["state"] == "active")
    sim.control.delete("/_sim/calls")
    assert verify(server, integration)["ok"]
    [row] = [row for row in sim.calls(service="sts", operation="AssumeRole")]
    # The positive probe, four negative ones each in two strengths, and the session that reads the role.
    assert row["count"] >= 10 and row["refused"] >= 8


def test_the_expected_role_is_found_by_polling(server, iam, integration):
    assert integration["state"] == "pending" and integration["reason"] == "no_role"
    make_role(iam, integration, trust_for(integration))
    found = server.api.wait_for(f"/v1/integrations/{integration['id']}", lambda it: it["state"] == "active", 120)
    assert found["role_arn"] == integration["expected_role_arn"]


def test_an_open_role_is_refused_and_gives_no_sessions(server, iam, integration):
    arn = make_role(iam, integration, trust_for(integration, condition=None))
    server.api.put(f"/v1/integrations/{integration['id']}/role", {"role_arn": arn}).expect(200)
    verification = verify(server, integration)
    assert verification["ok"] is False and verification["state"] == "failed"
    assert "trust.external_id_not_required" in {finding["code"] for finding in verification["findings"]}
    refused = server.api.post(f"/v1/integrations/{integration['id']}/sessions")
    assert refused.status == 409 and refused.json["reason"] == "integration.failed"


@pytest.mark.parametrize("missing", SELF_CHECK)
def test_exactly_the_removed_action_is_reported_missing(server, iam, integration, missing):
    arn = make_role(iam, integration, trust_for(integration), [action for action in SELF_CHECK if action != missing])
    server.api.put(f"/v1/integrations/{integration['id']}/role", {"role_arn": arn}).expect(200)
    verification = verify(server, integration)
    assert {action for row in verification["capabilities"] for action in row["missing_actions"]} == {missing}


def test_a_role_opened_behind_our_back_is_quarantined_and_returns(start_server, sim, iam, customer):
    server = start_server(sim, env={"CROSSROLE_VERIFICATION_INTERVAL_SECONDS": "1"})
    integration = server.api.post("/v1/integrations", {"handle": "q", "kind": "account", "account_id": customer["account_id"]}).expect(201)
    path = f"/v1/integrations/{integration['id']}"
    make_role(iam, integration, trust_for(integration))
    server.api.wait_for(path, lambda it: it["state"] == "active", 120)
    iam.update_assume_role_policy(RoleName=integration["role_name"], PolicyDocument=json.dumps(trust_for(integration, condition=None)))
    server.api.wait_for(path, lambda it: it["state"] == "quarantined", 120)
    assert server.api.post(path + "/sessions").json["reason"] == "integration.quarantined"
    iam.update_assume_role_policy(RoleName=integration["role_name"], PolicyDocument=json.dumps(trust_for(integration)))
    server.api.wait_for(path, lambda it: it["state"] == "active", 120)
    server.api.post(path + "/sessions").expect(201)


def test_cloudformation_connects_the_account(server, sim, customer, integration):
    template = server.api.get(f"/v1/integrations/{integration['id']}/setup/cloudformation")
    assert template.status == 200, template
    stacks = sim.client("cloudformation", sim.keys(customer))
    stacks.create_stack(StackName=integration["stack_name"], TemplateBody=template.text.decode(), Capabilities=["CAPABILITY_NAMED_IAM"])
    stacks.get_waiter("stack_create_complete").wait(StackName=integration["stack_name"], WaiterConfig={"Delay": 1, "MaxAttempts": 120})
    outputs = {o["OutputKey"]: o["OutputValue"] for o in stacks.describe_stacks(StackName=integration["stack_name"])["Stacks"][0]["Outputs"]}
    assert outputs["ExternalId"] == integration["external_id"]
    active = server.api.wait_for(f"/v1/integrations/{integration['id']}", lambda it: it["state"] == "active", 120)
    assert active["role_arn"] == outputs["RoleArn"]
    assert verify(server, integration)["ok"]


def test_the_shell_script_connects_the_account(server, sim, customer, integration, tmp_path):
    script = tmp_path / "setup.sh"
    script.write_bytes(server.api.get(f"/v1/integrations/{integration['id']}/setup/cli").text)
    environment = process.clean_environment(tmp_path, {**sim.environment(sim.keys(customer)), "AWS_PAGER": ""})
    environment["PATH"] = f"{pathlib.Path(sys.executable).parent}:{environment['PATH']}"
    done = subprocess.run(["sh", str(script)], env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    arn = done.stdout.strip().splitlines()[-1]
    server.api.put(f"/v1/integrations/{integration['id']}/role", {"role_arn": arn}).expect(200)
    assert verify(server, integration)["ok"]


def test_quickstart_makes_one_role_and_one_policy_however_often(server, sim, iam, customer, integration):
    keys = sim.keys(customer)
    body = f"User name,Access key ID,Secret access key\r\nadmin,{keys.access_key_id},{keys.secret_access_key}\r\n".encode()
    path = f"/v1/integrations/{integration['id']}/quickstart"
    for attempt in range(2):
        started = server.api.call("POST", path, body, headers={"Content-Type": "text/csv"}).expect(202)
        result = server.api.finish(started["job"])
        assert result["integration"]["state"] == "active"
        assert bool(result["created"]) == (attempt == 0)
    assert [role["RoleName"] for role in iam.list_roles()["Roles"] if role["Path"] == "/crossrole/"] == [integration["role_name"]]
    assert len(iam.list_policies(Scope="Local")["Policies"]) == 1
    server.stop()
    for file in server.data.rglob("*"):
        assert not file.is_file() or keys.secret_access_key.encode() not in file.read_bytes(), f"the secret is in {file}"


def test_a_wait_during_a_rotation_is_not_spent_on_the_value_that_the_role_does_not_know_yet(server, sim, iam, integration):
    make_role(iam, integration, trust_for(integration))
    path = f"/v1/integrations/{integration['id']}"
    server.api.wait_for(path, lambda it: it["state"] == "active", 120)
    server.api.post(path + "/external-id/rotate").expect(200)
    sim.control.delete("/_sim/calls")
    assert verify(server, integration, 60)["ok"]
    [row] = [row for row in sim.calls(service="sts", operation="AssumeRole")]
    # Two checks, if a scheduled one meets ours; a minute of repetitions would be thirty calls more.
    assert row["count"] <= 2 * 12


def test_minting_goes_on_through_a_rotation(server, iam, integration):
    make_role(iam, integration, trust_for(integration))
    path = f"/v1/integrations/{integration['id']}"
    server.api.wait_for(path, lambda it: it["state"] == "active", 120)
    rotated = server.api.post(path + "/external-id/rotate").expect(200)
    assert rotated["external_id"] != integration["external_id"]
    server.api.post(path + "/sessions").expect(201)
    assert server.api.post(path + "/external-id/retire").status == 409
    iam.update_assume_role_policy(RoleName=integration["role_name"], PolicyDocument=json.dumps(trust_for(rotated)))
    assert verify(server, integration)["ok"]
    server.api.post(path + "/external-id/retire").expect(200)
    server.api.post(path + "/sessions").expect(201)


def test_disable_stops_minting_and_delete_needs_the_handle(server, iam, integration):
    make_role(iam, integration, trust_for(integration))
    path = f"/v1/integrations/{integration['id']}"
    server.api.wait_for(path, lambda it: it["state"] == "active", 120)
    server.api.post(path + "/sessions").expect(201)
    refused = server.api.post(path + "/sessions", {"session_policy": {"Nope": 1}})
    assert (refused.json["field"], refused.json["fix"]) == ("session_policy", "`Nope` is not an element of a policy")
    server.api.post(path + "/disable").expect(200)
    refused = server.api.post(path + "/sessions")
    assert (refused.json["reason"], refused.json["fix"]) == ("integration.disabled", "enable the integration")
    # To name a role is not to enable it.
    role_arn = server.api.get(path).expect(200)["role_arn"]
    named = server.api.put(path + "/role", {"role_arn": role_arn}).expect(200)
    assert (named["state"], named["next_check_at"]) == ("disabled", None)
    server.api.post(path + "/enable").expect(200)
    server.api.wait_for(path, lambda it: it["state"] == "active", 120)
    assert server.api.delete(path).status == 400
    gone = server.api.delete(path, query={"confirm": "prod"}).expect(200)
    assert integration["id"] in gone["removed"]
    assert server.api.get(path).status == 404


def test_every_handout_is_recorded_and_the_record_verifies(server, iam, integration, executable, tmp_path):
    make_role(iam, integration, trust_for(integration))
    path = f"/v1/integrations/{integration['id']}"
    server.api.wait_for(path, lambda it: it["state"] == "active", 120)
    for _ in range(3):
        server.api.post(path + "/sessions", {"reason": "test"}).expect(201)
    records = server.api.get("/v1/audit", query={"action": "session.mint"}).expect(200)["items"]
    # One intent and one outcome for the first, one record for each that came from the cache.
    assert [record["phase"] for record in records].count("single") == 2
    assert [record["phase"] for record in records].count("outcome") == 1
    server.stop()
    checked = subprocess.run([str(executable), "audit", "verify", "--data", str(server.data)], env=process.clean_environment(tmp_path),
                             capture_output=True, text=True, timeout=60, check=False)
    report = json.loads(checked.stdout)
    assert checked.returncode == 0 and report["ok"] and report["problems"] == [] and "intact" in report["messages"][-1], checked


@pytest.mark.parametrize("body,field", [
    ({"handle": "A", "kind": "account"}, "handle"),
    ({"handle": "a", "kind": "account", "account_id": "1"}, "account_id"),
    ({"handle": "a", "kind": "account", "duration_seconds": 899}, "duration_seconds"),
    ({"handle": "a", "kind": "account", "duration_seconds": 43201}, "duration_seconds"),
    ({"handle": "a", "kind": "account", "region": "x.example.com/"}, "region"),
    ({"handle": "a", "kind": "account", "external_id": {"value": "mine-all-mine"}}, "external_id.value"),
    ({"handle": "a", "kind": "account", "role_arn": "arn:aws:iam::111122223333:user/x"}, "role_arn"),
    ({"handle": "a", "kind": "account", "role_arn": "arn:aws-cn:iam::111122223333:role/x"}, "role_arn"),
    ({"handle": "a", "kind": "account", "role_nam": "x"}, "role_nam"),
    ({"handle": "a", "kind": "account", "owners": ["op_01JD3EB0000000000000000ABC"]}, "owners"),
    ({"handle": "a", "kind": "account", "owners": ["a\n\u202eb"]}, "owners"),
    ({"handle": "a", "kind": "account", "policy_document": {"Nope": 1}}, "policy_document"),
])
def test_bad_input_is_refused_by_name(server, body, field):
    refused = server.api.post("/v1/integrations", body)
    assert refused.status == 400 and refused.json["field"] == field, refused
    assert server.api.items("/v1/integrations") == []
