# SPDX-License-Identifier: Apache-2.0
"""A long-lived program with boto3 that finds its credentials as boto3 does. For each line of its input it asks AWS who it is
and prints {"access_key_id", "arn"} or {"error"}."""

import json
import sys

import boto3

SESSION = boto3.Session()
CLIENTS = []


def ask():
    """One call, with whatever credentials the SDK holds to be good."""
    try:
        if not CLIENTS:
            CLIENTS.append(SESSION.client("sts"))
        arn = CLIENTS[0].get_caller_identity()["Arn"]
        return {"access_key_id": SESSION.get_credentials().get_frozen_credentials().access_key, "arn": arn}
    except Exception as error:  # noqa: BLE001 - whatever it is, the test judges it
        return {"error": f"{type(error).__name__}: {error}"}


for _ in sys.stdin:
    print(json.dumps(ask()), flush=True)
