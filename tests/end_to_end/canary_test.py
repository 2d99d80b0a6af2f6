# SPDX-License-Identifier: Apache-2.0
"""Secrets that went through the server are looked for wherever they must not be: files, log, metrics, answers, arguments,
cores. Each in the forms it could hide in."""

import base64
import json
import signal
import urllib.parse

import pytest
from harness import process
from harness.journey import connect, mint, verify
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
    server.process.popen.wait(30)
    assert set(process.ROOT.glob("core*")) == before
    assert not [path for path in data_files(server) if "core" in path.name]
