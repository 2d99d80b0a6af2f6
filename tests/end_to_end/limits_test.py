# SPDX-License-Identifier: Apache-2.0
"""How often requests may come: limits for a token and for an address, and whose word about an address counts."""

import concurrent.futures
import signal

import pytest
from harness import api, process


def limited(start_server, sim, **limits):
    env = {f"CROSSROLE_LIMITS_REQUESTS_PER_{name.upper()}": str(number) for name, number in limits.items()}
    return start_server(sim, env=env)


def answers(client, count, path="/v1/whoami"):
    """All at once, so that a slow machine does not spread them over the seconds that they would be allowed in."""
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        return list(pool.map(client.get, [path] * count))


def answers_from(server, everybody):
    with concurrent.futures.ThreadPoolExecutor(len(everybody)) as pool:
        return list(pool.map(lambda headers: server.api.get("/v1/whoami", headers=headers), everybody))


def refused(found):
    return [answer for answer in found if answer.status == 429]


def new_token(server, name="other"):
    return server.api.post("/v1/tokens", {"name": name, "role": "reader"}).expect(201)["secret"]


def test_a_token_that_asks_too_often_is_told_for_how_long_and_others_do_not_feel_it(sim, start_server):
    server = limited(start_server, sim, token=1)
    other = server.api.with_token(new_token(server))
    late = refused(answers(server.api, 20))
    assert late, "twenty requests at once pass where one a second may come"
    problem = late[0].json
    assert (problem["code"], problem["reason"], problem["status"]) == ("throttled", "limits.token", 429), problem
    assert late[0].headers["Content-Type"] == "application/problem+json" and int(late[0].headers["Retry-After"]) >= 1
    other.get("/v1/whoami").expect(200)


def test_an_address_that_asks_too_often_is_refused_whoever_asks_but_probes_are_not(sim, start_server):
    server = limited(start_server, sim, address=1)
    strangers = server.api.with_token("crs_" + "0" * 26 + "_" + "A" * 43 + "_" + "A" * 6)
    late = refused(answers(strangers, 20))
    assert late and late[0].json["reason"] == "limits.address" and int(late[0].headers["Retry-After"]) >= 1
    assert refused(answers(strangers, 20, "/no/such/path")), "what has no route counts, too"
    for path in ("/healthz", "/readyz"):
        assert not refused(answers(strangers, 20, path)), path


def test_forwarded_addresses_count_only_where_the_configuration_trusts_the_proxy(sim, start_server):
    far = [{"X-Forwarded-For": f"203.0.113.9, 192.0.2.{number}"} for number in range(20)]
    server = limited(start_server, sim, address=1)
    assert refused(answers_from(server, far)), "a header of anybody's makes nobody somebody else"
    behind = start_server(sim, env={"CROSSROLE_LIMITS_REQUESTS_PER_ADDRESS": "1", "CROSSROLE_SERVER_TRUSTED_PROXIES": "127.0.0.0/8"}, name="behind")
    assert not refused(answers_from(behind, far))
    one = behind.api.with_token(behind.token, **{"X-Forwarded-For": "198.51.100.7"})
    assert refused(answers(one, 20))


def test_the_record_names_the_address_behind_a_trusted_proxy(sim, start_server):
    server = start_server(sim, env={"CROSSROLE_SERVER_TRUSTED_PROXIES": "127.0.0.1"})
    server.api.post("/v1/tokens", {"name": "far", "role": "reader"}, headers={"X-Forwarded-For": "192.0.2.44"}).expect(201)
    [first, *_] = server.api.get("/v1/audit?action=token.create").expect(200)["items"]
    assert first["remote"] == "192.0.2.44", first


def test_a_proxy_that_is_no_address_is_a_refusal_to_start(processes, tmp_path):
    argv = [process.executable(), "server", "--listen", f"127.0.0.1:{process.free_port()}", "--data", tmp_path / "data"]
    started = processes.start("server", argv, {"CROSSROLE_SERVER_TRUSTED_PROXIES": "proxy.example.com"})
    assert started.popen.wait(60) == 2
    assert "server.trusted_proxies" in started.output() and "proxy.example.com" in started.output()


def test_limits_are_counted_and_change_without_a_restart(sim, start_server, tmp_path):
    file, port = tmp_path / "crossrole.toml", process.free_port()
    file.write_text(f'[metrics]\nlisten = "127.0.0.1:{port}"\n[limits]\nrequests_per_token = 1\n')
    server = start_server(sim, "--config", file)
    late = refused(answers(server.api, 20))
    text = api.Api(f"http://127.0.0.1:{port}").get("/metrics").text.decode()
    assert f'crossrole_requests_limited_total{{by="token"}} {len(late)}' in text and 'by="address"} 0' in text
    file.write_text(f'[metrics]\nlisten = "127.0.0.1:{port}"\n[limits]\nrequests_per_token = 100000\n')
    server.process.popen.send_signal(signal.SIGHUP)
    server.process.wait_for(lambda: "server.reloaded" in server.process.output() or None)
    assert not refused(answers(server.api, 50))
    assert "server.restart_needed" not in server.process.output()


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_the_description_says_which_answers_are_limited(server, path):
    paths = server.api.get("/v1/openapi.json").expect(200)["paths"]
    assert "429" not in paths[path]["get"]["responses"]
    others = [responses for name, operations in paths.items() for responses in operations.values() if name not in ("/healthz", "/readyz")]
    assert others and all("429" in each["responses"] for each in others)
