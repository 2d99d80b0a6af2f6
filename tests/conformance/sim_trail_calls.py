# SPDX-License-Identifier: Apache-2.0
"""Calls for sim_calls.py: what CloudTrail tells of the others, and the names of accounts."""

import json

from aws_call import bound, refused


def trail_session(call, keys):
    """Looks for the calls of an account that has called before."""
    lookup = bound(call, keys, "cloudtrail")

    def by(key, value, **more):
        return lookup("LookupEvents", LookupAttributes=[{"AttributeKey": key, "AttributeValue": value}], **more)

    found = by("EventSource", "iam.amazonaws.com", MaxResults=2)
    first = found["Events"][0]
    event = json.loads(first["CloudTrailEvent"])
    assert event["eventID"] == first["EventId"] and event["eventName"] == first["EventName"]
    assert by("EventId", first["EventId"])["Events"][0]["EventName"] == first["EventName"]
    with refused("InvalidLookupAttributesException"):
        by("ReadOnly", "perhaps")
    with refused("InvalidTimeRangeException"):
        lookup("LookupEvents", StartTime=2_000_000_000, EndTime=1_000_000_000)
    with refused("InvalidNextTokenException"):
        lookup("LookupEvents", NextToken="nonsense")
    with refused("InvalidMaxResultsException"):
        lookup("LookupEvents", MaxResults=51)
    with refused("InvalidEventCategoryException"):
        lookup("LookupEvents", EventCategory="data")


def name_session(call, keys):
    """Renames the account of these keys."""
    account = bound(call, keys, "account")
    before = account("GetAccountInformation")
    account("PutAccountName", AccountName="renamed")
    after = account("GetAccountInformation")
    assert after["AccountName"] == "renamed" and after["AccountId"] == before["AccountId"]
    with refused("AccessDeniedException"):
        account("PutAccountName", AccountName="other", AccountId="123456789012")
    with refused("ValidationException"):
        account("PutAccountName", AccountName="<other>")
    account("PutAccountName", AccountName=before["AccountName"])
