# SPDX-License-Identifier: Apache-2.0
"""Single sign-on by OpenID Connect, at a provider that other people wrote (`oidc-provider` from npm)."""

import json
import urllib.parse

import pytest
from harness import certificates
from harness.identity_provider import Browser, Provider
from harness.reverse_proxy import TlsProxy
from harness.vault import run

ANN = {"name": "Ann", "email": "ann@example.com", "email_verified": True, "groups": ["platform", "coffee"]}


@pytest.fixture
def begin(processes, sim, start_server, tmp_path):
    """`begin(provider)`: a server, and the accounts of its provider."""

    def start(provider):
        provider.accounts(ann=ANN)
        file = tmp_path / "crossrole.toml"
        file.write_text(provider.configuration)
        server = start_server(sim, "--config", file)
        provider.start(processes, server)
        return server, provider.accounts

    return start


@pytest.fixture
def corporate(begin, tmp_path):
    """A server, and the accounts of its provider."""
    return begin(Provider(tmp_path))


def test_who_is_in_a_group_with_a_role_comes_in_and_is_known_again(corporate):
    server, accounts = corporate
    assert server.api.with_token(None).get("/v1/auth/providers").expect(200)["items"] == [
        {"name": "corporate", "start": "/v1/auth/oidc/corporate/start"}]
    browser = Browser()
    assert browser.sign_in(server, "ann") == (302, server.url + "/console")
    me = browser.call(server, "GET", "/v1/whoami").expect(200)
    person = server.api.get(f"/v1/operators/{me['id']}").expect(200)
    assert (person["email"], person["provider"], person["has_password"]) == ("ann@example.com", "corporate", False)
    browser.call(server, "GET", "/v1/integrations").expect(200)
    # What changes at the provider counts from the next sign-in on.
    accounts(ann={**ANN, "email": "ann.new@example.com", "groups": ["readers"]})
    again = Browser()
    assert again.sign_in(server, "ann")[0] == 302
    assert again.call(server, "GET", "/v1/whoami").expect(200)["id"] == me["id"]
    roles = [binding["role"] for binding in server.api.items("/v1/role-bindings")]
    assert roles == ["reader"], roles
    accounts(ann={**ANN, "groups": []})
    last = Browser()
    assert last.sign_in(server, "ann")[0] == 302
    assert server.api.items("/v1/role-bindings") == []
    last.call(server, "GET", "/v1/operators").expect(403)


def test_who_has_no_role_or_no_verified_address_is_not_made_an_operator(corporate):
    server, accounts = corporate
    accounts(ann={**ANN, "groups": ["coffee"]}, bob={**ANN, "email_verified": False}, eve={**ANN, "email": "not an address"})
    assert Browser().sign_in(server, "ann")[1]["reason"] == "sign_in.no_role"
    assert Browser().sign_in(server, "bob")[1]["reason"] == "sign_in.no_email"
    assert Browser().sign_in(server, "eve")[0] == 400
    assert server.api.items("/v1/operators") == []


def test_an_address_with_a_password_is_not_taken_over_and_one_without_is_linked(corporate):
    server, accounts = corporate
    taken = server.api.post("/v1/operators", {"name": "A", "email": "ann@example.com", "password": "correct horse battery"}).expect(201)
    status, refused = Browser().sign_in(server, "ann")
    assert (status, refused["reason"]) == (403, "sign_in.address_taken")
    server.api.delete(f"/v1/operators/{taken['id']}").expect(200)
    waiting = server.api.post("/v1/operators", {"name": "A", "email": "Ann@example.com"}).expect(201)
    browser = Browser()
    browser.sign_in(server, "ann")
    assert browser.call(server, "GET", "/v1/whoami").expect(200)["id"] == waiting["id"]


def test_a_disabled_operator_does_not_come_in_and_an_owner_ends_the_first_token(corporate):
    server, accounts = corporate
    browser = Browser()
    browser.sign_in(server, "ann")
    me = browser.call(server, "GET", "/v1/whoami").expect(200)
    server.api.patch(f"/v1/operators/{me['id']}", {"disabled": True}).expect(200)
    browser.call(server, "GET", "/v1/whoami").expect(401)
    assert Browser().sign_in(server, "ann")[0] == 401
    accounts(olga={**ANN, "email": "olga@example.com", "groups": ["owners"]})
    owner = Browser()
    assert owner.sign_in(server, "olga")[0] == 302
    server.api.get("/v1/whoami").expect(401)
    owner.call(server, "GET", "/v1/operators").expect(200)


def test_the_last_owner_comes_in_and_stays_one_though_his_groups_changed(corporate):
    server, accounts = corporate
    olga, bob = {**ANN, "email": "olga@example.com", "groups": ["owners"]}, {**ANN, "email": "bob@example.com", "groups": ["owners"]}
    accounts(olga=olga, bob=bob)
    assert Browser().sign_in(server, "olga")[0] == 302
    accounts(olga={**olga, "groups": ["readers"]}, bob=bob)
    browser = Browser()
    assert browser.sign_in(server, "olga") == (302, server.url + "/console")

    def roles(who):
        bindings = who.call(server, "GET", "/v1/role-bindings").expect(200)["items"]
        return sorted(each["role"] for each in bindings if each["operator"] == me)

    me = browser.call(server, "GET", "/v1/whoami").expect(200)["id"]
    assert roles(browser) == ["owner", "reader"]
    [kept] = [record for record in browser.call(server, "GET", "/v1/audit?action=role_binding.delete").expect(200)["items"] if record["outcome"] == "refused"]
    assert (kept["actor"], kept["remote"], kept["reason"]) == ("system", "127.0.0.1", "role_binding.last_owner")
    assert kept["request_id"] and (kept["details"]["principal"], kept["details"]["role"], kept["details"]["provider"]) == (me, "owner", "corporate")
    # With another owner there is no reason to keep it.
    other = Browser()
    assert other.sign_in(server, "bob")[0] == 302 and browser.sign_in(server, "olga")[0] == 302
    assert roles(other) == ["reader"]


def test_what_comes_back_must_be_what_this_browser_began(corporate):
    server, accounts = corporate
    victim, thief = Browser(), Browser()
    _, url = victim.sign_in(server, "ann", until="/callback?")
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)
    assert thief.ask(url)[0] == 401, "another browser has not begun this"
    wrong = [url.replace(query["state"][0], "x" * 43), url.replace("state=", "stat="), url.replace("code=", "cod="),
             url.replace(query["code"][0], "x" * 43), url.replace("/corporate/", "/other/")]
    assert [victim.ask(each)[0] for each in wrong] == [401, 401, 401, 401, 404]
    status, headers, _ = victim.ask(url)
    assert (status, headers["Location"]) == (302, "/console")
    assert victim.ask(url)[0] == 401, "a code is good once"
    for path in ("https://evil.example", "//evil.example", "/\\evil.example", "evil", "/a b"):
        start = f"{server.url}/v1/auth/oidc/corporate/start?return_to={urllib.parse.quote(path, safe='')}"
        assert thief.ask(start)[0] == 400, path


def test_the_way_back_is_the_one_by_which_a_trusted_proxy_was_reached(processes, sim, start_server, tmp_path, certificate):
    provider = Provider(tmp_path)
    provider.accounts(ann=ANN)
    file = tmp_path / "crossrole.toml"
    file.write_text(provider.configuration)
    server = start_server(sim, "--config", file, env={"CROSSROLE_SERVER_TRUSTED_PROXIES": "127.0.0.1"})
    proxy = TlsProxy(server.port, certificate)
    try:
        provider.start(processes, proxy)
        browser = Browser(certificate[0])
        assert browser.sign_in(proxy, "ann") == (302, proxy.url + "/console")
        assert {each.name: each.secure for each in browser.jar if "crossrole" in each.name} == {"__Host-crossrole_session": True}
    finally:
        proxy.close()


@pytest.mark.parametrize(("trusted", "sent", "scheme"), [("127.0.0.1", "https", "https"), ("127.0.0.1", "http", "http"), ("10.0.0.1", "https", "http")])
def test_the_way_back_is_nobodys_choice_but_a_trusted_proxys(sim, start_server, tmp_path, processes, trusted, sent, scheme):
    provider = Provider(tmp_path)
    provider.accounts(ann=ANN)
    file = tmp_path / "crossrole.toml"
    file.write_text(provider.configuration)
    server = start_server(sim, "--config", file, env={"CROSSROLE_SERVER_TRUSTED_PROXIES": trusted})
    provider.start(processes, server)
    headers = {"X-Forwarded-For": "192.0.2.44", "X-Forwarded-Proto": sent, "X-Forwarded-Host": "evil.example"}
    answer = server.api.with_token(None).get("/v1/auth/oidc/corporate/start", headers=headers)
    assert answer.status == 302
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(answer.headers["Location"]).query)
    assert query["redirect_uri"] == [f"{scheme}://127.0.0.1:{server.port}/v1/auth/oidc/corporate/callback"]
    server.api.with_token(None).get("/v1/auth/oidc/corporate/start", headers={**headers, "Host": "evil.example"}).expect(421)


def test_a_provider_with_a_certificate_of_its_own_authority_needs_that_authority_named(begin, tmp_path):
    certificate = certificates.self_signed(tmp_path, "provider")
    server, _ = begin(Provider(tmp_path, certificate, more=f'ca_file = "{certificate[0]}"\n'))
    browser = Browser(certificate[0])
    assert browser.sign_in(server, "ann") == (302, server.url + "/console")
    assert browser.call(server, "GET", "/v1/whoami").expect(200)["kind"] == "operator"
    checks = run(server, "doctor", "--data", server.data, "--config", server.arguments[1], "--output", "json", env=server.env).expect(0).json["checks"]
    assert [check["state"] for check in checks if check["name"].startswith("identity provider")] == ["ok"]


@pytest.mark.parametrize("named", ["none", "another"])
def test_a_provider_that_is_not_trusted_is_not_asked(begin, tmp_path, named):
    certificate, other = certificates.self_signed(tmp_path, "provider"), certificates.self_signed(tmp_path, "other")
    server, _ = begin(Provider(tmp_path, certificate, more="" if named == "none" else f'ca_file = "{other[0]}"\n'))
    status, answer = Browser(certificate[0]).sign_in(server, "ann")
    assert status == 503 and answer["reason"] == "issuer.unreachable"
    ran = run(server, "doctor", "--data", server.data, "--config", server.arguments[1], "--output", "json", env=server.env).expect(1)
    [check] = [check for check in ran.json["checks"] if check["state"] == "problem"]
    assert check["name"].startswith("identity provider https://127.0.0.1:") and "ca_file" in check["fix"]


@pytest.mark.parametrize(("text", "words"), [
    ('ca_file = "/nowhere"\n', "must be a PEM file with certificates"),
    ('ca_file = "/etc/hostname"\n', "must be a PEM file with certificates"),
])
def test_an_authority_that_is_none_is_a_clear_refusal_to_start(server, tmp_path, text, words):
    file = tmp_path / "crossrole.toml"
    file.write_text(Provider(tmp_path, more=text).configuration)
    server.stop()
    refused = run(server, "server", "--listen", f"127.0.0.1:{server.port}", "--data", server.data, "--config", file, env=server.env)
    assert refused.code == 2 and words in refused.err, refused
    server.start()


def test_one_issuer_has_the_same_authorities_everywhere(server, tmp_path):
    certificate = certificates.self_signed(tmp_path)
    provider = Provider(tmp_path, more=f'ca_file = "{certificate[0]}"\n')
    file = tmp_path / "crossrole.toml"
    file.write_text(provider.configuration + f'[[token_exchange.rule]]\nname = "ci"\nissuer = "{provider.issuer}"\naudience = "a"\nrole = "reader"\n'
                    '[token_exchange.rule.claims]\nsub = "x"\n')
    ran = run(server, "doctor", "--data", server.data, "--config", file, "--output", "json", env=server.env).expect(1)
    assert ["must be the same wherever the same issuer is named" in check["message"] for check in ran.json["checks"] if check["state"] == "problem"] == [True]
