# SPDX-License-Identifier: Apache-2.0
"""What the calls of sim_calls.py and its neighbours are written with."""

import base64
import binascii
import contextlib
import json
import urllib.parse

import pytest


class Refused(Exception):
    """AWS said no; `status` is the HTTP status where the client tells it."""

    def __init__(self, code, message, status=None):
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status = code, message, status


@contextlib.contextmanager
def refused(code):
    """The call inside is refused with this code of AWS's."""
    with pytest.raises(Refused) as caught:
        yield
    assert caught.value.code == code and caught.value.message, caught.value


def blob(value):
    """Bytes of an answer: some clients decode them, some print them as text, some as base 64."""
    if isinstance(value, bytes):
        return value
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error:
        return value.encode()


def document(value):
    """A policy document of an answer: some clients decode it, some leave it as it came."""
    return value if isinstance(value, dict) else json.loads(urllib.parse.unquote(value))


def bound(call, keys, service):
    """`call` for one service and the owner of these keys."""
    return lambda operation, **parameters: call(keys, service, operation, **parameters)


def trust(principal, external_id=None):
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}
    if external_id:
        statement["Condition"] = {"StringEquals": {"sts:ExternalId": external_id}}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def allow(*actions):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]})
