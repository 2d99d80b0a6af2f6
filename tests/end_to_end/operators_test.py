# SPDX-License-Identifier: Apache-2.0
"""People who sign in by password: sessions of browsers, their protection, and what a stranger can learn."""

import base64
import json
import threading
import time

import pytest

PASSWORD = "correct horse battery"


@pytest.fixture
def server(sim, start_server):
    return start_server(sim)


def make(server, email="ann@example.com", **more):
    return server.api.post("/v1/operators", {"name": "Ann", "email": email, "password": PASSWORD, **more}).expect(201)


def sign_in(server, email="ann@example.com", password=PASSWORD, **more):
    return server.api.with_token(None).post("/v1/auth/sign-in", {"email": email, "password": password, **more})


def cookie_of(answer):
    return answer.headers["Set-Cookie"].split(";")[0]


def browser(server, answer):
    """The API as a page of ours uses it."""
    csrf = answer.expect(200)["csrf_token"]
    return server.api.with_token(None, Cookie=cookie_of(answer), **{"Crossrole-CSRF": csrf})


def test_a_browser_session_is_a_cookie_that_scripts_cannot_read(server):
    person = make(server)
    answer = sign_in(server)
    body = answer.expect(200)
    assert body["operator"]["id"] == person["id"] and "token" not in body
    parts = [part.strip() for part in answer.headers["Set-Cookie"].split(";")]
    assert "HttpOnly" in parts and "SameSite=Lax" in parts and "Path=/" in parts and "Secure" not in parts, "plain http on loopback"
    assert answer.headers["Cache-Control"] == "no-store"
    page = browser(server, answer)
    assert page.get("/v1/whoami").expect(200)["id"] == person["id"]
    shown = page.get("/v1/auth/session").expect(200)
    assert shown["csrf_token"] == body["csrf_token"] and shown["operator"]["email"] == "ann@example.com"


def test_behind_tls_the_cookie_is_bound_to_the_host_and_sent_by_https_only(sim, start_server):
    server = start_server(sim, env={"CROSSROLE_SERVER_PUBLIC_URL": "https://crossrole.example.com"})
    make(server)
    cookie = sign_in(server).headers["Set-Cookie"]
    assert cookie.startswith("__Host-crossrole_session=") and "Secure" in cookie and "Domain" not in cookie


def test_a_change_by_a_session_needs_the_csrf_token_and_our_own_origin(server):
    make(server)
    answer = sign_in(server)
    page = browser(server, answer)
    path, bare = "/v1/auth/sign-out-everywhere", server.api.with_token(None, Cookie=cookie_of(answer))
    assert bare.post(path).expect(403)["reason"] == "session.csrf"
    assert bare.post(path, headers={"Crossrole-CSRF": "x"}).expect(403)["reason"] == "session.csrf"
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
        assert page.post(path, headers=headers).expect(403)["reason"] == "session.origin", headers
    assert page.post(path, headers={"Origin": server.url, "Sec-Fetch-Site": "same-origin"}).expect(200)["ended"] == 1
    page.get("/v1/whoami").expect(401)


def test_a_page_of_another_site_cannot_sign_somebody_in(server):
    make(server)
    body = {"email": "ann@example.com", "password": PASSWORD}
    foreign = server.api.with_token(None, Origin="https://evil.example")
    assert foreign.post("/v1/auth/sign-in", body).expect(403)["reason"] == "session.origin"
    text = json.dumps(body).encode()
    assert server.api.with_token(None).call("POST", "/v1/auth/sign-in", text, headers={"Content-Type": "text/plain"}).status == 415


def test_signing_out_ends_this_session_and_everywhere_ends_all(server):
    make(server)
    pages = [browser(server, sign_in(server)) for _ in range(3)]
    pages[0].post("/v1/auth/sign-out").expect(200)
    pages[0].get("/v1/whoami").expect(401)
    pages[1].get("/v1/whoami").expect(200)
    token = sign_in(server, way="token").expect(200)["token"]
    assert pages[1].post("/v1/auth/sign-out-everywhere").expect(200)["ended"] == 3
    pages[2].get("/v1/whoami").expect(401)
    server.api.with_token(token).get("/v1/whoami").expect(401)


def test_a_disabled_operator_is_out_at_once_and_answered_like_a_stranger(server):
    person = make(server)
    page = browser(server, sign_in(server))
    token = sign_in(server, way="token").expect(200)["token"]
    server.api.patch(f"/v1/operators/{person['id']}", {"disabled": True}).expect(200)
    page.get("/v1/whoami").expect(401)
    server.api.with_token(token).get("/v1/whoami").expect(401)
    disabled, stranger = sign_in(server), sign_in(server, "nobody@example.com")
    assert disabled.status == stranger.status == 401
    without_id = [{**answer.json, "request_id": ""} for answer in (disabled, stranger)]
    assert without_id[0] == without_id[1]


def test_wrong_passwords_wait_and_say_for_how_long(server):
    make(server)
    for email in ("ann@example.com", "nobody@example.com"):
        for _ in range(5):
            sign_in(server, email, "wrong horse battery").expect(401)
        locked = sign_in(server, email)
        assert locked.status == 429 and int(locked.headers["Retry-After"]) >= 1, locked


@pytest.mark.parametrize("cookie", ["", "crossrole_session=", "crossrole_session=x", "crossrole_session=crb_" + "0" * 97,
                                    "crossrole_session=" + "A" * 4000, "__Host-crossrole_session=x", "crossrole_session=a; crossrole_session=b"])
def test_cookies_that_are_none_are_answered_like_no_identity(server, cookie):
    answer = server.api.with_token(None).get("/v1/whoami", headers={"Cookie": cookie})
    plain = server.api.with_token(None).get("/v1/whoami")
    assert answer.status == plain.status == 401 and answer.json["detail"] == plain.json["detail"]


def test_neither_password_nor_session_nor_token_is_kept_in_clear(server):
    make(server)
    answer = sign_in(server)
    token = sign_in(server, way="token").expect(200)["token"]
    browser(server, answer).get("/v1/whoami").expect(200)
    server.stop()
    secrets = [PASSWORD, token, cookie_of(answer).split("=", 1)[1], answer.json["csrf_token"]]
    for file in server.data.rglob("*"):
        content = file.read_bytes() if file.is_file() else b""
        for secret in secrets:
            assert secret.encode() not in content, file
            assert base64.b64encode(secret.encode()) not in content, file
    log = server.process.output()
    assert not any(secret in log for secret in secrets)


def test_the_last_owner_can_neither_be_deleted_nor_disabled(server):
    owner, other = make(server), make(server, "bob@example.com")
    server.api.post("/v1/role-bindings", {"operator": owner["id"], "role": "owner"}).expect(201)
    ann = server.api.with_token(sign_in(server, way="token").expect(200)["token"])
    path = f"/v1/operators/{owner['id']}"
    answers = [ann.delete(path), ann.delete(path, query={"dry_run": "true"}), ann.patch(path, {"disabled": True}),
               ann.patch(path, {"disabled": True}, query={"dry_run": "true"})]
    for answer in answers:
        assert answer.status == 409 and answer.json["reason"] == "role_binding.last_owner" and answer.json["fix"], answer
    ann.post("/v1/role-bindings", {"operator": other["id"], "role": "owner"}).expect(201)
    ann.delete(path, query={"dry_run": "true"}).expect(200)
    ann.delete(path).expect(200)
    ann.get("/v1/whoami").expect(401)


def test_people_are_made_changed_and_deleted(server):
    person = make(server)
    path = f"/v1/operators/{person['id']}"
    assert server.api.post("/v1/operators", {"name": "Ann", "email": "ANN@example.com"}).expect(409)["field"] == "email"
    for wrong, field in (({"email": "x@example.com"}, "name"), ({"name": "X", "email": "x"}, "email"),
                         ({"name": "X", "email": "x@example.com", "password": "short"}, "password"),
                         ({"name": "X", "email": "x@example.com", "pasword": PASSWORD}, "pasword")):
        assert server.api.post("/v1/operators", wrong).expect(400)["field"] == field
    assert [each["id"] for each in server.api.items("/v1/operators")] == [person["id"]]
    changed = server.api.patch(path, {"name": "Anna"}, headers={"If-Match": "1"}).expect(200)
    assert (changed["name"], changed["version"]) == ("Anna", 2)
    server.api.patch(path, {"name": "Anne"}, headers={"If-Match": "1"}).expect(412)
    sign_in(server, way="token").expect(200)
    preview = server.api.delete(path, query={"dry_run": "true"}).expect(200)
    assert preview["removed"] == [person["id"]] and len(preview["invalidated"]) == 1
    server.api.get(path).expect(200)
    server.api.delete(path).expect(200)
    server.api.get(path).expect(404)
    sign_in(server).expect(401)


def test_the_command_line_makes_people_without_a_password_on_the_command_line(server, tmp_path):
    file = tmp_path / "password"
    file.write_text(PASSWORD + "\n")
    made = server.run("operator", "create", "--name", "Bob", "--email", "bob@example.com", "--password-file", file).expect().json
    assert made["has_password"] and sign_in(server, "bob@example.com").status == 200
    assert server.run("operator", "create", "--name", "B", "--email", "c@example.com", "--password", PASSWORD).code == 2
    assert server.run("operator", "list").expect().json["items"][0]["id"] == made["id"]
    server.run("operator", "update", made["id"], "--password-stdin", stdin="another horse battery\n").expect()
    sign_in(server, "bob@example.com").expect(401)
    server.run("operator", "sign-out", made["id"]).expect()
    server.run("operator", "delete", made["id"]).expect()
    assert server.run("operator", "show", made["id"]).code == 3


def test_many_sign_ins_at_once_do_not_keep_others_waiting(server):
    make(server)
    stop, answers = threading.Event(), []

    def hammer():
        while not stop.is_set():
            answers.append(sign_in(server, "nobody@example.com", "wrong horse battery").status)

    threads = [threading.Thread(target=hammer) for _ in range(8)]
    for thread in threads:
        thread.start()
    try:
        end, served = time.monotonic() + 3, 0
        while time.monotonic() < end:
            server.api.get("/v1/whoami").expect(200)
            served += 1
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert served > len([status for status in answers if status == 401]), (served, len(answers))
    assert set(answers) <= {401, 429, 503}, set(answers)
