# SPDX-License-Identifier: Apache-2.0
"""What of AWS does not answer is not called for a moment, and nobody else notices."""

import itertools
import json
import re

import pytest
from harness import api, process
from harness.journey import connect, mint, state_of, verify
from harness.listeners import wait_until

HERE, ELSEWHERE = "us-east-1", "eu-west-1"


@pytest.fixture
def sim(start_sim):
    return start_sim("--accounts", "6", "--throttle", "off")


@pytest.fixture
def metrics_port():
    return process.free_port()


@pytest.fixture
def watched(sim, start_server, metrics_port):
    """A server whose numbers can be read."""
    return start_server(sim, env={"CROSSROLE_METRICS_LISTEN": f"127.0.0.1:{metrics_port}"})


def number(port, name):
    text = api.Api(f"http://127.0.0.1:{port}").get("/metrics").text.decode()
    return float(re.search(rf"^{re.escape(name)} (\S+)$", text, re.M).group(1))


def events(server, name):
    lines = [json.loads(line) for line in server.process.output().splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == name]


NAMES = (f"s{number}" for number in itertools.count())


def cold(server, integration):
    """A session that no cache has."""
    return mint(server, integration, session_name=next(NAMES))


def reason_of(answer):
    assert answer.status == 503 and "secret_access_key" not in answer.json, answer
    assert 1 <= int(answer.headers["Retry-After"]) <= 10
    return answer.json.get("reason")


@pytest.mark.parametrize("effect", ["500", "reset", "timeout"])
def test_a_region_that_fails_is_not_called_until_a_trial_shows_that_it_is_back(watched, sim, metrics_port, effect, is_long):
    if effect == "timeout" and not is_long:
        pytest.skip("half a minute of waiting; the unit tests have it with a clock of their own")
    server = watched
    first, second, third, far = (connect(server, sim, customer, f"a{place}") for place, customer in enumerate(sim.customers[:4]))
    server.api.patch(f"/v1/integrations/{far['id']}", {"region": ELSEWHERE}).expect(200)
    wait_until(lambda: verify(server, far)["ok"])
    mint(server, first, reason="kept").expect(201)
    sim.faults({"service": "sts", "region": HERE, "effect": effect})

    def is_shut():
        for failing in (first, second):
            reason_of(cold(server, failing))
        # Nobody has called about this account: the region's circuit is what refuses.
        refused = cold(server, third)
        return reason_of(refused) == "aws.circuit_open" and f"`{HERE}` does not answer" in refused.json["detail"]

    wait_until(is_shut, seconds=120)
    assert number(metrics_port, "crossrole_aws_calls_refused_total") > 0
    cold(server, far).expect(201)
    mint(server, first, reason="kept, too").expect(201)
    assert [event for event in events(server, "aws.circuit_open") if (event["service"], event["region"], event["account"]) == ("sts", HERE, "")]

    def is_reported():
        cold(server, third)
        return any(HERE in warning for warning in server.api.get("/readyz").expect(200)["warnings"])

    wait_until(is_reported)
    seen = verify(server, third)
    assert seen["probes"][0]["observed"] == "unknown"
    assert [state_of(server, each) for each in (first, second, third, far)] == ["active"] * 4
    sim.faults()
    for each in (third, first, second):
        wait_until(lambda each=each: cold(server, each).status == 201)
    assert events(server, "aws.circuit_closed")
    assert number(metrics_port, 'crossrole_aws_circuits_open{of="region"}') == 0
    assert verify(server, third)["ok"]


def test_an_account_that_fails_is_its_own_affair(watched, sim, metrics_port):
    server = watched
    broken, sound = (connect(server, sim, customer, handle) for customer, handle in zip(sim.customers[:2], ("broken", "sound"), strict=True))
    sim.faults({"service": "sts", "account": sim.customers[0]["account_id"], "effect": "500"})

    def is_shut():
        cold(server, sound).expect(201)
        return reason_of(cold(server, broken)) == "aws.circuit_open"

    wait_until(is_shut)
    cold(server, sound).expect(201)
    assert [event["account"] for event in events(server, "aws.circuit_open")] == [sim.customers[0]["account_id"]]
    assert server.api.get("/readyz").expect(200)["warnings"] == [], "no account is named to everybody"
    sim.faults()
    wait_until(lambda: cold(server, broken).status == 201)


@pytest.mark.parametrize("effect", ["throttle", "access_denied"])
def test_throttling_and_refusals_are_answers(watched, sim, metrics_port, effect):
    integrations = [connect(watched, sim, customer, f"a{place}") for place, customer in enumerate(sim.customers[:2])]
    sim.faults({"service": "sts", "operation": "AssumeRole", "effect": effect})
    for _ in range(2):
        for each in integrations:
            assert cold(watched, each).json.get("reason") != "aws.circuit_open"
    assert number(metrics_port, "crossrole_aws_calls_refused_total") == 0
    assert events(watched, "aws.circuit_open") == []
