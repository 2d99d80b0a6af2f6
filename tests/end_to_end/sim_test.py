# SPDX-License-Identifier: Apache-2.0
"""`crossrole sim` as a program: its flags, and the state that it keeps."""

import json
import stat
import subprocess

import pytest
from harness import clouds, process


def run(executable, tmp_path, *arguments):
    return subprocess.run([str(executable), "sim", *map(str, arguments)], env=process.clean_environment(tmp_path), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60, check=False)


def test_a_state_outlives_the_program(processes, tmp_path):
    state = tmp_path / "state.json"
    first = clouds.start_sim(processes, "--state", state)
    customer = first.customers[0]
    first.client("iam", first.keys(customer)).create_user(UserName="kept")
    first.advance(3600)
    assert first.process.stop() == 0
    assert stat.S_IMODE(state.stat().st_mode) == 0o600
    second = clouds.start_sim(processes, "--state", state, "--accounts", "9", name="again")
    assert second.accounts == first.accounts
    users = second.client("iam", second.keys(customer)).list_users()["Users"]
    assert [user["UserName"] for user in users] == ["administrator", "kept"]
    assert second.process.stop() == 0


def test_a_state_that_cannot_be_read_is_refused_and_kept(executable, tmp_path):
    state = tmp_path / "state.json"
    state.write_text('{"format": 1}')
    refused = run(executable, tmp_path, "--listen", f"127.0.0.1:{process.free_port()}", "--state", state)
    assert refused.returncode == 1
    assert str(state) in refused.stderr and "remove this one" in refused.stderr
    assert json.loads(state.read_text()) == {"format": 1}


def test_an_unknown_profile_is_refused(executable, tmp_path):
    refused = run(executable, tmp_path, "--profile", "odd")
    assert refused.returncode in (1, 2) and "plain, mixed or large" in refused.stderr


@pytest.mark.parametrize(("accounts", "profile", "names"), [("12", None, True), ("12", "plain", False)])
def test_a_made_organization_is_listed_whole(start_sim, accounts, profile, names):
    sim = start_sim("--accounts", accounts, "--throttle", "off", *(["--profile", profile] if profile else []))
    management = next(account for account in sim.accounts if account["management"])
    organizations = sim.client("organizations", sim.keys(management))
    listed = [account for page in organizations.get_paginator("list_accounts").paginate() for account in page["Accounts"]]
    assert sorted(account["Id"] for account in listed) == sorted(account["account_id"] for account in sim.customers)
    assert ("shared-services" in [account["Name"] for account in listed]) == names
