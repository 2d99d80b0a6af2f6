# SPDX-License-Identifier: Apache-2.0
"""Secrets at rest: the master key from each of its sources, refusals to start, and changing it while the server runs."""

import json
import random
import sqlite3
import stat
import subprocess
import time
from contextlib import closing

import pytest
from harness import clouds, process
from harness.vault import Token, refused_start, run

HEX_KEY = "00112233445566778899aabbccddeeff" * 2
OTHER_HEX_KEY = "ff112233445566778899aabbccddeeff" * 2
PASSPHRASE = "correct horse battery staple"


def page_token(server):
    """A page token: it is worth something only under the key that the keyring keeps."""
    for handle in ("one", "two"):
        server.api.post("/v1/integrations", {"handle": handle, "kind": "account"}).expect(201)
    token = server.api.get("/v1/integrations", query={"limit": 1}).expect(200)["next_page_token"]
    assert token
    return token


def assert_still_opens(server, token):
    answer = server.api.get("/v1/integrations", query={"limit": 1, "page_token": token}).expect(200)
    assert [each["handle"] for each in answer["items"]] == ["two"]


def wait_for_record(server, action):
    """Waits until the installation's record tells of what a command did."""
    end = time.monotonic() + 120
    while f'"{action}"' not in (server.data / "audit" / "audit.jsonl").read_text():
        assert time.monotonic() < end, f"no record of {action}"
        time.sleep(0.2)


@pytest.fixture
def kms(start_moto):
    """The variables of a server whose master key is sealed by KMS, on moto."""
    moto = start_moto()
    client = moto.client("kms", moto.keys)
    key = client.create_key()["KeyMetadata"]["Arn"]
    client.create_alias(AliasName="alias/crossrole", TargetKeyId=key)
    moto.kms = client
    moto.variables = {"CROSSROLE_KEYRING_SOURCE": "kms", "CROSSROLE_KEYRING_KMS_KEY": key, "AWS_ENDPOINT_URL_KMS": moto.url}
    moto.by_alias = {**moto.variables, "CROSSROLE_KEYRING_KMS_KEY": key.split(":key/")[0] + ":alias/crossrole"}
    return moto


def reads(server):
    """The targets of all records that a kept secret was opened."""
    lines = map(json.loads, (server.data / "audit" / "audit.jsonl").read_text().splitlines())
    return [line["target"] for line in lines if line["action"] == "secret.read"]


def test_each_read_of_a_kept_secret_is_recorded(server):
    server.stop()
    with closing(sqlite3.connect(server.data / "crossrole.db")) as database:
        kept = [name for (name,) in database.execute("SELECT name FROM installation_secrets ORDER BY name")]
    assert len(kept) >= 4
    assert reads(server) == [], "what is made is not read"
    server.start()
    assert sorted(reads(server)) == kept, "each of them, once"
    server.api.get("/v1/integrations", query={"limit": 1}).expect(200)
    assert server.api.get("/v1/audit/export").status == 200
    assert sorted(reads(server)) == kept, "while it runs it holds them"
    run(server, "rekey", "--data", server.data, env=server.env).expect(0)
    wait_for_record(server, "keyring.rotate")
    server.restart()
    assert sorted(reads(server)) == sorted(2 * kept)
    run(server, "audit", "verify", "--data", server.data).expect(0)


def files_with(server, text):
    server.stop()
    return [file.name for file in server.data.rglob("*") if file.is_file() and text.encode() in file.read_bytes()]


def test_who_people_are_stands_in_no_file_in_clear(server):
    person = server.api.post("/v1/operators", {"name": "Ada Lovelace", "email": "Ada.Lovelace@example.com", "password": PASSPHRASE},
                             headers={"Idempotency-Key": "once"}).expect(201)
    wrong = {"email": "stranger.lovelace@example.com", "password": PASSPHRASE}
    server.api.with_token(None).post("/v1/auth/sign-in", wrong).expect(401)
    for text in ("Ada Lovelace", "Lovelace@", "lovelace@example.com"):
        assert files_with(server, text) == [], text
        assert text not in server.process.output()
    assert files_with(server, person["id"]), "the right files are looked at"
    server.start()
    found = server.api.get(f"/v1/operators/{person['id']}").expect(200)
    assert (found["name"], found["email"]) == ("Ada Lovelace", "Ada.Lovelace@example.com")
    again = server.api.post("/v1/operators", {"name": "Ada Lovelace", "email": "Ada.Lovelace@example.com", "password": PASSPHRASE},
                            headers={"Idempotency-Key": "once"})
    assert again.headers["Idempotency-Replayed"] and again.json == person
    right = {"email": "ADA.lovelace@example.com", "password": PASSPHRASE}
    server.api.with_token(None).post("/v1/auth/sign-in", right).expect(200)
    taken = server.api.post("/v1/operators", {"name": "Another", "email": right["email"]})
    assert taken.status == 409 and taken.json["field"] == "email"
    run(server, "rekey", "--data", server.data, env=server.env).expect(0)
    server.restart()
    assert server.api.get(f"/v1/operators/{person['id']}").expect(200)["name"] == "Ada Lovelace"


def test_people_of_a_former_version_are_sealed_at_the_first_start(server):
    person = server.api.post("/v1/operators", {"name": "Ada Lovelace", "email": "ada@example.com", "password": PASSPHRASE}).expect(201)
    server.stop()
    with closing(sqlite3.connect(server.data / "crossrole.db")) as database, database:
        database.execute("UPDATE operators SET name = 'Ada of before', email = 'Ada.Before@example.com', email_key = 'ada.before@example.com', sealed = 0")
    assert files_with(server, "ada.before@example.com")
    server.start()
    server.api.with_token(None).post("/v1/auth/sign-in", {"email": "ada.before@example.com", "password": PASSPHRASE}).expect(200)
    assert server.api.get(f"/v1/operators/{person['id']}").expect(200)["name"] == "Ada of before"
    for text in ("Ada of before", "Ada.Before", "ada.before"):
        assert files_with(server, text) == []


def test_the_master_key_of_the_first_start_is_a_file_for_its_owner_only(server):
    token = page_token(server)
    file = server.data / "keys" / "master.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert len(bytes.fromhex(file.read_text().strip())) == 32
    server.restart()
    assert_still_opens(server, token)


def test_without_its_master_key_the_server_refuses_to_start_and_makes_no_other(server):
    token = page_token(server)
    server.stop()
    file = server.data / "keys" / "master.key"
    key = file.read_text()
    file.unlink()
    refused = refused_start(server)
    assert "master key" in refused.err and str(file) in refused.err
    assert not file.exists()
    file.write_text(OTHER_HEX_KEY + "\n")
    file.chmod(0o600)
    wrong = refused_start(server)
    assert "is not the master key of this installation" in wrong.err and OTHER_HEX_KEY[:12] not in wrong.err
    file.write_text("not a key\n")
    assert "not a master key" in refused_start(server).err
    file.write_text(key)
    file.chmod(0o644)
    assert "others may read" in refused_start(server).err
    file.chmod(0o600)
    server.start()
    assert_still_opens(server, token)


def test_the_master_key_comes_from_the_environment(sim, start_server):
    server = start_server(sim, env={"CROSSROLE_KEYRING_SOURCE": "environment", "CROSSROLE_MASTER_KEY": HEX_KEY})
    token = page_token(server)
    assert not (server.data / "keys" / "master.key").exists()
    server.restart()
    assert_still_opens(server, token)
    server.stop()
    assert "CROSSROLE_MASTER_KEY is not set" in refused_start(server, CROSSROLE_MASTER_KEY=None).err
    wrong = refused_start(server, CROSSROLE_MASTER_KEY=OTHER_HEX_KEY)
    assert "is not the master key" in wrong.err and OTHER_HEX_KEY not in wrong.err
    assert "64 hexadecimal digits" in refused_start(server, CROSSROLE_MASTER_KEY="00").err


def test_the_master_key_follows_from_a_passphrase(sim, start_server, tmp_path):
    file = tmp_path / "passphrase"
    file.write_text(PASSPHRASE + "\n")
    server = start_server(sim, env={"CROSSROLE_KEYRING_SOURCE": "passphrase", "CROSSROLE_KEYRING_PASSPHRASE_FILE": str(file)})
    token = page_token(server)
    server.restart()
    assert_still_opens(server, token)
    server.stop()
    file.write_text(PASSPHRASE + "s\n")
    assert "is not the master key" in refused_start(server).err
    file.write_text("\n")
    assert "there is no passphrase" in refused_start(server).err
    # The same from the variable.
    server.env = {**server.env, "CROSSROLE_KEYRING_PASSPHRASE_FILE": "", "CROSSROLE_MASTER_KEY": PASSPHRASE}
    server.start()
    assert_still_opens(server, token)


def test_the_master_key_is_sealed_by_kms(sim, start_server, start_moto, kms):
    server = start_server(sim, env=kms.variables)
    token = page_token(server)
    server.restart()
    assert_still_opens(server, token)
    server.stop()
    elsewhere = start_moto(name="elsewhere")
    refused = refused_start(server, AWS_ENDPOINT_URL_KMS=elsewhere.url)
    assert "AWS KMS refuses the key" in refused.err and "kms:Decrypt" in refused.err
    assert "keyring.kms_key" in refused_start(server, CROSSROLE_KEYRING_KMS_KEY="arn:aws:s3:::bucket").err
    # What is remembered is the key itself: another alias for it changes nothing.
    server.env = {**server.env, **kms.by_alias}
    server.start()
    assert_still_opens(server, token)


def test_the_master_key_is_sealed_by_a_pkcs11_token(sim, start_server, tmp_path):
    token = Token(tmp_path / "hsm")
    server = start_server(sim, env=token.variables())
    page = page_token(server)
    server.restart()
    assert_still_opens(server, page)
    server.stop()
    assert "PIN of the token is wrong" in refused_start(server, CROSSROLE_MASTER_KEY="wrong-pin").err
    assert "no token `other`" in refused_start(server, CROSSROLE_KEYRING_PKCS11_TOKEN="other").err
    assert "cannot be loaded" in refused_start(server, CROSSROLE_KEYRING_PKCS11_MODULE="/nowhere.so").err
    stranger = Token(tmp_path / "stranger", pin=token.pin)
    assert "has no key `crossrole`" in refused_start(server, **stranger.environment).err
    server.start()
    assert_still_opens(server, page)


def test_the_master_key_is_changed_while_the_server_runs(server):
    token = page_token(server)
    file = server.data / "keys" / "master.key"
    former = file.read_text()
    changed = run(server, "rekey", "--data", server.data, "--output", "json").expect(0).json
    assert changed["source"] == "file" and changed["secrets"] >= 2 and changed["former"] != changed["current"]
    assert file.read_text() != former and len(file.read_text().split()) == 1
    assert_still_opens(server, token)
    wait_for_record(server, "keyring.rotate")
    server.restart()
    assert_still_opens(server, token)
    server.stop()
    file.write_text(former)
    assert "is not the master key" in refused_start(server).err


def test_the_master_key_moves_to_another_source(server, tmp_path, kms):
    token = page_token(server)
    passphrase = tmp_path / "passphrase"
    passphrase.write_text(PASSPHRASE)
    moved = tmp_path / "moved.toml"
    moved.write_text(f'[keyring]\nsource = "passphrase"\npassphrase_file = "{passphrase}"\n')
    server.stop()
    refused = refused_start(server, "--config", moved)
    assert "keyring.source" in refused.err and "rekey --new-config" in refused.err
    server.start()
    run(server, "rekey", "--data", server.data, "--new-config", moved).expect(0)
    server.stop()
    assert "keyring.source" in refused_start(server).err
    server.arguments = ["--config", moved]
    server.start()
    assert_still_opens(server, token)

    to_kms = tmp_path / "kms.toml"
    to_kms.write_text(f'[keyring]\nsource = "kms"\nkms_key = "{kms.variables["CROSSROLE_KEYRING_KMS_KEY"]}"\n')
    aws = {**kms.environment(clouds.Moto.keys), "AWS_ENDPOINT_URL_KMS": kms.url}
    run(server, "rekey", "--data", server.data, "--config", moved, "--new-config", to_kms, env=aws).expect(0)
    server.stop()
    server.arguments, server.env = ["--config", to_kms], {**server.env, "AWS_ENDPOINT_URL_KMS": kms.url}
    server.start()
    assert_still_opens(server, token)


def test_a_change_to_the_key_in_use_is_refused(sim, start_server):
    env = {"CROSSROLE_KEYRING_SOURCE": "environment", "CROSSROLE_MASTER_KEY": HEX_KEY}
    server = start_server(sim, env=env)
    same = run(server, "rekey", "--data", server.data, env=env).expect(1)
    assert "is the one in use" in same.err and "--new-config" in same.err
    assert "no installation" in run(server, "rekey", "--data", server.data / "nowhere").expect(3).err


def test_a_change_killed_at_any_moment_loses_nothing(server, is_long):
    token = page_token(server)
    dice = random.Random(8420)
    finished = 0
    for _ in range(60 if is_long else 12):
        argv = [str(process.executable()), "rekey", "--data", str(server.data)]
        change = subprocess.Popen(argv, env=process.clean_environment(server.processes.folder / "home"), stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        time.sleep(dice.uniform(0, 0.5))
        change.kill()
        finished += change.wait() == 0
        looked = run(server, "doctor", "--data", server.data, "--output", "json").json
        [master_key] = [check for check in looked["checks"] if check["name"] == "master key"]
        assert "opens all" in master_key["message"], master_key
    assert_still_opens(server, token)
    server.restart()
    assert_still_opens(server, token)
    run(server, "rekey", "--data", server.data).expect(0)
    assert len((server.data / "keys" / "master.key").read_text().split()) == 1
    assert finished < (60 if is_long else 12), "no change was killed"
