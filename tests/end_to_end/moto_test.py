# SPDX-License-Identifier: Apache-2.0
"""Journeys J1 (steps 1 to 5 and 7) and J5 on moto, an AWS that nobody here wrote.

What moto does otherwise than AWS, and what that means for these tests:

* Without its authentication AssumeRole succeeds for every ARN, whether or not such a role exists and whatever its trust
  policy says. So nothing is proven there: negative probes are off, the verification says so by `verification.emulator`,
  and one test shows that with the default the same role ends `failed`. An integration that knows its account becomes active
  before there is a role; hence integrations here learn the account from the key or the ARN, and what is polled for is
  found the moment our own identity is allowed to assume it (moto's authentication on).
* With its authentication moto checks signatures and evaluates identity policies, and the trust policy of roles in the
  caller's own account, where a `StringEquals` holds although the key is absent. So four of five probes are decided there
  by moto, and the fifth shows why a probe is needed.
* There is no SimulatePrincipalPolicy: what a capability lacks is only known where the call itself was refused.
* AdministratorAccess and other managed policies of AWS do not exist: an administrator has an inline policy.
* There is no federation endpoint for console sign-in links, and sessions never expire.
* Deleting a CloudFormation stack leaves its managed policies; the role goes.
"""

import json
import os
import pathlib
import subprocess
import sys
import time
from dataclasses import dataclass

import pytest
from harness import api, clouds, process

OUR_ACCOUNT = clouds.Moto.account_id
CUSTOMER_ACCOUNT = "111122223333"
PROBES_OFF = {"CROSSROLE_VERIFICATION_NEGATIVE_PROBES": "off"}
NEGATIVE = ["without_external_id", "wrong_external_id", "changed_case", "with_suffix"]
NEVER = 1_000_000


def allow(actions, resource="*"):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": resource}]})


def make_user(iam, name, actions):
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="all", PolicyDocument=allow(actions))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return clouds.Keys(key["AccessKeyId"], key["SecretAccessKey"])


@dataclass(frozen=True)
class Customer:
    """The administrator of somebody's account."""

    keys: clouds.Keys
    iam: object

    def csv(self):
        return f"User name,Access key ID,Secret access key\r\nadmin,{self.keys.access_key_id},{self.keys.secret_access_key}\r\n".encode()

    def inventory(self):
        """Roles and policies of the account."""
        roles = {role["Arn"] for role in self.iam.list_roles()["Roles"]}
        return roles | {policy["Arn"] for policy in self.iam.list_policies(Scope="Local")["Policies"]}


@pytest.fixture
def own_keys(moto):
    """The user as which our server speaks."""
    return make_user(moto.client("iam", moto.keys), "crossrole", "sts:AssumeRole")


@pytest.fixture
def customer(moto):
    """moto opens an account when somebody assumes a role in it."""
    stranger = moto.client("sts", moto.keys).assume_role(RoleArn=f"arn:aws:iam::{CUSTOMER_ACCOUNT}:role/first", RoleSessionName="first")
    keys = make_user(moto.client("iam", clouds.Keys.from_sts(stranger["Credentials"])), "admin", "*")
    return Customer(keys, moto.client("iam", keys))


@pytest.fixture
def server(moto, start_server, own_keys):
    return start_server(moto, keys=own_keys, env=PROBES_OFF)


@pytest.fixture
def integration(server):
    return server.api.post("/v1/integrations", {"handle": "prod", "kind": "account"}).expect(201)


@pytest.fixture
def authenticate(moto):
    """`authenticate(True)`: from now on moto checks signatures and policies. It is off again when servers stop."""

    def switch(on):
        count = b"0" if on else str(NEVER).encode()
        api.Api(moto.url).call("POST", "/moto-api/reset-auth", count, headers={"Content-Type": "text/plain"}).expect(200)

    yield switch
    switch(False)


def send_csv(server, customer, action="quickstart"):
    """Starts a job with the customer's credentials file; answers its id."""
    answer = server.api.call("POST", f"/v1/integrations/prod/{action}", customer.csv(), headers={"Content-Type": "text/csv"})
    return answer.expect(202)["job"]


def connect(server, arn, handle="prod"):
    return server.api.put(f"/v1/integrations/{handle}/role", {"role_arn": arn}).expect(200)


def expect_verified(server, role_arn, handle="prod"):
    """The verification as it must be with probes off: the positive one for real, the others honestly not checked."""
    verification = server.api.post(f"/v1/integrations/{handle}/verify").expect(200)
    assert (verification["ok"], verification["state"], verification["role_arn"]) == (True, "active", role_arn), verification
    observed = {probe["name"]: probe["observed"] for probe in verification["probes"]}
    assert observed == {"with_external_id": "allowed", **dict.fromkeys(NEGATIVE, "not_checked")}
    assert {finding["code"]: finding["severity"] for finding in verification["findings"]} == {"verification.emulator": "warning"}
    assert verification["document"] == "read"
    assert verification["account"]["id"] == CUSTOMER_ACCOUNT
    return verification


def expect_session(server, moto, role_name, handle="prod"):
    session = server.api.post(f"/v1/integrations/{handle}/sessions").expect(201)
    caller = moto.client("sts", clouds.Keys.from_session(session)).get_caller_identity()
    assert (caller["Account"], caller["Arn"]) == (CUSTOMER_ACCOUNT, session["assumed_role_arn"])
    assert f":assumed-role/{role_name}/" in caller["Arn"]
    assert session["endpoint_url"] == moto.url


def run_script(moto, keys, tmp_path, *argv):
    environment = process.clean_environment(tmp_path, {**moto.environment(keys), "AWS_PAGER": ""})
    environment["PATH"] = f"{pathlib.Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    done = subprocess.run(argv, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()


def test_j1_whole_life_with_a_credentials_file(server, moto, customer, integration):
    before = customer.inventory()
    for attempt in ("first", "again"):
        result = server.api.finish(send_csv(server, customer))
        assert result["integration"]["state"] == "active", attempt
        made = customer.inventory() - before
        assert made == set(result["created"] or result["reused"]) and len(made) == 2, attempt
        assert bool(result["created"]) == (attempt == "first")
    # Step 2: what was made is what the answer says, and trusts us with the external ID.
    role = customer.iam.get_role(RoleName=integration["role_name"])["Role"]
    assume, session = role["AssumeRolePolicyDocument"]["Statement"]
    assert assume["Condition"] == {"StringEquals": {"sts:ExternalId": integration["external_id"]}}
    assert assume["Principal"] == session["Principal"] == {"AWS": integration["principal_arn"]}
    assert {"Key": "crossrole:integration", "Value": integration["id"]} in role["Tags"]
    # Step 4: how to get rid of the user of the key.
    assert result["cleanup"]["commands"] == [
        f"aws iam delete-access-key --user-name 'admin' --access-key-id {customer.keys.access_key_id}",
        "aws iam delete-user-policy --user-name 'admin' --policy-name 'all'",
        "aws iam delete-user --user-name 'admin'"]
    # Step 5: what a review page shows.
    verification = expect_verified(server, role["Arn"])
    expect_session(server, moto, integration["role_name"])
    shown = server.api.get("/v1/integrations/prod").expect(200)
    for name in ("principal_arn", "external_id"):
        assert shown[name] == integration[name]
    assert shown["role_arn"] == role["Arn"]
    assert shown["verification"]["policies"] == verification["policies"] == {
        "attached": [f"arn:aws:iam::{CUSTOMER_ACCOUNT}:policy/crossrole/{integration['policy_name']}"], "inline": []}
    assert integration["role_name"] in shown["role_console_url"]
    [last] = server.api.get("/v1/audit", query={"action": "session.mint", "target": integration["id"], "limit": 1}).expect(200)["items"]
    assert last["target"] == integration["id"]
    # Step 7: a pause, then role and policy go, then the integration.
    server.api.post("/v1/integrations/prod/disable").expect(200)
    assert server.api.post("/v1/integrations/prod/sessions").json["reason"] == "integration.disabled"
    assert customer.inventory() - before == made
    offboarded = server.api.finish(send_csv(server, customer, "offboard"))
    assert set(offboarded["removed"]) == made and not offboarded["remaining"] and not offboarded["warnings"]
    assert customer.inventory() == before
    assert server.api.get("/v1/integrations/prod").json["reason"] == "offboarded"
    server.api.delete("/v1/integrations/prod", query={"confirm": "prod"}).expect(200)
    server.stop()
    for file in server.data.rglob("*"):
        assert not file.is_file() or customer.keys.secret_access_key.encode() not in file.read_bytes(), f"the secret is in {file}"


def test_j1_step_2_a_typed_key_and_the_names_of_the_preset(server, moto, customer):
    created = server.api.post("/v1/integrations", {"handle": "prod", "kind": "account", "preset": "convox"}).expect(201)
    tenant = created["external_id"].split(":")[0]
    keys = {"access_key_id": customer.keys.access_key_id, "secret_access_key": customer.keys.secret_access_key}
    result = server.api.finish(server.api.post("/v1/integrations/prod/quickstart", keys).expect(202)["job"])
    assert set(result["created"]) == {f"arn:aws:iam::{CUSTOMER_ACCOUNT}:policy/convox/ConvoxPolicy",
                                      f"arn:aws:iam::{CUSTOMER_ACCOUNT}:role/convox/ConvoxRole-{tenant}"}
    expect_verified(server, f"arn:aws:iam::{CUSTOMER_ACCOUNT}:role/convox/ConvoxRole-{tenant}")
    expect_session(server, moto, f"ConvoxRole-{tenant}")


def test_j1_step_2_a_role_that_is_not_ours_is_left_alone(server, customer, integration):
    theirs = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}]})
    customer.iam.create_role(RoleName=integration["role_name"], AssumeRolePolicyDocument=theirs)
    before = customer.inventory()
    job = server.api.wait_for(f"/v1/jobs/{send_csv(server, customer)}", lambda it: it["state"] == "failed")
    assert (job["error"]["code"], job["error"]["reason"]) == ("failed_precondition", "aws.name_taken"), job
    assert customer.inventory() == before
    assert customer.iam.get_role(RoleName=integration["role_name"])["Role"]["AssumeRolePolicyDocument"] == json.loads(theirs)


def test_j1_step_2_a_key_without_rights_leaves_nothing_behind(moto, server, customer, integration, authenticate):
    poor = make_user(customer.iam, "poor", "iam:GetUser")
    before = customer.inventory()
    authenticate(True)
    keys = {"access_key_id": poor.access_key_id, "secret_access_key": poor.secret_access_key}
    started = server.api.post("/v1/integrations/prod/quickstart", keys).expect(202)
    job = server.api.wait_for(f"/v1/jobs/{started['job']}", lambda it: it["state"] == "failed")
    assert (job["error"]["code"], job["error"]["reason"]) == ("aws_refused", "key.denied"), job
    assert "iam:CreatePolicy" in job["error"]["missing_actions"]
    wrong = {**keys, "secret_access_key": "a" * 40}
    started = server.api.post("/v1/integrations/prod/quickstart", wrong).expect(202)
    job = server.api.wait_for(f"/v1/jobs/{started['job']}", lambda it: it["state"] == "failed")
    assert (job["error"]["reason"], job["error"]["aws_code"]) == ("key.denied", "SignatureDoesNotMatch"), job
    authenticate(False)
    assert customer.inventory() == before


@pytest.mark.parametrize("method", ["cli", "cloudshell"])
def test_j1_step_3_the_commands_run_as_printed(server, moto, customer, integration, tmp_path, method):
    commands = server.api.get(f"/v1/integrations/prod/setup/{method}").text.decode()
    for attempt in ("first", "again"):
        lines = run_script(moto, customer.keys, tmp_path, "sh", "-c", commands)
        assert lines[-1] == f"arn:aws:iam::{CUSTOMER_ACCOUNT}:role/crossrole/{integration['role_name']}", attempt
    connect(server, lines[-1])
    expect_verified(server, lines[-1])
    expect_session(server, moto, integration["role_name"])


def test_j5_the_stack_connects_the_account_and_deleting_it_undoes_that(server, moto, customer, integration):
    template = server.api.get("/v1/integrations/prod/setup/cloudformation").text.decode()
    stacks, name = moto.client("cloudformation", customer.keys), integration["stack_name"]
    before = customer.inventory()
    stacks.create_stack(StackName=name, TemplateBody=template, Capabilities=["CAPABILITY_NAMED_IAM"])
    [stack] = stacks.describe_stacks(StackName=name)["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    assert outputs["ExternalId"] == integration["external_id"]
    assert outputs["RoleArn"] == f"arn:aws:iam::{CUSTOMER_ACCOUNT}:role/crossrole/{integration['role_name']}"
    assert len(customer.inventory() - before) == 2
    # Step 4: our principal with that external ID, and nothing but reading itself.
    trust = customer.iam.get_role(RoleName=integration["role_name"])["Role"]["AssumeRolePolicyDocument"]
    assert trust == json.loads(server.api.get("/v1/integrations/prod/setup/trust-policy").text)
    connect(server, outputs["RoleArn"])
    expect_verified(server, outputs["RoleArn"])
    expect_session(server, moto, integration["role_name"])
    # Step 5: how to undo it.
    stacks.delete_stack(StackName=name)
    assert outputs["RoleArn"] not in customer.inventory()


def test_j5_step_2_an_attempt_keeps_its_external_id_and_a_new_one_gets_its_own(server, integration):
    again = server.api.get("/v1/integrations/prod").expect(200)
    assert again["external_id"] == integration["external_id"]
    other = server.api.post("/v1/integrations", {"handle": "other", "kind": "account"}).expect(201)
    server.api.delete("/v1/integrations/prod", query={"confirm": "prod"}).expect(200)
    new = server.api.post("/v1/integrations", {"handle": "prod", "kind": "account"}).expect(201)
    assert len({integration["external_id"], other["external_id"], new["external_id"]}) == 3


def test_j5_step_3_the_role_is_noticed_as_soon_as_it_can_be_assumed(moto, start_server, customer, authenticate):
    ours = moto.client("iam", moto.keys)
    keys = make_user(ours, "crossrole", "sts:GetCallerIdentity")
    authenticate(True)
    server = start_server(moto, keys=keys, env=PROBES_OFF)
    created = server.api.post("/v1/integrations", {"handle": "prod", "kind": "account", "account_id": CUSTOMER_ACCOUNT}).expect(201)
    polled = server.api.wait_for("/v1/integrations/prod", lambda it: it["verification"] is not None)
    assert (polled["state"], polled["reason"], polled["role_arn"]) == ("pending", "no_role", None)
    assert {finding["code"] for finding in polled["verification"]["findings"]} == {"trust.not_assumable", "verification.emulator"}
    customer.iam.create_role(RoleName=created["role_name"], Path=created["role_path"], AssumeRolePolicyDocument=server.api.get(
        "/v1/integrations/prod/setup/trust-policy").text.decode())
    authenticate(False)
    ours.put_user_policy(UserName="crossrole", PolicyName="all", PolicyDocument=allow("sts:AssumeRole", created["expected_role_arn"]))
    authenticate(True)
    found = server.api.wait_for("/v1/integrations/prod", lambda it: it["state"] == "active")
    assert found["role_arn"] == created["expected_role_arn"]


def test_j5_step_3_wrong_arns_are_explained(server, integration):
    for arn, reason in ((f"arn:aws:iam::{CUSTOMER_ACCOUNT}:user/admin", "role_arn.not_a_role"),
                        (f"arn:aws-cn:iam::{CUSTOMER_ACCOUNT}:role/x", "role_arn.other_partition")):
        refused = server.api.put("/v1/integrations/prod/role", {"role_arn": arn})
        assert (refused.status, refused.json["field"], refused.json["reason"]) == (400, "role_arn", reason), refused
    assert server.api.get("/v1/integrations/prod").json["version"] == integration["version"]


def test_the_command_line_goes_the_same_way(server, moto, customer, tmp_path):
    assert server.run("integration", "create", "prod").expect().json["state"] == "pending"
    file = tmp_path / "credentials.csv"
    file.write_bytes(customer.csv())
    result = server.run("integration", "quickstart", "prod", file).expect().json
    assert result["integration"]["state"] == "active"
    verified = server.run("integration", "verify", "prod", "--output", "table").expect().out
    assert "not_checked" in verified and "verification.emulator" in verified
    session = server.run("credentials", "get", "--integration", "prod").expect().json
    assert session["account_id"] == CUSTOMER_ACCOUNT
    ask = (process.tool("aws"), "sts", "get-caller-identity", "--output", "json")
    said = server.run("exec", "--integration", "prod", "--", *ask).expect().json
    assert (said["Account"], said["Arn"]) == (CUSTOMER_ACCOUNT, session["assumed_role_arn"])
    assert server.run("integration", "disable", "prod").expect().json["state"] == "disabled"
    assert server.run("exec", "--integration", "prod", "--", "true").code == 1
    assert len(server.run("integration", "offboard", "prod", file).expect().json["removed"]) == 2
    server.run("integration", "delete", "prod", "--confirm", "prod").expect()
    assert server.run("integration", "show", "prod").code == 3


def test_with_the_default_the_same_role_ends_failed(moto, start_server, own_keys, customer):
    server = start_server(moto, keys=own_keys)
    created = server.api.post("/v1/integrations", {"handle": "prod", "kind": "account"}).expect(201)
    result = server.api.finish(send_csv(server, customer))
    assert result["integration"]["state"] == "failed"
    assert any("trust.external_id_not_required" in warning for warning in result["warnings"]), result["warnings"]
    verification = server.api.post("/v1/integrations/prod/verify").expect(200)
    assert (verification["ok"], verification["state"]) == (False, "failed")
    assert {probe["observed"] for probe in verification["probes"]} == {"allowed"}
    # The document is as it should be; the probe is believed.
    [finding] = verification["findings"]
    assert (finding["code"], finding["evidence"]) == ("trust.external_id_not_required", "probe")
    trust = customer.iam.get_role(RoleName=created["role_name"])["Role"]["AssumeRolePolicyDocument"]
    assert trust["Statement"][0]["Condition"] == {"StringEquals": {"sts:ExternalId": created["external_id"]}}
    refused = server.api.post("/v1/integrations/prod/sessions")
    assert (refused.status, refused.json["reason"]) == (409, "integration.failed")


def test_probes_that_moto_decides_are_refused_by_it(moto, start_server, own_keys, authenticate):
    """Signatures, identity and trust policy are moto's; the role is in our own account, because only there it looks at the trust."""
    iam = moto.client("iam", moto.keys)
    server = start_server(moto, keys=own_keys, env={"CROSSROLE_INTEGRATION_ALLOW_OWN_ACCOUNT": "true"})
    created = server.api.post("/v1/integrations", {"handle": "prod", "kind": "account"}).expect(201)
    trust = server.api.get("/v1/integrations/prod/setup/trust-policy").text.decode()
    arn = iam.create_role(RoleName=created["role_name"], Path=created["role_path"], AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.put_role_policy(RoleName=created["role_name"], PolicyName="self", PolicyDocument=allow(["iam:GetRole", "iam:ListRolePolicies"]))
    authenticate(True)
    connect(server, arn)
    verification = server.api.post("/v1/integrations/prod/verify").expect(200)
    observed = {probe["name"]: probe["observed"] for probe in verification["probes"]}
    assert observed == {"with_external_id": "allowed", "wrong_external_id": "denied", "changed_case": "denied", "with_suffix": "denied",
                        "without_external_id": "allowed"}
    assert verification["state"] == "failed"
    [capability] = verification["capabilities"]
    assert (capability["name"], capability["ok"]) == ("self_check", False)
    assert capability["missing_actions"] == ["iam:ListAttachedRolePolicies", "iam:SimulatePrincipalPolicy"]


def test_readiness_says_that_nothing_is_proven_here(server):
    deadline = time.monotonic() + 120
    while (ready := server.api.get("/readyz")).status != 200 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert "emulator" in ready.text.decode() or "negative_probes" in ready.text.decode(), ready
