# SPDX-License-Identifier: Apache-2.0
"""The simulated AWS against moto, which other people wrote: the same calls to both, and a reason for each difference.

A rule of moto_explained.json says which answers it is about (`calls`, `path`), what the two say (`ours`, `theirs`), why, and
where AWS's documentation (or its model) decides. CROSSROLE_DIFFERENCES=file lists all differences there."""

import collections
import json
import os
import pathlib

import pytest
from harness import clouds
from moto_iam_calls import iam_session
from moto_identity_center_calls import identity_center_session
from moto_identity_store_calls import identity_store_session
from moto_organization_calls import organization_session
from moto_pair import Both, Pair, Side, explains
from moto_stack_calls import stack_session
from moto_stack_set_calls import stack_set_session
from moto_sts_calls import sts_session

FILE = pathlib.Path(__file__).with_name("moto_explained.json")
RULES = json.loads(FILE.read_text(encoding="utf-8"))["rules"]
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


def with_caller(cloud, keys):
    """The keys of a user `caller` who may do everything."""
    iam = cloud.client("iam", keys)
    iam.create_user(UserName="caller")
    iam.attach_user_policy(UserName="caller", PolicyArn=ADMINISTRATOR)
    key = iam.create_access_key(UserName="caller")["AccessKey"]
    return clouds.Keys(key["AccessKeyId"], key["SecretAccessKey"])


@pytest.fixture
def pair(start_sim, start_moto):
    sim = start_sim("--throttle", "off", "--accounts", "4")
    moto = start_moto(env={"MOTO_IAM_LOAD_MANAGED_POLICIES": "true"})
    manager, account = sim.customers[0], sim.customers[1]
    # An account of its own, as moto's is.
    sim.client("organizations", sim.keys(manager)).remove_account_from_organization(AccountId=account["account_id"])
    ours = Side(sim, with_caller(sim, sim.keys(account)), {account["account_id"]: "{account}"})
    theirs = Side(moto, with_caller(moto, moto.keys), {moto.account_id: "{account}"})
    return Pair(ours, theirs)


def test_every_difference_from_moto_is_explained(pair):
    account = Both((next(iter(pair.sides[0].names)), clouds.Moto.account_id))
    for session in (sts_session, iam_session, stack_session, organization_session, identity_store_session, identity_center_session,
                    stack_set_session):
        session(pair, account)
    used, unexplained = collections.Counter(), []
    for difference in pair.differences:
        rule = next((rule["name"] for rule in RULES if explains(rule, difference)), None)
        used[rule] += 1
        if rule is None:
            unexplained.append(difference)
    print(f"{pair.calls} calls of {len(pair.operations)} operations, {len(pair.differences)} differences:",
          *(f"{count:4} {name}" for name, count in used.most_common()), sep="\n  ")
    if os.environ.get("CROSSROLE_DIFFERENCES"):
        pathlib.Path(os.environ["CROSSROLE_DIFFERENCES"]).write_text("".join(f"{each}\n" for each in unexplained), encoding="utf-8")
    assert not unexplained, "\n".join(map(str, unexplained[:40]))
    assert pair.calls >= 300
    out_of_date = {rule["name"] for rule in RULES} - set(used)
    assert not out_of_date, f"nothing differs any more as {out_of_date} says"


def test_every_explanation_has_its_reason_and_its_page():
    assert len({rule["name"] for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert set(rule) <= {"name", "calls", "path", "ours", "theirs", "reason", "page"}, rule["name"]
        assert rule["reason"] and rule["calls"] and rule["page"].startswith(("/", "model: ")), rule["name"]
