# SPDX-License-Identifier: Apache-2.0
"""One call made to two clouds, and in what the two answers differ once all is left out that AWS makes up anew each time."""

import datetime
import fnmatch
import json
import re
from dataclasses import dataclass, field

import botocore.exceptions
import botocore.parsers
from botocore import xform_name

ABSENT = "absent"
# What AWS makes up, by its shape; the first that fits.
MADE_UP = [(re.compile(pattern), name) for pattern, name in (
    (r"\b(AIDA|AROA|AGPA|ANPA|ASCA|AKIA|ASIA|APKA)[A-Z0-9]{12,28}\b", r"{\1}"),
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "{uuid}"),
    (r"\bou-[0-9a-z]{4,32}-[0-9a-z]{8,32}\b", "{unit}"),
    (r"\bcar-[0-9a-z]{8,32}\b", "{request}"),
    (r"\bo-[0-9a-z]{10,32}\b", "{organization}"),
    (r"\bd-[0-9a-z]{10}\b", "{store}"),
    (r"\bssoins-[0-9a-z]{16}\b", "{instance}"),
    (r"\bps-[0-9a-z]{16}\b", "{set}"),
    (r"\bp-(?!FullAWSAccess)[0-9a-z]{8,32}\b", "{policy}"),
    (r"\br-[0-9a-z]{4,32}\b", "{root}"),
    (r"(-|/)[A-Z0-9]{12,13}\b", r"\1{random}"),
    (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S*", "{date}"),
)]
# Members whose values nobody can foretell, whatever they look like.
SECRETS = {"SecretAccessKey", "SessionToken", "NextToken", "Marker", "Base32StringSeed", "QRCodePNG", "CertificateId"}
# What names an element of a list, the first that it has.
NAMES = ("Arn", "PolicyArn", "Key", "PolicyName", "UserName", "RoleName", "GroupName", "Id", "ParameterKey", "OutputKey",
         "LogicalResourceId", "ServicePrincipal", "TargetId", "VersionId", "SerialNumber", "StackName", "ChangeSetName")


@dataclass(frozen=True)
class Both:
    """What the two clouds answered: ours first, None where one refused. An index goes into both."""

    values: tuple

    def __getitem__(self, key):
        return Both(tuple(None if value is None else value[key] for value in self.values))

    def into(self, text):
        """`text` of each with the value for `{}`."""
        return Both(tuple(text.replace("{}", str(value)) for value in self.values))


@dataclass
class Difference:
    """Where two answers to `call` differ; `path` names members, elements of lists have none."""

    call: str
    path: str
    ours: object
    theirs: object
    parameters: dict = field(repr=False, default_factory=dict)

    def __str__(self):
        return (f"{self.call} {self.path or '(answer)'}: ours {told(self.ours)}, moto's {told(self.theirs)} "
                f"for {json.dumps(self.parameters)[:200]}")


def told(value):
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def side_of(value, index):
    """Parameters as one of the clouds gets them."""
    if isinstance(value, Both):
        return value.values[index]
    if isinstance(value, dict):
        return {key: side_of(member, index) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [side_of(member, index) for member in value]
    return value


def document(text):
    """A JSON document within a text, or None."""
    try:
        return json.loads(text) if text.lstrip()[:1] == "{" else None
    except ValueError:
        return None


def sort_key(value):
    name = next((told(value[name]) for name in NAMES if name in value), "") if isinstance(value, dict) else ""
    return name, told(value)


class Side:
    """One cloud with the names that stand for its own accounts."""

    def __init__(self, cloud, keys, names):
        self.cloud, self.keys, self.names, self.clients = cloud, keys, dict(names), {}

    def call(self, service, operation, parameters, keys=None):
        """(answer or None, that answer without what was made up, or how it was refused)"""
        if None in parameters.values():
            # What it is about was not made here.
            return None, "nothing to name"
        keys = keys or self.keys
        client = self.clients.get((service, keys))
        if client is None:
            # What the model forbids reaches the clouds too: they shall refuse it.
            client = self.clients[service, keys] = self.cloud.client(service, keys, parameter_validation=False)
        try:
            answer = getattr(client, xform_name(operation))(**parameters)
        except botocore.exceptions.ClientError as error:
            return None, f"{error.response['Error']['Code']} {error.response['ResponseMetadata']['HTTPStatusCode']}"
        except botocore.parsers.ResponseParserError:
            return None, "Broken 500"
        answer.pop("ResponseMetadata")
        return answer, self.plain(answer)

    def plain(self, value, name=""):
        if name in SECRETS:
            return "{secret}"
        if isinstance(value, dict):
            return {key: self.plain(member, key) for key, member in value.items()}
        if isinstance(value, list):
            return sorted((self.plain(member) for member in value), key=sort_key)
        if isinstance(value, datetime.datetime):
            return "{date}"
        if isinstance(value, bytes):
            return "{bytes}"
        if not isinstance(value, str):
            return value
        inner = document(value)
        if inner is not None:
            return self.plain(inner)
        for known, stand_in in self.names.items():
            value = value.replace(known, stand_in)
        for pattern, stand_in in MADE_UP:
            value = pattern.sub(stand_in, value)
        return value.strip()


class Pair:
    """Calls both clouds and keeps count of the differences."""

    def __init__(self, ours, theirs):
        self.sides = ours, theirs
        self.calls, self.operations, self.differences = 0, set(), []

    def __call__(self, service, operation, keys=None, **parameters):
        """Both answers; those who were refused have None."""
        answers, plain = zip(*(side.call(service, operation, side_of(parameters, index), keys.values[index] if keys else None)
                               for index, side in enumerate(self.sides)), strict=True)
        self.calls += 1
        name = f"{service}:{operation}"
        self.operations.add(name)
        ours, theirs = plain
        if isinstance(ours, str) or isinstance(theirs, str):
            words = [f"refused {value}" if isinstance(value, str) else "answered" for value in plain]
            found = [("", *words)] if words[0] != words[1] else []
        else:
            found = list(differences(ours, theirs))
        self.differences += [Difference(name, *each, parameters=side_of(parameters, 0)) for each in found]
        return Both(answers)

    def of(self, service):
        """Calls of one service."""
        return lambda operation, **parameters: self(service, operation, **parameters)

    def wait(self, service, waiter, **parameters):
        """Until both have finished something; one who has nothing to finish differs. moto has finished when it answers."""
        words = []
        for index, (side, attempts) in enumerate(zip(self.sides, (100, 3), strict=True)):
            try:
                side.cloud.client(service, side.keys).get_waiter(waiter).wait(
                    **side_of(parameters, index), WaiterConfig={"Delay": 0.2, "MaxAttempts": attempts})
                words.append("done")
            except botocore.exceptions.WaiterError:
                words.append("failed")
        if words[0] != words[1]:
            self.differences.append(Difference(f"{service}:{waiter}", "", *words))


def differences(ours, theirs, path=""):
    """(path, ours, theirs) wherever the two are not the same."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in sorted({*ours, *theirs}):
            yield from differences(ours.get(key, ABSENT), theirs.get(key, ABSENT), f"{path}.{key}" if path else key)
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for one, other in zip(ours, theirs, strict=True):
            yield from differences(one, other, path)
    elif ours != theirs:
        yield path, ours, theirs


def explains(rule, difference):
    """Whether a rule of moto_explained.json is about this difference. Its patterns are those of file names; where `ours` is a list
    our answer is one of these."""
    ours = told(difference.ours)
    return (any(fnmatch.fnmatchcase(difference.call, pattern) for pattern in rule["calls"])
            and fnmatch.fnmatchcase(difference.path, rule.get("path", ""))
            and (ours in rule["ours"] if isinstance(rule["ours"], list) else fnmatch.fnmatchcase(ours, rule["ours"]))
            and fnmatch.fnmatchcase(told(difference.theirs), rule["theirs"]))
