# SPDX-License-Identifier: Apache-2.0
"""A running server is attacked: no disk, no network, no AWS, a wrong clock, slow clients, a hasty operator."""

import ctypes
import datetime
import http.client
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import threading
import time

import pytest
from harness import attack, clouds, moving_clock, process
from harness.journey import assert_all_recorded, connect, create, mint, quickstart, records, state_of, verify, verify_audit, without_outcome

FAST = {"CROSSROLE_AWS_RATE_SCALE": "1000"}
LOST = (OSError, http.client.HTTPException)


@pytest.fixture
def sim(start_sim):
    return start_sim("--throttle", "off")


@pytest.fixture
def customer(sim):
    return sim.customers[0]


@pytest.fixture
def server(start_server, sim):
    return start_server(sim, env=FAST)


@pytest.fixture
def relay(sim):
    """The network between `far_server` and the simulated AWS."""
    path = attack.Relay(int(sim.url.rsplit(":", 1)[1]))
    yield path
    path.close()


@pytest.fixture
def far_server(start_server, sim, relay):
    """A control plane that reaches AWS through `relay`."""
    return start_server(sim, env={**FAST, "AWS_ENDPOINT_URL": relay.url})


class InBackground:
    """A call that goes on while the test does something else."""

    def __init__(self, call, *arguments, **options):
        self.answer, self.error = None, None
        self._thread = threading.Thread(target=self._run, args=(call, arguments, options), daemon=True)
        self._thread.start()

    def _run(self, call, arguments, options):
        try:
            self.answer = call(*arguments, **options)
        except (*LOST, AssertionError) as error:
            self.error = error

    @property
    def done(self):
        return not self._thread.is_alive()

    def join(self, seconds=90):
        self._thread.join(seconds)
        assert self.done, "the call did not come to an end"
        if self.error:
            raise self.error
        return self.answer


def events(server, name):
    """The lines of the server's log about one event."""
    lines = [json.loads(line) for line in server.process.output().splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == name]


def wait_until(condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


def assert_no_credentials(answer, *statuses):
    assert answer.status in statuses, answer
    assert "secret_access_key" not in answer.json and "session_token" not in answer.json


# A full disk


def audit_file(server):
    return server.data / "audit" / "audit.jsonl"


def test_a_full_disk_gives_no_credentials_until_there_is_room(server, sim, customer):
    integration = connect(server, sim, customer)
    # The largest of all files is then the one that cannot grow.
    reasons = [f"before-{number}" for number in range(100)]
    for reason in reasons:
        mint(server, integration, reason=reason).expect(201)
    log = audit_file(server)
    size = log.stat().st_size
    sim.forget_calls()
    with attack.no_file_grows_beyond(server.process.pid, size):
        cached = mint(server, integration, reason="full")
        assert_no_credentials(cached, 503)
        assert cached.json["reason"] == "storage.full" and int(cached.headers["Retry-After"]) > 0
        assert_no_credentials(mint(server, integration, reason="full", session_name="cold"), 503)
        assert sim.calls(operation="AssumeRole") == []  # without its intent on disk nothing was asked for
        assert server.api.get("/readyz").expect(503)["checks"]["audit"] == "storage is full"
        assert [line["error"] for line in events(server, "audit.refused")] == ["storage is full"]
        assert server.process.running and log.stat().st_size == size
    mint(server, integration, reason="after").expect(201)
    server.api.get("/readyz").expect(200)
    server.restart()
    mint(server, integration, reason="after the restart").expect(201)
    verify_audit(server)
    found = records(server, action="session.mint")
    assert_all_recorded(found, [*reasons, "after", "after the restart"])
    assert "full" not in {record["details"]["reason"] for record in found}


def test_a_database_that_cannot_be_written_ends_the_process_and_a_restart_goes_on(server, sim, customer):
    integration = connect(server, sim, customer)
    # Room for the record, none for the database.
    limit = 60_000
    assert audit_file(server).stat().st_size < limit < (server.data / "crossrole.db-wal").stat().st_size
    with attack.no_file_grows_beyond(server.process.pid, limit):
        with pytest.raises((*LOST, AssertionError)):
            create(server, customer, "second")
        server.process.popen.wait(60)
    assert server.process.popen.returncode == -signal.SIGABRT
    server.start()
    assert state_of(server, integration) == "active"
    assert [each["handle"] for each in server.api.items("/v1/integrations")] == ["prod"]
    mint(server, integration).expect(201)
    verify_audit(server)


@pytest.fixture
def small_disk(tmp_path):
    disk = attack.SmallDisk(tmp_path / "small", 24)
    yield disk
    disk.close()


def test_what_no_longer_fits_on_the_disk_is_refused_and_nothing_is_half_done(start_server, sim, customer, small_disk):
    server = start_server(sim, env=FAST, data=small_disk.folder / "data")
    integration = connect(server, sim, customer)
    if not small_disk.mounted:
        # Nothing may be mounted here; the limit of a process does for the record what the disk would have done.
        with attack.no_file_grows_beyond(server.process.pid, audit_file(server).stat().st_size):
            assert_no_credentials(mint(server, integration), 503)
        mint(server, integration).expect(201)
        return
    small_disk.fill()
    received = []
    for number in range(200):
        answer = mint(server, integration, reason=str(number))
        if answer.status == 503:
            break
        answer.expect(201)
        received.append(str(number))
    assert_no_credentials(answer, 503)
    refused = None
    for number in range(200):
        refused = server.api.post("/v1/integrations", {"handle": f"h{number}", "kind": "account", "account_id": customer["account_id"]})
        if refused.status == 503:
            break
    assert refused.status == 503 and refused.json["reason"] == "storage.full", refused
    assert state_of(server, integration) == "active" and server.process.running
    small_disk.empty()
    mint(server, integration, reason="after").expect(201)
    create(server, customer, "room")
    server.restart()
    verify_audit(server)
    assert_all_recorded(records(server, action="session.mint"), [*received, "after"])
    server.stop()


# A wrong clock


@pytest.mark.parametrize("shift", [-600, 600])
def test_a_clock_ten_minutes_off_is_corrected_once_and_reported(start_server, sim, customer, tmp_path, shift):
    clock = moving_clock.MovingClock(tmp_path)
    clock.advance(shift)
    server = start_server(sim, env={**FAST, **clock.environment})
    integration = connect(server, sim, customer)
    assert verify(server, integration)["ok"]
    session = mint(server, integration).expect(201)
    assert sim.client("sts", clouds.Keys.from_session(session)).get_caller_identity()["Arn"] == session["assumed_role_arn"]
    # What is handed out says when AWS will end it, not what our clock makes of that.
    left = datetime.datetime.fromisoformat(session["expiration"]) - datetime.datetime.now(datetime.UTC)
    assert abs(left.total_seconds() - session["granted_seconds"]) < 120

    corrections = events(server, "aws.clock_corrected")
    assert corrections and all(abs(line["behind_seconds"] + shift) < 60 for line in corrections), corrections
    assert "clock" in corrections[0]["message"]
    sim.forget_calls()
    for number in range(5):
        mint(server, integration, session_name=f"s{number}").expect(201)
    [row] = sim.calls(operation="AssumeRole")
    assert (row["count"], row["refused"]) == (5, 0)
    assert len(events(server, "aws.clock_corrected")) == len(corrections)


# AWS that refuses, throttles, is not there


def test_an_sts_region_that_is_off_is_named_and_changes_no_state(server, sim, customer):
    integration = connect(server, sim, customer)
    unproven = create(server, customer, "second")
    sim.faults({"service": "sts", "operation": "AssumeRole", "effect": "region_disabled"})
    seen = verify(server, integration)
    assert seen["ok"] is False and seen["probes"][0]["observed"] == "unknown"
    assert "sts.region_disabled" in {finding["code"] for finding in seen["findings"]}
    refused = mint(server, integration, session_name="cold")
    assert_no_credentials(refused, 424)
    assert refused.json["aws_code"] == "RegionDisabledException"
    verify(server, unproven)
    assert (state_of(server, integration), state_of(server, unproven)) == ("active", "pending")
    sim.faults()
    assert verify(server, integration)["ok"]
    mint(server, integration, session_name="warm").expect(201)


def test_throttling_stops_what_is_new_only_and_passes_by_itself(server, sim, customer, is_long):
    integration = connect(server, sim, customer)
    unproven = create(server, customer, "second")
    mint(server, integration, reason="first").expect(201)
    sim.faults({"service": "sts", "effect": "throttle"})
    seen = InBackground(verify, server, integration)
    end = time.monotonic() + (60 if is_long else 10)
    number, handed_out = 0, ["first"]
    while time.monotonic() < end or not seen.done:
        number += 1
        cold = [InBackground(mint, server, integration, session_name=f"s{number}-{each}") for each in range(4)]
        while not all(each.done for each in cold):
            handed_out.append(f"cached-{len(handed_out)}")
            mint(server, integration, reason=handed_out[-1]).expect(201)
            time.sleep(0.2)
        for each in cold:
            refused = each.join()
            assert_no_credentials(refused, 429, 503)
            assert int(refused.headers["Retry-After"]) > 0
    assert [probe["observed"] for probe in seen.join()["probes"]][0] == "unknown"
    assert (state_of(server, integration), state_of(server, unproven)) == ("active", "pending")
    sim.faults()
    wait_until(lambda: mint(server, integration, session_name="afterwards").status == 201)
    assert verify(server, integration)["ok"]
    assert_all_recorded(records(server, action="session.mint"), handed_out)
    assert without_outcome(records(server)) == []


def test_an_unreachable_aws_changes_no_state_and_comes_back(far_server, sim, customer, relay):
    integration = connect(far_server, sim, customer)
    unproven = create(far_server, customer, "second")
    mint(far_server, integration, reason="first").expect(201)
    relay.refuse()
    seen = verify(far_server, integration)
    assert seen["ok"] is False and seen["probes"][0]["observed"] == "unknown"
    assert "cannot reach" in seen["probes"][0]["detail"]
    assert {probe["observed"] for probe in seen["probes"][1:]} == {"not_checked"}
    mint(far_server, integration, reason="cached").expect(201)
    refused = mint(far_server, integration, session_name="cold")
    assert_no_credentials(refused, 503)
    assert refused.json["reason"] == "aws.unreachable" and int(refused.headers["Retry-After"]) > 0
    verify(far_server, unproven)
    assert (state_of(far_server, integration), state_of(far_server, unproven)) == ("active", "pending")

    # A server that starts meanwhile knows its tenants, but not who it is itself.
    far_server.restart()
    assert (state_of(far_server, integration), state_of(far_server, unproven)) == ("active", "pending")
    lonely = mint(far_server, integration)
    assert_no_credentials(lonely, 503)
    assert far_server.api.post(f"/v1/integrations/{integration['id']}/verify", {}).status == 503
    assert state_of(far_server, integration) == "active"

    relay.forward()
    mint(far_server, integration, session_name="cold").expect(201)
    assert verify(far_server, integration)["ok"]
    assert state_of(far_server, integration) == "active"
    assert_all_recorded(records(far_server, action="session.mint"), ["first", "cached"])


def test_an_aws_that_never_answers_holds_up_only_who_needs_it(far_server, sim, customer, relay):
    integration = connect(far_server, sim, customer)
    mint(far_server, integration).expect(201)
    relay.swallow()
    waiting = [InBackground(mint, far_server, integration, session_name=f"s{number}") for number in range(20)]
    seen = InBackground(verify, far_server, integration)
    for _ in range(20):
        mint(far_server, integration).expect(201)
        far_server.api.get("/v1/integrations").expect(200)
    for each in waiting:
        refused = each.join()
        assert_no_credentials(refused, 503)
        assert refused.json["reason"] == "aws.timeout"
    assert seen.join()["probes"][0]["observed"] == "unknown"
    assert state_of(far_server, integration) == "active"
    relay.forward()
    mint(far_server, integration, session_name="s0").expect(201)
    assert without_outcome(records(far_server)) == []


LOST_ANSWERS = ["500", "reset", "truncate", "malformed"]


@pytest.mark.parametrize("effect", LOST_ANSWERS)
def test_answers_that_get_lost_move_no_state_and_hand_out_nothing_unrecorded(server, sim, customer, effect, is_long):
    integration = connect(server, sim, customer)
    sim.faults({"service": "sts", "operation": "AssumeRole", "effect": effect, "probability": 0.4})
    received = []
    for number in range(60 if is_long else 6):
        seen = verify(server, integration)
        assert all(probe["observed"] != "allowed" for probe in seen["probes"][1:]), seen
        assert state_of(server, integration) == "active", seen
        answer = mint(server, integration, reason=str(number), session_name=f"s{number}")
        if answer.status == 201:
            received.append(str(number))
        else:
            assert_no_credentials(answer, 424, 503)
    sim.faults()
    assert verify(server, integration)["ok"]
    found = records(server, action="session.mint")
    assert_all_recorded(found, received)
    assert without_outcome(found) == []
    verify_audit(server)


@pytest.mark.parametrize("operation", ["CreatePolicy", "CreateRole", "AttachRolePolicy"])
def test_a_quickstart_whose_answers_get_lost_still_makes_one_of_each(server, sim, customer, operation):
    iam = sim.client("iam", sim.keys(customer))
    for effect in ("500", "reset", "truncate"):
        sim.faults()
        sim.reset()
        integration = create(server, customer, f"lost_{effect}")
        sim.faults({"service": "iam", "operation": operation, "effect": effect, "count": 1})
        server.api.finish(quickstart(server, integration, sim.keys(customer)))
        [role] = [role for role in iam.list_roles()["Roles"] if role["Path"] == "/crossrole/"]
        [policy] = iam.list_policies(Scope="Local")["Policies"]
        attached = iam.list_attached_role_policies(RoleName=role["RoleName"])["AttachedPolicies"]
        assert [each["PolicyArn"] for each in attached] == [policy["Arn"]]
        assert state_of(server, integration) == "active"
    assert without_outcome(records(server)) == []


# Somebody ends the server


def test_a_mint_under_way_is_finished_before_the_server_ends(start_sim, start_server):
    sim = start_sim("--throttle", "off", "--latency-ms", "300")
    server = start_server(sim, env=FAST)
    integration = connect(server, sim, sim.customers[0])
    mints = [InBackground(mint, server, integration, reason=f"r{number}", session_name=f"s{number}") for number in range(8)]
    wait_until(lambda: len(records(server, action="session.mint")) >= len(mints))
    server.stop()
    for each in mints:
        each.join().expect(201)
    server.start()
    assert_all_recorded(records(server, action="session.mint"), [f"r{number}" for number in range(8)])
    assert without_outcome(records(server)) == []


def test_a_server_ends_in_time_though_aws_does_not_answer(far_server, sim, customer, relay):
    integration = connect(far_server, sim, customer)
    second = create(far_server, sim.customers[1], "second")
    relay.swallow()
    job = quickstart(far_server, second, sim.keys(sim.customers[1]))
    minted = InBackground(mint, far_server, integration, session_name="cold")
    verified = InBackground(far_server.api.post, f"/v1/integrations/{integration['id']}/verify", {"wait_seconds": 60})
    wait_until(lambda: far_server.api.get(f"/v1/jobs/{job}").expect(200)["state"] == "running")
    wait_until(lambda: without_outcome(records(far_server, action="session.mint")))
    far_server.stop()
    assert_no_credentials(minted.join(), 503)
    verified.join().expect(200, 503)
    relay.forward()
    far_server.start()
    assert without_outcome(records(far_server)) == []
    assert state_of(far_server, integration) == "active"
    interrupted = far_server.api.wait_for(f"/v1/jobs/{job}", lambda it: it["state"] == "failed")
    assert interrupted["error"]["reason"] == "job.interrupted"
    far_server.api.finish(quickstart(far_server, second, sim.keys(sim.customers[1])))
    assert state_of(far_server, second) == "active"


def test_who_waits_for_a_role_does_not_hold_up_the_end(server, sim, customer):
    integration = create(server, customer)
    role = integration["expected_role_arn"]
    server.api.put(f"/v1/integrations/{integration['id']}/role", {"role_arn": role}).expect(200)
    waiting = InBackground(server.api.post, f"/v1/integrations/{integration['id']}/verify", {"wait_seconds": 60})
    wait_until(lambda: without_outcome(records(server, action="integration.verify")))
    server.stop()
    assert waiting.join().expect(200)["ok"] is False


def test_a_quickstart_under_way_is_finished_or_can_be_asked_for_again(start_sim, start_server):
    sim = start_sim("--throttle", "off", "--latency-ms", "200")
    server = start_server(sim, env=FAST)
    customer = sim.customers[0]
    integration = create(server, customer)
    job = quickstart(server, integration, sim.keys(customer))
    iam = sim.client("iam", sim.keys(customer))
    wait_until(lambda: iam.list_policies(Scope="Local")["Policies"])
    server.stop()
    server.start()
    assert server.api.wait_for(f"/v1/jobs/{job}", lambda it: it["state"] in ("succeeded", "failed"))["state"] == "succeeded"
    assert state_of(server, integration) == "active"
    again = server.api.finish(quickstart(server, integration, sim.keys(customer)))
    assert again["created"] == [] and len(again["reused"]) == 2
    assert without_outcome(records(server)) == []


# What is wrong with the data directory


def start_and_fail(server, restricted=False):
    """Starts a server on the same data that is expected to refuse; its exit code and words."""
    argv = [process.executable(), "server", "--listen", f"127.0.0.1:{process.free_port()}", "--data", server.data]
    environment = process.clean_environment(server.processes.folder / "home", server.env)
    return subprocess.run([str(word) for word in argv], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=60, check=False, preexec_fn=obey_permissions if restricted else None)


def obey_permissions():
    """Root, too, may then write only what the permissions say."""
    pr_capbset_drop, cap_dac_override = 24, 1
    if os.geteuid() == 0 and ctypes.CDLL(None).prctl(pr_capbset_drop, cap_dac_override, 0, 0, 0) != 0:
        raise OSError("the capability to override permissions cannot be dropped")


def test_a_second_server_on_the_data_is_refused_and_the_first_goes_on(server, sim, customer):
    integration = connect(server, sim, customer)
    second = start_and_fail(server)
    assert second.returncode == 1
    assert f"`{server.data}` is in use by another crossrole process" in second.stderr and "--data" in second.stderr
    assert server.run("token", "bootstrap", "--data", server.data).code == 1
    mint(server, integration).expect(201)
    verify_audit(server)


def test_a_data_directory_that_may_not_be_written_is_named(server):
    server.stop()
    os.chmod(server.data, 0o500)
    try:
        refused = start_and_fail(server, restricted=True)
    finally:
        os.chmod(server.data, 0o700)
    assert refused.returncode in (1, 6), refused
    assert str(server.data) in refused.stderr, refused.stderr
    server.start()
    server.api.wait_for("/readyz", lambda it: it["ready"])


def test_a_database_of_a_newer_program_is_not_touched(server):
    server.stop()
    with sqlite3.connect(server.data / "crossrole.db") as database:
        database.execute("INSERT INTO schema_migrations (version, name, applied_at) VALUES (9999, '9999_later', 0)")
    database.close()
    before = (server.data / "crossrole.db").read_bytes()
    refused = start_and_fail(server)
    assert refused.returncode == 1
    assert "newer program" in refused.stderr and "9999" in refused.stderr
    assert (server.data / "crossrole.db").read_bytes() == before


def test_without_its_audit_log_a_server_hands_out_nothing_and_does_not_start_again(server, sim, customer):
    integration = connect(server, sim, customer)
    mint(server, integration).expect(201)
    log = audit_file(server)
    kept = log.read_bytes()
    log.unlink()
    sim.forget_calls()
    for body in ({}, {"session_name": "cold"}):
        refused = mint(server, integration, **body)
        assert_no_credentials(refused, 503)
        assert refused.json["reason"] == "audit.file_replaced"
    assert sim.calls(operation="AssumeRole") == []
    assert "moved, deleted or changed" in server.api.get("/readyz").expect(503)["checks"]["audit"]
    server.stop()
    refused = start_and_fail(server)
    assert refused.returncode == 1 and "its file is missing" in refused.stderr, refused.stderr
    assert server.run("audit", "verify", "--data", server.data).code == 1
    log.write_bytes(kept)
    server.start()
    mint(server, integration).expect(201)
    verify_audit(server)


# Slow and half-open clients


def test_clients_that_never_finish_do_not_stop_others(server, sim, customer, is_long):
    integration = connect(server, sim, customer)
    silent = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(100)]
    deaf = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(50)]
    for connection in deaf:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        connection.sendall(b"GET /v1/openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 20)
    slow = attack.SlowClients(server.port, 100)
    try:
        for _ in range(300 if is_long else 30):
            server.api.get("/healthz").expect(200)
            mint(server, integration).expect(201)
        # Each of them is ended in its time: by the deadline of a header.
        wait_until(lambda: slow.ended() == 100)
        server.api.get("/readyz").expect(200)
    finally:
        slow.close()
        for connection in silent + deaf:
            connection.close()
    server.stop()


def test_a_crowd_of_half_open_clients_leaves_room_for_others(server, is_long):
    crowd = []
    try:
        for _ in range(1500 if is_long else 300):
            connection = socket.create_connection(("127.0.0.1", server.port))
            connection.sendall(b"POST /v1/integrations HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000\r\n\r\n{")
            crowd.append(connection)
        for _ in range(20):
            server.api.get("/v1/integrations").expect(200)
    finally:
        for connection in crowd:
            connection.close()
    assert re.search(r'"event":"http.request"', server.process.output())
