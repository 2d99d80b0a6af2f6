# SPDX-License-Identifier: Apache-2.0
"""Behind a reverse proxy: whose word counts about where a request comes from and whether by https, and for what."""

import json

import pytest
from harness import certificates
from harness.listeners import wait_until
from harness.vault import run

PASSWORD = "correct horse battery"
FAR = {"X-Forwarded-For": "203.0.113.9, 192.0.2.44", "X-Forwarded-Proto": "https"}


@pytest.fixture
def behind(sim, start_server):
    """`behind("127.0.0.1", NAME=value)`: a server that trusts these proxies, with the operator Ann."""

    def start(trusted, **env):
        server = start_server(sim, env={"CROSSROLE_SERVER_TRUSTED_PROXIES": trusted, **env})
        server.api.post("/v1/operators", {"name": "Ann", "email": "ann@example.com", "password": PASSWORD}).expect(201)
        return server

    return start


def sign_in(server, **headers):
    return server.api.with_token(None).post("/v1/auth/sign-in", {"email": "ann@example.com", "password": PASSWORD}, headers=headers)


def is_secure(cookie):
    """Whether a session cookie is for https only; its name must say the same."""
    secure = "; Secure" in cookie
    assert cookie.startswith("__Host-crossrole_session=" if secure else "crossrole_session="), cookie
    return secure


def cookie_of(answer):
    answer.expect(200)
    return answer.headers["Set-Cookie"]


def test_a_cookie_is_secure_where_a_trusted_proxy_was_reached_by_https(behind):
    server = behind("127.0.0.1")
    answer = sign_in(server, **FAR)
    assert is_secure(cookie_of(answer))
    assert not is_secure(cookie_of(sign_in(server, **{**FAR, "X-Forwarded-Proto": "http"})))
    assert not is_secure(cookie_of(sign_in(server)))
    # The session is the browser's as long as it comes the same way, and its page is of our own origin.
    page = {"Cookie": cookie_of(answer).split(";")[0], "Crossrole-CSRF": answer.json["csrf_token"], "Origin": server.url.replace("http:", "https:")}
    client = server.api.with_token(None, **page)
    client.get("/v1/whoami", headers=FAR).expect(200)
    client.get("/v1/whoami").expect(401)
    ended = client.post("/v1/auth/sign-out", headers=FAR)
    assert ended.status == 200 and is_secure(ended.headers["Set-Cookie"])


@pytest.mark.parametrize("word", ["", "https;", "on", "https://", "ftp", "https, http", "\x00https", "h" * 5000],
                         ids=["empty", "semicolon", "on", "url", "ftp", "http-last", "null", "long"])
def test_a_scheme_that_is_none_is_not_https(behind, word):
    server = behind("127.0.0.1")
    if "\x00" in word:
        assert sign_in(server, **{"X-Forwarded-Proto": word}).status == 400
    else:
        assert not is_secure(cookie_of(sign_in(server, **{"X-Forwarded-For": "192.0.2.44", "X-Forwarded-Proto": word})))


def test_several_proxies_say_what_the_first_of_them_saw(behind):
    server = behind("127.0.0.1 10.0.0.0/8")
    hops = {"X-Forwarded-For": "192.0.2.44, 10.0.0.7"}
    assert is_secure(cookie_of(sign_in(server, **hops, **{"X-Forwarded-Proto": "https, http"})))
    assert is_secure(cookie_of(sign_in(server, **hops, **{"X-Forwarded-Proto": "https"})))
    assert not is_secure(cookie_of(sign_in(server, **hops, **{"X-Forwarded-Proto": "https, http, http"}))), "what the client itself wrote"


def test_nobody_else_is_believed(behind):
    server = behind("10.0.0.1")
    assert not is_secure(cookie_of(sign_in(server, **FAR)))
    [record, *_] = [each for each in server.api.items("/v1/audit") if each["action"] == "auth.sign_in"]
    assert record["remote"] == "127.0.0.1"
    assert "192.0.2.44" not in server.process.output()


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_public_url_wins_over_what_a_proxy_says(behind, scheme):
    server = behind("127.0.0.1", CROSSROLE_SERVER_PUBLIC_URL=f"{scheme}://localhost:9443")
    for said in ("http", "https"):
        assert is_secure(cookie_of(sign_in(server, **{"X-Forwarded-For": "192.0.2.44", "X-Forwarded-Proto": said}))) == (scheme == "https")


def test_log_and_record_name_the_client_and_not_the_proxy(behind):
    server = behind("127.0.0.1")
    cookie_of(sign_in(server, **FAR))
    server.api.with_token("crs_wrong").get("/v1/whoami", headers=FAR).expect(401)
    server.api.get("/v1/whoami", headers={**FAR, "X-Forwarded-For": "<script>, 192.0.2.45:4711"}).expect(200)

    def logged():
        lines = [json.loads(line) for line in server.process.output().splitlines() if line.startswith("{")]
        seen = {(line["path"], line["status"], line["remote"]) for line in lines if line["event"] == "http.request"}
        return {("/v1/auth/sign-in", 200, "192.0.2.44"), ("/v1/whoami", 401, "192.0.2.44"), ("/v1/whoami", 200, "192.0.2.45")} <= seen

    wait_until(logged)
    assert "203.0.113.9" not in server.process.output() and "<script>" not in server.process.output()
    [signed_in, *_] = [each for each in server.api.items("/v1/audit") if each["action"] == "auth.sign_in"]
    assert signed_in["remote"] == "192.0.2.44"
    server.stop()
    refused = [line for file in (server.data / "audit").glob("*.jsonl") for line in file.read_text().splitlines() if '"auth.refused"' in line]
    assert [json.loads(line)["remote"] for line in refused] == ["192.0.2.44"]


def test_without_a_public_url_links_name_where_the_server_listens_and_the_doctor_says_so(server, tmp_path):
    files = certificates.self_signed(tmp_path, days=90)

    def check(**env):
        ran = run(server, "doctor", "--data", server.data, "--output", "json", env={**server.env, "CROSSROLE_SERVER_TRUSTED_PROXIES": "10.0.0.1", **env})
        [found] = [each for each in ran.json["checks"] if each["name"] == "reverse proxies"]
        assert found["state"] == "warning" and "server.public_url" in found["fix"]
        return found["message"]

    assert "begin with http://127.0.0.1:8420" in check()
    assert "begin with https://127.0.0.1:8420" in check(CROSSROLE_SERVER_TLS_CERTIFICATE=files[0], CROSSROLE_SERVER_TLS_KEY=files[1])


@pytest.mark.parametrize(("trusted", "state", "words"), [("10.0.0.1", "ok", "`10.0.0.1`"), ("proxy.example.com", "problem", "`proxy.example.com`")])
def test_the_doctor_looks_at_proxies(server, trusted, state, words):
    env = {**server.env, "CROSSROLE_SERVER_TRUSTED_PROXIES": trusted, "CROSSROLE_SERVER_PUBLIC_URL": "https://crossrole.example.com"}
    ran = run(server, "doctor", "--data", server.data, "--output", "json", env=env)
    [check] = [each for each in ran.json["checks"] if each["name"] == "reverse proxies"]
    assert check["state"] == state and words in check["message"], check
