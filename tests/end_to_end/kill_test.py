# SPDX-License-Identifier: Apache-2.0
"""A server that dies at the worst moment: what it had begun is found again, what it had handed out is recorded."""

import datetime
import http.client
import itertools
import random
import threading
import time

import pytest
from harness import clouds
from harness.journey import assert_all_recorded, connect, create, quickstart, records, verify_audit, without_outcome
from harness.listeners import wait_until

# Our own budgets would make the loops wait for nothing.
FAST = {"CROSSROLE_AWS_RATE_SCALE": "1000"}
LOST = (OSError, http.client.HTTPException)


# Records of a start besides its own: each kept secret that is opened leaves one.
SECRETS_READ = 4


def armed(name, times=1):
    """The variables that end the server when it passes `name` for the n-th time, secrets that a start opens not counted."""
    if name.startswith("audit."):
        times += SECRETS_READ
    return {"CROSSROLE_FAULT_POINT": name if times == 1 else f"{name}:{times}"}


@pytest.fixture
def customer(sim):
    return sim.customers[0]


@pytest.fixture
def iam(sim, customer):
    return sim.client("iam", sim.keys(customer))


@pytest.fixture
def sim(start_sim):
    return start_sim("--throttle", "off")


def restart_with(server, variables):
    """Kills the server if it still runs, and starts it with these variables and no other fault point."""
    server.kill()
    server.env = {name: value for name, value in server.env.items() if name != "CROSSROLE_FAULT_POINT"} | variables
    return server.start()


def wait_for_death(server):
    assert server.process.popen.wait(60) == -9, server.process.output()[-3000:]


def assert_connected_once(server, iam, integration):
    """Exactly one role, one policy, attached to each other; the integration active."""
    [role] = [role for role in iam.list_roles()["Roles"] if role["Path"] == "/crossrole/"]
    [policy] = iam.list_policies(Scope="Local")["Policies"]
    assert role["RoleName"] == integration["role_name"]
    attached = iam.list_attached_role_policies(RoleName=role["RoleName"])["AttachedPolicies"]
    assert [each["PolicyArn"] for each in attached] == [policy["Arn"]]
    now = server.api.get(f"/v1/integrations/{integration['id']}").expect(200)
    assert (now["state"], now["role_arn"]) == ("active", role["Arn"])


QUICKSTART_POINTS = ["quickstart.after_policy", "quickstart.after_role", "quickstart.after_attach", "quickstart.after_verify"]


@pytest.mark.parametrize("point", QUICKSTART_POINTS)
def test_a_quickstart_killed_anywhere_is_finished_by_asking_again(start_server, sim, iam, customer, point):
    server = start_server(sim, env={**FAST, **armed(point)})
    integration = create(server, customer)
    job = quickstart(server, integration, sim.keys(customer))
    wait_for_death(server)
    assert without_outcome_named(restart_with(server, {}), integration, "integration.quickstart")

    interrupted = server.api.wait_for(f"/v1/jobs/{job}", lambda it: it["state"] == "failed")
    assert interrupted["error"]["reason"] == "job.interrupted"
    result = server.api.finish(quickstart(server, integration, sim.keys(customer)))
    made_before = QUICKSTART_POINTS.index(point) + 1
    assert len(result["reused"]) == min(made_before, 2) and len(result["created"]) == 2 - min(made_before, 2), result
    assert_connected_once(server, iam, integration)
    server.api.post(f"/v1/integrations/{integration['id']}/sessions").expect(201)
    verify_audit(server)


def without_outcome_named(server, integration, action):
    """The one intent of `action` whose outcome is not known; `audit verify` names it."""
    [lost] = [each for each in without_outcome(records(server)) if each["action"] == action]
    assert lost["target"] == integration["id"]
    words = verify_audit(server)
    assert lost["id"] in words and action in words, words
    return lost


@pytest.mark.parametrize("point", ["mint.after_audit", "mint.after_sts"])
def test_a_mint_killed_before_its_outcome_leaves_an_intent_that_is_named(start_server, sim, customer, point):
    server = start_server(sim, env=FAST)
    integration = connect(server, sim, customer)
    restart_with(server, armed(point))
    with pytest.raises(LOST):
        server.api.post(f"/v1/integrations/{integration['id']}/sessions", {"reason": "the last one"})
    wait_for_death(server)
    verify_audit(server)

    lost = without_outcome_named(restart_with(server, {}), integration, "session.mint")
    assert lost["details"]["reason"] == "the last one" and lost["outcome"] == "none"
    session = server.api.post(f"/v1/integrations/{integration['id']}/sessions", {"reason": "the next one"}).expect(201)
    assert sim.client("sts", clouds.Keys.from_session(session)).get_caller_identity()["Arn"] == session["assumed_role_arn"]
    assert [each["id"] for each in without_outcome(records(server))] == [lost["id"]]


@pytest.mark.parametrize("times", [2, 3, 4])
@pytest.mark.parametrize("point", ["audit.after_write", "audit.before_head"])
def test_a_kill_between_the_log_and_its_head_is_no_false_alarm(start_server, sim, customer, point, times):
    server = start_server(sim, env=FAST)
    integration = connect(server, sim, customer)
    before = len(records(server))
    restart_with(server, armed(point, times))
    received = []
    try:
        for attempt in itertools.count():
            body = {"reason": f"r{attempt}", "session_name": f"s{attempt}"}
            server.api.post(f"/v1/integrations/{integration['id']}/sessions", body).expect(201)
            received.append(body["reason"])
    except LOST:
        wait_for_death(server)
    verify_audit(server)
    restart_with(server, {})
    verify_audit(server)
    assert len(records(server)) >= before
    assert_all_recorded(records(server, action="session.mint"), received)


class Clients:
    """Threads that mint until the server is gone; every second session is new, the others may come from the cache."""

    def __init__(self, server, integration, label, count=6):
        self.path = f"/v1/integrations/{integration['id']}/sessions"
        self.received, self.server, self.label = [], server, label
        self.threads = [threading.Thread(target=self._mint, args=(number,), daemon=True) for number in range(count)]
        for thread in self.threads:
            thread.start()

    def _mint(self, number):
        for attempt in itertools.count():
            reason = f"{self.label}-{number}-{attempt}"
            body = {"reason": reason} if attempt % 2 else {"reason": reason, "session_name": reason}
            try:
                answer = self.server.api.post(self.path, body)
            except LOST:
                return
            if answer.status == 201:
                self.received.append(reason)

    def join(self):
        for thread in self.threads:
            thread.join(60)
            assert not thread.is_alive()
        return self.received


MINT_POINTS = ["mint.after_audit", "mint.after_sts", "audit.after_write", "audit.before_head"]


def assert_copied(server, copy):
    """The sink has every line of the log that is there, in its order; after kills some came twice."""
    log = (server.data / "audit" / "audit.jsonl").read_text().splitlines()
    wait_until(lambda: copy.exists() and set(log) <= set(copy.read_text().splitlines()))
    once = list(dict.fromkeys(copy.read_text().splitlines()))
    kept = set(log)
    assert [line for line in once if line in kept] == log


def test_no_kill_under_load_loses_the_record_of_a_credential(start_server, sim, customer, is_long, tmp_path):
    dice = random.Random(8420)
    total = 0
    for number in range(500 if is_long else 20):
        # All of the chain is verified after each kill: it starts anew before that takes long.
        if number % 10 == 0:
            if number:
                assert_copied(server, copy)
                server.stop()
            copy, config = tmp_path / f"copy{number}.jsonl", tmp_path / f"sink{number}.toml"
            config.write_text(f'[[audit.sink]]\ntype = "file"\npath = "{copy}"\n')
            server = start_server(sim, "--config", config, env=FAST, name=f"server{number}")
            integration = connect(server, sim, customer)
        since = (datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=1)).isoformat().replace("+00:00", "Z")
        at_point = number % 2 == 0
        # Never at the first record: that one is written before anybody can ask.
        restart_with(server, armed(dice.choice(MINT_POINTS), dice.randint(2, 40)) if at_point else {})
        clients = Clients(server, integration, f"round{number}")
        if at_point:
            wait_for_death(server)
        else:
            time.sleep(dice.uniform(0, 0.5))
            server.kill()
        received = clients.join()
        verify_audit(server)
        restart_with(server, {})
        assert_all_recorded(records(server, action="session.mint", **{"from": since}), received)
        total += len(received)
    assert total > 0
    assert_copied(server, copy)
    verify_audit(server)


def test_kills_at_random_moments_of_quickstart_never_make_a_second_role(start_server, sim, iam, customer, is_long):
    server = start_server(sim, env=FAST)
    integration = create(server, customer)
    dice = random.Random(4566)
    for _ in range(40 if is_long else 4):
        quickstart(server, integration, sim.keys(customer))
        time.sleep(dice.uniform(0, 0.6))
        restart_with(server, {})
        assert len([role for role in iam.list_roles()["Roles"] if role["Path"] == "/crossrole/"]) <= 1
        assert len(iam.list_policies(Scope="Local")["Policies"]) <= 1
    server.api.finish(quickstart(server, integration, sim.keys(customer)))
    assert_connected_once(server, iam, integration)
    verify_audit(server)
