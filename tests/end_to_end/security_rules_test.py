# SPDX-License-Identifier: Apache-2.0
"""Rules of security that no other test holds by itself, each named by what it promises. Those of AWS's partner checklist are named CAA."""

import http.client
import json
import sqlite3
from contextlib import closing

import pytest
from harness import clouds, process
from harness import server as servers
from harness.description import Description
from harness.journey import connect, mint

PASSWORD = "correct horse battery"
KEY_ID, KEY_SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
# What members of bodies are called that could lead the server somewhere, and what those that are there mean.
LEADS = ("path", "file", "folder", "directory", "url", "uri", "host", "endpoint", "address", "command", "socket", "proxy")
HARMLESS = {"role_path": "of the role within IAM", "folder": "the id of one of ours"}


class World:
    """A server with one active integration, which tests only use."""

    def __init__(self, processes):
        self.sim = clouds.start_sim(processes, "--throttle", "off")
        self.server = servers.Server(processes, self.sim.environment(self.sim.keys(self.sim.platform)))
        self.api = self.server.api
        self.active = connect(self.server, self.sim, self.sim.customers[0], "prod")
        self.description = Description(self.api.get("/v1/openapi.json").expect(200))

    def person(self, email, role=None):
        """(id, id of the binding, API of an operator who signed in)."""
        made = self.api.post("/v1/operators", {"name": "Somebody", "email": email, "password": PASSWORD}).expect(201)
        bound = self.api.post("/v1/role-bindings", {"operator": made["id"], "role": role}).expect(201) if role else {"id": None}
        body = {"tenant": "default", "email": email, "password": PASSWORD, "way": "token"}
        token = self.api.with_token(None).post("/v1/auth/sign-in", body).expect(200)["token"]
        return made["id"], bound["id"], self.api.with_token(token)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    running = process.Processes(tmp_path_factory.mktemp("rules"))
    yield World(running)
    running.close()


@pytest.mark.parametrize(("method", "path", "body"), [
    ("POST", "/v1/integrations", {"handle": "keyed", "kind": "account", "access_key_id": KEY_ID, "secret_access_key": KEY_SECRET}),
    ("POST", "/v1/integrations", {"handle": "keyed", "kind": "account", "name": f"with {KEY_ID}"}),
    ("POST", "/v1/integrations", {"handle": "keyed", "kind": "account", "labels": [KEY_ID]}),
    ("PUT", "/v1/integrations/prod/role", {"role_arn": KEY_ID}),
    ("PATCH", "/v1/integrations/prod", {"name": KEY_ID}),
    ("POST", "/v1/integrations/prod/sessions", {"reason": f"for {KEY_ID}"}),
    ("POST", "/v1/spaces", {"name": KEY_ID.replace("AKIA", "ASIA")}),
    ("POST", "/v1/operators", {"name": KEY_ID, "email": "keyed@example.com"}),
    ("POST", "/v1/auth/sign-in", {"email": "a@example.com", "password": KEY_ID}),
])
def test_caa_001_a_key_is_refused_wherever_none_is_used_and_left_nowhere(world, method, path, body):
    refused = world.api.call(method, path, body).expect(400)
    assert refused["reason"] == "key.unexpected" and KEY_ID not in json.dumps(refused) and "quickstart" in refused["fix"]
    left = [file for file in world.server.data.rglob("*") if file.is_file() and KEY_ID.encode() in file.read_bytes()]
    assert left == [] and KEY_ID not in world.server.process.output()
    assert not [each for each in world.api.items("/v1/integrations") if each["handle"] == "keyed"]


@pytest.mark.parametrize("name", ["AKIA", "AKIAIOSFODNN7EXAMPL", "XAKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLES", "AKIAIOSFODNN7EXAMPL1", "akiaiosfodnn7example"])
def test_caa_001_what_only_begins_like_a_key_is_no_key(world, name):
    made = world.api.post("/v1/spaces", {"name": name}).expect(201)
    world.api.delete(f"/v1/spaces/{made['id']}").expect(200)


@pytest.mark.parametrize("field", ["external_id", "external_ids", "external_id_format", "member_external_id", "principal_arn", "state"])
def test_caa_004_and_006_an_issued_external_id_is_changed_by_no_request(world, field):
    path, before = f"/v1/integrations/{world.active['id']}", world.active["external_id"]
    for value in ("mine-all-mine", before, {"value": "mine-all-mine"}, [], None):
        assert world.api.patch(path, {field: value}).status == 400, value
        assert world.api.put(path + "/role", {"role_arn": world.active["role_arn"], field: value}).status == 400, value
        assert world.api.post(path + "/external-id/rotate", {field: value}).status == 400, value
    now = world.api.get(path).expect(200)
    assert (now["external_id"], now["state"]) == (before, "active") and len(now["external_ids"]) == 1


def test_caa_006_no_description_of_a_body_offers_to_set_an_issued_value(world):
    taken = {(route, name) for route, names in bodies(world.description).items() for name in names if "external_id" in name and name != "external_id_suffix"}
    assert {route for route, _ in taken} <= {"POST /v1/integrations"}, taken


def bodies(description):
    """{route: names of all members of its body, at any depth}."""
    found = {}

    def collect(schema, names, seen):
        schema = description.resolve(schema)
        if not isinstance(schema, dict) or id(schema) in seen:
            return
        seen.add(id(schema))
        for name, member in schema.get("properties", {}).items():
            names.add(name)
            collect(member, names, seen)
        for key in ("items", "additionalProperties"):
            collect(schema.get(key), names, seen)
        for key in ("oneOf", "anyOf", "allOf"):
            for each in schema.get(key, []):
                collect(each, names, seen)

    for route in description.routes:
        if (schema := description.request_schema(route)) is not None:
            collect(schema, found.setdefault(route, set()), set())
    assert len(found) > 20
    return found


def test_no_request_can_name_a_file_or_a_place_for_the_server_to_go_to(world):
    leading = {(route, name) for route, names in bodies(world.description).items() for name in names
               if name not in HARMLESS and any(word in name.split("_") for word in LEADS)}
    assert leading == set(), leading
    parameters = {(route, name) for route in world.description.routes for name in world.description.parameters(route, "query")
                  if name not in HARMLESS and any(word in name.split("_") for word in LEADS)}
    assert parameters == set(), parameters


def test_who_loses_the_permission_gets_no_session_that_is_still_kept_for_him(world):
    _, binding, person = world.person("minter@example.com", "operator")
    path = f"/v1/integrations/{world.active['id']}/sessions"
    first = person.post(path).expect(201)
    assert person.post(path).expect(201)["access_key_id"] == first["access_key_id"], "the second one comes from the cache"
    world.api.delete(f"/v1/role-bindings/{binding}").expect(200)
    refused = person.post(path)
    assert refused.status in (403, 404) and first["access_key_id"] not in refused.text.decode(), refused
    assert person.get("/v1/whoami").status == 200, "he is still known"


def test_sessions_of_another_authority_are_never_those_that_are_kept(world):
    _, _, ann = world.person("cache-ann@example.com", "operator")
    _, _, bob = world.person("cache-bob@example.com", "operator")
    path = f"/v1/integrations/{world.active['id']}/sessions"
    narrow = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]})
    shapes = [{}, {"session_name": "x"}, {"tags": {"a": "1"}}, {"tags": {"a": "2"}}, {"session_policy": json.loads(narrow)},
              {"policy_arns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]}, {"region": "eu-west-1"}, {"duration_seconds": 1800}]
    keys = [who.post(path, shape).expect(201)["access_key_id"] for who in (ann, bob) for shape in shapes]
    assert len(set(keys)) == len(keys)
    assert ann.post(path, {"tags": {"a": "2"}}).expect(201)["access_key_id"] in keys


def test_another_role_is_proven_before_it_gives_sessions(world):
    made = connect(world.server, world.sim, world.sim.customers[1], "moves")
    mint(world.server, made).expect(201)
    account = made["role_arn"].split(":")[4]
    world.api.put(f"/v1/integrations/{made['id']}/role", {"role_arn": f"arn:aws:iam::{account}:role/another"}).expect(200)
    refused = mint(world.server, made)
    assert refused.status == 409 and refused.json["reason"].startswith("integration."), refused
    assert world.api.get(f"/v1/integrations/{made['id']}").expect(200)["state"] in ("verifying", "failed")


def test_no_answer_to_an_administrator_holds_what_was_given_as_a_secret_or_its_hash(world):
    person, _, signed_in = world.person("secretive@example.com", "administrator")
    token = world.api.post("/v1/tokens", {"name": "kept", "role": "reader"}).expect(201)
    own = signed_in.post("/v1/whoami/tokens", {"name": "mine"}).expect(201)
    given = [PASSWORD, token["secret"], own["secret"], signed_in.token, world.api.token, world.sim.keys(world.sim.platform).secret_access_key]
    names = set()

    def collect(value):
        if isinstance(value, dict):
            names.update(value)
            for member in value.values():
                collect(member)
        elif isinstance(value, list):
            for member in value:
                collect(member)

    ids = {"/v1/operators/{id}": person, "/v1/tokens/{id}": token["id"], "/v1/integrations/{id}": world.active["id"]}
    asked = 0
    for route in world.description.routes:
        method, path = route.split(" ")
        if method != "GET" or path in ("/v1/events",) or ("{" in path and path not in ids):
            continue
        answer = world.api.get(path.replace("{id}", ids.get(path, "")))
        if answer.status != 200 or "json" not in answer.headers.get("Content-Type", "") or path == "/v1/openapi.json":
            continue
        asked += 1
        text = answer.text.decode()
        assert not [secret for secret in given if secret in text], path
        if "problem" not in answer.headers["Content-Type"] and "ndjson" not in answer.headers["Content-Type"]:
            collect(json.loads(text))
    assert asked > 12
    assert not [name for name in names if name in ("secret", "hash", "password", "password_hash", "secret_access_key", "session_token", "private_key")], names


@pytest.mark.parametrize("own", [False, True], ids=["sign-in", "own token"])
def test_the_token_of_a_deleted_person_is_a_strangers(world, own):
    person, _, signed_in = world.person(f"deleted-{own}@example.com", "operator")
    if own:
        signed_in = world.api.with_token(signed_in.post("/v1/whoami/tokens", {"name": "mine"}).expect(201)["secret"])
    signed_in.get("/v1/integrations").expect(200)
    world.api.delete(f"/v1/operators/{person}").expect(200)
    stranger = world.api.with_token("crs_" + "0" * 26 + "_" + "A" * 43 + "_" + "A" * 6)
    for path in ("/v1/whoami", "/v1/integrations", f"/v1/integrations/{world.active['id']}", "/v1/integrations/nowhere"):
        answers = [who.get(path) for who in (signed_in, stranger)]
        assert [answer.status for answer in answers] == [401, 401], path
        told = [{**answer.json, "request_id": ""} for answer in answers]
        assert told[0] == told[1]


def test_iam_007_what_nobody_uses_is_listed_and_gives_no_sessions_any_more(world):
    used, idle = (connect(world.server, world.sim, world.sim.customers[place], handle) for place, handle in ((0, "used"), (1, "idle")))

    def stale(*arguments):
        listed = world.server.run("audit", "stale", "--output", "json", *arguments).expect(0).json["items"]
        return {each["handle"]: each["state"] for each in listed if each["handle"] in ("used", "idle")}

    assert stale() == {}, "they are young"
    world.server.stop()
    with closing(sqlite3.connect(world.server.data / "crossrole.db")) as database, database:
        database.execute("UPDATE integrations SET created_at = created_at - ?", (100 * 86_400 * 1_000_000,))
    world.server.start()
    mint(world.server, used).expect(201)
    world.sim.faults({"service": "sts", "operation": "AssumeRole", "effect": "access_denied"})
    assert mint(world.server, idle).status == 424
    world.sim.faults()
    assert stale() == {"idle": "active"}, "an attempt that was refused is no use"
    assert stale("--days", 101) == {} and world.server.run("audit", "stale", "--days", -1).code == 2
    assert stale("--disable") == {"idle": "disabled"}
    refused = mint(world.server, idle)
    assert (refused.status, refused.json["reason"]) == (409, "integration.disabled")
    mint(world.server, used).expect(201)


def raw(world, target, headers=()):
    """The status and body of a GET whose target goes over the wire as it is."""
    connection = http.client.HTTPConnection("127.0.0.1", world.server.port, timeout=60)
    try:
        connection.putrequest("GET", target, skip_accept_encoding=True)
        connection.putheader("Authorization", f"Bearer {world.api.token}")
        for name, value in headers:
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize("target", [
    "/v1/integrations/../tokens", "/v1/./tokens", "/v1//tokens", "//v1/tokens", "/v1/integrations/%2e%2e/tokens", "/v1/integrations/..%2ftokens",
    "/v1/integrations/%2e%2e%2ftokens", "/v1/integrations/..\\tokens", "/v1/tokens%00", "/v1/tokens%0d%0aX:%20y", "/v1/tokens/", "/V1/tokens", "/v1/tokens;x=1",
    "/v1/%74okens%2f", "/v1/integrations/%252e%252e/tokens", "/../etc/passwd", "/v1/integrations/%ff", "/v1/integrations/%", "http://evil.example/v1/tokens",
])
def test_a_path_with_a_trick_leads_nowhere(world, target):
    status, body = raw(world, target)
    assert status in (400, 404, 421), (target, status, body)
    assert json.loads(body)["code"] in ("invalid_argument", "not_found"), body


@pytest.mark.parametrize(("headers", "statuses"), [
    ([("Authorization", "Bearer " + "A" * 100_000)], (400, 431)),
    ([(f"X-{number}", "v") for number in range(5000)], (400, 431)),
    ([("X-Long", "v" * 1_000_000)], (400, 431)),
    ([("Cookie", "crossrole_session=" + "A" * 20_000)], (400, 401, 431)),
    ([("X-Forwarded-For", "10.0.0.1, " * 3000)], (200, 400, 431)),
    ([("Crossrole-Tenant", "t_" + "0" * 5000)], (400, 401, 431)),
    ([("Idempotency-Key", "k" * 10_000)], (200, 400, 431)),
], ids=["authorization", "many", "long", "cookie", "forwarded", "tenant", "idempotency"])
def test_huge_headers_are_refused_and_the_server_goes_on(world, headers, statuses):
    try:
        status, _ = raw(world, "/v1/whoami", headers)
    except (BrokenPipeError, ConnectionResetError):
        status = 431  # it did not read to the end of them
    assert status in statuses
    world.api.get("/v1/whoami").expect(200)
