# SPDX-License-Identifier: Apache-2.0
"""Copies of the audit record at real listeners: a file, syslog in four ways, a signed webhook; well, dead and hanging."""

import json
import re
import statistics
import subprocess
import time
from contextlib import closing

import prometheus_client.parser
import pytest
from harness import api, process
from harness.journey import connect, mint, records, verify_audit
from harness.listeners import Datagrams, Stream, Webhook, check_signature, wait_until

FAST = {"CROSSROLE_AWS_RATE_SCALE": "1000"}
SYSLOG = re.compile(r"<(\d+)>1 (\S+) (\S+) crossrole - (\S+) - (\{.*\})", re.DOTALL)


@pytest.fixture
def sim(start_sim):
    return start_sim("--throttle", "off")


@pytest.fixture
def with_sinks(start_server, sim, tmp_path):
    """`with_sinks({"type": …}, …, more="")`: a server with these audit sinks."""

    def start(*sinks, more="", **options):
        text = more
        for sink in sinks:
            text += "[[audit.sink]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in sink.items())
        file = tmp_path / "crossrole.toml"
        file.write_text(text)
        return start_server(sim, "--config", file, env=FAST, **options)

    return start


@pytest.fixture
def secret(tmp_path):
    file = tmp_path / "webhook.secret"
    file.write_text("a shared secret\n")
    return file


def audit_lines(server):
    """All lines of the audit log, of every chain."""
    return (server.data / "audit" / "audit.jsonl").read_text().splitlines()


def assert_same(server, found, texts):
    """Every line has come, in order and unchanged; some may have come twice."""
    expected = audit_lines(server)
    wait_until(lambda: set(expected) <= set(texts(found)))
    once = list(dict.fromkeys(texts(found)))
    assert [line for line in once if line in set(expected)] == expected


def syslog_lines(received):
    """The record in each message; fails where one is not of the form of RFC 5424."""
    lines = []
    for message in received:
        priority, when, _, kind, text = SYSLOG.fullmatch(message).groups()
        record = json.loads(text)
        assert int(priority) >> 3 == 13 and int(priority) & 7 in (4, 5)
        assert when == record["time"] and kind == record["action"]
        lines.append(text)
    return lines


def readiness(server):
    return server.api.get("/readyz").expect(200)


def test_every_kind_of_sink_receives_every_record_at_a_real_listener(with_sinks, sim, tmp_path, certificate, secret):
    with closing(Datagrams()) as udp, closing(Datagrams(tmp_path / "log.sock")) as local, closing(Stream()) as tcp, closing(Stream(certificate)) as tls, \
            closing(Webhook(certificate)) as webhook:
        server = with_sinks({"type": "file", "path": str(tmp_path / "copy.jsonl")},
                            {"type": "syslog", "name": "udp", "address": udp.address},
                            {"type": "syslog", "name": "local", "address": local.address},
                            {"type": "syslog", "name": "tcp", "address": tcp.address},
                            {"type": "syslog", "name": "tls", "address": tls.address, "ca_file": certificate[0]},
                            {"type": "webhook", "url": webhook.url, "secret_file": str(secret), "ca_file": certificate[0]})
        integration = connect(server, sim, sim.customers[0])
        for number in range(10):
            mint(server, integration, session_name=f"s{number}").expect(201)
        server.api.with_token("crs_wrong").get("/v1/whoami").expect(401)  # refused attempts, too
        assert_same(server, tmp_path / "copy.jsonl", lambda file: file.read_text().splitlines() if file.exists() else [])
        for listener in (udp, local, tcp, tls):
            assert_same(server, listener, lambda listener: syslog_lines(listener.received))
        assert_same(server, webhook, Webhook.lines)
        for headers, body in webhook.received:
            check_signature("a shared secret", headers, body)
            assert headers["Content-Type"] == "application/x-ndjson" and headers["Crossrole-Delivery"].startswith("evt_")
        assert "auth.refused" in {json.loads(line)["action"] for line in webhook.lines()}
        assert readiness(server)["warnings"] == []
        server.stop()
        assert_same(server, webhook, Webhook.lines)
        assert json.loads(webhook.lines()[-1])["action"] == "server.stop"
    assert (tmp_path / "copy.jsonl").stat().st_mode & 0o777 == 0o600


def test_a_sink_that_was_away_gets_what_it_missed_and_what_was_lost_in_a_crash(with_sinks, sim, tmp_path, secret):
    with closing(Webhook()) as webhook:
        webhook.status = 503
        server = with_sinks({"type": "webhook", "name": "siem", "url": webhook.url, "secret_file": str(secret)})
        integration = connect(server, sim, sim.customers[0])
        warning = wait_until(lambda: readiness(server)["warnings"])
        assert re.fullmatch(r"the audit sink `siem` fails; \d+ records wait for it", warning[0])
        assert webhook.url not in warning[0]
        server.kill()
        webhook.status = 204
        server.start()
        mint(server, integration).expect(201)
        assert_same(server, webhook, Webhook.lines)
        wait_until(lambda: readiness(server)["warnings"] == [])
        verify_audit(server)


def test_metrics_tell_how_far_a_sink_is_behind(with_sinks, sim, secret):
    with closing(Webhook()) as webhook:
        port = process.free_port()
        server = with_sinks({"type": "webhook", "name": "siem", "url": webhook.url, "secret_file": str(secret), "deadline_seconds": 1},
                            more=f'[metrics]\nlisten = "127.0.0.1:{port}"\n')

        def number(name):
            text = api.Api(f"http://127.0.0.1:{port}").get("/metrics").text.decode()
            [value] = [sample.value for family in prometheus_client.parser.text_string_to_metric_families(text) for sample in family.samples
                       if sample.name == name and sample.labels == {"sink": "siem"}]
            return value

        wait_until(lambda: number("crossrole_audit_sink_behind") == 0)
        assert number("crossrole_audit_sink_records_total") > 0
        webhook.hanging.set()
        connect(server, sim, sim.customers[0])
        wait_until(lambda: number("crossrole_audit_sink_failures_total") > 0)
        assert number("crossrole_audit_sink_behind") > 0
        webhook.hanging.clear()
        wait_until(lambda: number("crossrole_audit_sink_behind") == 0)


def test_mints_do_not_wait_for_a_sink_that_hangs(with_sinks, sim, tmp_path, secret):
    deadline = 5
    with closing(Webhook()) as webhook:
        server = with_sinks({"type": "webhook", "url": webhook.url, "secret_file": str(secret), "deadline_seconds": deadline},
                            {"type": "file", "path": str(tmp_path / "copy.jsonl")})
        integration = connect(server, sim, sim.customers[0])

        def worst(label):
            times = []
            for number in range(100):
                begun = time.monotonic()
                mint(server, integration, session_name=f"{label}{number}").expect(201)
                times.append(time.monotonic() - begun)
            return statistics.quantiles(times, n=100)[-1]

        well = worst("well")
        webhook.hanging.set()
        hung = worst("hung")
        # The rule of the contract; in truth nobody waits at all.
        assert hung <= well + deadline, (well, hung)
        assert_same(server, tmp_path / "copy.jsonl", lambda file: file.read_text().splitlines())
        assert len(records(server, action="session.mint")) >= 400
        begun = time.monotonic()
        server.stop()
        assert time.monotonic() - begun < 30


@pytest.mark.parametrize(("sinks", "words"), [
    ('[[audit.sink]]\ntype = "fil"', "must be file, syslog or webhook"),
    ('[[audit.sink]]\ntype = "file"', "needs `audit.sink.path`"),
    ('[[audit.sink]]\ntype = "file"\npath = "copy"', "must be absolute"),
    ('[[audit.sink]]\ntype = "syslog"\naddress = "nowhere"', "not the address of a syslog listener"),
    ('[[audit.sink]]\ntype = "webhook"\nurl = "http://example.com/"\nsecret_file = "/etc/hostname"', "must be https"),
    ('[[audit.sink]]\ntype = "webhook"\nurl = "https://example.com/"\nsecret_file = "/nowhere"', "cannot be read or is empty"),
    ('[[audit.sink]]\ntype = "file"\npath = "/tmp/x"\nurl = "https://example.com/"', "is not for a sink of type file"),
    ('[[audit.sink]]\ntype = "file"\npath = "/tmp/x"\ndeadline_seconds = 60', "at most 20"),
    ('[[audit.sink]]\ntype = "file"\npath = "/tmp/x"\n[[audit.sink]]\ntype = "file"\npath = "/tmp/y"', "two audit sinks are named `file`"),
    ('[[audit.sink]]\nkind = "file"', "unknown key `audit.sink.kind`"),
])
def test_a_sink_that_cannot_be_is_a_clear_refusal_to_start(executable, tmp_path, sinks, words):
    file = tmp_path / "crossrole.toml"
    file.write_text(sinks)
    done = subprocess.run([str(executable), "server", "--listen", "127.0.0.1:0", "--data", str(tmp_path / "data"), "--config", str(file)],
                          env=process.clean_environment(tmp_path), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2 and words in done.stderr, done.stderr


# Signed checkpoints


@pytest.fixture
def exported(sim, start_server, tmp_path):
    """(server, file of an export, public key)."""
    server = start_server(sim, env=FAST)
    integration = connect(server, sim, sim.customers[0])
    mint(server, integration).expect(201)
    file = tmp_path / "export.jsonl"
    file.write_text(server.run("audit", "export").expect().out)
    return server, file, (server.data / "audit" / "checkpoint.pub").read_text().strip()


def verify(server, file, *arguments, code=0):
    """`crossrole audit verify` somewhere without the installation."""
    return server.run("audit", "verify", file, *arguments).expect(code).out


def test_an_export_is_verified_offline_up_to_its_last_record_but_one(exported):
    server, file, key = exported
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["action"] for line in lines[-2:]] == ["audit.export", "audit.checkpoint"]
    words = verify(server, file, "--public-key", key)
    assert f"signed up to record {len(lines) - 1} of the chain" in words and "intact" in words
    assert "not compared" in verify(server, file)


def test_a_tenant_gets_the_public_key_from_the_server_alone(exported):
    server, file, key = exported
    assert server.api.get("/v1/audit/public-key").expect(200) == {"algorithm": "Ed25519", "public_key": key}
    told = server.run("audit", "public-key").expect().out
    assert told == key + "\n" and "intact" in verify(server, file, "--public-key", told.strip())
    requester = server.api.post("/v1/tokens", {"name": "requester", "role": "requester"}).expect(201)
    auditor = server.api.post("/v1/tokens", {"name": "auditor", "role": "auditor"}).expect(201)
    server.api.with_token(requester["secret"]).get("/v1/audit/public-key").expect(403)
    server.api.with_token(auditor["secret"]).get("/v1/audit/public-key").expect(200)


def test_an_export_with_one_change_anywhere_or_another_key_is_refused(exported):
    server, file, key = exported
    lines = file.read_text().splitlines(keepends=True)
    for number in range(len(lines)):
        changed = lines.copy()
        changed[number] = changed[number].replace('"id":"evt_0', '"id":"evt_1', 1)
        file.write_text("".join(changed))
        assert f"line {number + 1}," in verify(server, file, "--public-key", key, code=1)
    file.write_text("".join(lines[1:]))
    assert "missing" in verify(server, file, "--public-key", key, code=1)
    file.write_text("".join(lines))
    assert "another key" in verify(server, file, "--public-key", "A" * 43, code=1)
    # What comes after the last checkpoint is told not to be signed.
    file.write_text("".join(lines[:-1]))
    assert "not signed" in verify(server, file, "--public-key", key)
