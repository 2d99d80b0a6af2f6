# SPDX-License-Identifier: Apache-2.0
"""backup and restore: an installation that was lost comes back, and gives nothing before it was proven again."""

import hashlib
import json
import shutil
import sqlite3
import stat
import time

import pytest
from harness import clouds
from harness.journey import connect, mint, records, verify, verify_audit
from harness.vault import run


@pytest.fixture
def customer(sim):
    return sim.customers[0]


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "backup"


def backup(server, folder, *arguments):
    return run(server, "backup", folder, "--data", server.data, "--output", "json", *arguments).expect(0).json


def files_of(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def restore(server, folder, data, code=0, env=None):
    return run(server, "restore", folder, "--data", data, "--output", "json", env=env).expect(code)


def test_a_backup_is_taken_while_sessions_are_minted(sim, server, customer, folder):
    integration = connect(server, sim, customer)
    for number in range(3):
        mint(server, integration, session_name=f"before{number}").expect(201)
    made = backup(server, folder)
    assert made["master_key_included"] is True
    assert {"crossrole.db", "manifest.json", "manifest.proof", "audit/audit.jsonl", "audit/head", "keys/audit.key", "keys/master.key"} <= set(files_of(folder))
    assert all(stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600) for path in [folder, *folder.rglob("*")])
    assert "intact" in run(server, "audit", "verify", "--data", folder).expect(0).out
    mint(server, integration, session_name="after").expect(201)
    verify_audit(server)


def test_what_was_lost_comes_back_and_is_proven_again_before_it_gives_sessions(sim, server, start_server, customer, folder, tmp_path, capsys):
    integration = connect(server, sim, customer)
    mint(server, integration, reason="before the loss").expect(201)
    other = server.api.post("/v1/integrations", {"handle": "waiting", "kind": "account"}).expect(201)
    person = server.api.post("/v1/operators", {"name": "Ada", "email": "ada@example.com"}).expect(201)
    backup(server, folder)
    backed_up = time.monotonic()
    server.stop()
    shutil.rmtree(server.data)
    lost = time.monotonic()

    data = tmp_path / "restored"
    told = restore(server, folder, data).json
    assert told["integrations"] == 2 and told["tokens_voided"] >= 1 and told["audit_records"] > 0
    assert not (data / "admin-token").exists()
    assert "intact" in run(server, "audit", "verify", "--data", data).expect(0).out

    # While the trust cannot be proven, nothing is given.
    sim.faults({"service": "sts", "operation": "AssumeRole", "probability": 1, "effect": "500"})
    restored = start_server(sim, data=data, name="restored")
    assert restored.token != server.token
    assert server.api.with_token(server.token).base != restored.url
    assert restored.api.with_token(server.token).get("/v1/integrations").status == 401
    for each in (integration, other):
        now = restored.api.get(f"/v1/integrations/{each['id']}").expect(200)
        assert now["state"] == "pending" and now["external_id"] == each["external_id"], now
    refused = mint(restored, integration)
    assert refused.status == 409 and refused.json["reason"] == "integration.pending"

    sim.faults()
    assert verify(restored, integration, 30)["state"] == "active"
    session = mint(restored, integration, reason="after it").expect(201)
    with capsys.disabled():
        print(f"\nrestore: lost is what happened in the {lost - backed_up:.1f} s since the backup (RPO), sessions come {time.monotonic() - lost:.1f} s after the loss (RTO)")
    assert restored.api.get(f"/v1/operators/{person['id']}").expect(200)["email"] == "ada@example.com"
    assert sim.client("sts", clouds.Keys.from_session(session)).get_caller_identity()["Arn"] == session["assumed_role_arn"]
    reasons = [record["details"].get("reason") for record in records(restored, action="session.mint") if record["outcome"] == "succeeded"]
    assert reasons == ["after it", "before the loss"]
    verify_audit(restored)

    # It is back once, not at every start.
    restored.restart()
    assert restored.api.get(f"/v1/integrations/{integration['id']}").expect(200)["state"] == "active"


def test_nothing_is_written_over(server, folder, tmp_path):
    backup(server, folder)
    before = files_of(folder)
    assert "is there already" in run(server, "backup", folder, "--data", server.data).expect(1).err
    assert files_of(folder) == before
    assert "is not empty" in restore(server, folder, server.data, 1).err
    full = tmp_path / "full"
    full.mkdir()
    (full / "precious").write_text("mine")
    assert "is not empty" in restore(server, folder, full, 1).err
    assert files_of(full) == ["precious"]
    assert "no backup" in restore(server, full, tmp_path / "new", 3).err
    assert not (tmp_path / "new").exists()


def test_a_backup_that_was_changed_is_refused_and_leaves_nothing(server, folder, tmp_path):
    backup(server, folder)
    # What the manifest itself says is compared with the files.
    for name in [each for each in files_of(folder) if not each.startswith("manifest.")]:
        changed = tmp_path / "changed"
        shutil.copytree(folder, changed)
        content = bytearray((changed / name).read_bytes())
        content[len(content) // 2] ^= 1
        (changed / name).write_bytes(content)
        data = tmp_path / "data"
        refused = run(server, "restore", changed, "--data", data)
        assert refused.code == 1 and "is not as the manifest says" in refused.err, (name, refused)
        assert not data.exists() or files_of(data) == []
        shutil.rmtree(changed)
        (folder / name).unlink()
        assert run(server, "restore", folder, "--data", data).code in (1, 3)
        shutil.rmtree(folder)
        backup(server, folder)


def digest_of(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def rewritten(folder, change):
    """The backup with another manifest, its proof left as it was."""
    manifest = json.loads((folder / "manifest.json").read_text())
    change(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


def append_to_database(folder):
    """A database with something more, and a manifest that knows it."""
    database = folder / "crossrole.db"
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE planted (a)")
    connection.close()

    def change(manifest):
        [file] = [each for each in manifest["files"] if each["name"] == "crossrole.db"]
        file["sha256"], file["bytes"] = digest_of(database), database.stat().st_size

    rewritten(folder, change)


def remove_key(manifest):
    manifest["files"] = [each for each in manifest["files"] if each["name"] != "keys/audit.key"]


@pytest.mark.parametrize("change", [
    append_to_database,
    lambda folder: rewritten(folder, remove_key),
    lambda folder: rewritten(folder, lambda manifest: manifest.update(created_at="2020-01-01T00:00:00Z")),
    lambda folder: (folder / "manifest.json").write_text((folder / "manifest.json").read_text() + "\n"),
    lambda folder: (folder / "manifest.proof").write_text("0" * 64 + "\n"),
    lambda folder: (folder / "manifest.proof").write_text(""),
], ids=["database and manifest", "a file left out", "another time", "a byte more", "another proof", "no proof"])
def test_a_backup_whose_manifest_was_changed_with_it_is_refused(server, folder, tmp_path, change):
    backup(server, folder)
    change(folder)
    refused = restore(server, folder, tmp_path / "data", 1).err
    assert "is not as this installation wrote it" in refused, refused
    assert files_of(tmp_path / "data") == []


def test_a_backup_without_its_proof_is_not_whole(server, folder, tmp_path):
    backup(server, folder)
    (folder / "manifest.proof").unlink()
    assert "`manifest.proof` is missing" in restore(server, folder, tmp_path / "data", 1).err
    assert not (tmp_path / "data").exists()


def test_a_backup_under_another_key_is_not_ours(sim, server, start_server, folder, tmp_path):
    """Whoever makes a whole backup with a key of his own does not have it restored where another one is expected."""
    other = start_server(sim, name="other")
    backup(other, folder, "--without-master-key")
    refused = restore(server, folder, tmp_path / "data", 1, env={"CROSSROLE_KEYRING_KEY_FILE": str(server.data / "keys" / "master.key")})
    assert "is not the master key" in refused.err
    backup_of_ours = tmp_path / "ours"
    backup(server, backup_of_ours, "--without-master-key")
    shutil.copy(folder / "manifest.proof", backup_of_ours / "manifest.proof")
    refused = restore(server, backup_of_ours, tmp_path / "data", 1, env={"CROSSROLE_KEYRING_KEY_FILE": str(server.data / "keys" / "master.key")})
    assert "is not as this installation wrote it" in refused.err


def test_a_backup_is_made_only_with_the_master_key(server, folder, tmp_path):
    env = {"CROSSROLE_KEYRING_KEY_FILE": str(tmp_path / "nowhere")}
    assert "master key" in run(server, "backup", folder, "--data", server.data, env=env).expect(1).err
    env = {"CROSSROLE_KEYRING_SOURCE": "passphrase", "CROSSROLE_MASTER_KEY": "correct horse battery staple"}
    assert "`keyring.source` is `passphrase`" in run(server, "backup", folder, "--data", server.data, env=env).expect(1).err
    assert not folder.exists()


def test_a_manifest_whose_rules_would_take_the_machine_is_refused_at_once(sim, start_server, folder, tmp_path):
    env = {"CROSSROLE_KEYRING_SOURCE": "passphrase", "CROSSROLE_MASTER_KEY": "correct horse battery staple"}
    server = start_server(sim, env=env, name="passphrase")
    run(server, "backup", folder, "--data", server.data, env=env).expect(0)

    def change(manifest):
        rules = json.loads(manifest["master_key"]["parameters"])
        manifest["master_key"]["parameters"] = json.dumps({**rules, "memory_bytes": 4 << 30, "passes": 60})

    rewritten(folder, change)
    refused = run(server, "restore", folder, "--data", tmp_path / "data", env=env).expect(1)
    assert "were changed" in refused.err


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "audit/../../x", "keys/..", "audit/", "other/file", "keys/.hidden", "audit/a/b"])
def test_a_manifest_that_names_something_else_is_refused(server, folder, tmp_path, name):
    backup(server, folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"].append({**manifest["files"][0], "name": name})
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert "which no backup holds" in restore(server, folder, tmp_path / "data", 1).err
    assert not (tmp_path / "data").exists()


def test_links_in_a_backup_are_not_followed(server, folder, tmp_path):
    backup(server, folder)
    (folder / "keys" / "audit.key").rename(tmp_path / "elsewhere")
    (folder / "keys" / "audit.key").symlink_to(tmp_path / "elsewhere")
    assert "is missing in the backup" in restore(server, folder, tmp_path / "data", 1).err


def test_a_backup_without_the_master_key_needs_it_from_elsewhere(server, folder, tmp_path):
    assert backup(server, folder, "--without-master-key")["master_key_included"] is False
    assert "keys/master.key" not in files_of(folder)
    refused = restore(server, folder, tmp_path / "data", 1)
    assert "master key" in refused.err and "CROSSROLE_KEYRING_KEY_FILE" in refused.err
    assert files_of(tmp_path / "data") == []
    key = tmp_path / "kept.key"
    shutil.copy(server.data / "keys" / "master.key", key)
    restore(server, folder, tmp_path / "data", env={"CROSSROLE_KEYRING_KEY_FILE": str(key)})
