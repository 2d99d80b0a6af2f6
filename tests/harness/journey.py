# SPDX-License-Identifier: Apache-2.0
"""What whole journeys repeat: connecting an account, reading the record of what happened."""


def create(server, customer, handle="prod"):
    """A new integration for this account."""
    body = {"handle": handle, "kind": "account", "account_id": customer["account_id"]}
    return server.api.post("/v1/integrations", body).expect(201)


def quickstart(server, integration, keys):
    """Starts a quickstart with these keys; answers the id of its job."""
    body = {"access_key_id": keys.access_key_id, "secret_access_key": keys.secret_access_key}
    return server.api.post(f"/v1/integrations/{integration['id']}/quickstart", body).expect(202)["job"]


def connect(server, sim, customer, handle="prod"):
    """An active integration, made by quickstart."""
    integration = create(server, customer, handle)
    server.api.finish(quickstart(server, integration, sim.keys(customer)))
    active = server.api.get(f"/v1/integrations/{integration['id']}").expect(200)
    assert active["state"] == "active", active
    return active


def mint(server, integration, **body):
    """Asks for a session; a `session_name` of its own makes it one that no cache has."""
    return server.api.post(f"/v1/integrations/{integration['id']}/sessions", body)


def state_of(server, integration):
    """The state of an integration now."""
    return server.api.get(f"/v1/integrations/{integration['id']}").expect(200)["state"]


def verify(server, integration, seconds=0):
    """Verifies the trust of an integration."""
    return server.api.post(f"/v1/integrations/{integration['id']}/verify", {"wait_seconds": seconds}).expect(200)


def verify_audit(server):
    """The words of `crossrole audit verify`, when the record is intact."""
    words = server.run("audit", "verify", "--data", server.data).expect(0).out
    assert "intact" in words, words
    return words


def records(server, **query):
    """All records of the tenant that fit, newest first."""
    found, page = [], {}
    while True:
        answer = server.api.get("/v1/audit", query={"limit": 500, **query, **page}).expect(200)
        found += answer["items"]
        if answer["next_page_token"] is None:
            return found
        page = {"page_token": answer["next_page_token"]}


def without_outcome(found):
    """The intents among these records whose outcome is not among them."""
    ended = {record["intent"] for record in found if record["phase"] == "outcome"}
    return [record for record in found if record["phase"] == "intent" and record["id"] not in ended]


def assert_all_recorded(found, reasons):
    """Each session that was received, known by the reason it was asked for, has a record that it was handed out."""
    delivered = {record["details"]["reason"] for record in found if record["outcome"] == "succeeded"}
    missing = [reason for reason in reasons if reason not in delivered]
    assert not missing, f"{len(missing)} of {len(reasons)} have no record: {missing[:5]}"
