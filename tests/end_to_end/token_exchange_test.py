# SPDX-License-Identifier: Apache-2.0
"""Tokens of identity providers, exchanged for ours. The provider is the simulated AWS, whose `GetWebIdentityToken` signs them."""

import base64
import json

import pytest

AUDIENCE = "crossrole.test"


@pytest.fixture
def workload(sim):
    """What signs tokens: an account that lets its principals have them."""
    iam = sim.client("iam", sim.keys(sim.customers[0]))
    return iam.enable_outbound_web_identity_federation()["IssuerIdentifier"], sim.client("sts", sim.keys(sim.customers[0]))


def token_of(sts, audience=AUDIENCE, algorithm="RS256"):
    return sts.get_web_identity_token(Audience=[audience], SigningAlgorithm=algorithm)["WebIdentityToken"]


def claims_of(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


@pytest.fixture
def exchange(sim, start_server, workload, tmp_path):
    issuer, sts = workload
    subject = claims_of(token_of(sts))["sub"]
    file = tmp_path / "crossrole.toml"
    file.write_text(f'[[token_exchange.rule]]\nname = "pipeline"\nissuer = "{issuer}"\naudience = "{AUDIENCE}"\nrole = "reader"\n'
                    f'algorithms = "RS256 ES384"\n[token_exchange.rule.claims]\nsub = "{subject}"\n')
    server = start_server(sim, "--config", file)
    return server, lambda token: server.api.with_token(None).post("/v1/token-exchange", {"subject_token": token})


def test_a_token_of_aws_is_exchanged_for_one_that_may_what_the_rule_says(exchange, workload):
    server, send = exchange
    for algorithm in ("RS256", "ES384"):
        given = send(token_of(workload[1], algorithm=algorithm)).expect(200)
        assert given["token_type"] == "Bearer" and 0 < given["expires_in"] <= 900
        ours = server.api.with_token(given["access_token"])
        assert ours.get("/v1/whoami").expect(200)["id"] == given["id"]
        ours.get("/v1/integrations").expect(200)
        ours.post("/v1/integrations", {"handle": "prod", "kind": "account"}).expect(403)
        ours.get("/v1/tenants").expect(403)


def test_tokens_that_are_not_meant_are_refused_in_the_same_words(exchange, workload, sim):
    server, send = exchange
    good = token_of(workload[1])
    head, body, signature = good.split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    changed = claims_of(good) | {"sub": "arn:aws:iam::111122223333:role/other"}
    forged = base64.urlsafe_b64encode(json.dumps(changed).encode()).rstrip(b"=").decode()
    other = sim.customers[1]
    sim.client("iam", sim.keys(other)).enable_outbound_web_identity_federation()
    bad = [token_of(workload[1], audience="somebody.else"), token_of(sim.client("sts", sim.keys(other))), f"{none}.{body}.", f"{none}.{body}.{signature}",
           f"{head}.{forged}.{signature}", f"{head}.{body}", good[:-5], "x", "." * 2, "A" * 30_000]
    answers = [send(token) for token in bad]
    assert {answer.status for answer in answers} == {401}, answers
    assert len({answer.json["detail"] for answer in answers}) == 1
    send(good).expect(200)
    server.stop()
    recorded = [line for file in (server.data / "audit").rglob("*") if file.is_file() for line in file.read_bytes().splitlines()
                if b'"token.exchange"' in line]
    assert len(recorded) == len(bad) + 2, "each refusal once, the exchange with intent and outcome"
    assert not any(good.encode() in line for line in recorded)


@pytest.mark.parametrize("rule", ['issuer = "http://id.example.com"', 'audience = ""', 'role = ""', 'algorithms = "HS256"', 'duration_seconds = 7',
                                  'tenant = "Not A Handle"', 'space = "x"', 'integrations = "x"', 'claims = 7'])
def test_a_rule_that_would_let_in_too_many_does_not_start(sim, server, tmp_path, rule):
    lines = {"name": 'name = "x"', "issuer": 'issuer = "https://id.example.com"', "audience": 'audience = "a"', "role": 'role = "reader"',
             "claims": 'claims = { sub = "s" }'}
    key = rule.split(" ")[0]
    lines[key] = "" if key == "claims" else rule
    file = tmp_path / "crossrole.toml"
    file.write_text("[[token_exchange.rule]]\n" + "\n".join(lines.values()) + "\n")
    refused = server.run("server", "--config", file, "--data", tmp_path / "d", "--listen", "127.0.0.1:0", env=dict(server.env))
    assert refused.code == 1 or refused.code == 2, refused
    assert f"token_exchange.rule.{key}" in refused.err, refused.err
