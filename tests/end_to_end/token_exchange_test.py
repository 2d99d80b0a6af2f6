# SPDX-License-Identifier: Apache-2.0
"""Tokens of identity providers, exchanged for ours. The provider is the simulated AWS, whose `GetWebIdentityToken` signs them."""

import base64
import json
from contextlib import closing

import pytest
from harness import certificates
from harness.issuer import Issuer
from harness.vault import run

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


# An issuer of one's own network, over TLS


def rule_for(issuer, ca_file="", name="cluster"):
    return (f'[[token_exchange.rule]]\nname = "{name}"\nissuer = "{issuer.url}"\naudience = "{AUDIENCE}"\nrole = "reader"\nca_file = "{ca_file}"\n'
            '[token_exchange.rule.claims]\nsub = "system:serviceaccount:ci:deploy"\n')


@pytest.fixture
def exchange_under(sim, start_server, tmp_path):
    """`exchange_under(text)`: a server with this configuration, what exchanges a token there, and what its doctor says of issuers."""

    def start(text):
        file = tmp_path / "crossrole.toml"
        file.write_text(text)
        server = start_server(sim, "--config", file)

        def doctor():
            ran = run(server, "doctor", "--data", server.data, "--config", file, "--output", "json", env=server.env)
            return [check for check in ran.json["checks"] if check["name"].startswith("identity provider")]

        return lambda token: server.api.with_token(None).post("/v1/token-exchange", {"subject_token": token}), doctor, server

    return start


def test_an_issuer_over_tls_is_trusted_by_the_authority_that_its_rule_names(exchange_under, tmp_path):
    tls = certificates.self_signed(tmp_path, "issuer")
    with closing(Issuer(tls)) as issuer:
        send, doctor, server = exchange_under(rule_for(issuer, tls[0]))
        given = send(issuer.token(sub="system:serviceaccount:ci:deploy")).expect(200)
        assert server.api.with_token(given["access_token"]).get("/v1/whoami").expect(200)["id"] == given["id"]
        assert send(issuer.token(sub="system:serviceaccount:ci:other")).status == 401
        assert issuer.asked == ["/.well-known/openid-configuration", "/keys"]
        assert [check["state"] for check in doctor()] == ["ok"]


@pytest.mark.parametrize("named", ["none", "another"])
def test_an_issuer_whose_authority_is_not_named_is_not_asked_and_the_doctor_says_why(exchange_under, tmp_path, named):
    tls, other = certificates.self_signed(tmp_path, "issuer"), certificates.self_signed(tmp_path, "other")
    with closing(Issuer(tls)) as issuer:
        send, doctor, server = exchange_under(rule_for(issuer, "" if named == "none" else other[0]))
        refused = send(issuer.token(sub="system:serviceaccount:ci:deploy"))
        assert refused.status == 503 and refused.json["reason"] == "issuer.unreachable" and issuer.url in refused.json["detail"], refused
        assert issuer.asked == [], "nothing is sent to whom is not trusted"
        [check] = doctor()
        assert check["state"] == "problem" and "certificate" in check["message"] and "ca_file" in check["fix"], check
        server.api.get("/v1/whoami").expect(200)


def test_an_authority_counts_for_its_issuer_only(exchange_under, tmp_path):
    tls, other = certificates.self_signed(tmp_path, "issuer"), certificates.self_signed(tmp_path, "other")
    with closing(Issuer(tls)) as issuer, closing(Issuer(other)) as stranger:
        send, doctor, _ = exchange_under(rule_for(issuer, tls[0]) + rule_for(stranger, tls[0], "stranger"))
        send(issuer.token(sub="system:serviceaccount:ci:deploy")).expect(200)
        assert send(stranger.token(sub="system:serviceaccount:ci:deploy")).status == 503 and stranger.asked == []
        assert sorted(check["state"] for check in doctor()) == ["ok", "problem"]


@pytest.mark.parametrize("file", ["/nowhere", "/etc/hostname"])
def test_an_authority_of_a_rule_that_is_none_is_a_clear_refusal_to_start(server, tmp_path, file):
    with closing(Issuer()) as issuer:
        text = tmp_path / "crossrole.toml"
        text.write_text(rule_for(issuer, file))
        refused = server.run("server", "--config", text, "--data", tmp_path / "d", "--listen", "127.0.0.1:0", env=dict(server.env))
        assert refused.code == 2 and "token_exchange.rule.ca_file" in refused.err and "PEM file with certificates" in refused.err, refused
