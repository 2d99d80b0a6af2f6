# SPDX-License-Identifier: Apache-2.0
"""Every route of the description, driven from it: what it promises is what the server does.

A route that is not in `RECIPES` fails here: whoever adds one says how it is called successfully.
"""

import http.client
import itertools
import json
import re
import sqlite3
import time
import urllib.parse
from dataclasses import dataclass, field, replace

import prometheus_client.parser
import pytest
from harness import api, clouds, description, organizations, process
from harness import server as servers

OTHER_TENANT, OTHER_SPACE = "t_01JD3E9ZK4M7Q2V8R5T6W9XYZ0", "s_01JD3E9ZK4M7Q2V8R5T6W9XYZ0"
NO_SUCH = "01JD3E9ZK4M7Q2V8R5T6W9XYZ1"
SELF_CHECK = ["iam:GetRole", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies", "iam:SimulatePrincipalPolicy"]
JSON = "application/json"
PASSWORD = "correct horse battery"


@dataclass
class Call:
    """One request that a route is asked."""

    path: dict = field(default_factory=dict)
    body: object = None
    query: dict = field(default_factory=dict)
    headers: dict = field(default_factory=dict)

    def bytes(self):
        return None if self.body is None else self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


def add_tenant(server):
    """Makes a second tenant in the database of a server that is stopped."""
    now = int(time.time() * 1_000_000)
    with sqlite3.connect(server.data / "crossrole.db") as database:
        database.execute("INSERT INTO tenants VALUES (?, 'other', ?, 'Other', 'active', '{}', 1, ?, ?)",
                         (OTHER_TENANT, OTHER_SPACE, now, now))
        database.execute("INSERT INTO tenant_handles VALUES ('other', ?, NULL)", (OTHER_TENANT,))
    database.close()


class World:
    """A server on a simulated AWS with two tenants, and the objects that recipes need."""

    def __init__(self, processes):
        self.sim = clouds.start_sim(processes, "--throttle", "off")
        self.metrics_port = process.free_port()
        self.server = servers.Server(processes, {**self.sim.environment(self.sim.keys(self.sim.platform)),
                                                 "CROSSROLE_METRICS_LISTEN": f"127.0.0.1:{self.metrics_port}"})
        self.server.stop()
        add_tenant(self.server)
        self.server.start()
        self.api = self.server.api
        self.other = self.api.with_token(self.api.token, **{"Crossrole-Tenant": OTHER_TENANT})
        self.description = description.Description(self.api.get("/v1/openapi.json").expect(200))
        self.customer = self.sim.customers[0]
        self.keys = self.sim.keys(self.customer)
        self.iam = self.sim.client("iam", self.keys)
        self.numbers = itertools.count()
        self._active = None
        self._organization = None
        self._calls = {}

    def integration(self, tenant=None, **fields):
        """A new integration of which nothing exists in AWS."""
        body = {"handle": f"h{next(self.numbers)}", "kind": "account", **fields}
        return (tenant or self.api).post("/v1/integrations", body).expect(201)

    def trust(self, integration):
        """Gives the role of an integration the trust that its current external ID needs."""
        principal = {"AWS": integration["principal_arn"]}
        assume = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole",
                  "Condition": {"StringEquals": {"sts:ExternalId": integration["external_id"]}}}
        session = {"Effect": "Allow", "Principal": principal, "Action": ["sts:TagSession", "sts:SetSourceIdentity"]}
        return json.dumps({"Version": "2012-10-17", "Statement": [assume, session]})

    def connected(self):
        """A new integration with its role, verified."""
        made = self.integration(account_id=self.customer["account_id"])
        self.iam.create_role(RoleName=made["role_name"], Path=made["role_path"], AssumeRolePolicyDocument=self.trust(made))
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": SELF_CHECK, "Resource": "*"}]}
        self.iam.put_role_policy(RoleName=made["role_name"], PolicyName="self", PolicyDocument=json.dumps(policy))
        verification = self.api.post(f"/v1/integrations/{made['id']}/verify", {"wait_seconds": 30}).expect(200)
        assert verification["ok"], verification
        return self.api.get(f"/v1/integrations/{made['id']}").expect(200)

    @property
    def active(self):
        """One active integration that recipes only use."""
        self._active = self._active or self.connected()
        return self._active

    def connection(self):
        integration = self.active["id"]  # made first: it may be new
        return next(item for item in self.api.items("/v1/connections") if item["integration"] == integration)

    @property
    def organization(self):
        """An organization that was imported, once."""
        if self._organization is None:
            self._organization = organizations.Connected(self.api, self.sim)
            self._organization.imported()
        return self._organization

    def member(self):
        """A connection of the organization."""
        return self.organization.connection(self.organization.members()[0]["account_id"])

    def key_body(self):
        return {"access_key_id": self.keys.access_key_id, "secret_access_key": self.keys.secret_access_key}

    def job(self):
        return self.api.post(f"/v1/integrations/{self.integration()['id']}/offboard").expect(202)["job"]

    def rotated(self):
        """An active integration with a second external ID that has verified."""
        made = self.connected()
        path = f"/v1/integrations/{made['id']}"
        rotated = self.api.post(path + "/external-id/rotate").expect(200)
        self.iam.update_assume_role_policy(RoleName=made["role_name"], PolicyDocument=self.trust(rotated))
        assert self.api.post(path + "/verify", {"wait_seconds": 30}).expect(200)["ok"]
        return rotated

    def disabled(self):
        made = self.integration()
        return self.api.post(f"/v1/integrations/{made['id']}/disable").expect(200)

    def made(self, collection, body, who=None):
        """A new object of `/v1/<collection>`."""
        return (who or self.api).post(f"/v1/{collection}", body).expect(201)

    def tenant(self):
        return self.made("tenants", {"handle": f"t{next(self.numbers)}"})

    def space(self, **fields):
        return self.made("spaces", {"name": f"space {next(self.numbers)}", **fields})

    def role(self, *actions):
        return self.made("roles", {"name": f"r{next(self.numbers)}", "actions": list(actions)})

    def token(self, who=None, **fields):
        return self.made("tokens", {"name": "test", "role": "reader", **fields}, who)

    def binding(self):
        return self.made("role-bindings", {"token": self.token()["id"], "role": "operator"})

    def operator(self):
        return self.made("operators", {"name": "Ann", "email": f"ann{next(self.numbers)}@example.com", "password": PASSWORD})

    def call(self, route):
        """A call that would succeed, for tests that see it refused."""
        if route not in self._calls:
            self._calls[route] = RECIPES[route](self) if route not in STREAMS else Call()
        return self._calls[route]

    def send(self, route, call, who=None):
        """Sends a call; `who` is an `Api`."""
        method, path = route.split(" ")
        for name, value in call.path.items():
            path = path.replace("{" + name + "}", urllib.parse.quote(str(value), safe=""))
        headers = dict(call.headers)
        body = call.bytes()
        if body is not None:
            headers.setdefault("Content-Type", JSON)
        return (who or self.api).call(method, path, body, headers=headers, query=call.query)

    def checked(self, route, call, who=None):
        """Sends a call and holds the answer against the description."""
        return self.description.check(route, self.send(route, call, who))


def by_id(made):
    return {"id": made["id"]}


def role_of(world):
    return Call(by_id(world.integration()), {"role_arn": f"arn:aws:iam::{world.customer['account_id']}:role/no_such_role"})


def deletion(world):
    made = world.integration()
    return Call(by_id(made), query={"confirm": made["handle"]})


def tenant_deletion(world):
    made = world.tenant()
    return Call(by_id(made), query={"confirm": made["handle"]})


def several(count, make):
    """A call without anything, after objects were made."""
    for _ in range(count):
        make()
    return Call()


# How each route is called successfully, with objects of its own where it changes them.
RECIPES = {
    "GET /healthz": lambda world: Call(),
    "GET /readyz": lambda world: Call(),
    "GET /v1/openapi.json": lambda world: Call(),
    "GET /v1/whoami": lambda world: Call(),
    "POST /v1/integrations": lambda world: Call(body={"handle": f"n{next(world.numbers)}", "kind": "account"}),
    "GET /v1/integrations": lambda world: Call(),
    "GET /v1/integrations/{id}": lambda world: Call(by_id(world.active)),
    "PATCH /v1/integrations/{id}": lambda world: Call(by_id(world.integration()), {"name": "Another"}),
    "DELETE /v1/integrations/{id}": deletion,
    "GET /v1/integrations/{id}/setup/{method}": lambda world: Call({**by_id(world.active), "method": "cloudformation"}),
    "PUT /v1/integrations/{id}/role": role_of,
    "POST /v1/integrations/{id}/quickstart": lambda world: Call(by_id(world.integration()), world.key_body()),
    "POST /v1/integrations/{id}/verify": lambda world: Call(by_id(world.active), {"wait_seconds": 1}),
    "POST /v1/integrations/{id}/disable": lambda world: Call(by_id(world.integration())),
    "POST /v1/integrations/{id}/enable": lambda world: Call(by_id(world.disabled())),
    "POST /v1/integrations/{id}/offboard": lambda world: Call(by_id(world.integration()), {}),
    "POST /v1/integrations/{id}/external-id/rotate": lambda world: Call(by_id(world.integration())),
    "POST /v1/integrations/{id}/external-id/retire": lambda world: Call(by_id(world.rotated())),
    "GET /v1/integrations/{id}/dependents": lambda world: Call(by_id(world.active)),
    "GET /v1/integrations/{id}/logs": lambda world: Call(by_id(world.active)),
    "POST /v1/integrations/{id}/sessions": lambda world: Call(by_id(world.active), {"reason": "test"}),
    "POST /v1/integrations/{id}/console": lambda world: Call(by_id(world.active), {}),
    "POST /v1/integrations/{id}/organization/preview": lambda world: Call(by_id(world.organization.integration), {}),
    "POST /v1/integrations/{id}/organization/test": lambda world: Call(
        by_id(world.organization.integration), {"account_id": world.customer["account_id"]}),
    "POST /v1/integrations/{id}/organization/sync": lambda world: Call(by_id(world.organization.integration), {}),
    "GET /v1/integrations/{id}/organization/tree": lambda world: Call(by_id(world.organization.integration)),
    "GET /v1/folders/{id}": lambda world: Call({"id": world.member()["folder"]}),
    "PATCH /v1/folders/{id}": lambda world: Call({"id": world.member()["folder"]}, {"handle": f"f{next(world.numbers)}"}),
    "PUT /v1/folders/{id}/permissions": lambda world: Call({"id": world.member()["folder"]}, {"spaces": [world.space()["id"]]}),
    "PUT /v1/connections/{id}/permissions": lambda world: Call(by_id(world.member()), {"spaces": []}),
    "GET /v1/connections/export": lambda world: Call(query={"format": "aws-config"}),
    "PATCH /v1/connections/{id}": lambda world: Call(by_id(world.member()), {"handle": f"c{next(world.numbers)}"}),
    "GET /v1/connections": lambda world: Call(query={"integration": world.active["id"]}),
    "GET /v1/connections/{id}": lambda world: Call(by_id(world.connection())),
    "POST /v1/connections/{id}/test": lambda world: Call(by_id(world.connection())),
    "POST /v1/connections/{id}/sessions": lambda world: Call(by_id(world.connection()), {}),
    "POST /v1/connections/{id}/console": lambda world: Call(by_id(world.connection()), {}),
    "POST /v1/tenants": lambda world: Call(body={"handle": f"n{next(world.numbers)}"}),
    "GET /v1/tenants": lambda world: Call(),
    "GET /v1/tenants/{id}": lambda world: Call(by_id(world.tenant())),
    "PATCH /v1/tenants/{id}": lambda world: Call(by_id(world.tenant()), {"name": "Another"}),
    "DELETE /v1/tenants/{id}": tenant_deletion,
    "POST /v1/spaces": lambda world: Call(body={"name": f"space {next(world.numbers)}"}),
    "GET /v1/spaces": lambda world: several(2, world.space),
    "GET /v1/spaces/{id}": lambda world: Call(by_id(world.space())),
    "PATCH /v1/spaces/{id}": lambda world: Call(by_id(world.space()), {"inherit": False}),
    "DELETE /v1/spaces/{id}": lambda world: Call(by_id(world.space())),
    "POST /v1/roles": lambda world: Call(body={"name": f"r{next(world.numbers)}", "actions": ["session.mint"]}),
    "GET /v1/roles": lambda world: several(2, world.role),
    "GET /v1/roles/{id}": lambda world: Call(by_id(world.role("audit.read"))),
    "PATCH /v1/roles/{id}": lambda world: Call(by_id(world.role()), {"actions": ["audit.read"]}),
    "DELETE /v1/roles/{id}": lambda world: Call(by_id(world.role())),
    "POST /v1/role-bindings": lambda world: Call(body={"token": world.token()["id"], "role": "requester"}),
    "GET /v1/role-bindings": lambda world: several(2, world.binding),
    "GET /v1/role-bindings/{id}": lambda world: Call(by_id(world.binding())),
    "DELETE /v1/role-bindings/{id}": lambda world: Call(by_id(world.binding())),
    "POST /v1/tokens": lambda world: Call(body={"name": "test", "role": "reader"}),
    "GET /v1/tokens": lambda world: several(2, world.token),
    "GET /v1/tokens/{id}": lambda world: Call(by_id(world.token())),
    "POST /v1/tokens/{id}/rotate": lambda world: Call(by_id(world.token())),
    "DELETE /v1/tokens/{id}": lambda world: Call(by_id(world.token())),
    "POST /v1/whoami/tokens": lambda world: Call(body={"name": "mine"}),
    "POST /v1/operators": lambda world: Call(body={"name": "Ann", "email": f"new{next(world.numbers)}@example.com"}),
    "GET /v1/operators": lambda world: several(2, world.operator),
    "GET /v1/operators/{id}": lambda world: Call(by_id(world.operator())),
    "PATCH /v1/operators/{id}": lambda world: Call(by_id(world.operator()), {"name": "Anna"}),
    "DELETE /v1/operators/{id}": lambda world: Call(by_id(world.operator())),
    "POST /v1/operators/{id}/sign-out": lambda world: Call(by_id(world.operator())),
    "POST /v1/auth/sign-in": lambda world: Call(body={"email": world.operator()["email"], "password": PASSWORD}),
    "GET /v1/auth/session": lambda world: Call(),
    "POST /v1/auth/sign-out": lambda world: Call(),
    "POST /v1/auth/sign-out-everywhere": lambda world: Call(),
    "POST /v1/auth/password": lambda world: Call(body={"current_password": PASSWORD, "new_password": PASSWORD + "!"}),
    "GET /v1/auth/providers": lambda world: Call(),
    "GET /v1/auth/oidc/{provider}/start": lambda world: Call({"provider": "none"}),
    "GET /v1/auth/oidc/{provider}/callback": lambda world: Call({"provider": "none"}, query={"code": "c", "state": "s"}),
    "POST /v1/token-exchange": lambda world: Call(body={"subject_token": "none"}),
    "GET /v1/permissions/explain": lambda world: Call(query={"action": "session.mint"}),
    "GET /v1/capabilities": lambda world: Call(),
    "GET /v1/audit": lambda world: Call(),
    "GET /v1/audit/export": lambda world: Call(),
    "GET /v1/audit/public-key": lambda world: Call(),
    "GET /v1/jobs/{id}": lambda world: Call({"id": world.job()}),
    "GET /v1/events": lambda world: Call(),
}
STREAMS = {"GET /v1/events"}
# Without a provider and without rules these lead nowhere; the tests of single sign-on and of the exchange have some.
NOWHERE = {"GET /v1/auth/oidc/{provider}/start": 404, "GET /v1/auth/oidc/{provider}/callback": 404, "POST /v1/token-exchange": 401}
PUBLIC = {"GET /healthz", "GET /readyz", "GET /v1/openapi.json", "POST /v1/auth/sign-in", "GET /v1/auth/providers", *NOWHERE}
GUARDED = sorted(set(RECIPES) - PUBLIC)
# What only an operator can do: the administrator of the installation is none.
OPERATORS_ONLY = {"POST /v1/whoami/tokens", "GET /v1/auth/session", "POST /v1/auth/sign-out", "POST /v1/auth/sign-out-everywhere",
                  "POST /v1/auth/password"}
# Tenants are the installation's: its administrator sees all of them, whichever he acts in.
INSTALLATION = {route for route in RECIPES if route.split(" ")[1].startswith("/v1/tenants")}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    running = process.Processes(tmp_path_factory.mktemp("routes"))
    made = World(running)
    yield made
    running.close()


def told(answer):
    """A problem without what differs from request to request."""
    return {name: value for name, value in answer.json.items() if name != "request_id"}


def follow(world, headers=None, who=None):
    """Opens the event stream: (connection, response)."""
    who = who or world.api
    connection = http.client.HTTPConnection("127.0.0.1", world.server.port, timeout=30)
    connection.request("GET", "/v1/events", headers={"Authorization": f"Bearer {who.token}", **who.headers, **(headers or {})})
    return connection, connection.getresponse()


def read_event(response):
    """The next event of a stream as (id, name, data), comments skipped."""
    fields = {}
    while True:
        line = response.readline().decode().rstrip("\n")
        if line == "" and "event" in fields:
            return fields.get("id"), fields["event"], json.loads(fields["data"])
        name, _, value = line.partition(": ")
        fields[name] = value


def test_the_description_is_valid_and_this_table_has_every_route(world):
    world.description.check_itself()
    assert set(RECIPES) == set(world.description.routes)
    assert {route for route in RECIPES if world.description.is_public(route)} == PUBLIC


@pytest.mark.parametrize("route", sorted(set(RECIPES) - STREAMS))
def test_a_route_does_what_it_says(world, route):
    answer = world.checked(route, RECIPES[route](world))
    assert answer.status == (409 if route in OPERATORS_ONLY else NOWHERE.get(route) or world.description.success(route)), answer
    if answer.status < 300 and "ETag" in world.description.routes[route]["responses"][str(answer.status)].get("headers", {}):
        assert answer.headers["ETag"] == f'"{answer.json["version"]}"'


@pytest.mark.parametrize("route", GUARDED)
@pytest.mark.parametrize("token", [None, "crs_nonsense", "other"])
def test_nobody_gets_in_without_an_identity(world, route, token):
    call = world.call(route)
    if token == "other":  # well-formed, but not one of ours
        token = world.api.token[:-1] + ("A" if world.api.token[-1] != "A" else "B")
    answer = world.checked(route, call, world.api.with_token(token))
    assert answer.status == 401, answer
    again = world.send(route, call, world.api.with_token("crs_x"))
    assert told(answer) == told(again)
    assert world.send(route, call, world.api.with_token(world.api.token, **{"Crossrole-Tenant": f"t_{NO_SUCH}"})).status == 401


@pytest.mark.parametrize("route", [route for route in GUARDED if "{id}" in route and route not in INSTALLATION])
def test_what_is_another_tenants_is_not_there(world, route):
    call = world.call(route)
    mine = call.path["id"]
    strangers = world.checked(route, call, world.other)
    prefix = mine.split("_")[0]
    nobodys = world.checked(route, replace(call, path={**call.path, "id": f"{prefix}_{NO_SUCH}"}))
    assert strangers.status == nobodys.status == 404
    assert json.dumps(told(strangers)).replace(mine, "ID") == json.dumps(told(nobodys)).replace(f"{prefix}_{NO_SUCH}", "ID")
    for nonsense in ("no_such", "x" * 300, "..%2f", "é"):
        assert world.checked(route, replace(call, path={**call.path, "id": nonsense})).status in (400, 404)


def wrong_values(schema):
    """Values that a member with this schema refuses by type or range."""
    kinds = schema.get("type", "")
    kind = next((name for name in ([kinds] if isinstance(kinds, str) else kinds) if name != "null"), None)
    found = []
    if kind == "string":
        found += [7, ["a"], {"a": 1}]
    if kind == "integer":
        found += ["7", 1.5, True] + [schema[edge] + step for edge, step in (("minimum", -1), ("maximum", 1)) if edge in schema]
    if kind == "boolean":
        found += ["true", 1]
    if kind == "array":
        found += ["a", {"a": 1}, [7]]
    if kind == "object":
        found += [7, ["a"]]
    if "enum" in schema:
        found.append("nonsense")
    return found


@pytest.mark.parametrize("route", [route for route in GUARDED if not route.startswith("GET")])
def test_a_malformed_body_is_refused_by_name(world, route):
    call = world.call(route)
    for text in (b"{", b"\xff\xfe{}", b'{"a":1,"a":2}', b"[]", b"null", b'"a"', b"{}{}", b"[" * 40 + b"]" * 40, b'{"a":NaN}'):
        answer = world.checked(route, replace(call, body=text))
        assert answer.status == 400 and answer.json["code"] == "invalid_argument", (text, answer)
    # An unknown member is named, with the nearest one that is known.
    schema = world.description.request_schema(route)
    branches = [world.description.resolve(branch) for branch in schema["oneOf"]] if schema and "oneOf" in schema else [schema or {}]
    known = {name: world.description.resolve(member) for branch in branches for name, member in branch.get("properties", {}).items()}
    for name in known or ["anything"]:
        answer = world.checked(route, replace(call, body={**(call.body or {}), name + "_": 1}))
        assert answer.status == 400 and answer.json["field"] == name + "_", answer
        if known:
            assert f"`{name}`" in answer.json["fix"], answer
    for name, member in known.items():
        for value in wrong_values(member):
            answer = world.checked(route, replace(call, body={**(call.body or {}), name: value}))
            assert answer.status == 400 and answer.json.get("field", "").split(".")[0] == name, (name, value, answer)


@pytest.mark.parametrize("route", GUARDED)
def test_a_wrong_parameter_is_refused_by_name(world, route):
    call = world.call(route)
    parameters = world.description.parameters(route, "query")
    for name in parameters:
        answer = world.checked(route, replace(call, query={**call.query, name + "_": "1"}))
        assert answer.status == 400 and answer.json["field"] == name + "_" and f"`{name}`" in answer.json["fix"], answer
    assert world.checked(route, replace(call, query={**call.query, "zzzzzzzzzzzz": ""})).status == 400
    for name, parameter in parameters.items():
        schema = parameter["schema"]
        wrong = {"integer": ["x", "0", "501", "-1", "1e2", ""], "boolean": ["yes", "1", "True", ""],
                 "array": ["A B"]}.get(schema["type"], [])
        if "enum" in schema or "pattern" in schema or "format" in schema or name == "page_token":
            wrong = ["No handle" if re.fullmatch(schema.get("pattern", "$"), "nonsense") else "nonsense"]
        for value in wrong:
            answer = world.checked(route, replace(call, query={**call.query, name: value}))
            assert answer.status == 400 and answer.json["field"] == name, (name, value, answer)
    headers = world.description.parameters(route, "header")
    for name in {"If-Match", "Idempotency-Key"} & set(headers):
        wrong = "not one" if name == "Idempotency-Key" else "one"
        answer = world.checked(route, replace(call, headers={name: wrong}))
        assert answer.status == 400 and answer.json["field"] == name, answer


@pytest.mark.parametrize("route", [route for route in GUARDED if not route.startswith("GET")])
def test_a_body_of_another_type_is_refused(world, route):
    call = world.call(route)
    answer = world.checked(route, replace(call, body=b"<keys/>", headers={"Content-Type": "text/xml"}))
    takes_files = "text/csv" in world.description.routes[route].get("requestBody", {}).get("content", {})
    assert answer.status == (400 if takes_files else 415), answer


@pytest.mark.parametrize("route", GUARDED)
def test_a_body_that_is_too_large_is_refused(world, route):
    method, path = route.split(" ")
    connection = http.client.HTTPConnection("127.0.0.1", world.server.port, timeout=30)
    connection.putrequest(method, path.replace("{id}", "x").replace("{method}", "cli"))
    connection.putheader("Authorization", f"Bearer {world.api.token}")
    connection.putheader("Content-Type", JSON)
    connection.putheader("Content-Length", str(1024 * 1024 + 1))
    connection.endheaders()
    response = connection.getresponse()
    answer = api.Answer(response.status, dict(response.headers), response.read())
    connection.close()
    assert world.description.check(route, answer).status == 413


@pytest.mark.parametrize("path", sorted({route.split(" ")[1] for route in RECIPES}))
def test_other_methods_are_not_allowed(world, path):
    real = path.replace("{id}", "x").replace("{method}", "cli").replace("{provider}", "x")
    described = {route.split(" ")[0] for route in RECIPES if route.split(" ")[1] == path}
    # For the methods that it has not itself, `/v1/connections/export` names a connection.
    known = {method for method, pattern in map(str.split, RECIPES) if re.fullmatch(re.sub(r"{\w+}", "[^/]+", pattern), real)}
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "NONSENSE"} - known:
        answer = world.api.call(method, real)
        assert answer.status == 405, answer
        world.description.check(f"{sorted(described)[0]} {path}", answer)
        allowed = set(answer.headers["Allow"].split(", "))
        assert allowed == described | {"OPTIONS"} | ({"HEAD"} if "GET" in described else set())


# Answers with secrets are never stored: a repeat acts anew.
SECRET = ("/sessions", "/console", "/tokens", "/tokens/{id}/rotate")
# What begins or ends a session does so each time.
SIGNING = [route for route in RECIPES if " /v1/auth/" in route or route == "POST /v1/token-exchange"]
REPLAYED = [route for route in RECIPES if route.startswith("POST") and not route.endswith(SECRET) and route not in SIGNING]


def test_the_description_says_which_routes_replay(world):
    assert {route for route in RECIPES if "Idempotency-Key" in world.description.parameters(route)} == set(REPLAYED)


@pytest.mark.parametrize("route", REPLAYED)
def test_a_repeat_with_the_same_key_gives_the_first_answer(world, route):
    call = RECIPES[route](world)
    call = replace(call, headers={"Idempotency-Key": f"key-{next(world.numbers)}"})
    first = world.checked(route, call)
    assert first.status == world.description.success(route), first
    again = world.checked(route, call)
    assert (again.status, again.text, again.headers.get("ETag")) == (first.status, first.text, first.headers.get("ETag"))
    assert again.headers["Idempotency-Replayed"] == "true" and "Idempotency-Replayed" not in first.headers
    other = world.checked(route, replace(call, body=(call.bytes() or b"") + b" "))
    assert other.status == 409 and other.json["reason"] == "idempotency.other_body", other
    # The permission comes first, and the key belongs to its tenant.
    assert world.checked(route, call, world.api.with_token(None)).status == 401
    assert "Idempotency-Replayed" not in world.checked(route, call, world.other).headers


VERSIONED = [*(route for route in RECIPES if "{id}" in route and route.startswith(("PATCH", "PUT", "DELETE"))),
             "POST /v1/integrations/{id}/disable", "POST /v1/integrations/{id}/enable",
             "POST /v1/integrations/{id}/external-id/rotate", "POST /v1/integrations/{id}/external-id/retire"]
DRY = [route for route in VERSIONED if not route.startswith("POST")]


def path_of(route, call):
    """Where the object of a call is read."""
    return route.split(" ")[1].split("{id}")[0] + call.path["id"]


def test_the_description_says_which_routes_have_versions_and_dry_runs(world):
    for name, routes in (("If-Match", VERSIONED), ("dry_run", DRY)):
        assert {route for route in RECIPES if name in world.description.parameters(route)} == set(routes)


@pytest.mark.parametrize("route", VERSIONED)
def test_a_stale_version_is_refused_and_changes_nothing(world, route):
    call = RECIPES[route](world)
    path = path_of(route, call)
    before = world.api.get(path).expect(200)
    for query in [{}] + ([{"dry_run": "true"}] if route in DRY else []):
        stale = world.checked(route, replace(call, query={**call.query, **query}, headers={"If-Match": str(before["version"] + 1000)}))
        assert stale.status == 412 and stale.json["code"] == "conflict", stale
    assert world.api.get(path).expect(200)["version"] == before["version"]
    done = world.checked(route, replace(call, headers={"If-Match": f'"{before["version"]}"'}))
    assert done.status == world.description.success(route), done


@pytest.mark.parametrize("route", DRY)
def test_a_dry_run_says_what_would_happen_and_writes_nothing(world, route):
    call = RECIPES[route](world)
    path = path_of(route, call)
    before = world.api.get(path).expect(200)
    told_so = world.checked(route, replace(call, query={**call.query, "dry_run": "true"})).expect(200)
    assert set(told_so) == {"renamed", "removed", "invalidated", "dependents"}
    assert world.api.get(path).expect(200) == before


PAGED = {
    "GET /v1/integrations": {"kind": "account"},
    "GET /v1/connections": {"state": "unverified"},
    "GET /v1/integrations/{id}/logs": None,
    "GET /v1/tenants": None,
    "GET /v1/spaces": None,
    "GET /v1/roles": None,
    "GET /v1/role-bindings": {"operator": f"op_{NO_SUCH}"},
    "GET /v1/tokens": None,
    "GET /v1/operators": None,
    "GET /v1/capabilities": None,
    "GET /v1/audit": {"action": "integration.create"},
}


def test_the_description_says_which_routes_have_pages(world):
    assert {route for route in RECIPES if "page_token" in world.description.parameters(route)} == set(PAGED)
    assert {route for route in RECIPES if "limit" in world.description.parameters(route)} == set(PAGED)


@pytest.mark.parametrize("route", PAGED)
def test_pages_make_up_the_list_and_their_tokens_belong_to_it(world, route):
    for tenant in (world.api, world.other):
        for _ in range(2):
            world.integration(tenant, account_id=world.customer["account_id"])
    call = replace(RECIPES[route](world), query={})
    if "{id}" in route:
        # Its log grows while anything happens to it: one that rests.
        rests = world.disabled()
        call.path["id"] = rests["id"]
    whole = world.checked(route, replace(call, query={"limit": "500"})).expect(200)["items"]
    assert len(whole) >= 2
    if route == "GET /v1/audit":  # newest first, and every test adds some
        whole = whole[:7]
    seen, tokens, query = [], [], {}
    while len(seen) < len(whole):
        page = world.checked(route, replace(call, query={"limit": "1", **query})).expect(200)
        assert len(page["items"]) == 1
        seen += page["items"]
        if page["next_page_token"] is None:
            break
        tokens.append(page["next_page_token"])
        query = {"page_token": tokens[-1]}
    if route != "GET /v1/audit":
        assert [key_of(item) for item in seen] == [key_of(item) for item in whole]
    refused = [world.checked(route, replace(call, query={"page_token": tokens[0][:-2] + "xx"}))]
    theirs = call if "{id}" not in route else Call(by_id(world.integration(world.other)))
    refused.append(world.checked(route, replace(theirs, query={"page_token": tokens[0]}), world.other))
    if PAGED[route]:
        refused.append(world.checked(route, replace(call, query={"page_token": tokens[0], **PAGED[route]})))
    for answer in refused:
        assert answer.status == 400 and answer.json["field"] == "page_token", answer


def key_of(item):
    """What an item of a list is known by; the rest may change meanwhile."""
    return item.get("id") or item.get("seq") or item["name"]


METHODS = ["cloudformation", "cloudformation-stackset", "cloudformation-bundle", "quick-create", "terraform", "cli", "cloudshell",
           "console", "kubernetes", "trust-policy", "permission-policy"]


@pytest.mark.parametrize("method", METHODS)
def test_each_artefact_is_of_a_type_that_is_described(world, method):
    route = "GET /v1/integrations/{id}/setup/{method}"
    assert world.description.parameters(route)["method"]["schema"]["enum"] == METHODS
    answer = world.checked(route, Call({**by_id(world.active), "method": method}))
    if answer.status == 409:
        assert method not in answer.json["methods"] and len(answer.json["methods"]) > 3
    else:
        assert answer.status == 200 and len(answer.text) > 100


def test_references_to_another_tenants_objects_are_those_to_nothing(world):
    route = "POST /v1/integrations"
    answers = [world.checked(route, Call(body={"handle": "refers", "kind": "account", "space": space}))
               for space in (OTHER_SPACE, f"s_{NO_SUCH}")]
    assert [answer.status for answer in answers] == [400, 400]
    assert told(answers[0]) == {**told(answers[1]), "detail": told(answers[1])["detail"].replace(f"s_{NO_SUCH}", OTHER_SPACE)}
    theirs = world.integration(world.other, account_id=world.customer["account_id"])
    assert world.checked("GET /v1/connections", Call(query={"integration": theirs["id"]})).expect(200)["items"] == []
    assert world.checked("GET /v1/integrations", Call(query={"space": OTHER_SPACE})).expect(200)["items"] == []


def test_events_tell_what_happens_to_their_tenant_and_resume(world):
    connection, response = follow(world)
    assert response.status == 200 and response.headers["Content-Type"] == "text/event-stream"
    first_id, name, _ = read_event(response)
    assert name == "hello"
    world.integration(world.other)
    made = world.integration()
    world.api.post(f"/v1/integrations/{made['id']}/disable").expect(200)
    world.api.post(f"/v1/integrations/{world.active['id']}/sessions", {}).expect(201)
    seen = []
    while not any(name == "session" for _, name, _ in seen) or sum(name == "integration" for _, name, _ in seen) < 2:
        seen.append(read_event(response))
    connection.close()
    schemas = {"audit": "AuditRecord", "integration": "IntegrationEvent", "session": "SessionEvent", "job": "JobEvent"}
    for _, name, data in seen:
        world.description.check_schema(schemas[name], data)
        assert OTHER_TENANT not in json.dumps(data)
    states = [data["state"] for _, name, data in seen if name == "integration" and data["id"] == made["id"]]
    assert states[-1] == "disabled", seen
    assert {"integration.create", "integration.disable"} <= {data["action"] for _, name, data in seen if name == "audit"}

    # Who comes back gets the same events again, from where it was.
    connection, response = follow(world, {"Last-Event-ID": first_id})
    assert read_event(response)[1] == "hello"
    assert [read_event(response) for _ in seen] == seen
    connection.close()
    connection, response = follow(world, {"Last-Event-ID": "of-another-life"})
    assert [read_event(response)[1] for _ in range(2)] == ["hello", "gap"]
    connection.close()


def test_a_deleted_integration_and_a_job_are_told(world):
    connection, response = follow(world)
    made = world.integration()
    world.api.delete(f"/v1/integrations/{made['id']}", query={"confirm": made["handle"]}).expect(200)
    job = world.job()
    gone, finished = None, None
    while gone is None or finished is None:
        _, name, data = read_event(response)
        gone = data if name == "integration" and data["state"] == "deleted" else gone
        finished = data if name == "job" and data["id"] == job else finished
    connection.close()
    assert gone["id"] == made["id"]
    world.description.check_schema("IntegrationEvent", gone)
    world.description.check_schema("JobEvent", finished)


def test_readiness_says_why(world):
    ready = world.checked("GET /readyz", Call()).expect(200)
    assert ready["ready"] and ready["checks"] == {"accepting": True, "audit": True, "store": True}
    assert ready["warnings"] == []


def test_metrics_are_what_prometheus_reads_and_name_no_tenant(world):
    world.api.get("/v1/whoami").expect(200)
    answer = api.Api(f"http://127.0.0.1:{world.metrics_port}").get("/metrics")
    assert answer.status == 200 and answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    families = {family.name: family for family in prometheus_client.parser.text_string_to_metric_families(answer.text.decode())}
    assert {"crossrole_build_info", "crossrole_http_answers", "crossrole_http_request_seconds", "crossrole_audit_records",
            "crossrole_aws_calls_waiting", "crossrole_sessions_cached", "crossrole_requests_queued"} <= set(families)
    assert families["crossrole_audit_records"].samples[0].value > 0
    for family in families.values():
        assert family.name.startswith("crossrole_") and family.documentation
        for sample in family.samples:
            assert set(sample.labels) <= {"by", "class", "le", "lane", "of", "version"}, sample
    assert api.Api(f"http://127.0.0.1:{world.metrics_port}").get("/v1/whoami").status == 404
