# SPDX-License-Identifier: Apache-2.0
"""Starting and stopping: what is printed, what is refused, what is left behind."""

import json
import stat
import subprocess

import pytest
from harness import process


def run(executable, tmp_path, *arguments, env=None):
    return subprocess.run([str(executable), *map(str, arguments)], env=process.clean_environment(tmp_path, env), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60, check=False)


def test_the_server_starts_on_a_simulated_aws_and_ends_in_order(server):
    assert server.api.get("/healthz").status == 200
    server.stop()


def test_the_administrator_token_is_for_its_owner_only(server):
    assert stat.S_IMODE((server.data / "admin-token").stat().st_mode) == 0o600
    assert server.api.get("/v1/integrations").expect(200)["items"] == []
    assert server.api.with_token(None).get("/v1/integrations").status == 401


def test_a_second_server_on_the_same_data_is_refused(server, executable, tmp_path):
    second = run(executable, tmp_path, "server", "--listen", f"127.0.0.1:{process.free_port()}", "--data", server.data)
    assert second.returncode == 1
    assert str(server.data) in second.stderr
    assert server.api.get("/healthz").status == 200


@pytest.mark.parametrize("program", ["server", "sim"])
def test_an_address_that_others_reach_needs_tls(executable, tmp_path, program):
    arguments = ["--data", tmp_path / "data"] if program == "server" else []
    refused = run(executable, tmp_path, program, "--listen", f"0.0.0.0:{process.free_port()}", *arguments)
    assert refused.returncode in (1, 2)
    assert "--insecure-listen" in refused.stderr


@pytest.mark.parametrize("program", ["server", "sim"])
@pytest.mark.parametrize("listen", ["127.0.0.1:99999", "127.0.0.1:", "127.0.0.1:-1", "127.0.0.1:80x", "127.0.0.1", ":8420"])
def test_an_address_without_a_port_that_can_be_is_refused(executable, tmp_path, program, listen):
    arguments = ["--data", tmp_path / "data"] if program == "server" else []
    refused = run(executable, tmp_path, program, "--listen", listen, *arguments)
    assert refused.returncode == 2 and f"`{listen}` is not an address and port" in refused.stderr, refused


def test_the_version_is_told_as_it_is_asked_for(executable, tmp_path):
    told = json.loads(run(executable, tmp_path, "version").stdout)
    for asked in (["--version"], ["version", "--output", "table"]):
        assert run(executable, tmp_path, *asked).stdout == f"crossrole {told['version']}\n"


def test_the_sample_configuration_is_accepted(executable, tmp_path):
    sample = process.ROOT / "deploy" / "crossrole.toml"
    printed = run(executable, tmp_path, "server", "--config", sample, "--print-config", "--output", "table")
    assert printed.returncode == 0, printed.stderr
    assert "server.listen = 127.0.0.1:8420 (file)" in printed.stdout.splitlines()
    as_json = json.loads(run(executable, tmp_path, "server", "--config", sample, "--print-config", "--output", "json").stdout)
    assert as_json["values"]["server.listen"] == {"value": "127.0.0.1:8420", "source": "file"}
    assert as_json["values"]["server.public_url"] == {"value": None, "source": "default"}
    lines = [line for line in printed.stdout.splitlines() if line.split(" ")[0] in as_json["values"]]
    assert len(lines) == len(as_json["values"]), "both have the same keys"


def test_an_unknown_key_is_refused_with_the_nearest_name(executable, tmp_path):
    wrong = tmp_path / "crossrole.toml"
    wrong.write_text('[server]\nlissten = "127.0.0.1:1"\n')
    refused = run(executable, tmp_path, "server", "--config", wrong, "--print-config")
    assert refused.returncode != 0
    assert "server.lissten" in refused.stderr and "server.listen" in refused.stderr


def test_restarting_keeps_what_was_stored(server):
    created = server.api.post("/v1/integrations", {"handle": "prod", "kind": "account", "account_id": "111122223333"}).expect(201)
    server.restart()
    again = server.api.get("/v1/integrations/prod").expect(200)
    assert (again["id"], again["external_id"]) == (created["id"], created["external_id"])


def test_a_unix_socket_is_for_its_owner_only_and_serves_like_the_address(start_server, sim, tmp_path):
    socket = tmp_path / "crossrole.sock"
    server = start_server(sim, env={"CROSSROLE_SERVER_UNIX_SOCKET": str(socket)})
    assert stat.S_IMODE(socket.stat().st_mode) == 0o600
    told = server.run("whoami", "--output", "json", env={"CROSSROLE_SERVER": f"unix:{socket}"}).expect(0).json
    assert told["id"] == server.api.get("/v1/whoami").expect(200)["id"]
    refused = server.run("whoami", env={"CROSSROLE_SERVER": f"unix:{socket}", "CROSSROLE_TOKEN": "crs_wrong"})
    assert refused.code == 4 or refused.code == 1, refused
    [record, *_] = [each for each in map(json.loads, (server.data / "audit" / "audit.jsonl").read_text().splitlines()) if each["action"] == "auth.refused"]
    assert record["remote"] == "unix"
    server.stop()
    assert not socket.exists()


def test_a_unix_socket_where_none_can_be_is_a_clear_refusal_to_start(executable, tmp_path):
    for path in ("/nowhere/crossrole.sock", "/tmp/" + "x" * 200):
        refused = run(executable, tmp_path, "server", "--listen", f"127.0.0.1:{process.free_port()}", "--data", tmp_path / "data",
                      env={"CROSSROLE_SERVER_UNIX_SOCKET": path})
        assert refused.returncode in (1, 2, 6) and "socket" in refused.stderr, refused
