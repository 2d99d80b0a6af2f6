# SPDX-License-Identifier: Apache-2.0
"""SIGHUP: what the configuration file says counts from then on, as docs/reference/configuration.md tells."""

import json
import signal

import pytest


@pytest.fixture
def reloadable(sim, start_server, tmp_path):
    """A server with a configuration file, and `reload(text, event)`: writes the file and waits for what the log says."""
    file = tmp_path / "crossrole.toml"
    file.write_text("")
    server = start_server(sim, "--config", file)

    def reload(text, event="server.reloaded"):
        file.write_text(text)
        before = server.process.output().count(event)
        server.process.popen.send_signal(signal.SIGHUP)
        server.process.wait_for(lambda: server.process.output().count(event) > before or None)

    server.reload = reload
    return server


def connect(sim, server):
    """An active integration."""
    customer = sim.customers[0]
    made = server.api.post("/v1/integrations", {"handle": "prod", "kind": "account", "account_id": customer["account_id"]}).expect(201)
    trust = server.api.get("/v1/integrations/prod/setup/trust-policy").text.decode()
    iam = sim.client("iam", sim.keys(customer))
    iam.create_role(RoleName=made["role_name"], Path=made["role_path"], AssumeRolePolicyDocument=trust)
    verification = server.api.post("/v1/integrations/prod/verify", {"wait_seconds": 30}).expect(200)
    assert verification["state"] == "active", verification
    return "/v1/integrations/prod/sessions"


def test_budgets_change_without_a_restart(sim, reloadable):
    sessions = connect(sim, reloadable)
    reloadable.api.post(sessions, {"session_name": "before"}).expect(201)
    reloadable.reload("[aws]\nrate_scale = 0.00001\n")
    # One call may be left in the bucket; then there is none for hours.
    answers = [reloadable.api.post(sessions, {"session_name": f"starved{number}"}) for number in range(2)]
    assert answers[-1].status == 429 and answers[-1].json["reason"] == "aws.budget", answers
    reloadable.reload("")
    reloadable.api.post(sessions, {"session_name": "after"}).expect(201)


def test_the_log_level_changes_and_what_needs_a_restart_is_named(reloadable):
    reloadable.reload('[verification]\ninterval_seconds = 7\n')
    named = [json.loads(line) for line in reloadable.process.output().splitlines() if '"server.restart_needed"' in line]
    assert [line["key"] for line in named] == ["verification.interval_seconds"]
    reloadable.reload('[log]\nlevel = "erro"\n', "server.reload_failed")
    reloadable.reload("")
    before = reloadable.process.output().count("server.reloaded")
    reloadable.reload('[log]\nlevel = "error"\n[server', "server.reload_failed")
    assert reloadable.process.output().count("server.reloaded") == before
    assert reloadable.api.get("/v1/whoami").status == 200
