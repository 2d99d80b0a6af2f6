# SPDX-License-Identifier: Apache-2.0
"""Who may do what: spaces, roles, bindings and tokens, driven over every route of the description."""

import datetime
import json
import time
from dataclasses import replace

import pytest
from end_to_end import routes_test as routes
from harness import process
from harness import server as servers

NO_SUCH = routes.NO_SUCH
GUARDED = [route for route in routes.GUARDED if route not in routes.STREAMS]
# Whoever is known may ask these about himself.
OF_THE_CALLER = {"GET /v1/whoami", "GET /v1/permissions/explain", "POST /v1/whoami/tokens"}
OF_THE_CALLER |= {route for route in GUARDED if " /v1/auth/" in route}
PROTECTED = [route for route in GUARDED if route not in OF_THE_CALLER]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    running = process.Processes(tmp_path_factory.mktemp("rights"))
    made = routes.World(running)
    yield made
    running.close()


def holder(world, who=None, **fields):
    """A token with these fields, and the API for its holder."""
    made = world.token(who, **fields)
    return made, world.api.with_token(made["secret"])


def expired(world):
    """The API for the holder of a token that was valid when it was made. A busy machine takes longer than some live to make them."""
    for seconds in (2, 10, 60):
        end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)
        made = world.api.post("/v1/tokens", {"name": "test", "role": "owner", "expires_at": end.isoformat().replace("+00:00", "Z")})
        time.sleep(max(0, (end - datetime.datetime.now(datetime.UTC)).total_seconds()) + 0.5)
        if made.status == 201:
            return world.api.with_token(made.json["secret"])
    raise AssertionError(f"no token could be made before it had expired: {made!r}")


@pytest.fixture(scope="module")
def strangers(world):
    """Holders who may do nothing with what the recipes make, by what is wrong with them."""
    nothing = world.role()
    elsewhere = world.space()
    revoked, revoked_api = holder(world, role="owner")
    world.api.delete(f"/v1/tokens/{revoked['id']}").expect(200)
    person = world.made("operators", {"name": "Ada", "email": f"ada{next(world.numbers)}@example.com", "password": "correct horse battery"})
    world.made("role-bindings", {"operator": person["id"], "role": "administrator"})
    signed = world.api.with_token(None).post("/v1/auth/sign-in", {
        "tenant": "default", "email": person["email"], "password": "correct horse battery", "way": "token"}).expect(200)
    disabled = world.api.with_token(signed["token"])
    own = disabled.post("/v1/whoami/tokens", {"name": "mine"}).expect(201)
    disabled.get("/v1/whoami").expect(200)
    world.api.patch(f"/v1/operators/{person['id']}", {"disabled": True}).expect(200)
    return {
        "expired": expired(world),
        "too_little": holder(world, role=nothing["name"])[1],
        "other_space": holder(world, role="owner", space=elsewhere["id"])[1],
        "other_tenant": holder(world, world.other, role="owner")[1],
        "revoked": revoked_api,
        "truncated": world.api.with_token(world.api.token[:-1]),
        "disabled": disabled,
        "disabled_own_token": world.api.with_token(own["secret"]),
    }


UNKNOWN = ("expired", "revoked", "truncated", "disabled", "disabled_own_token")


@pytest.mark.parametrize("who", UNKNOWN)
@pytest.mark.parametrize("route", GUARDED)
def test_whoever_is_not_let_in_is_told_the_same_everywhere(world, strangers, route, who):
    call = world.call(route)
    answer = world.checked(route, call, strangers[who])
    assert answer.status == 401, answer
    assert routes.told(answer) == routes.told(world.send(route, call, world.api.with_token(None)))
    missing = replace(call, path={**call.path, **({"id": f"x_{NO_SUCH}"} if "id" in call.path else {})})
    assert routes.told(world.send(route, missing, strangers[who])) == routes.told(answer)


def as_missing(world, route, call, who):
    """What `who` is told of the object of a call, and of one that is not there, with the ids made alike."""
    mine = call.path["id"]
    nobodys = f"{mine.split('_')[0]}_{NO_SUCH}"
    answers = []
    for name in (mine, nobodys):
        answer = world.checked(route, replace(call, path={**call.path, "id": name}), who)
        answers.append((answer.status, json.dumps(routes.told(answer)).replace(name, "ID")))
    return answers


@pytest.mark.parametrize("who", ["too_little", "other_space", "other_tenant"])
@pytest.mark.parametrize("route", PROTECTED)
def test_whoever_may_not_gets_nothing_and_learns_nothing(world, strangers, route, who):
    call = world.call(route)
    if "{id}" in route:
        here, nowhere = as_missing(world, route, call, strangers[who])
        if route == "GET /v1/roles/{id}" and who == "other_space":  # what a role allows is no secret within its tenant
            assert (here[0], nowhere[0]) == (200, 404)
            return
        assert here == nowhere and here[0] in (403, 404), here
        return
    answer = world.checked(route, call, strangers[who])
    if who == "too_little":
        assert answer.status == 403 and answer.json["code"] == "permission_denied", answer
    elif who == "other_tenant":
        # In its own tenant it is an owner. Into ours no header leads.
        ours = world.api.get("/v1/whoami").expect(200)["tenant"]["id"]
        assert world.send(route, call, strangers[who].with_token(strangers[who].token, **{"Crossrole-Tenant": ours})).status == 401
        assert route.startswith(("POST", "GET")), answer
    elif answer.status == 200:
        # A list shows what lies in the caller's space, and nothing of ours.
        assert route.startswith("GET"), answer
        assert world.active["id"] not in answer.text.decode()
    else:
        assert answer.status in (400, 403), answer


def test_a_role_counts_below_its_space_as_far_as_is_inherited(world):
    above = world.space()
    open_below = world.space(parent=above["id"])
    closed_below = world.space(parent=above["id"], inherit=False)
    places = [world.integration(space=space["id"]) for space in (above, open_below, closed_below)]
    _, reader = holder(world, role="reader", space=above["id"])
    assert [reader.get(f"/v1/integrations/{made['id']}").status for made in places] == [200, 200, 404]
    assert {item["id"] for item in reader.items("/v1/integrations")} == {places[0]["id"], places[1]["id"]}
    assert {item["id"] for item in reader.items("/v1/spaces")} == {above["id"], open_below["id"]}
    assert reader.post(f"/v1/integrations/{places[0]['id']}/disable").status == 403
    # Inheritance opened: at once.
    world.api.patch(f"/v1/spaces/{closed_below['id']}", {"inherit": True}).expect(200)
    assert reader.get(f"/v1/integrations/{places[2]['id']}").status == 200


def test_a_binding_adds_and_takes_at_once(world):
    token, api = holder(world, role="requester")
    path = f"/v1/integrations/{world.active['id']}"
    assert api.get(path).status == 403
    made = world.made("role-bindings", {"token": token["id"], "role": "reader"})
    assert api.get(path).status == 200
    world.api.delete(f"/v1/role-bindings/{made['id']}").expect(200)
    assert api.get(path).status == 403


def test_a_role_changes_for_everybody_who_has_it(world):
    role = world.role("integration.read")
    _, api = holder(world, role=role["name"])
    path = f"/v1/integrations/{world.active['id']}"
    assert api.get(path).status == 200
    assert api.post(path + "/sessions", {}).status == 403
    world.api.patch(f"/v1/roles/{role['id']}", {"actions": ["session.mint"]}).expect(200)
    assert api.get(path).status == 403
    assert api.post(path + "/sessions", {}).status == 201
    # Credentials that are kept for reuse are not handed out after the permission is gone.
    world.api.patch(f"/v1/roles/{role['id']}", {"actions": []}).expect(200)
    assert api.post(path + "/sessions", {}).status == 403
    refused = world.api.delete(f"/v1/roles/{role['id']}")
    assert refused.status == 409 and refused.json["reason"] == "role.in_use" and refused.json["dependents"], refused


def test_nobody_hands_on_more_than_he_may_himself(world):
    space = world.space()
    _, administrator = holder(world, role="administrator")
    _, local = holder(world, role="administrator", space=space["id"])
    victim = world.token()["id"]
    for api, body in ((administrator, {"name": "x", "role": "owner"}), (local, {"name": "x", "role": "reader"}),
                      (local, {"name": "x", "role": "owner", "space": space["id"]})):
        answer = api.post("/v1/tokens", body)
        assert answer.status == 403, answer
        answer = api.post("/v1/role-bindings", {"token": victim, **{k: v for k, v in body.items() if k != "name"}})
        assert answer.status in (400, 403), answer
    denied = administrator.post("/v1/tokens", {"name": "x", "role": "owner"})
    assert denied.json["reason"] == "permission.beyond_reach" and denied.json["missing"] == ["tenant.own"]
    _, small = holder(world, role=world.role("role.write", "role.read", "token.write", "token.read", "space.read")["name"])
    assert small.post("/v1/roles", {"name": "mighty", "actions": ["session.mint"]}).status == 403
    grown = world.role("role.read")
    assert small.patch(f"/v1/roles/{grown['id']}", {"actions": ["role.read", "session.mint"]}).status == 403
    # Nor takes a mightier token's text.
    mighty = world.token(role="owner")
    assert small.post(f"/v1/tokens/{mighty['id']}/rotate").status == 403
    assert small.post("/v1/tokens", {"name": "equal", "role": grown["id"]}).status == 201


def test_a_token_for_one_integration_touches_nothing_else(world):
    mine, other = world.active, world.integration()
    token, api = holder(world, role="owner", integrations=[mine["handle"]])
    assert token["integrations"] == [mine["id"]]
    assert api.post(f"/v1/integrations/{mine['id']}/sessions", {}).status == 201
    assert api.get(f"/v1/integrations/{other['id']}").status == 404
    assert [item["id"] for item in api.items("/v1/integrations")] == [mine["id"]]
    assert {item["integration"] for item in api.items("/v1/connections")} == {mine["id"]}
    for route, body in (("/v1/integrations", {"handle": "h_new", "kind": "account"}), ("/v1/tokens", {"name": "x", "role": "reader"}),
                        ("/v1/roles", {"name": "x"}), ("/v1/spaces", {"name": "x"})):
        assert api.post(route, body).status in (400, 403)
    connection = world.connection()["id"]
    assert {item["target"] for item in api.items("/v1/audit")} <= {mine["id"], connection}
    assert api.get("/v1/audit/export").status == 403
    assert world.api.post("/v1/tokens", {"name": "x", "role": "reader", "integrations": ["no_such"]}).json["field"] == "integrations"


def test_an_integration_does_not_move_to_where_its_users_lose_it(world):
    here, there = world.space(), world.space()
    made = world.integration(space=here["id"])
    token, _ = holder(world, role="operator", space=here["id"], integrations=[made["id"]])
    path = f"/v1/integrations/{made['id']}"
    assert world.api.patch(path, {"space": there["id"]}, query={"dry_run": "true"}).expect(200)["dependents"] == [token["id"]]
    refused = world.api.patch(path, {"space": there["id"]})
    assert refused.status == 409 and refused.json["reason"] == "space.would_lose" and refused.json["would_lose"] == [token["id"]], refused
    world.api.delete(f"/v1/tokens/{token['id']}").expect(200)
    assert world.api.patch(path, {"space": there["id"]}).expect(200)["space"] == there["id"]
    # Who may write only where it was does not push it where he may not.
    _, local = holder(world, role="operator", space=there["id"])
    assert local.patch(path, {"space": here["id"]}).status == 400
    assert local.patch(path, {"space": f"s_{NO_SUCH}"}).json["detail"].startswith("there is no space")
    assert local.patch(path, {"name": "Mine"}).status == 200


def test_spaces_make_no_loops_and_go_only_when_empty(world):
    above = world.space()
    below = world.space(parent=above["id"])
    loop = world.api.patch(f"/v1/spaces/{above['id']}", {"parent": below["id"]})
    assert loop.status == 409 and loop.json["reason"] == "space.loop", loop
    full = world.api.delete(f"/v1/spaces/{above['id']}")
    assert full.status == 409 and full.json["dependents"] == [below["id"]], full
    twin = world.api.post("/v1/spaces", {"name": below["name"], "parent": above["id"]})
    assert twin.status == 409 and twin.json["field"] == "name", twin
    root = world.api.get("/v1/whoami").expect(200)["tenant"]["root_space"]
    for answer in (world.api.delete(f"/v1/spaces/{root}"), world.api.patch(f"/v1/spaces/{root}", {"name": "x"})):
        assert answer.status == 409 and answer.json["reason"] == "space.root", answer
    parent = above["id"]
    for _ in range(14):
        parent = world.space(parent=parent)["id"]
    deep = [world.api.post("/v1/spaces", {"name": f"deep {i}", "parent": parent}) for i in range(2)]
    deepest = world.api.post("/v1/spaces", {"name": "too deep", "parent": deep[0].expect(201)["id"]})
    assert deepest.status == 409 and deepest.json["reason"] == "space.too_deep", deepest


def test_a_rotated_token_counts_by_its_new_text_only(world):
    token, api = holder(world, role="reader")
    again = world.api.post(f"/v1/tokens/{token['id']}/rotate").expect(200)
    assert again["id"] == token["id"] and again["secret"] != token["secret"]
    assert api.get("/v1/whoami").status == 401
    assert world.api.with_token(again["secret"]).get("/v1/whoami").status == 200
    listed = world.api.get(f"/v1/tokens/{token['id']}")
    assert "secret" not in listed.expect(200) and again["secret"] not in listed.text.decode()
    world.api.delete(f"/v1/tokens/{token['id']}").expect(200)
    void = world.api.post(f"/v1/tokens/{token['id']}/rotate")
    assert void.status == 409 and void.json["reason"] == "token.void", void


def test_the_administrators_token_is_nothing_that_a_tenant_sees(world):
    administrators = world.api.get("/v1/whoami").expect(200)["id"]
    _, owner = holder(world, role="owner")
    assert administrators not in {item["id"] for item in owner.items("/v1/tokens")}
    for answer in (owner.get(f"/v1/tokens/{administrators}"), owner.delete(f"/v1/tokens/{administrators}"),
                   owner.post(f"/v1/tokens/{administrators}/rotate"), owner.get("/v1/tenants/t_x")):
        assert answer.status in (403, 404), answer
    assert owner.post("/v1/role-bindings", {"token": administrators, "role": "reader"}).json["field"] == "token"


def test_why_somebody_may_or_may_not_is_explained(world):
    space = world.space(inherit=False)
    made = world.integration(space=space["id"])
    token, api = holder(world, role="administrator")

    def ask(who, **query):
        return world.checked("GET /v1/permissions/explain", routes.Call(query=query), who)

    answer = ask(world.api, token=token["id"], action="integration.read", target=made["id"]).expect(200)
    assert not answer["allowed"] and answer["verdict"] == "no_grant" and answer["space"] == space["id"]
    assert [grant["verdict"] for grant in answer["grants"]] == ["not_inherited"]
    assert ask(world.api, token=token["id"], action="integration.read").expect(200)["allowed"]
    assert ask(api, action="tenant.own").expect(200)["grants"][0]["verdict"] == "other_permissions"
    assert ask(api, action="installation.manage").expect(200)["verdict"] == "installation_only"
    assert ask(world.api, action="installation.manage").expect(200)["verdict"] == "installation_administrator"
    # What is asked about is not there for who may not see it, and about others asks only who may.
    assert ask(api, action="integration.read", target=made["id"]).status == 404
    assert ask(api, action="integration.read", target=f"int_{NO_SUCH}").status == 404
    _, reader = holder(world, role="reader")
    assert ask(reader, token=token["id"], action="audit.read").status == 403
    assert ask(world.api, action="audit.raed").json["fix"] == "did you mean `audit.read`?"
    world.api.delete(f"/v1/tokens/{token['id']}").expect(200)
    assert ask(world.api, token=token["id"], action="audit.read").expect(200)["verdict"] == "void"


def test_a_deleted_tenant_shows_first_what_goes_and_burns_its_names(world):
    made = world.tenant()
    inside = world.api.with_token(world.api.token, **{"Crossrole-Tenant": made["id"]})
    integration = world.integration(inside)
    _, member = holder(world, inside, role="owner")
    path = f"/v1/tenants/{made['id']}"
    shown = world.api.delete(path, query={"dry_run": "true"}).expect(200)
    assert {made["id"], made["root_space"], integration["id"]} <= set(shown["removed"])
    assert world.api.delete(path).json["field"] == "confirm"
    member.get("/v1/whoami").expect(200)
    gone = world.api.delete(path, query={"confirm": made["handle"]}).expect(200)
    assert set(shown["removed"]) == set(gone["removed"])
    assert member.get("/v1/whoami").status == inside.get("/v1/whoami").status == 401
    assert world.api.get(path).status == 404
    again = world.api.post("/v1/tenants", {"handle": made["handle"]})
    assert again.status == 409 and again.json["field"] == "handle", again
    default = world.api.get("/v1/whoami").expect(200)["tenant"]["id"]
    kept = world.api.delete(f"/v1/tenants/{default}", query={"confirm": "default"})
    assert kept.status == 409 and kept.json["reason"] == "tenant.default", kept


def test_a_disabled_tenant_lets_nobody_in_until_it_is_active_again(world):
    made = world.tenant()
    inside = world.api.with_token(world.api.token, **{"Crossrole-Tenant": made["id"]})
    _, member = holder(world, inside, role="reader")
    path = f"/v1/tenants/{made['id']}"
    world.api.patch(path, {"state": "disabled"}).expect(200)
    assert member.get("/v1/whoami").status == inside.get("/v1/whoami").status == 401
    world.api.patch(path, {"state": "active"}).expect(200)
    assert member.get("/v1/whoami").status == 200


def test_handles_that_only_look_alike_are_refused(world):
    for handle in ("рrod", "prod\u200d", "Prod", "prod__x", "ﬁx", "a" * 40, "../x", "prod\u0000"):
        assert world.api.post("/v1/tenants", {"handle": handle}).status == 400, handle
        assert world.api.post("/v1/roles", {"name": handle, "actions": []}).status == 400, handle
    assert world.api.post("/v1/roles", {"name": "owner", "actions": []}).status == 409


def test_other_tenants_ids_in_bodies_are_like_those_of_nothing(world):
    theirs = world.made("spaces", {"name": f"space {next(world.numbers)}"}, world.other)["id"]
    their_token = world.token(world.other)["id"]
    their_role = world.made("roles", {"name": f"r{next(world.numbers)}", "actions": []}, world.other)["id"]
    their_integration = world.integration(world.other)["id"]
    mine = world.token()["id"]
    cases = [("POST /v1/spaces", {"name": "x"}, "parent", theirs), ("POST /v1/tokens", {"name": "x", "role": "reader"}, "space", theirs),
             ("POST /v1/tokens", {"name": "x"}, "role", their_role),
             ("POST /v1/role-bindings", {"role": "reader"}, "token", their_token),
             ("POST /v1/role-bindings", {"token": mine}, "role", their_role),
             ("POST /v1/role-bindings", {"token": mine, "role": "reader"}, "space", theirs),
             ("POST /v1/integrations", {"handle": "h_x", "kind": "account"}, "space", theirs)]
    cases += [("POST /v1/tokens", {"name": "x", "role": "reader"}, "integrations", [their_integration])]
    for route, body, member, value in cases:
        told = []
        for given in (value, [f"int_{NO_SUCH}"] if isinstance(value, list) else f"{value.split('_')[0]}_{NO_SUCH}"):
            answer = world.checked(route, routes.Call(body={**body, member: given}))
            assert answer.status == 400 and answer.json["field"] == member, (route, member, answer)
            text = given[0] if isinstance(given, list) else given
            told.append(json.dumps(routes.told(answer)).replace(text, "ID"))
        assert told[0] == told[1]


def test_refused_attempts_are_recorded(world):
    _, reader = holder(world, role="reader")
    me = reader.get("/v1/whoami").expect(200)["id"]
    reader.delete(f"/v1/integrations/{world.active['id']}").status
    # Nobody waits for the disk because of a refusal: the record comes a moment later.
    found = world.api.wait_for(f"/v1/audit?actor={me}&action=auth.refused", lambda page: page["items"])["items"]
    assert found[0]["outcome"] == "refused" and found[0]["reason"] == "permission_denied", found


def test_the_last_use_of_a_token_is_told(world):
    token, api = holder(world, role="reader")
    assert world.api.get(f"/v1/tokens/{token['id']}").expect(200)["last_used_at"] is None
    api.get("/v1/whoami").expect(200)
    world.server.restart()
    assert world.api.get(f"/v1/tokens/{token['id']}").expect(200)["last_used_at"] is not None


def test_the_first_owner_voids_the_administrators_token_and_the_last_one_stays(tmp_path):
    running = process.Processes(tmp_path)
    try:
        server = servers.Server(running)
        person = server.api.post("/v1/operators", {"name": "Ada", "email": "ada@example.com", "password": "correct horse battery"}).expect(201)
        server.api.post("/v1/role-bindings", {"operator": person["id"], "role": "reader"}).expect(201)
        owner = server.api.post("/v1/role-bindings", {"operator": person["id"], "role": "owner"}).expect(201)
        assert server.api.get("/v1/whoami").status == 401
        signed = server.api.with_token(None).post("/v1/auth/sign-in", {
            "tenant": "default", "email": person["email"], "password": "correct horse battery", "way": "token"}).expect(200)
        ada = server.api.with_token(signed["token"])
        last = ada.delete(f"/v1/role-bindings/{owner['id']}")
        assert last.status == 409 and last.json["reason"] == "role_binding.last_owner", last
        # Whoever has the machine gets another token, which works beside the owner.
        server.stop()
        made = server.run("token", "bootstrap", "--data", server.data).expect().out.strip()
        server.start()
        bootstrapped = server.api.with_token(made)
        assert bootstrapped.get("/v1/tenants").status == 200 and ada.get("/v1/tenants").status == 403
        other = server.api.with_token(made).post("/v1/operators", {"name": "Bob", "email": "bob@example.com"}).expect(201)
        bootstrapped.post("/v1/role-bindings", {"operator": other["id"], "role": "owner"}).expect(201)
        assert bootstrapped.get("/v1/whoami").status == 200
        ada.delete(f"/v1/role-bindings/{owner['id']}").expect(200)
        assert ada.get("/v1/integrations").status == 200 and ada.get("/v1/tokens").status == 403
    finally:
        running.close()


def test_people_s_rights_from_the_command_line(world):
    run = world.server.run
    space = run("space", "create", "from the shell", "--output", "json").expect().json
    token = run("token", "create", "robot", "--role", "operator", "--space", space["id"], "--output", "json").expect().json
    assert run("whoami", "--output", "json", env={"CROSSROLE_TOKEN": token["secret"]}).expect().json["role"] == "operator"
    role = run("role", "create", "minter", "--actions", "session.mint", "--output", "json").expect().json
    bound = run("role", "bind", "minter", "--token", token["id"], "--output", "json").expect().json
    assert bound["role"] == role["id"]
    told = run("role", "explain", "session.mint", "--token", token["id"], "--output", "table").expect()
    assert told.out.startswith(f"a role of `{token['id']}` allows `session.mint` there")
    run("role", "unbind", bound["id"]).expect()
    assert run("token", "revoke", token["id"], "--output", "json").expect().json["state"] == "revoked"
    assert run("space", "delete", space["id"], "--dry-run", "--output", "json").expect().json["dependents"] == []
    run("space", "delete", space["id"]).expect()
    tenant = run("tenant", "create", "shell_tenant", "--output", "json").expect().json
    assert "shell_tenant" in run("tenant", "list", "--output", "table").expect().out
    run("tenant", "delete", tenant["id"], "--confirm", "shell_tenant").expect()
    assert run("tenant", "show", tenant["id"]).code == 3
    assert run("tenant", "list", env={"CROSSROLE_TOKEN": world.token()["secret"]}).code == 4


def test_a_space_is_judged_however_its_name_is_written_in_json(world):
    """The name of the member by escapes: what is judged is what the handler reads."""
    closed = world.space(inherit=False)
    made = world.integration()
    _, above = holder(world, role="administrator")
    escaped = '{"handle": "h%d", "kind": "account", "sp\\u0061ce": "%s"}' % (next(world.numbers), closed["id"])
    json_body = {"Content-Type": "application/json"}
    hidden = above.post("/v1/integrations", escaped.encode(), headers=json_body)
    assert hidden.status == 400 and hidden.json["detail"].startswith("there is no space"), hidden
    moved = above.patch(f"/v1/integrations/{made['id']}", b'{"sp\\u0061ce": "%s"}' % closed["id"].encode(), headers=json_body)
    assert moved.status == 400 and moved.json["detail"].startswith("there is no space"), moved
    assert world.api.get(f"/v1/integrations/{made['id']}").json["space"] == made["space"]
