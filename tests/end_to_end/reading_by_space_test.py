# SPDX-License-Identifier: Apache-2.0
"""What somebody reads whose rights are those of one space: the audit record, events, and what a handle names meanwhile."""

import concurrent.futures
import time

import pytest
from end_to_end import routes_test as routes
from end_to_end.rights_test import holder
from harness import process


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    running = process.Processes(tmp_path_factory.mktemp("reading"))
    made = routes.World(running)
    yield made
    running.close()


@pytest.fixture
def places(world):
    """Two spaces, each with an integration."""
    spaces = [world.space(), world.space()]
    return spaces, [world.integration(space=space["id"]) for space in spaces]


def targets(api, query=""):
    return {item["target"] for item in api.items("/v1/audit" + query)}


def test_the_audit_record_shows_what_is_about_the_callers_space(world, places):
    spaces, (mine, theirs) = places
    token, api = holder(world, role="auditor", space=spaces[0]["id"])
    below = world.space(parent=spaces[0]["id"])
    binding = world.made("role-bindings", {"token": world.token()["id"], "role": "reader", "space": spaces[0]["id"]})
    found = targets(api)
    assert {mine["id"], spaces[0]["id"], below["id"], token["id"], binding["id"]} <= found, found
    assert not {theirs["id"], spaces[1]["id"], world.active["id"]} & found
    assert not any("/v1/" in target for target in found), "refusals belong to no space"
    whole = targets(world.api)
    assert found < whole and theirs["id"] in whole
    assert api.get("/v1/audit/export").status == 403, "a chain with gaps proves nothing"


def test_pages_of_a_space_are_those_of_the_whole_without_the_rest(world, places):
    spaces, (mine, _) = places
    for _ in range(3):
        world.api.post(f"/v1/integrations/{mine['id']}/disable").expect(200)
        world.integration()
        world.api.post(f"/v1/integrations/{mine['id']}/enable").expect(200)
    _, api = holder(world, role="auditor", space=spaces[0]["id"])
    at_once = [item["id"] for item in api.items("/v1/audit")]
    one_by_one, token = [], None
    while True:
        page = api.get("/v1/audit", query={"limit": 1, **({"page_token": token} if token else {})}).expect(200)
        one_by_one += [item["id"] for item in page["items"]]
        token = page["next_page_token"]
        if token is None:
            break
    assert one_by_one == at_once and len(at_once) > 6
    about = [item["id"] for item in world.api.items("/v1/audit") if item["target"] == mine["id"]]
    assert [each for each in at_once if each in about] == about


def test_a_record_follows_its_object_to_another_space(world, places):
    spaces, (mine, _) = places
    _, here = holder(world, role="auditor", space=spaces[0]["id"])
    _, there = holder(world, role="auditor", space=spaces[1]["id"])
    assert mine["id"] in targets(here) and mine["id"] not in targets(there)
    world.api.patch(f"/v1/integrations/{mine['id']}", {"space": spaces[1]["id"]}).expect(200)
    assert mine["id"] not in targets(here) and mine["id"] in targets(there)


def test_a_token_for_one_integration_reads_the_record_of_that_one(world, places):
    _, (mine, theirs) = places
    _, api = holder(world, role="auditor", integrations=[mine["id"]])
    assert targets(api) == {mine["id"]}
    assert api.get("/v1/audit", query={"target": theirs["id"]}).expect(200)["items"] == []


def test_whoever_may_read_no_record_anywhere_is_refused(world, places):
    spaces, _ = places
    _, api = holder(world, role="requester", space=spaces[0]["id"])
    assert api.get("/v1/audit").status == 403


def read_until(response, is_last):
    seen = []
    while not seen or not is_last(*seen[-1][1:]):
        seen.append(routes.read_event(response))
    return seen


def test_events_of_a_space_go_to_its_followers(world, places):
    spaces, (mine, theirs) = places
    _, follower = holder(world, role="requester", space=spaces[0]["id"])
    _, auditor = holder(world, role="auditor", space=spaces[0]["id"])
    streams = {name: routes.follow(world, who=who) for name, who in (("follower", follower), ("auditor", auditor), ("root", world.api))}
    seen = {}
    first_ids = {name: routes.read_event(response)[0] for name, (_, response) in streams.items()}
    world.api.post(f"/v1/integrations/{theirs['id']}/disable").expect(200)
    world.api.post(f"/v1/integrations/{mine['id']}/disable").expect(200)
    for name, (connection, response) in streams.items():
        seen[name] = read_until(response, lambda event, data: event == "integration" and data["id"] == mine["id"])
        connection.close()
    assert theirs["id"] in str(seen["root"])
    for name in ("follower", "auditor"):
        assert theirs["id"] not in str(seen[name]), name
    assert [event for _, event, _ in seen["follower"]] == ["integration"]
    records = [data["target"] for _, event, data in seen["auditor"] if event == "audit"]
    assert records and set(records) == {mine["id"]}
    # Who comes back gets the same again.
    connection, response = routes.follow(world, {"Last-Event-ID": first_ids["follower"]}, follower)
    assert routes.read_event(response)[1] == "hello"
    assert routes.read_event(response) == seen["follower"][0]
    connection.close()


def test_a_space_is_told_of_what_is_deleted_in_it(world, places):
    """Of what is gone, its record says where it was."""
    spaces, (mine, theirs) = places
    inner = world.space(parent=spaces[0]["id"])
    closed = world.space(parent=spaces[0]["id"], inherit=False)
    binding = world.made("role-bindings", {"token": world.token()["id"], "role": "reader", "space": spaces[0]["id"]})
    _, follower = holder(world, role="requester", space=spaces[0]["id"])
    _, auditor = holder(world, role="auditor", space=spaces[0]["id"])
    _, narrow = holder(world, role="auditor", integrations=[mine["id"]])
    _, stranger = holder(world, role="auditor", space=spaces[1]["id"])
    streams = {name: routes.follow(world, who=who) for name, who in (("follower", follower), ("auditor", auditor), ("narrow", narrow))}
    for _, response in streams.values():
        routes.read_event(response)
    world.api.delete(f"/v1/integrations/{theirs['id']}?confirm={theirs['handle']}").expect(200)
    world.api.delete(f"/v1/role-bindings/{binding['id']}").expect(200, 204)
    world.api.delete(f"/v1/spaces/{inner['id']}").expect(200, 204)
    world.api.delete(f"/v1/spaces/{closed['id']}").expect(200, 204)
    world.api.delete(f"/v1/integrations/{mine['id']}?confirm={mine['handle']}").expect(200)
    for name, (connection, response) in streams.items():
        seen = read_until(response, lambda event, data: event == "integration" and data["id"] == mine["id"])
        assert seen[-1][2]["state"] == "deleted", name
        assert theirs["id"] not in str(seen) and closed["id"] not in str(seen), name
        connection.close()
    deleted = {"integration.delete": mine, "role_binding.delete": binding, "space.delete": inner}
    for action, what in deleted.items():
        assert targets(auditor, f"?action={action}") == {what["id"]}, action
        assert what["id"] not in targets(stranger), action
    assert {item["phase"] for item in auditor.items(f"/v1/audit?target={mine['id']}") if item["action"] == "integration.delete"} == {"intent", "outcome"}
    assert targets(narrow) == {mine["id"]}


def test_a_move_is_told_where_it_came_from_and_where_it_went(world, places):
    """Whoever loses an integration learns that it is gone, and nothing else of it."""
    spaces, (mine, _) = places
    elsewhere = world.space()
    (_, lost), (_, gained), (_, stranger) = (holder(world, role="requester", space=each["id"]) for each in (*spaces, elsewhere))
    streams = {name: routes.follow(world, who=who) for name, who in
               (("lost", lost), ("gained", gained), ("stranger", stranger), ("root", world.api))}
    first = {name: routes.read_event(response)[0] for name, (_, response) in streams.items()}
    path = f"/v1/integrations/{mine['id']}"
    world.api.patch(path, {"name": "Not for the former"}).expect(200)
    version = world.api.patch(path, {"space": spaces[1]["id"]}).expect(200)["version"]
    world.api.post(f"{path}/disable").expect(200)
    ends = {name: world.integration(space=space["id"])["id"] for name, space in zip(("lost", "gained", "stranger"), (*spaces, elsewhere))}
    seen = {}
    for name in ("lost", "gained", "root"):
        end = ends.get(name, ends["gained"])
        connection, response = streams[name]
        seen[name] = [event for event in read_until(response, lambda event, data, end=end: event == "integration" and data["id"] == end)
                      if event[1] == "integration" and event[2]["id"] == mine["id"]]
        connection.close()
    # An event may still be about the change of name, as long as it is told before the move.
    assert seen["lost"][-1][2] == {"id": mine["id"], "state": "gone"} and len(seen["lost"]) <= 2
    assert all(data.get("action") == "integration.update" for _, _, data in seen["lost"][:-1])
    for name in ("gained", "root"):
        told = [data for _, _, data in seen[name]]
        assert all(data["state"] != "gone" for data in told), name
        assert [data["action"] for data in told][-2:] == ["integration.update", "integration.disable"], name
        assert told[-2]["handle"] == mine["handle"] and told[-2]["version"] >= version, name
    # Who sees neither space is told nothing; who comes back is told the same.
    connection, response = streams["stranger"]
    assert routes.read_event(response)[2]["id"] == ends["stranger"]
    connection.close()
    connection, response = routes.follow(world, {"Last-Event-ID": first["lost"]}, lost)
    assert routes.read_event(response)[1] == "hello"
    assert [routes.read_event(response) for _ in seen["lost"]] == seen["lost"]
    connection.close()
    [record] = [each for each in world.api.items(f"/v1/audit?target={mine['id']}") if each["details"].get("space_before")]
    assert (record["details"]["space_before"], record["details"]["space"]) == (spaces[0]["id"], spaces[1]["id"])


def test_whoever_may_follow_nothing_anywhere_gets_no_stream(world):
    _, api = holder(world, role=world.role("integration.read")["name"])
    connection, response = routes.follow(world, who=api)
    assert response.status == 403
    connection.close()


def test_a_handle_that_changes_hands_during_a_request_leads_to_nothing_else(world):
    """A verification that joins another one looks again when that has failed: for what was permitted, whatever has the handle by then."""
    space, theirs = world.space(), world.connected()
    token, editor = holder(world, role="administrator", space=space["id"])
    mine = world.integration(space=space["id"], account_id=world.customer["account_id"])
    world.api.patch(f"/v1/integrations/{mine['id']}", {"handle": "hot"}).expect(200)
    world.sim.forget_calls()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        # Its role does not exist, so that this waits for it.
        first = pool.submit(world.api.post, f"/v1/integrations/{mine['id']}/verify", {"wait_seconds": 5})
        while not world.sim.calls(service="sts", operation="AssumeRole"):
            time.sleep(0.05)
        second = pool.submit(editor.post, "/v1/integrations/hot/verify", {"wait_seconds": 10})
        time.sleep(1.5)
        world.api.patch(f"/v1/integrations/{mine['id']}", {"handle": "cold"}).expect(200)
        world.api.patch(f"/v1/integrations/{theirs['id']}", {"handle": "hot"}).expect(200)
        assert first.result().expect(200)["ok"] is False
        answer = second.result()
    # A machine that was too slow to begin before the handle went finds nothing there that it may see.
    assert answer.status == 404 or (answer.status == 200 and answer.json["ok"] is False), answer
    done = [item["target"] for item in world.api.items(f"/v1/audit?actor={token['id']}&action=integration.verify")]
    assert theirs["id"] not in done, done
