# SPDX-License-Identifier: Apache-2.0
"""What AWS and people do to an import: refusals, throttling, changes under way, another organization. Nothing is lost, doubled or mixed."""

import json
import re
import threading

import pytest
from harness.meddler import Meddler
from harness.organizations import Connected


@pytest.fixture
def cloud(start_sim):
    return start_sim("--throttle", "off", "--accounts", "40")


@pytest.fixture
def meddler(cloud):
    between = Meddler(cloud)
    yield between
    between.close()


@pytest.fixture
def imported(cloud, meddler, start_server):
    """Imported through the meddler; `imported.sim` is the cloud itself."""
    found = Connected(start_server(meddler.cloud).api, cloud, handle_prefix="acme_")
    found.imported()
    return found


def same(organization):
    ours, aws = organization.trees()
    return ours == aws


def tree(organization):
    return organization.api.get(organization.path + "/organization/tree").expect(200)


def nodes(organization):
    """Who is where and called what; whether a role was found there meanwhile is another matter."""
    shown = tree(organization)
    return [[[each[name] for name in ("id", "name", "handle", "path")] for each in shown[kind]] for kind in ("folders", "connections")]


def refusal(code):
    return 400, json.dumps({"__type": code, "message": "no"}).encode()


class Once:
    """Does something before the n-th call of an operation whose body has a text in it."""

    def __init__(self, operation, act, number=1, text=""):
        self.operation, self.act, self.left, self.text = operation, act, number, text
        self.done = False

    def __call__(self, operation, body):
        if operation != self.operation or self.text not in body.decode() or self.done:
            return None
        self.left -= 1
        if self.left > 0:
            return None
        self.done = True
        return self.act()


def test_a_refusal_in_the_middle_of_a_listing_removes_nothing_and_follows_the_rest(imported, meddler):
    before = tree(imported)
    renamed = imported.members()[0]
    imported.client("account", renamed).put_account_name(AccountName="Renamed meanwhile")
    meddler.before = Once("ListOrganizationalUnitsForParent", lambda: refusal("AccessDeniedException"), number=3)
    result = imported.sync()
    assert meddler.before.done
    assert result["complete"] is False and result["error"]["code"] == "AccessDeniedException"
    assert result["connections"]["removed"] == result["folders"]["removed"] == 0
    after = tree(imported)
    assert {each["id"] for each in after["connections"]} == {each["id"] for each in before["connections"]}
    assert {each["id"] for each in after["folders"]} == {each["id"] for each in before["folders"]}
    assert imported.connection(renamed["account_id"])["name"] == "Renamed meanwhile" and after["error"]["code"] == "AccessDeniedException"
    meddler.before = lambda *_: None
    assert imported.sync()["complete"] is True and same(imported) and tree(imported)["error"] is None


def test_throttling_throughout_costs_time_and_nothing_else(imported):
    member = imported.members()[1]
    imported.client("account", member).put_account_name(AccountName="Slowly renamed")
    imported.sim.faults({"service": "organizations", "effect": "throttle", "probability": 0.5})
    result = imported.sync()
    imported.sim.faults()
    assert result["outcome"] == "done" and result["complete"] is True and result["connections"]["changed"] == 1
    assert same(imported)


def test_a_page_token_that_expires_begins_its_list_anew(imported, meddler):
    meddler.before = Once("ListAccounts", lambda: refusal("InvalidInputException"), number=2, text="NextToken")
    result = imported.sync()
    assert meddler.before.done
    assert result["complete"] is True and result["connections"] == {"added": 0, "changed": 0, "removed": 0}
    assert same(imported)


@pytest.mark.parametrize("page", [1, 2])
def test_an_account_that_moves_during_the_listing_is_neither_lost_nor_doubled(imported, meddler, page):
    aws = imported.organizations
    parents = {each["account_id"]: aws.list_parents(ChildId=each["account_id"])["Parents"][0]["Id"] for each in imported.members()}
    moving = next(account for account in reversed(parents) if parents[account] != imported.root())
    was = imported.connection(moving)

    def move():
        aws.move_account(AccountId=moving, SourceParentId=parents[moving], DestinationParentId=imported.root())

    meddler.before = Once("ListAccounts", move, number=page, text="NextToken")
    result = imported.sync()
    assert meddler.before.done
    assert result["connections"]["added"] == result["connections"]["removed"] == 0
    assert [each["id"] for each in imported.api.items("/v1/connections") if each["account_id"] == moving] == [was["id"]]
    imported.sync()
    assert same(imported)


def test_a_unit_that_is_deleted_during_the_listing_is_no_failure(imported, meddler):
    aws = imported.organizations
    unit = aws.create_organizational_unit(ParentId=imported.root(), Name="Short-lived")["OrganizationalUnit"]["Id"]
    imported.sync()
    assert unit in {folder["ou_id"] for folder in tree(imported)["folders"]}
    meddler.before = Once("ListOrganizationalUnitsForParent", lambda: aws.delete_organizational_unit(OrganizationalUnitId=unit) and None,
                          text=unit)
    result = imported.sync()
    assert meddler.before.done and result["complete"] is True
    imported.sync()
    assert same(imported) and unit not in {folder["ou_id"] for folder in tree(imported)["folders"]}


def test_an_organization_without_units_and_members_is_its_root_and_one_account(start_sim, start_server):
    cloud = start_sim("--throttle", "off", "--accounts", "2")
    found = Connected(start_server(cloud).api, cloud)
    found.imported()
    assert same(found)
    shown = tree(found)
    assert [folder["path"] for folder in shown["folders"]] == ["/"]
    assert [each["account_id"] for each in shown["connections"]] == [found.management["account_id"]]


def test_five_levels_of_units_are_mirrored(start_sim, start_server):
    cloud = start_sim("--throttle", "off")
    found = Connected(start_server(cloud).api, cloud)
    parent = found.root()
    for level in range(1, 6):
        parent = found.organizations.create_organizational_unit(ParentId=parent, Name=f"Level {level}")["OrganizationalUnit"]["Id"]
    member = found.members()[0]["account_id"]
    found.organizations.move_account(AccountId=member, SourceParentId=found.root(), DestinationParentId=parent)
    found.imported()
    assert same(found)
    assert found.connection(member)["path"] == "/Level 1/Level 2/Level 3/Level 4/Level 5"


def test_of_two_integrations_over_one_organization_each_is_its_own(cloud, start_server):
    api = start_server(cloud).api
    first, second = Connected(api, cloud), Connected(api, cloud, handle="second")
    first.imported()
    second.imported()
    handles = {each["id"]: each["handle"] for each in api.items("/v1/connections")}
    assert len(set(handles.values())) == len(handles)
    kept = nodes(second)
    api.delete(first.path, query={"confirm": "org", "force": "true"}).expect(200, 204)
    assert nodes(second) == kept and same(second)
    assert second.sync()["connections"] == {"added": 0, "changed": 0, "removed": 0}


def test_another_management_account_of_the_same_organization_changes_no_node(imported, meddler):
    before = nodes(imported)
    new = imported.members()[0]["account_id"]

    def rewritten(operation, body):
        return body.replace(imported.management["account_id"].encode(), new.encode()) if operation == "DescribeOrganization" else body

    meddler.after = rewritten
    assert imported.sync()["outcome"] == "done"
    assert tree(imported)["management_account"] == new and nodes(imported) == before
    meddler.after = lambda _operation, body: body
    imported.sync()
    assert tree(imported)["management_account"] == imported.management["account_id"]


def test_another_organization_is_refused_until_somebody_says_so(imported, meddler):
    before = nodes(imported)
    ours = tree(imported)["organization_id"]
    other = "o-" + "z" * (len(ours) - 2)
    # The account of the discovery role has moved to another organization.
    meddler.after = lambda _operation, body: body.replace(ours.encode(), other.encode())
    assert imported.api.post(imported.path + "/organization/preview").expect(200)["other_organization"] is True
    assert imported.sync()["outcome"] == "other_organization"
    assert imported.sync(confirm_removals=len(before[1]))["outcome"] == "other_organization"
    shown = tree(imported)
    assert nodes(imported) == before and shown["organization_id"] == ours
    assert shown["error"]["code"] == "organization.other" and other in shown["error"]["message"]
    assert imported.sync(confirm_other_organization=True)["outcome"] == "done"
    shown = tree(imported)
    assert shown["organization_id"] == other and shown["error"] is None and nodes(imported) == before


DELEGATED = "member.org.stacksets.cloudformation.amazonaws.com"


def delegate(organizations, account_id):
    organizations.enable_aws_service_access(ServicePrincipal=DELEGATED)
    organizations.register_delegated_administrator(AccountId=account_id, ServicePrincipal=DELEGATED)


def test_a_delegated_administrator_that_moves_to_another_organization_waits_for_a_persons_word(cloud, start_server):
    aws = cloud.client("organizations", cloud.keys(next(each for each in cloud.accounts if each.get("management"))))
    moving = next(each for each in cloud.accounts if not each.get("management") and not each.get("platform"))
    delegate(aws, moving["account_id"])
    found = Connected(start_server(cloud).api, cloud, account=moving)
    found.imported()
    assert same(found)
    before, ours = nodes(found), tree(found)["organization_id"]
    # The account leaves with its role, joins another organization and becomes an administrator there.
    aws.deregister_delegated_administrator(AccountId=moving["account_id"], ServicePrincipal=DELEGATED)
    aws.remove_account_from_organization(AccountId=moving["account_id"])
    other = cloud.control.post("/_sim/organization", {"accounts": 6, "seed": 7}).expect(200, 201)["management_account_id"]
    accounts = {each["account_id"]: each for each in cloud.control.get("/_sim/accounts").expect(200)}
    there = cloud.client("organizations", cloud.keys(accounts[other]))
    invitation = there.invite_account_to_organization(Target={"Id": moving["account_id"], "Type": "ACCOUNT"})["Handshake"]["Id"]
    found.client("organizations", moving).accept_handshake(HandshakeId=invitation)
    delegate(there, moving["account_id"])
    assert found.api.post(found.path + "/organization/preview").expect(200)["other_organization"] is True
    assert found.sync()["outcome"] == "other_organization"
    shown = tree(found)
    assert nodes(found) == before and shown["organization_id"] == ours and shown["error"]["code"] == "organization.other"
    # Agreed to, it is as many removals as any other sync may make, which wait for their number.
    waiting = found.sync(confirm_other_organization=True)
    assert waiting["outcome"] == "removals_wait" and waiting["removals"] == len(before[1]) - 1
    assert nodes(found) == before
    assert found.sync(confirm_other_organization=True, confirm_removals=waiting["removals"])["outcome"] == "done"
    found.organizations = there
    assert same(found) and tree(found)["organization_id"] == there.describe_organization()["Organization"]["Id"]
    kept = found.connection(moving["account_id"])
    assert kept["id"] in {each[0] for each in before[1]}


def test_a_role_of_another_organizations_account_is_refused_by_name(cloud, start_server):
    found = Connected(start_server(cloud).api, cloud)
    found.imported()
    other = cloud.control.post("/_sim/organization", {"accounts": 6, "seed": 7}).expect(200, 201)["management_account_id"]
    arn = f"arn:aws:iam::{other}:role{found.integration['role_path']}{found.integration['role_name']}"
    refused = found.api.put(found.path + "/role", {"role_arn": arn})
    assert refused.status == 400 and refused.json["reason"] == "role_arn.other_account", refused
    assert found.sync()["outcome"] == "done" and same(found)


def test_imports_that_wait_for_their_turn_do_not_hold_up_another_tenant(imported, meddler):
    """Four imports at once is what there is room for; of one organization only one goes on at a time."""
    api = imported.api
    tenant = api.post("/v1/tenants", {"handle": "second"}).expect(201)
    other = Connected(api.with_token(api.token, **{"Crossrole-Tenant": tenant["id"]}), imported.sim)
    other.imported()
    credentials, entered, released = set(), threading.Event(), threading.Event()

    def hold(operation, _body):
        found = re.search("Credential=([^/]+)/", meddler.headers.get("Authorization", ""))
        if operation == "ListRoots" and not credentials:
            credentials.add(found[1])
            entered.set()
        if found and found[1] in credentials:
            meddler.hold(released)

    meddler.before = hold
    started = [api.post(imported.path + "/organization/sync").expect(202)["job"]]
    assert entered.wait(60)
    started += [api.post(imported.path + "/organization/sync", {"confirm_removals": number}).expect(202)["job"] for number in range(4)]
    api.wait_for(f"/v1/jobs/{started[-1]}", lambda job: job["updated_at"] != job["created_at"], 60)
    assert other.sync()["outcome"] == "done"
    assert api.get(f"/v1/jobs/{started[0]}").expect(200)["state"] == "running"
    released.set()
    assert [api.finish(job)["outcome"] for job in started] == ["done"] * 5
    assert same(imported)
