# SPDX-License-Identifier: Apache-2.0
"""Workers and runs come in as themselves, over plain HTTP. Nothing makes them yet: the test lets a token identify one."""

import sqlite3
from contextlib import closing

import pytest
from harness.journey import connect, mint, records, verify_audit

RUN, WORKER = "run_01JD3E9ZK4M7Q2V8R5T6W9XYAC", "wk_01JD3E9ZK4M7Q2V8R5T6W9XYAC"


@pytest.fixture
def identify(server):
    """`identify(bearer, role)`: the API as that worker or run."""

    def make(bearer, role="administrator"):
        token = server.api.post("/v1/tokens", {"name": bearer, "role": role}).expect(201)
        server.stop()
        with closing(sqlite3.connect(server.data / "crossrole.db")) as database, database:
            database.execute("INSERT INTO token_bearers SELECT tenant_id, id, ? FROM tokens WHERE id = ?", (bearer, token["id"]))
        server.start()
        return server.api.with_token(token["secret"]), token

    return make


def test_a_run_gets_sessions_as_itself_and_nothing_else_whatever_its_role(sim, server, identify):
    integration = connect(server, sim, sim.customers[0])
    run, _ = identify(RUN)
    me = run.get("/v1/whoami").expect(200)
    assert (me["id"], me["kind"], me["installation_administrator"]) == (RUN, "run", False)
    assert run.get(f"/v1/integrations/{integration['id']}").expect(200)["handle"] == integration["handle"]
    session = run.post(f"/v1/integrations/{integration['id']}/sessions", {"reason": "a run"}).expect(201)
    assert session["access_key_id"]
    [record] = [each for each in records(server, action="session.mint") if each["details"].get("reason") == "a run" and each["phase"] == "outcome"]
    assert record["actor"] == RUN
    for method, path, body in (("PATCH", f"/v1/integrations/{integration['id']}", {"name": "x"}), ("POST", "/v1/integrations", {"handle": "h", "kind": "account"}),
                               ("DELETE", f"/v1/integrations/{integration['id']}?confirm=prod", None), ("GET", "/v1/tokens", None), ("GET", "/v1/audit", None),
                               ("POST", "/v1/tokens", {"name": "t", "role": "reader"}), ("GET", "/v1/operators", None), ("GET", "/v1/tenants", None),
                               ("POST", "/v1/whoami/tokens", {"name": "own"})):
        refused = run.call(method, path, body)
        assert refused.status in (403, 409), (method, path, refused)
    verify_audit(server)


def test_a_worker_sees_and_gets_no_credentials(sim, server, identify):
    integration = connect(server, sim, sim.customers[0])
    worker, _ = identify(WORKER)
    assert worker.get("/v1/whoami").expect(200)["kind"] == "worker"
    worker.get(f"/v1/integrations/{integration['id']}").expect(200)
    for what in ("sessions", "console", "verify", "disable"):
        worker.post(f"/v1/integrations/{integration['id']}/{what}").expect(403)
    assert mint(server, integration).status == 201


def test_the_token_of_a_run_is_revoked_but_not_rotated(server, identify):
    run, token = identify(RUN)
    assert server.api.post(f"/v1/tokens/{token['id']}/rotate").expect(409)["reason"] == "token.identity"
    run.get("/v1/whoami").expect(200)
    server.api.delete(f"/v1/tokens/{token['id']}").expect(200, 204)
    run.get("/v1/whoami").expect(401)


def test_others_are_what_they_were(server):
    assert server.api.get("/v1/whoami").expect(200)["kind"] == "token"
    token = server.api.post("/v1/tokens", {"name": "machine", "role": "reader"}).expect(201)
    assert server.api.with_token(token["secret"]).get("/v1/whoami").expect(200)["kind"] == "token"
    server.api.post("/v1/operators", {"name": "Ann", "email": "ann@example.com", "password": "correct horse battery"}).expect(201)
    answer = server.api.with_token(None).post("/v1/auth/sign-in", {"email": "ann@example.com", "password": "correct horse battery"})
    page = server.api.with_token(None, Cookie=answer.headers["Set-Cookie"].split(";")[0])
    assert page.get("/v1/whoami").expect(200)["kind"] == "operator"
