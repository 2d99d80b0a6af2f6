# SPDX-License-Identifier: Apache-2.0
"""Journeys J1 (steps 1 to 5 and 7) and J5, step by step, in the API and in the command line, on the simulated AWS.

J1: connect with a key, a command or a pasted ARN. J5: connect with CloudFormation. Each test names its step.
The main job in the API alone (probes, polling, quarantine, rotation) is in account_test.py.
"""

import json
import os
import pathlib
import shlex
import subprocess
import sys
import urllib.parse

import pytest
from botocore.exceptions import ClientError
from harness import clouds, process, tenants

SELF_CHECK = {"iam:GetRole", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies", "iam:SimulatePrincipalPolicy"}
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
CSV = {"Content-Type": "text/csv"}
ASK = (process.tool("aws"), "sts", "get-caller-identity", "--output", "json")


@pytest.fixture
def customer(sim):
    return sim.customers[0]


@pytest.fixture
def iam(sim, customer):
    return sim.client("iam", sim.keys(customer))


def csv_of(keys, user="admin"):
    return f"User name,Access key ID,Secret access key\r\n{user},{keys.access_key_id},{keys.secret_access_key}\r\n".encode()


def inventory(iam):
    """Roles and policies of the account."""
    roles = {role["Arn"] for role in iam.list_roles()["Roles"]}
    return roles | {policy["Arn"] for policy in iam.list_policies(Scope="Local")["Policies"]}


def make_user(iam, name):
    """A user with a key and no rights."""
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return clouds.Keys(key["AccessKeyId"], key["SecretAccessKey"])


def quickstart_by_key(server, handle, keys):
    """As somebody types it; the secret never stands on the command line."""
    argv = ("integration", "quickstart", handle, "--access-key-id", keys.access_key_id)
    return server.run(*argv, stdin=keys.secret_access_key + "\n").expect()


def failed(api, job):
    return api.wait_for(f"/v1/jobs/{job}", lambda it: it["state"] in ("succeeded", "failed"))["error"]


@pytest.fixture
def shell(sim, customer, tmp_path):
    """`shell(text)`: runs it in a POSIX shell that has the AWS CLI and is the customer's administrator."""

    def run(text, keys=None):
        environment = process.clean_environment(tmp_path, {**sim.environment(keys or sim.keys(customer)), "AWS_PAGER": ""})
        environment["PATH"] = f"{pathlib.Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
        done = subprocess.run(["sh", "-c", text], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip().splitlines()

    return run


def create_stack(server, sim, customer, integration):
    """Download, upload, wait: what somebody does in AWS's console. Answers the outputs."""
    name, template = integration["stack_name"], server.run("integration", "setup", integration["handle"], "cloudformation").expect().out
    stacks = sim.client("cloudformation", sim.keys(customer))
    stacks.create_stack(StackName=name, TemplateBody=template, Capabilities=["CAPABILITY_NAMED_IAM"])
    stacks.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 120})
    return {output["OutputKey"]: output["OutputValue"] for output in stacks.describe_stacks(StackName=name)["Stacks"][0]["Outputs"]}


def delete_stack(sim, customer, name):
    stacks = sim.client("cloudformation", sim.keys(customer))
    stacks.delete_stack(StackName=name)
    stacks.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 120})


def test_j1_step_1_every_way_of_connecting_is_offered(server, customer):
    created = server.run("integration", "create", "prod", "--account-id", customer["account_id"]).expect().json
    assert (created["state"], created["handle"], created["account_id"]) == ("pending", "prod", customer["account_id"])
    names = ("role_name", "policy_name", "external_id", "principal_arn")
    for method in ("cli", "cloudshell", "console", "terraform", "cloudformation", "trust-policy", "permission-policy"):
        printed = server.run("integration", "setup", "prod", method).expect().out
        assert printed.strip() == server.api.get(f"/v1/integrations/prod/setup/{method}").text.decode().strip()
        assert "arn:aws:iam::" in printed, method
    steps = server.run("integration", "setup", "prod", "console").expect().out
    assert all(created[name] in steps for name in names)
    # The two other ways: a key, and a pasted ARN.
    assert "--access-key-id" in server.run("integration", "quickstart", "--help").expect().out
    assert "ARN" in server.run("integration", "connect", "--help").expect().out
    assert server.run("integration", "quickstart", "prod").code == 2
    assert server.run("integration", "connect", "prod").code == 2


def test_j1_step_2_a_dropped_file_makes_the_policy_and_the_role_of_the_preset(server, sim, iam, customer, tmp_path):
    created = server.run("integration", "create", "prod", "--preset", "convox").expect().json
    tenant = created["external_id"].split(":")[0]
    account = customer["account_id"]
    file = tmp_path / "credentials.csv"
    file.write_bytes(csv_of(sim.keys(customer)))
    before = inventory(iam)
    first = server.run("integration", "quickstart", "prod", file).expect().json
    made = {f"arn:aws:iam::{account}:policy/convox/ConvoxPolicy", f"arn:aws:iam::{account}:role/convox/ConvoxRole-{tenant}"}
    assert set(first["created"]) == made == inventory(iam) - before
    trust = iam.get_role(RoleName=f"ConvoxRole-{tenant}")["Role"]["AssumeRolePolicyDocument"]
    assert trust["Statement"][0]["Condition"] == {"StringEquals": {"sts:ExternalId": created["external_id"]}}
    again = server.run("integration", "quickstart", "prod", file).expect().json
    assert (again["created"], set(again["reused"])) == ([], made)
    assert inventory(iam) - before == made
    assert first["integration"]["state"] == again["integration"]["state"] == "active"
    assert server.run("integration", "verify", "prod").expect().json["findings"] == []
    server.run("credentials", "get", "--integration", "prod").expect()
    server.stop()
    for stored in server.data.rglob("*"):
        assert not stored.is_file() or sim.keys(customer).secret_access_key.encode() not in stored.read_bytes(), stored


def test_j1_step_2_a_typed_key_is_as_good(server, sim, iam, customer):
    keys = sim.keys(customer)
    for handle in ("typed", "sent"):
        server.run("integration", "create", handle).expect()
    typed = quickstart_by_key(server, "typed", keys)
    assert typed.json["integration"]["state"] == "active"
    assert keys.secret_access_key not in typed.out + typed.err
    body = {"access_key_id": keys.access_key_id, "secret_access_key": keys.secret_access_key}
    sent = server.api.finish(server.api.post("/v1/integrations/sent/quickstart", body).expect(202)["job"])
    assert sent["integration"]["state"] == "active"
    assert len([arn for arn in inventory(iam) if "/crossrole/" in arn]) == 4


def test_j1_step_2_each_useless_key_has_its_own_message_and_leaves_nothing_behind(server, sim, iam, customer, tmp_path):
    server.run("integration", "create", "prod").expect()
    before, keys, poor = inventory(iam), sim.keys(customer), make_user(iam, "poor")
    files = {
        "csv.no_keys": b"User name,Password,Console sign-in URL\r\naj,hunter2hunter2,https://1.signin.aws.amazon.com/console\r\n",
        "csv.root_key": f"AWSAccessKeyId={keys.access_key_id}\r\nAWSSecretKey={keys.secret_access_key}\r\n".encode(),
        "key.denied": csv_of(poor),
    }
    said = {}
    for reason, content in files.items():
        answer = server.api.call("POST", "/v1/integrations/prod/quickstart", content, headers=CSV)
        problem = answer.json if answer.status == 400 else failed(server.api, answer.expect(202)["job"])
        assert problem["reason"] == reason, problem
        file = tmp_path / "credentials.csv"
        file.write_bytes(content)
        ran = server.run("integration", "quickstart", "prod", file)
        assert ran.code == (5 if reason == "key.denied" else 2), ran
        assert problem["detail"] in ran.err and (not problem.get("fix") or problem["fix"] in ran.err), ran
        said[reason] = problem["detail"]
        assert inventory(iam) == before
        assert server.api.get("/v1/integrations/prod").json["state"] == "pending"
    assert len(set(said.values())) == 3
    assert "password" in said["csv.no_keys"] and "root" in said["csv.root_key"]
    # All of them, although such a key may not even ask what it lacks.
    assert problem["missing_actions"] == ["iam:CreatePolicy", "iam:CreateRole", "iam:AttachRolePolicy"]


def test_j1_step_2_two_tenants_in_one_account_do_not_collide(server, sim, iam, customer):
    theirs = tenants.add_tenant(server, "neighbour")
    body, answers = {"handle": "prod", "kind": "account", "preset": "convox"}, []
    for api in (server.api, theirs):
        created = api.post("/v1/integrations", body).expect(201)
        for attempt in range(2):
            started = api.call("POST", "/v1/integrations/prod/quickstart", csv_of(sim.keys(customer)), headers=CSV).expect(202)
            result = api.finish(started["job"])
            assert result["integration"]["state"] == "active" and bool(result["created"]) == (attempt == 0)
        answers.append((created, result))
    (ours_created, ours), (theirs_created, others) = answers
    assert not set(ours["reused"]) & set(others["reused"])
    assert ours_created["role_name"] != theirs_created["role_name"]
    policies = {policy["PolicyName"] for policy in iam.list_policies(Scope="Local")["Policies"]}
    assert policies >= {"ConvoxPolicy", f"ConvoxPolicy-{theirs_created['id'][-10:]}"}
    # Each goes with what is its own.
    gone = theirs.finish(theirs.call("POST", "/v1/integrations/prod/offboard", csv_of(sim.keys(customer)), headers=CSV).expect(202)["job"])
    assert set(gone["removed"]) == set(others["reused"])
    assert server.api.post("/v1/integrations/prod/verify").expect(200)["ok"]
    assert theirs.get(f"/v1/integrations/{ours_created['id']}").status == 404


def test_j1_step_3_the_commands_run_as_printed_and_their_arn_is_pasted(server, shell, customer):
    server.run("integration", "create", "prod", "--account-id", customer["account_id"]).expect()
    script = server.run("integration", "setup", "prod", "cli").expect().out
    assert all(f"aws iam {command}" in script for command in ("create-policy", "create-role", "attach-role-policy", "get-role"))
    for _ in range(2):
        arn = shell(script)[-1]
    active = server.run("integration", "connect", "prod", f' "{arn}" ', "--wait").expect().json
    assert (active["state"], active["role_arn"]) == ("active", arn)
    said = server.run("exec", "--integration", "prod", "--", *ASK).expect().json
    assert said["Account"] == customer["account_id"]


def test_j1_step_4_the_user_of_the_key_can_be_deleted_by_the_commands_that_are_shown(server, sim, iam, shell):
    setup = make_user(iam, "setup")
    iam.attach_user_policy(UserName="setup", PolicyArn=ADMINISTRATOR)
    note = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}]}
    iam.put_user_policy(UserName="setup", PolicyName="note", PolicyDocument=json.dumps(note))
    iam.create_group(GroupName="setups")
    iam.add_user_to_group(GroupName="setups", UserName="setup")
    server.run("integration", "create", "prod").expect()
    body = {"access_key_id": setup.access_key_id, "secret_access_key": setup.secret_access_key}
    result = server.api.finish(server.api.post("/v1/integrations/prod/quickstart", body).expect(202)["job"])
    assert result["integration"]["state"] == "active"
    assert "delete" in result["cleanup"]["message"]
    # One by one, as somebody copies them: no shell options to help.
    for command in result["cleanup"]["commands"]:
        shell(command)
    with pytest.raises(ClientError) as absent:
        iam.get_user(UserName="setup")
    assert absent.value.response["Error"]["Code"] == "NoSuchEntity"
    assert server.run("integration", "verify", "prod").expect().json["ok"]


def test_j1_step_5_the_review_page_has_its_data(server, sim, customer, tmp_path):
    server.run("integration", "create", "prod").expect()
    file = tmp_path / "credentials.csv"
    file.write_bytes(csv_of(sim.keys(customer)))
    server.run("integration", "quickstart", "prod", file).expect()
    session = server.run("credentials", "get", "--integration", "prod", "--reason", "a look").expect().json
    shown = server.run("integration", "show", "prod").expect().json
    assert shown == server.api.get("/v1/integrations/prod").expect(200)
    account = customer["account_id"]
    assert shown["role_arn"] == f"arn:aws:iam::{account}:role/crossrole/{shown['role_name']}"
    assert shown["principal_arn"].split(":")[4] == sim.platform["account_id"]
    assert shown["verification"]["policies"]["attached"] == [f"arn:aws:iam::{account}:policy/crossrole/{shown['policy_name']}"]
    assert shown["role_console_url"] == f"https://us-east-1.console.aws.amazon.com/iam/home#/roles/details/{shown['role_name']}"
    assert shown["sync"]["state"] == "connected" and shown["sync"]["last_success_at"]
    # Last use: who, when, why, and where to look for it in CloudTrail.
    [last] = server.api.get("/v1/audit", query={"action": "session.mint", "target": shown["id"], "limit": 1}).expect(200)["items"]
    assert last["actor"] in session["assumed_role_arn"]
    assert "a look" in json.dumps(last) and last["time"] >= shown["verification"]["checked_at"]
    table = server.run("--output", "table", "integration", "show", "prod").expect().out
    assert all(text in table for text in (shown["role_arn"], shown["principal_arn"], shown["external_id"]))
    [connection] = server.run("connection", "list").expect().json["items"]
    assert (connection["account_id"], connection["handle"], connection["state"]) == (account, "prod", "active")


def test_j1_step_7_disabling_pauses_and_warns_and_touches_nothing_in_aws(server, sim, iam, customer):
    server.run("integration", "create", "prod").expect()
    keys = sim.keys(customer)
    quickstart_by_key(server, "prod", keys)
    before = inventory(iam)
    session = server.run("credentials", "get", "--integration", "prod").expect().json
    sim.forget_calls()
    disabled = server.run("--output", "table", "integration", "disable", "prod").expect()
    assert "goes on" in disabled.err and "integration offboard prod" in disabled.err
    assert not sim.calls() and inventory(iam) == before
    refused = server.run("credentials", "env", "--integration", "prod")
    assert refused.code == 1 and "disabled" in refused.err and not refused.out
    # Running work goes on.
    assert sim.client("sts", clouds.Keys.from_session(session)).get_caller_identity()["Account"] == customer["account_id"]
    assert server.run("integration", "enable", "prod").expect().json["state"] == "verifying"
    server.api.wait_for("/v1/integrations/prod", lambda it: it["state"] == "active")
    server.run("credentials", "env", "--integration", "prod").expect()


def test_j1_step_7_with_a_key_role_and_policy_go_and_then_the_integration(server, sim, iam, customer, tmp_path):
    before = inventory(iam)
    server.run("integration", "create", "prod").expect()
    file = tmp_path / "credentials.csv"
    file.write_bytes(csv_of(sim.keys(customer)))
    made = set(server.run("integration", "quickstart", "prod", file).expect().json["created"])
    gone = server.run("integration", "offboard", "prod", file, "--confirm", "prod").expect().json
    assert set(gone["removed"]) == made and gone["remaining"] == gone["commands"] == gone["warnings"] == []
    assert inventory(iam) == before
    shown = server.run("integration", "show", "prod").expect().json
    assert (shown["state"], shown["reason"], shown["role_arn"]) == ("pending", "offboarded", None)
    preview = server.run("integration", "delete", "prod", "--dry-run").expect().json
    assert shown["id"] in preview["removed"]
    assert server.run("integration", "delete", "prod", "--confirm", "prot").code == 2
    server.run("integration", "delete", "prod", "--confirm", "prod").expect()
    assert server.run("integration", "show", "prod").code == 3


def offboard_by_commands(server, sim, customer, shell):
    server.run("integration", "create", "prod").expect()
    keys = sim.keys(customer)
    quickstart_by_key(server, "prod", keys)
    told = server.run("integration", "offboard", "prod").expect().json
    assert told["watching"] is True and told["removed"] == [] and len(told["remaining"]) == 2
    shown = server.api.get("/v1/integrations/prod").expect(200)
    assert (shown["state"], shown["reason"]) == ("disabled", "offboarding")
    for command in told["commands"]:
        shell(command)


def test_j1_step_7_without_a_key_the_commands_remove_role_and_policy(server, sim, iam, customer, shell):
    before = inventory(iam)
    offboard_by_commands(server, sim, customer, shell)
    assert inventory(iam) == before


@pytest.mark.long
def test_j1_step_7_the_role_is_watched_until_it_is_gone(server, sim, customer, shell):
    offboard_by_commands(server, sim, customer, shell)
    gone = server.api.wait_for("/v1/integrations/prod", lambda it: it["reason"] == "offboarded", 150)
    assert (gone["state"], gone["role_arn"]) == ("pending", None)


def test_j5_step_1_the_console_opens_with_everything_filled_in(start_server, sim, customer):
    address = "https://templates.s3.amazonaws.com/crossrole.yaml"
    server = start_server(sim, env={"CROSSROLE_ONBOARDING_TEMPLATE_URL": address})
    created = server.run("integration", "create", "prod", "--account-id", customer["account_id"]).expect().json
    link = json.loads(server.run("integration", "setup", "prod", "quick-create").expect().out)
    query = urllib.parse.parse_qs(link["url"].split("#", 1)[1].split("?", 1)[1])
    assert link["url"].split("?", 1)[0] == "https://us-east-1.console.aws.amazon.com/cloudformation/home"
    assert query["stackName"] == [created["stack_name"]]
    assert query["param_ExternalId"] == [created["external_id"]] and query["param_RoleName"] == [created["role_name"]]
    assert query["templateURL"] == [link["template_url"]] and link["template_url"] == address


def test_j5_step_1_without_a_template_address_the_other_ways_are_named(server, sim, iam, customer, shell):
    created = server.run("integration", "create", "prod", "--account-id", customer["account_id"]).expect().json
    refused = server.api.get("/v1/integrations/prod/setup/quick-create")
    assert refused.status == 409 and refused.json["code"] == "failed_precondition"
    assert "cloudformation" in refused.text.decode() and "cloudshell" in refused.text.decode()
    # One command for CloudShell does the same.
    [line] = server.run("integration", "setup", "prod", "cloudshell").expect().out.strip().splitlines()
    arn = shell(line)[-1]
    found = server.api.wait_for("/v1/integrations/prod", lambda it: it["state"] == "active", 120)
    assert found["role_arn"] == arn == created["expected_role_arn"]


def test_j5_step_2_an_attempt_keeps_its_external_id_and_a_new_one_gets_its_own(server):
    first = server.run("integration", "create", "prod").expect().json
    template = server.run("integration", "setup", "prod", "cloudformation").expect().out
    server.restart()
    # A reload of an unfinished attempt, also after a restart.
    assert server.run("integration", "show", "prod").expect().json["external_id"] == first["external_id"]
    assert server.run("integration", "setup", "prod", "cloudformation").expect().out == template
    other = server.run("integration", "create", "other").expect().json
    server.run("integration", "delete", "prod", "--confirm", "prod").expect()
    new = server.run("integration", "create", "prod").expect().json
    assert len({first["external_id"], other["external_id"], new["external_id"]}) == 3
    assert len({first["role_name"], other["role_name"], new["role_name"]}) == 3


def test_j5_step_3_the_wizard_waits_and_notices_the_role_by_itself(server, sim, customer):
    created = server.run("integration", "create", "prod", "--account-id", customer["account_id"]).expect().json
    waiting = subprocess.Popen([str(process.executable()), "integration", "connect", "prod", "--wait"], stdin=subprocess.DEVNULL,
                               env=server.command_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    outputs = create_stack(server, sim, customer, created)
    out, err = waiting.communicate(timeout=60)
    assert waiting.returncode == 0, err
    assert (json.loads(out)["state"], json.loads(out)["role_arn"]) == ("active", outputs["RoleArn"])


def test_j5_step_3_wrong_roles_are_explained(server, sim, iam, customer):
    created = server.run("integration", "create", "prod", "--account-id", customer["account_id"]).expect().json
    account, other = customer["account_id"], sim.customers[1]["account_id"]
    for arn, reason, words in ((f"arn:aws:iam::{account}:user/prod", "role_arn.not_a_role", "not"),
                               (f"arn:aws-cn:iam::{account}:role/prod", "role_arn.other_partition", "partition"),
                               (f"arn:aws:iam::{other}:role/prod", "role_arn.other_account", account)):
        refused = server.run("--output", "table", "integration", "connect", "prod", arn)
        assert refused.code == 2 and arn in refused.err and words in refused.err, refused
        problem = server.run("integration", "connect", "prod", arn)
        assert json.loads(problem.err)["reason"] == reason, problem
    # The stack of an earlier attempt: the role is there, and trusts another external ID.
    earlier = server.run("integration", "create", "earlier", "--account-id", account).expect().json
    outputs = create_stack(server, sim, customer, earlier)
    connected = server.run("integration", "connect", "prod", outputs["RoleArn"])
    connected.expect()
    verified = server.run("integration", "verify", "prod")
    assert verified.code == 1
    [finding] = verified.json["findings"]
    assert finding["code"] == "trust.not_assumable" and created["external_id"] in json.dumps(finding["fix"]["policy"])
    # What it suggests helps.
    iam.update_assume_role_policy(RoleName=earlier["role_name"], PolicyDocument=json.dumps(finding["fix"]["policy"]))
    assert server.run("integration", "verify", "prod", "--wait-seconds", "10").expect().json["ok"]


def test_j5_step_4_only_what_is_needed_for_only_us_and_every_use_is_named(server, sim, iam, customer):
    created = server.run("integration", "create", "prod", "--account-id", customer["account_id"]).expect().json
    outputs = create_stack(server, sim, customer, created)
    role = outputs["RoleArn"]
    [attached] = iam.list_attached_role_policies(RoleName=created["role_name"])["AttachedPolicies"]
    version = iam.get_policy(PolicyArn=attached["PolicyArn"])["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=attached["PolicyArn"], VersionId=version)["PolicyVersion"]["Document"]
    actions = set()
    for statement in document["Statement"]:
        assert statement["Effect"] == "Allow" and statement["Resource"] == role
        actions |= set([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    assert actions == SELF_CHECK
    assert iam.list_role_policies(RoleName=created["role_name"])["PolicyNames"] == []
    server.api.wait_for("/v1/integrations/prod", lambda it: it["state"] == "active", 120)
    # Not somebody else with the ID, nor we without it.
    shape = {"RoleArn": role, "RoleSessionName": "somebody", "DurationSeconds": 900}
    for keys, external_id in ((sim.keys(sim.customers[1]), created["external_id"]), (sim.keys(sim.platform), None)):
        with pytest.raises(ClientError) as refused:
            sim.client("sts", keys).assume_role(**shape, **({"ExternalId": external_id} if external_id else {}))
        assert refused.value.response["Error"]["Code"] == "AccessDenied"
    # What CloudTrail will show of a use: who, and whose.
    session = server.run("credentials", "get", "--integration", "prod").expect().json
    actor = server.run("whoami").expect().json["id"]
    assert session["assumed_role_arn"].endswith(f"/{created['role_name']}/{actor}@prod@default")
    with pytest.raises(ClientError):
        sim.client("iam", clouds.Keys.from_session(session)).list_users()


def test_j5_step_5_the_done_page_says_what_was_connected_and_how_to_undo_it(server, sim, iam, customer):
    before = inventory(iam)
    created = server.run("integration", "create", "prod", "--account-id", customer["account_id"]).expect().json
    create_stack(server, sim, customer, created)
    done = server.run("integration", "connect", "prod", "--wait").expect().json
    assert (done["account_id"], done["stack_name"], done["capabilities"]) == (customer["account_id"], created["stack_name"], ["self_check"])
    [pack] = [pack for pack in server.api.get("/v1/capabilities").expect(200)["items"] if pack["name"] == "self_check"]
    assert SELF_CHECK <= {action for statement in pack["statements"] for action in statement["actions"]}
    undone = server.run("integration", "dependents", "prod").expect().json
    assert created["id"] in undone["removed"]
    delete_stack(sim, customer, done["stack_name"])
    assert inventory(iam) == before
    refused = server.run("integration", "verify", "prod")
    assert refused.code == 1 and [finding["code"] for finding in refused.json["findings"]] == ["trust.not_assumable"]
    removed = server.run("integration", "delete", "prod", "--confirm", "prod").expect().json
    assert removed["sessions_live_until"] > done["verification"]["checked_at"]


def test_the_printed_credentials_work_in_every_form(server, sim, customer, tmp_path):
    server.run("integration", "create", "prod").expect()
    keys = sim.keys(customer)
    quickstart_by_key(server, "prod", keys)
    aws = shlex.quote(str(process.tool("aws")))
    ask = f"{aws} sts get-caller-identity --query Account --output text"
    environment = server.command_environment({"AWS_PAGER": ""})
    crossrole = shlex.quote(str(process.executable()))
    exported = subprocess.run(["sh", "-c", f'eval "$({crossrole} credentials env --integration prod)" && {ask}'], env=environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)
    assert exported.stdout.strip() == customer["account_id"], exported
    config = tmp_path / "config"
    config.write_text(f"[default]\nregion = us-east-1\nendpoint_url = {sim.url}\n"
                      f"credential_process = {crossrole} credentials process --integration prod\n")
    processed = subprocess.run(["sh", "-c", ask], env={**environment, "AWS_CONFIG_FILE": str(config)}, stdin=subprocess.DEVNULL,
                               capture_output=True, text=True, timeout=120, check=False)
    assert processed.stdout.strip() == customer["account_id"], processed
    for flags in ((), ("--refresh",)):
        executed = server.run("exec", "--integration", "prod", *flags, "--", "sh", "-c", f"{ask}; exit 7")
        assert (executed.code, executed.out.strip()) == (7, customer["account_id"]), executed
