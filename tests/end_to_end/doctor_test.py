# SPDX-License-Identifier: Apache-2.0
"""doctor: a healthy installation is found healthy, and each thing that is broken on purpose is named, with what to do."""

import json
import pathlib
import re
import shutil
from contextlib import closing

import pytest
from harness import certificates, process
from harness.journey import connect
from harness.listeners import Datagrams, MailServer, Stream, Webhook, wait_until
from harness.moving_clock import MovingClock
from harness.vault import run


class Checks:
    """What one run of the doctor said: the check of each name."""

    def __init__(self, ran):
        self.code, self.by_name = ran.code, {check["name"]: check for check in ran.json["checks"]}
        assert len(self.by_name) == len(ran.json["checks"]), ran.out
        assert ran.code == (0 if ran.json["ok"] else 1)
        for check in self.by_name.values():
            assert check["state"] in ("ok", "warning", "problem") and check["message"]
            assert check["fix"] or check["state"] == "ok", f"says not what to do: {check}"

    def __getitem__(self, name):
        return self.by_name[name]

    def problems(self):
        return {name: check["message"] for name, check in self.by_name.items() if check["state"] == "problem"}

    def warnings(self):
        return {name: check["message"] for name, check in self.by_name.items() if check["state"] == "warning"}


@pytest.fixture
def examine(server):
    """`examine(data=…, config=text, NAME=value)`: a run of the doctor in the server's own environment."""

    def doctor(data=None, config=None, **env):
        arguments = ["doctor", "--data", data or server.data, "--output", "json"]
        if config is not None:
            file = server.data.parent / "doctor.toml"
            file.write_text(config)
            arguments += ["--config", file]
        env = {name: value for name, value in {**server.env, **env}.items() if value is not None}
        return Checks(run(server, *arguments, env=env))

    return doctor


@pytest.fixture
def secret(tmp_path):
    file = tmp_path / "secret"
    file.touch(0o600)
    file.write_text("a shared secret\n")
    return file


def test_a_healthy_installation_is_found_healthy_while_it_runs(sim, server, examine):
    connect(server, sim, sim.customers[0])
    checks = examine()
    assert checks.problems() == {}
    assert "a server runs" in checks["server"]["message"]
    assert "1 active" in checks["integrations"]["message"]
    assert "opens all" in checks["master key"]["message"] and "(from `file`)" in checks["master key"]["message"]
    assert "intact" in checks["audit log"]["message"]
    assert (server.data / "audit" / "checkpoint.pub").read_text().strip() in checks["checkpoints"]["message"]
    server.stop()
    assert "no server runs" in examine()["server"]["message"]
    table = run(server, "doctor", "--data", server.data, "--output", "table", env=server.env).expect(0).out
    assert "master key" in table and "→" in table
    server.start()


def test_it_says_which_credentials_are_found_and_whose_they_are(sim, server, examine):
    identity = examine()["identity aws"]
    assert identity["state"] == "ok" and "the environment" in identity["message"]
    assert sim.platform["account_id"] in identity["message"] and "arn:aws:iam::" in identity["message"]
    assert server.env["AWS_SECRET_ACCESS_KEY"] not in json.dumps(identity)
    assert "agree" in examine()["clock"]["message"]


def test_an_identity_that_does_not_do_is_named_with_the_reason(sim, examine):
    none = examine(AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None)
    assert set(none.problems()) == {"identity aws"} and "no AWS credentials that work" in none["identity aws"]["message"]
    wrong = examine(AWS_SECRET_ACCESS_KEY="x" * 40)["identity aws"]
    assert wrong["state"] == "problem" and "the credentials of the environment do not do" in wrong["message"]
    other = examine(**{"CROSSROLE_IDENTITY_AWS_PRINCIPAL_ARN": f"arn:aws:iam::{sim.platform['account_id']}:role/other"})["identity aws"]
    assert other["state"] == "problem" and "which customers trust" in other["message"]
    nobody = examine(AWS_ENDPOINT_URL=f"http://127.0.0.1:{process.free_port()}")
    assert set(nobody.problems()) == {"identity aws"} and "clock" not in nobody.by_name
    profile = examine(AWS_PROFILE="nowhere")
    assert "nowhere" in json.dumps(profile.problems())


def test_a_clock_that_is_wrong_shows_in_what_aws_answers(examine, tmp_path):
    folder = tmp_path / "clock"
    folder.mkdir()
    clock = MovingClock(folder)
    clock.advance(120)
    a_little = examine(**clock.environment)
    assert a_little.problems() == {} and "seconds ahead of that of AWS" in a_little.warnings()["clock"]
    clock.advance(-120 - 900)
    much = examine(**clock.environment)
    assert set(much.problems()) == {"clock"} and "seconds behind that of AWS" in much["clock"]["message"]
    assert much["identity aws"]["state"] == "ok", "requests are signed with the time that AWS says"


def test_what_is_broken_in_the_data_directory_is_named(server, examine, tmp_path):
    server.stop()

    def problems(break_it):
        data = tmp_path / "broken"
        shutil.copytree(server.data, data)
        data.chmod(0o700)
        break_it(data)
        found = examine(data).problems()
        shutil.rmtree(data)
        return found

    def spoil(name, at=0.5):
        def change(data):
            content = bytearray((data / name).read_bytes())
            content[int(len(content) * at)] ^= 1
            (data / name).write_bytes(content)
        return change

    assert problems(lambda data: None) == {}
    assert set(problems(lambda data: (data / "keys" / "master.key").unlink())) == {"master key"}
    assert "is not the master key" in problems(lambda data: (data / "keys" / "master.key").write_text("ab" * 32))["master key"]
    assert "others may read" in problems(lambda data: (data / "keys" / "audit.key").chmod(0o644))["files"]
    assert "others may read" in problems(lambda data: (data / "crossrole.db").chmod(0o640))["files"]
    assert "others may read" in problems(lambda data: data.chmod(0o755))["data directory"]
    assert "audit log" in problems(spoil("audit/audit.jsonl"))
    assert set(problems(lambda data: (data / "audit" / "head").unlink())) == {"audit log"}
    assert set(problems(lambda data: (data / "audit" / "head").write_bytes(bytes(8192)))) == {"audit log"}
    assert set(problems(lambda data: (data / "crossrole.db").unlink())) == {"database"}
    assert "database" in problems(lambda data: (data / "crossrole.db").write_bytes(b"no database at all" * 100))
    assert "data directory" in examine(tmp_path / "nowhere").problems()


def test_a_public_key_that_was_changed_is_told(server, examine):
    file = server.data / "audit" / "checkpoint.pub"
    key = file.read_text().strip()
    file.write_text("A" * 43 + "\n")
    checks = examine()
    assert checks.problems() == {} and key in checks["checkpoints"]["fix"]


@pytest.mark.parametrize(("changes", "words"), [
    ({"CROSSROLE_KEYRING_SOURCE": "passphrase", "CROSSROLE_MASTER_KEY": "correct horse battery staple"}, "but `keyring.source` is `passphrase`"),
    ({"CROSSROLE_KEYRING_KEY_FILE": "/nowhere/master.key"}, "is not there"),
    ({"CROSSROLE_KEYRING_SOURCE": "kms"}, "`keyring.kms_key` must be"),
])
def test_a_master_key_that_cannot_be_had_is_named(examine, changes, words):
    assert words in examine(**changes).problems()["master key"]


def test_the_address_and_the_certificate_are_judged(examine, tmp_path):
    open_to_all = examine(CROSSROLE_SERVER_LISTEN="0.0.0.0:8420")["address"]
    assert open_to_all["state"] == "problem" and "tls_certificate" in open_to_all["fix"]
    assert "only one of" in examine(CROSSROLE_SERVER_TLS_KEY=str(tmp_path / "k.pem"))["address"]["message"]

    def judged(files, **env):
        return examine(CROSSROLE_SERVER_TLS_CERTIFICATE=files[0], CROSSROLE_SERVER_TLS_KEY=files[1], **env)

    good = certificates.self_signed(tmp_path, "good", days=90)
    assert judged(good)["certificate"]["state"] == "ok" and "valid until" in judged(good)["certificate"]["message"]
    assert judged(good, CROSSROLE_SERVER_PUBLIC_URL="https://127.0.0.1:8420").problems() == {}
    other_name = judged(good, CROSSROLE_SERVER_PUBLIC_URL="https://crossrole.example.com")["certificate"]
    assert other_name["state"] == "problem" and "`crossrole.example.com`" in other_name["message"]
    assert judged(certificates.self_signed(tmp_path, "soon", days=5)).warnings()["certificate"].startswith("it is valid only until")
    assert "has not been valid since" in judged(certificates.self_signed(tmp_path, "over", days=-1)).problems()["certificate"]
    other = certificates.self_signed(tmp_path, "other", days=90)
    assert "key values mismatch" in judged((good[0], other[1])).problems()["certificate"]
    assert "certificate" in judged((str(tmp_path / "nowhere"), good[1])).problems()
    pathlib.Path(good[1]).chmod(0o644)
    assert "others may read" in judged(good).problems()["secret files"]


def test_a_key_that_is_unknown_is_refused(server):
    unknown = run(server, "doctor", "--data", server.data, env={"CROSSROLE_SERVER_LISSEN": "x"})
    assert unknown.code != 0 and "server.lissen" in unknown.err


def sinks(*items):
    return "".join("[[audit.sink]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in item.items()) for item in items)


def test_listeners_that_are_there_are_reached_and_get_nothing(examine, tmp_path, certificate, secret):
    with closing(Datagrams(tmp_path / "log.sock")) as local, closing(Stream()) as tcp, closing(Stream(certificate)) as tls, closing(Webhook(certificate)) as webhook, \
            closing(MailServer(certificate)) as mail:
        password = tmp_path / "mail.password"
        password.touch(0o600)
        password.write_text("a password\n")
        text = sinks({"type": "file", "path": str(tmp_path / "copy.jsonl")},
                     {"type": "syslog", "name": "local", "address": local.address},
                     {"type": "syslog", "name": "tcp", "address": tcp.address},
                     {"type": "syslog", "name": "tls", "address": tls.address, "ca_file": certificate[0]},
                     {"type": "webhook", "url": webhook.url, "secret_file": str(secret), "ca_file": certificate[0]})
        text += (f'[notification]\nwebhook_url = "{webhook.url}"\nwebhook_secret_file = "{secret}"\nca_file = "{certificate[0]}"\n'
                 f'[mail]\nurl = "smtp://127.0.0.1:{mail.port}"\nfrom = "crossrole@example.com"\nusername = "me"\npassword_file = "{password}"\nca_file = "{certificate[0]}"\n')
        checks = examine(config=text)
        assert checks.problems() == {}
        for name in ("file", "local", "tcp", "tls", "webhook"):
            assert re.fullmatch(r"it can be reached; \d+ records wait for it, the oldest since \S+", checks[f"audit sink {name}"]["message"])
        assert checks["mail"]["message"] == checks["notification webhook"]["message"] == "it can be reached"
        assert not (tmp_path / "copy.jsonl").exists() and mail.mails == [] and webhook.received == [] and local.received == [] and tcp.received == []
        password.write_text("another password\n")
        refused = examine(config=text)
        assert set(refused.problems()) == {"mail"} and "the sign-in" in refused["mail"]["message"] and "another password" not in json.dumps(refused["mail"])


def test_listeners_that_are_not_there_are_named(examine, tmp_path, certificate, secret):
    gone = process.free_port()
    with closing(Stream(certificate)) as tls:
        text = sinks({"type": "file", "path": str(tmp_path / "nowhere" / "copy.jsonl")},
                     {"type": "syslog", "name": "local", "address": f"unix:{tmp_path}/nobody.sock"},
                     {"type": "syslog", "name": "tcp", "address": f"tcp://127.0.0.1:{gone}"},
                     {"type": "syslog", "name": "untrusted", "address": tls.address},
                     {"type": "webhook", "url": f"http://127.0.0.1:{gone}/in", "secret_file": str(secret)})
        text += (f'[notification]\nwebhook_url = "http://127.0.0.1:{gone}/in"\nwebhook_secret_file = "{secret}"\n'
                 f'[mail]\nurl = "smtp://127.0.0.1:{gone}"\nfrom = "crossrole@example.com"\n')
        problems = examine(config=text).problems()
        assert set(problems) == {"audit sink file", "audit sink local", "audit sink tcp", "audit sink untrusted", "audit sink webhook", "mail", "notification webhook"}
        assert "not trusted" in problems["audit sink untrusted"]
        assert all(re.search(r"; \d+ records wait for it, the oldest since ", problems[name]) for name in problems if name.startswith("audit sink"))


def test_it_shows_how_far_each_sink_is_behind_and_which_one_hangs(sim, start_server, tmp_path, secret):
    (tmp_path / "clock").mkdir()
    clock = MovingClock(tmp_path / "clock")
    file, copy = tmp_path / "crossrole.toml", tmp_path / "copy.jsonl"
    with closing(Webhook()) as webhook:
        file.write_text(sinks({"type": "file", "path": str(copy)},
                              {"type": "webhook", "name": "siem", "url": webhook.url, "secret_file": str(secret), "deadline_seconds": 1}))
        server = start_server(sim, "--config", file)

        def examined(**env):
            ran = run(server, "doctor", "--data", server.data, "--config", file, "--output", "json", env={**server.env, **env})
            found = Checks(ran)
            return found["audit sink file"], found["audit sink siem"]

        def all_is_there():
            return [(each["state"], each["message"]) for each in examined()] == [("ok", "it can be reached and has every record")] * 2

        wait_until(all_is_there)
        webhook.hanging.set()
        server.api.post("/v1/integrations", {"handle": "prod", "kind": "account"}).expect(201)
        # So many records as nobody has got, and no reproach yet: a moment ago it took some.
        wait_until(lambda: examined()[0]["message"] == "it can be reached and has every record")
        waiting = len(copy.read_text().splitlines()) - len(webhook.lines())
        siem = examined()[1]
        assert siem["state"] == "ok" and f"; {waiting} records wait for it, the oldest since " in siem["message"], siem
        clock.advance(300)
        well, siem = examined(**clock.environment)
        assert well["state"] == "ok" and siem["state"] == "problem", (well, siem)
        assert "can be reached, but takes nothing since" in siem["message"] and f"{waiting} records wait for it" in siem["message"]
        assert "deadline_seconds" in siem["fix"] and webhook.url not in json.dumps(siem)
        webhook.hanging.clear()
        wait_until(all_is_there)


def test_files_with_secrets_are_for_their_owner_only(examine, tmp_path, secret):
    with closing(Webhook()) as webhook:
        text = sinks({"type": "webhook", "url": webhook.url, "secret_file": str(secret)})
        assert examine(config=text)["secret files"]["state"] == "ok"
        secret.chmod(0o640)
        assert "others may read" in examine(config=text).problems()["secret files"]
        assert "cannot be read" in examine(config=text.replace(str(secret), str(tmp_path / "nowhere"))).problems()["secret files"]
