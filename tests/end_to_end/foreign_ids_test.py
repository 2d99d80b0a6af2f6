# SPDX-License-Identifier: Apache-2.0
"""Ids of another tenant's objects in every member of every body and in every parameter, as the description has them: answered as if
there were nothing of that id."""

import copy
import itertools
import json
import re
from dataclasses import replace

import pytest
from end_to_end import routes_test as routes
from harness import process

# What members and parameters with ids are called, and what the ids are of.
NAMES = {"space": "space", "spaces": "space", "parent": "space", "operator": "operator", "owners": "operator", "token": "token", "tokens": "token",
         "integration": "integration", "integrations": "integration", "role": "role", "actor": "operator", "target": "integration"}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    running = process.Processes(tmp_path_factory.mktemp("foreign"))
    made = routes.World(running)
    assert made.active, "what connections are looked for of"
    yield made
    running.close()


@pytest.fixture(scope="module")
def theirs(world):
    """Ids of the other tenant's, by what they are of."""
    person = {"name": "Eve", "email": "eve@example.com"}
    return {"space": world.made("spaces", {"name": "theirs"}, world.other)["id"], "operator": world.made("operators", person, world.other)["id"],
            "token": world.token(world.other)["id"], "integration": world.integration(world.other)["id"],
            "role": world.made("roles", {"name": "theirs", "actions": []}, world.other)["id"]}


def kind_of(name, schema):
    """What the ids that a text may be are of, or None. What has the form of an id of ours must have one of the names."""
    if re.search(r"_\[0-9A-HJKMNP-TV-Z\]\{26\}", schema.get("pattern", "")):
        assert name in NAMES or name in ("folder", "connection", "account_id"), f"`{name}` takes ids, of what?"
    return NAMES.get(name)


def places(description, schema, path=()):
    """[(path, kind)] of the ids in a body; "*" is an item of a list."""
    schema = description.resolve(schema)
    names = [name for name in path if name != "*"]
    is_text = "string" in (schema["type"] if isinstance(schema.get("type"), list) else [schema.get("type")])
    if names and is_text and "enum" not in schema and kind_of(names[-1], schema):
        yield path, kind_of(names[-1], schema)
    for name, member in schema.get("properties", {}).items():
        yield from places(description, member, (*path, name))
    if "items" in schema:
        yield from places(description, schema["items"], (*path, "*"))
    for each in itertools.chain(*(schema.get(key, []) for key in ("oneOf", "anyOf", "allOf"))):
        yield from places(description, each, path)


def put(body, path, value):
    """The body with this value there."""
    if not path:
        return value
    if path[0] == "*":
        return [put(None, path[1:], value)]
    changed = copy.deepcopy(body) if isinstance(body, dict) else {}
    changed[path[0]] = put(changed.get(path[0]), path[1:], value)
    return changed


def pair(theirs, kind):
    """The id of theirs, and one like it of nothing."""
    return theirs[kind], f"{theirs[kind].split('_')[0]}_{routes.NO_SUCH}"


def told(answer, given):
    """What is said, without the id that was given and what differs from request to request."""
    said = {name: value for name, value in (answer.json or {}).items() if name != "request_id"}
    return answer.status, json.dumps(said).replace(given, "ID")


@pytest.mark.parametrize("route", [route for route in routes.GUARDED if not route.startswith("GET ") and route not in routes.INSTALLATION])
def test_in_bodies(world, theirs, route):
    schema = world.description.request_schema(route)
    found = sorted(set(places(world.description, schema))) if schema else []
    call = world.call(route) if found else None
    for path, kind in found:
        answers = []
        for given in pair(theirs, kind):
            body = put(call.body if not isinstance(call.body, bytes) else {}, path, given)
            if route == "POST /v1/role-bindings":  # one of the two
                body = {name: value for name, value in body.items() if name == path[0] or name not in ("token", "operator") or path[0] not in ("token", "operator")}
            answer = world.checked(route, replace(call, body=body))
            assert 400 <= answer.status < 500, (path, answer)
            answers.append(told(answer, given))
        assert answers[0] == answers[1], path


def test_the_description_names_many_ids(world):
    found = {(route, path) for route in routes.GUARDED if (schema := world.description.request_schema(route))
             for path, _ in places(world.description, schema)}
    assert {path[0] for _, path in found} >= {"space", "parent", "operator", "token", "owners", "integrations", "role", "permissions", "spaces"}, found


@pytest.mark.parametrize("route", [route for route in routes.GUARDED if route not in routes.STREAMS and route not in routes.INSTALLATION])
def test_in_parameters(world, theirs, route):
    for name, parameter in world.description.parameters(route, "query").items():
        kind = kind_of(name, world.description.resolve(parameter["schema"]))
        if kind is None:
            continue
        call, answers = world.call(route), []
        for given in pair(theirs, kind):
            answer = world.checked(route, replace(call, query={**call.query, name: given}))
            if answer.status < 300:
                assert not answer.json["items"], (name, answer)
            answers.append(told(answer, given))
        assert answers[0] == answers[1], name
