# SPDX-License-Identifier: Apache-2.0
"""Who we are in AWS: what customers trust, another identity by mistake, and the move of customers to another one."""

import json
import time

import pytest
from harness import clouds
from harness.journey import connect, mint, state_of, verify

KEY = "CROSSROLE_IDENTITY_AWS_PRINCIPAL_ARN"
NEXT_KEY = "CROSSROLE_IDENTITY_AWS_NEXT_PRINCIPAL_ARN"


@pytest.fixture
def customer(sim):
    return sim.customers[0]


@pytest.fixture
def other_identity(sim):
    """Another principal of our account, with its keys."""
    iam = sim.client("iam", sim.keys(sim.platform))
    arn = iam.create_user(UserName="broker-2")["User"]["Arn"]
    actions = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
    allowed = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
    iam.put_user_policy(UserName="broker-2", PolicyName="assume", PolicyDocument=json.dumps(allowed))
    key = iam.create_access_key(UserName="broker-2")["AccessKey"]
    return arn, clouds.Keys(key["AccessKeyId"], key["SecretAccessKey"])


def start_as(server, sim, keys, principal="", next_principal=""):
    """A new start on the same data with these keys and this configuration."""
    server.env.update(sim.environment(keys))
    server.env.update({KEY: principal, NEXT_KEY: next_principal})
    return server.restart()


def trust_policy(server, integration):
    return json.loads(server.api.get(f"/v1/integrations/{integration['id']}/setup/trust-policy").text)


def trusted(policy):
    """The principals of each statement."""
    return [statement["Principal"]["AWS"] for statement in policy["Statement"]]


def codes(verification):
    return {finding["code"] for finding in verification["findings"]}


def test_customers_move_to_our_next_principal_one_by_one(server, sim, customer, other_identity):
    iam = sim.client("iam", sim.keys(customer))
    moved, left = connect(server, sim, customer, "moved"), connect(server, sim, customer, "left")
    before, (after, keys) = moved["principal_arn"], other_identity

    start_as(server, sim, sim.keys(sim.platform), before, after)
    both = trust_policy(server, moved)
    assert trusted(both) == [[before, after], [before, after]]
    iam.update_assume_role_policy(RoleName=moved["role_name"], PolicyDocument=json.dumps(both))
    for integration in (moved, left):
        verification = verify(server, integration)
        assert verification["ok"] and "trust.other_principals" not in codes(verification), verification
    created = server.api.post("/v1/integrations", {"handle": "newcomer", "kind": "account"}).expect(201)
    assert created["principal_arn"] == before, "a new trust names who calls"
    assert trusted(trust_policy(server, created))[0] == [before, after]

    start_as(server, sim, keys, before, after)
    assert verify(server, moved, 20)["ok"]
    mint(server, moved, session_name="as-the-next").expect(201)

    start_as(server, sim, keys, after)
    path = f"/v1/integrations/{moved['id']}"
    proven = server.api.wait_for(path, lambda it: it["state"] == "active" and it["principal_arn"] == after, 120)
    mint(server, proven, session_name="as-the-only-one").expect(201)
    late = server.api.wait_for(f"/v1/integrations/{left['id']}", lambda it: it["state"] not in ("verifying", "active"), 120)
    assert late["principal_arn"] == after
    mint(server, left).expect(409)
    iam.update_assume_role_policy(RoleName=left["role_name"], PolicyDocument=json.dumps(trust_policy(server, left)))
    assert trusted(trust_policy(server, left)) == [after, after]
    assert verify(server, left, 20)["ok"]
    mint(server, left, session_name="late").expect(201)


def test_our_next_principal_must_not_get_in_without_the_external_id_either(server, sim, customer, other_identity):
    iam = sim.client("iam", sim.keys(customer))
    integration = connect(server, sim, customer)
    start_as(server, sim, sim.keys(sim.platform), integration["principal_arn"], other_identity[0])
    policy = trust_policy(server, integration)
    open_statement = {"Effect": "Allow", "Principal": {"AWS": other_identity[0]}, "Action": "sts:AssumeRole"}
    policy["Statement"].append(open_statement)
    iam.update_assume_role_policy(RoleName=integration["role_name"], PolicyDocument=json.dumps(policy))
    verification = verify(server, integration)
    assert not verification["ok"]
    assert codes(verification) == {"trust.external_id_not_required"}, verification
    fixed = next(finding["fix"]["policy"] for finding in verification["findings"])
    assert open_statement not in fixed["Statement"]


def test_another_identity_than_the_one_that_customers_trust_stops_minting_and_changes_no_state(start_server, sim, customer, other_identity):
    server = start_server(sim, env={"CROSSROLE_VERIFICATION_INTERVAL_SECONDS": "1"})
    integration = connect(server, sim, customer)
    start_as(server, sim, other_identity[1])
    sim.forget_calls()
    refused = mint(server, integration).expect(503)
    assert refused["reason"] == "identity.mismatch"
    assert other_identity[0] in refused["detail"] and integration["principal_arn"] in refused["detail"]
    server.api.post(f"/v1/integrations/{integration['id']}/verify").expect(503)
    time.sleep(4)  # scheduled verifications are due meanwhile
    assert state_of(server, integration) == "active"
    assert sim.calls(operation="AssumeRole") == [], "what would be refused says nothing about the role, so nobody asks"

    start_as(server, sim, sim.keys(sim.platform))
    mint(server, integration, session_name="back").expect(201)


def test_readiness_warns_of_an_identity_that_is_not_the_stated_one(server, sim, customer, other_identity):
    integration = connect(server, sim, customer)
    start_as(server, sim, other_identity[1], integration["principal_arn"])
    ready = server.api.get("/readyz").expect(200)
    assert ready["ready"], "what it has can be read, and other partitions go on"
    [warning] = ready["warnings"]
    assert "identity" in warning and "arn:" not in warning, warning
    assert mint(server, integration).expect(503)["reason"] == "identity.mismatch"
    start_as(server, sim, sim.keys(sim.platform), integration["principal_arn"])
    assert server.api.get("/readyz").expect(200)["warnings"] == []
