# SPDX-License-Identifier: Apache-2.0
"""What CloudTrail of the simulated AWS tells of sessions that the server has made: in the customer's account and in ours."""

import json

from account_test import make_role, trust_for
from harness import clouds


def events_of(sim, account, name):
    """The calls of an operation that went well, newest first."""
    client = sim.client("cloudtrail", sim.keys(account))
    attributes = [{"AttributeKey": "EventName", "AttributeValue": name}]
    pages = client.get_paginator("lookup_events").paginate(LookupAttributes=attributes)
    events = [json.loads(event["CloudTrailEvent"]) for page in pages for event in page["Events"]]
    return [event for event in events if "errorCode" not in event]


def test_a_session_shows_in_both_accounts_with_its_names(start_sim, start_server):
    sim = start_sim("--throttle", "off")
    server = start_server(sim)
    customer = sim.customers[0]
    integration = server.api.post("/v1/integrations", {"handle": "prod", "kind": "account", "account_id": customer["account_id"]}).expect(201)
    arn = make_role(sim.client("iam", sim.keys(customer)), integration, trust_for(integration))
    path = f"/v1/integrations/{integration['id']}"
    server.api.wait_for(path, lambda it: it["state"] == "active", 120)
    session = server.api.post(path + "/sessions", {"tags": {"team": "a"}}).expect(201)

    [theirs] = [event for event in events_of(sim, customer, "AssumeRole")
                if event["responseElements"]["credentials"]["accessKeyId"] == session["access_key_id"]]
    [ours] = [event for event in events_of(sim, sim.platform, "AssumeRole")
              if event.get("sharedEventID") == theirs["sharedEventID"]]
    for event in (theirs, ours):
        asked = event["requestParameters"]
        assert asked["externalId"] == integration["external_id"]
        assert asked["roleArn"] == arn and "a" in asked["principalTags"].values()
        assert session["assumed_role_arn"].endswith("/" + asked["roleSessionName"])
        assert asked["sourceIdentity"] == theirs["requestParameters"]["sourceIdentity"] != ""
        assert event["resources"] == [{"accountId": customer["account_id"], "type": "AWS::IAM::Role", "ARN": arn}]
        assert session["secret_access_key"] not in json.dumps(event) and session["session_token"] not in json.dumps(event)
    assert theirs["userIdentity"]["type"] == "AWSAccount" and theirs["userIdentity"]["accountId"] == sim.platform["account_id"]
    assert ours["userIdentity"]["arn"] == integration["principal_arn"] and ours["eventID"] != theirs["eventID"]
    assert (theirs["recipientAccountId"], ours["recipientAccountId"]) == (customer["account_id"], sim.platform["account_id"])

    # What the session then does is told with the same names.
    sim.client("sts", clouds.Keys.from_session(session)).get_caller_identity()
    [used] = [event for event in events_of(sim, customer, "GetCallerIdentity")
              if event["userIdentity"]["accessKeyId"] == session["access_key_id"]]
    assert used["userIdentity"]["arn"] == session["assumed_role_arn"]
    assert used["userIdentity"]["sessionContext"]["sourceIdentity"] == theirs["requestParameters"]["sourceIdentity"]
    assert used["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"] == arn
