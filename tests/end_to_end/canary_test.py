# SPDX-License-Identifier: Apache-2.0
"""Secrets that went through the server are looked for wherever they must not be: files, log, metrics, answers, arguments,
cores. Each in the forms it could hide in."""

import base64
import json
import secrets
import signal
import urllib.parse
from contextlib import closing

import pytest
from harness import process
from harness.identity_provider import Browser, Provider
from harness.journey import connect, mint, verify
from harness.listeners import MailServer, Webhook, wait_until
from harness.vault import run

PASSPHRASE = "canary correct horse battery staple"


def forms_of(secret):
    """The bytes a secret could be found as."""
    raw = secret.encode()
    forms = {raw, raw.hex().encode(), raw.hex().upper().encode(), urllib.parse.quote(secret, safe="").encode(), json.dumps(secret)[1:-1].encode()}
    # Base 64 of whatever stands around it: the part that does not depend on the neighbours, for each of the three places.
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + raw)
        whole = encoded[(8 * before + 5) // 6: len(encoded) - 4]
        forms |= {whole, whole.replace(b"+", b"-").replace(b"/", b"_")}
    return {form for form in forms if len(form) >= 12}


class Canaries:
    """Secrets by name."""

    def __init__(self):
        self.secrets = {}

    def add(self, name, secret):
        assert len(secret) >= 16, name
        self.secrets[name] = secret

    def assert_absent(self, where, content, spared=()):
        found = [name for name, secret in self.secrets.items() if name not in spared and any(form in content for form in forms_of(secret))]
        assert not found, f"{found} in {where}"


@pytest.fixture
def canaries():
    return Canaries()


@pytest.fixture
def server(sim, start_server):
    env = {"CROSSROLE_KEYRING_SOURCE": "passphrase", "CROSSROLE_MASTER_KEY": PASSPHRASE, "CROSSROLE_LOG_LEVEL": "debug"}
    server = start_server(sim, env={**env, "CROSSROLE_METRICS_LISTEN": f"127.0.0.1:{process.free_port()}"})
    server.metrics = "http://" + server.env["CROSSROLE_METRICS_LISTEN"] + "/metrics"
    return server


def use_secrets(server, sim, canaries):
    """Sends secrets through the doors that take or give one."""
    customer, other = sim.customers[0], sim.customers[1]
    canaries.add("passphrase", PASSPHRASE)
    canaries.add("own key", server.env["AWS_SECRET_ACCESS_KEY"])
    canaries.add("administrator token", server.token)
    canaries.add("customer's key", customer["secret_access_key"])
    canaries.add("other customer's key", other["secret_access_key"])
    integration = connect(server, sim, customer)
    verify(server, integration)
    for body in ({}, {"session_name": "canary"}, {"tags": {"a": "b"}}):
        session = mint(server, integration, **body).expect(201)
        for part in ("secret_access_key", "session_token"):
            canaries.add(f"{part} {body}", session[part])
    return integration, other


def provoke_errors(server, integration, other):
    """Answers to requests that carry a secret where it is of no use: none may repeat it."""
    api, key = server.api, other["secret_access_key"]
    path = f"/v1/integrations/{integration['id']}"
    answers = [
        api.post(path + "/quickstart", {"access_key_id": other["access_key_id"], "secret_access_key": key, "session_token": 7}),
        api.post(path + "/quickstart", {"access_key_id": other["access_key_id"], "secret_acces_key": key}),
        api.post(path + "/quickstart", {"access_key_id": other["access_key_id"], "secret_access_key": key + "x"}),
        api.post(path + "/quickstart", b'{"access_key_id": "' + key.encode() + b'", "secret_access_key": '),
        api.post("/v1/integrations", {"handle": "h", "kind": "account", "access_key_id": other["access_key_id"], "secret_access_key": key}),
        api.post("/v1/integrations", {"handle": key, "kind": "account"}),
        api.with_token(server.token[:-1]).get("/v1/integrations"),
        api.with_token(server.token + "A").get("/v1/integrations"),
        api.with_token(key).get("/v1/integrations"),
        api.with_token(None).call("GET", "/v1/integrations", headers={"Authorization": f"Basic {key}"}),
        api.with_token(None).call("GET", "/v1/integrations", headers={"Cookie": f"session={server.token}"}),
    ]
    # What the caller wrote as a name may be quoted back to that very caller, in backticks; the record must not have it.
    quoted = {3, 5}
    return [answer.text for number, answer in enumerate(answers) if number not in quoted]


def data_files(server):
    return [path for path in sorted(server.data.rglob("*")) if path.is_file()]


def test_no_secret_is_found_where_it_must_not_be(sim, server, canaries):
    integration, other = use_secrets(server, sim, canaries)
    for number, text in enumerate(provoke_errors(server, integration, other)):
        canaries.assert_absent(f"answer {number}", text)
    for path in ("/v1/openapi.json", "/readyz", "/healthz", "/v1/audit?limit=500", f"/v1/integrations/{integration['id']}/logs?limit=500", "/v1/integrations"):
        canaries.assert_absent(path, server.api.get(path).text)
    canaries.assert_absent("metrics", server.process.wait_for_url(server.metrics))

    cmdline = open(f"/proc/{server.process.pid}/cmdline", "rb").read()
    canaries.assert_absent("arguments", cmdline)
    table = run(server, "doctor", "--data", server.data, env=server.env)
    canaries.assert_absent("doctor", (table.out + table.err).encode())

    # While it runs: the write-ahead log, too.
    for path in data_files(server):
        canaries.assert_absent(path, path.read_bytes(), spared={"administrator token"} if path.name == "admin-token" else ())
    server.stop()
    for path in data_files(server):
        canaries.assert_absent(path, path.read_bytes(), spared={"administrator token"} if path.name == "admin-token" else ())
    log = server.process.log.read_bytes()
    canaries.assert_absent("log", log)
    assert integration["external_id"].encode() not in log


# People and pipelines


PEOPLE = {"name": "Ann", "email": "ann@example.com", "email_verified": True, "groups": ["readers"]}


class House:
    """A server with everything that it can be given a secret for, and those secrets as canaries."""

    def __init__(self, folder, certificate, canaries, issuer, token):
        self.provider = Provider(folder, certificate, more=f'ca_file = "{certificate[0]}"\n')
        self.provider.accounts(ann=PEOPLE)
        self.secrets = {name: secrets.token_urlsafe(24) for name in ("mail password", "sink secret", "notification secret")}
        for name, secret in {**self.secrets, "client secret": self.provider.secret}.items():
            canaries.add(name, secret)
        self.mail = MailServer(certificate, self.secrets["mail password"])
        self.sink, self.receiver = Webhook(certificate), Webhook(certificate)
        self.file = folder / "crossrole.toml"
        self.file.write_text(self._text(folder, certificate, issuer, token))

    def _text(self, folder, certificate, issuer, token):
        files = {}
        for name, secret in self.secrets.items():
            files[name] = folder / name.replace(" ", ".")
            files[name].touch(0o600)
            files[name].write_text(secret + "\n")
        authority = f'ca_file = "{certificate[0]}"\n'
        subject = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))["sub"]
        return (f'[[audit.sink]]\ntype = "webhook"\nurl = "{self.sink.url}"\nsecret_file = "{files["sink secret"]}"\n{authority}'
                f'[notification]\nwebhook_url = "{self.receiver.url}"\nwebhook_secret_file = "{files["notification secret"]}"\n{authority}'
                f'[mail]\nurl = "smtp://127.0.0.1:{self.mail.port}"\nfrom = "crossrole@example.com"\nusername = "me"\npassword_file = "{files["mail password"]}"\n{authority}'
                f'{self.provider.configuration}'
                f'[[token_exchange.rule]]\nname = "pipeline"\nissuer = "{issuer}"\naudience = "crossrole.test"\nrole = "reader"\n'
                f'[token_exchange.rule.claims]\nsub = "{subject}"\n')

    def close(self):
        for each in (self.mail, self.sink, self.receiver):
            each.close()

    def received(self):
        """All that others were sent."""
        posts = b"".join(b"\n".join((json.dumps(headers).encode(), body)) for each in (self.sink, self.receiver) for headers, body in each.received)
        return posts + "\n".join(content for _, _, content, _ in self.mail.mails).encode()


def sign_in_by_password(server, canaries):
    """A person with a password, who comes in as a browser and as a program, and changes the password."""
    first, second = "canary first " + secrets.token_urlsafe(16), "canary second " + secrets.token_urlsafe(16)
    canaries.add("password", first)
    canaries.add("next password", second)
    server.api.post("/v1/operators", {"name": "Bob", "email": "bob@example.com", "password": first}).expect(201)
    stranger = server.api.with_token(None)
    body = {"email": "bob@example.com", "password": first}
    answer = stranger.post("/v1/auth/sign-in", body)
    csrf, cookie = answer.expect(200)["csrf_token"], answer.headers["Set-Cookie"].split(";")[0]
    canaries.add("session", cookie.split("=", 1)[1])
    canaries.add("csrf token", csrf)
    token = stranger.post("/v1/auth/sign-in", {**body, "way": "token"}).expect(200)["token"]
    canaries.add("operator's token", token)
    page = server.api.with_token(None, Cookie=cookie, **{"Crossrole-CSRF": csrf})
    me = page.get("/v1/whoami").expect(200)["id"]
    server.api.patch(f"/v1/operators/{me}", {"password": second}).expect(200)
    return [stranger.post("/v1/auth/sign-in", body), stranger.post("/v1/auth/sign-in", {"email": first, "password": second}),
            stranger.post("/v1/auth/sign-in", {"email": "bob@example.com", "passwort": second}),
            stranger.post("/v1/auth/sign-in", {"email": ["bob@example.com"], "password": [second]}),
            server.api.post("/v1/operators", {"name": "Eve", "email": "bob@example.com", "password": second}),
            stranger.call("GET", "/v1/whoami", headers={"Cookie": cookie + "x"}),
            stranger.call("GET", "/v1/whoami", headers={"Authorization": "Bearer " + cookie.split("=", 1)[1]}),
            page.call("POST", "/v1/auth/sign-out", headers={"Crossrole-CSRF": csrf + "x"})]


def sign_in_at_the_provider(server, house, canaries):
    """Somebody who comes in by the identity provider; what came along is worth nothing a second time, and still tells nobody."""
    browser = Browser(house.provider.certificate[0])
    status, url = browser.sign_in(server, "ann", until="/callback?")
    assert status in (302, 303)
    canaries.add("flow", next(each.value for each in browser.jar if each.name == "crossrole_sign_in"))
    canaries.add("code", urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)["code"][0])
    assert browser.ask(url)[0] == 302
    canaries.add("provider's session", browser.session())
    browser.call(server, "GET", "/v1/whoami").expect(200)
    again = browser.ask(url)
    return [json.dumps(again[2]).encode()]


def exchange_tokens(server, token, canaries):
    """A pipeline's token, and those that are refused."""
    canaries.add("pipeline's token", token)
    stranger = server.api.with_token(None)
    given = stranger.post("/v1/token-exchange", {"subject_token": token}).expect(200)["access_token"]
    canaries.add("exchanged token", given)
    server.api.with_token(given).get("/v1/whoami").expect(200)
    return [stranger.post("/v1/token-exchange", {"subject_token": token[:-4] + "AAAA"}), stranger.post("/v1/token-exchange", {"subject_tokem": token}),
            stranger.post("/v1/token-exchange", {"subject_token": [token]}), server.api.with_token(token).get("/v1/whoami"),
            stranger.post("/v1/token-exchange", {"subject_token": token + "." + given})]


def make_tokens(server, canaries):
    made = server.api.post("/v1/tokens", {"name": "pipeline", "role": "reader"}).expect(201)
    canaries.add("service token", made["secret"])
    canaries.add("rotated token", server.api.post(f"/v1/tokens/{made['id']}/rotate").expect(200)["secret"])


def open_the_console(server, integration, canaries):
    for reason in ("one", "two"):
        link = server.api.post(f"/v1/integrations/{integration['id']}/console", {"reason": reason}).expect(201)["url"]
        canaries.add(f"console link {reason}", urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)["SigninToken"][0])


def name_an_owner(server, integration):
    """Makes a mail and a notification go out."""
    owner = server.api.items("/v1/operators")[0]["id"]
    server.api.patch(f"/v1/integrations/{integration['id']}", {"owners": [owner]}).expect(200)


def test_no_secret_of_people_pipelines_and_listeners_is_found_where_it_must_not_be(sim, start_server, processes, canaries, certificate, tmp_path):
    iam = sim.client("iam", sim.keys(sim.customers[0]))
    issuer = iam.enable_outbound_web_identity_federation()["IssuerIdentifier"]
    token = sim.client("sts", sim.keys(sim.customers[0])).get_web_identity_token(Audience=["crossrole.test"], SigningAlgorithm="RS256")["WebIdentityToken"]
    with closing(House(tmp_path, certificate, canaries, issuer, token)) as house:
        env = {"CROSSROLE_LOG_LEVEL": "debug", "CROSSROLE_METRICS_LISTEN": f"127.0.0.1:{process.free_port()}"}
        server = start_server(sim, "--config", house.file, env=env)
        house.provider.start(processes, server)
        integration = connect(server, sim, sim.customers[0])
        answers = sign_in_by_password(server, canaries)
        name_an_owner(server, integration)
        make_tokens(server, canaries)
        open_the_console(server, integration, canaries)
        answers += exchange_tokens(server, token, canaries)
        texts = [answer.text for answer in answers] + sign_in_at_the_provider(server, house, canaries)
        pages = {path: server.api.get(path).text for path in ("/readyz", "/v1/audit?limit=500", "/v1/operators", "/v1/tokens", "/v1/auth/providers",
                                                               f"/v1/integrations/{integration['id']}/logs?limit=500")}
        wait_until(lambda: house.mail.mails and house.sink.received)

        for number, text in enumerate(texts):
            canaries.assert_absent(f"answer {number}", text)
        assert {answer.status for answer in answers} <= {400, 401, 403, 409, 415, 422, 429}, answers
        for path, text in pages.items():
            canaries.assert_absent(path, text)
        canaries.assert_absent("metrics", server.process.wait_for_url(f"http://{env['CROSSROLE_METRICS_LISTEN']}/metrics"))
        canaries.assert_absent("arguments", open(f"/proc/{server.process.pid}/cmdline", "rb").read())
        doctor = run(server, "doctor", "--data", server.data, "--config", house.file, env=server.env).expect(0)
        canaries.assert_absent("doctor", (doctor.out + doctor.err).encode())
        printed = run(server, "server", "--print-config", "--config", house.file, env=server.env).expect(0)
        canaries.assert_absent("the printed configuration", printed.out.encode())
        for path in data_files(server):
            canaries.assert_absent(path, path.read_bytes())
        server.stop()
        for path in data_files(server):
            canaries.assert_absent(path, path.read_bytes())
        canaries.assert_absent("log", server.process.log.read_bytes())
        canaries.assert_absent("what others were sent", house.received())


def test_the_search_finds_what_is_there(canaries):
    canaries.add("seeded", "wJalrXUtnFEMI/K7MDENG+bPxRfiCY")
    secret = canaries.secrets["seeded"]
    for content in (secret, secret.encode().hex(), urllib.parse.quote(secret, safe=""), json.dumps({"a": secret}),
                    *(base64.b64encode(b"x" * n + secret.encode() + b"tail").decode() for n in range(4)),
                    *(base64.urlsafe_b64encode(b"x" * n + secret.encode()).decode() for n in range(4))):
        with pytest.raises(AssertionError, match="seeded"):
            canaries.assert_absent("a file", b"before " + content.encode() + b" after")
    canaries.assert_absent("a file", b"nothing of it")


def test_a_crash_leaves_no_core(server):
    limits = open(f"/proc/{server.process.pid}/limits").read()
    assert [line.split()[4:6] for line in limits.splitlines() if line.startswith("Max core file size")] == [["0", "0"]]
    before = set(process.ROOT.glob("core*"))
    # Not SIGQUIT: whoever starts the tests in the background has it ignored.
    server.process.popen.send_signal(signal.SIGABRT)
    server.process.popen.wait(120)
    assert set(process.ROOT.glob("core*")) == before
    assert not [path for path in data_files(server) if "core" in path.name]
