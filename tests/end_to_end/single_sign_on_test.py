# SPDX-License-Identifier: Apache-2.0
"""Single sign-on by OpenID Connect, at a provider that other people wrote (`oidc-provider` from npm)."""

import html
import http.cookiejar
import json
import re
import secrets
import shutil
import urllib.error
import urllib.parse
import urllib.request

import pytest
from harness import process

JAVASCRIPT = process.ROOT / "tests" / "conformance" / "javascript"
ANN = {"name": "Ann", "email": "ann@example.com", "email_verified": True, "groups": ["platform", "coffee"]}


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments):
        return None


class Browser:
    """Cookies, redirects one at a time, and forms."""

    def __init__(self):
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect(), urllib.request.HTTPCookieProcessor(self.jar))

    def ask(self, url, form=None):
        request = urllib.request.Request(url, data=urllib.parse.urlencode(form).encode() if form else None)
        try:
            with self.opener.open(request, timeout=60) as answer:
                return answer.status, dict(answer.headers), answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, dict(error.headers), error.read().decode()

    def sign_in(self, server, login, return_to="/console", until=None):
        """Goes to the provider and back; the last answer, or the address `until` which it would be asked for next."""
        url, form = f"{server.url}/v1/auth/oidc/corporate/start?return_to={return_to}", None
        for _ in range(20):
            status, headers, body = self.ask(url, form)
            form = None
            if status in (302, 303):
                url = urllib.parse.urljoin(url, headers["Location"])
                if url == server.url + return_to or (until and until in url):
                    return status, url
                continue
            fields = dict(re.findall(r'<input[^>]*name="(prompt)"[^>]*value="([^"]*)"', body))
            if not fields:
                return status, json.loads(body) if body.startswith("{") else body
            url = urllib.parse.urljoin(url, html.unescape(re.search(r'<form[^>]*action="([^"]*)"', body).group(1)))
            form = {**fields, "login": login, "password": "any"}
        raise AssertionError("too many redirects")

    def call(self, server, method, path, **headers):
        cookie = "; ".join(f"{each.name}={each.value}" for each in self.jar if each.name == "crossrole_session")
        return server.api.with_token(None, Cookie=cookie, **headers).call(method, path)


@pytest.fixture
def corporate(processes, sim, start_server, tmp_path):
    """A server, and the accounts of its provider."""
    assert (JAVASCRIPT / "node_modules" / "oidc-provider").is_dir(), "the provider is missing: tools/bootstrap.sh test installs it"
    port, secret, accounts = process.free_port(), secrets.token_urlsafe(24), tmp_path / "accounts.json"
    accounts.write_text(json.dumps({"ann": ANN}))
    (tmp_path / "secret").write_text(secret + "\n")
    file = tmp_path / "crossrole.toml"
    file.write_text(f'[[sign_in.provider]]\nname = "corporate"\nissuer = "http://127.0.0.1:{port}"\nclient_id = "crossrole"\n'
                    f'client_secret_file = "{tmp_path / "secret"}"\n[sign_in.provider.roles]\nplatform = "administrator"\nreaders = "reader"\n'
                    'owners = "owner"\n')
    server = start_server(sim, "--config", file)
    argv = [shutil.which("node"), process.ROOT / "tests" / "end_to_end" / "identity_provider.mjs", port,
            f"{server.url}/v1/auth/oidc/corporate/callback", secret, accounts, JAVASCRIPT]
    processes.start("provider", argv).wait_for_url(f"http://127.0.0.1:{port}/.well-known/openid-configuration")
    return server, lambda **people: accounts.write_text(json.dumps(people))


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
