# SPDX-License-Identifier: Apache-2.0
"""An AWS organization as folders and connections, kept true; compared with what boto3 is told."""

import http.client
import io
import json
import time

import hcl2
import pytest
from end_to_end import routes_test as routes
from harness import clouds, process
from harness import server as servers
from harness.organizations import Connected, our_tree


@pytest.fixture
def cloud(start_sim):
    return start_sim("--throttle", "off", "--accounts", "8")


@pytest.fixture
def organization(cloud, start_server):
    return Connected(start_server(cloud).api, cloud, handle_prefix="acme_")


@pytest.fixture
def imported(organization):
    organization.imported()
    return organization


def same(organization):
    ours, aws = organization.trees()
    return ours == aws


def audited(organization, action):
    return [record for record in organization.api.items("/v1/audit") if record["action"] == action]


def test_the_first_verification_starts_an_import_and_the_tree_is_that_of_aws(organization):
    organization.imported()
    assert same(organization)
    tree = organization.api.get(organization.path + "/organization/tree").expect(200)
    handles = [each["handle"] for each in tree["connections"]]
    assert len(set(handles)) == len(handles) and all(handle.startswith("acme_") for handle in handles)
    assert {record["target"] for record in audited(organization, "connection.create")} == {each["id"] for each in tree["connections"]}
    assert {record["target"] for record in audited(organization, "folder.create")} == {each["id"] for each in tree["folders"]}
    [root] = [folder for folder in tree["folders"] if folder["parent"] is None]
    assert root["path"] == "/"


def test_a_preview_shows_the_tree_and_writes_nothing(organization):
    assert organization.verify()["ok"]
    organization.api.wait_for(organization.path + "/organization/tree", lambda it: it["as_of"], 60)
    made = organization.organizations.create_organizational_unit(
        ParentId=organization.organizations.list_roots()["Roots"][0]["Id"], Name="Späti & Söhne")["OrganizationalUnit"]["Id"]
    before, _ = organization.trees()
    preview = organization.api.post(organization.path + "/organization/preview").expect(200)
    assert preview["complete"] and preview["added"] == [made] and preview["removed"] == [] and preview["confirm_removals"] is None
    [shown] = [folder for folder in preview["folders"] if folder["ou_id"] == made]
    assert shown["name"] == "Späti & Söhne" and shown["handle"] in ("acme_spaeti_soehne", "acme_spati_sohne")
    after, aws = organization.trees()
    assert after == before != aws


def test_each_change_of_the_organization_is_followed(imported):
    aws = imported.organizations
    root = aws.list_roots()["Roots"][0]["Id"]
    unit = aws.create_organizational_unit(ParentId=root, Name="Workloads")["OrganizationalUnit"]["Id"]
    inner = aws.create_organizational_unit(ParentId=unit, Name="Shop")["OrganizationalUnit"]["Id"]
    imported.sync()
    assert same(imported)
    members = imported.members()
    first, second = members[0]["account_id"], members[1]["account_id"]
    was = imported.connection(first)
    aws.move_account(AccountId=first, SourceParentId=aws.list_parents(ChildId=first)["Parents"][0]["Id"], DestinationParentId=inner)
    imported.sync()
    assert same(imported)
    moved = imported.connection(first)
    assert moved["id"] == was["id"] and moved["path"] == "/Workloads/Shop"
    assert imported.api.get("/v1/connections", query={"folder": moved["folder"]}).expect(200)["items"] == [moved]
    aws.update_organizational_unit(OrganizationalUnitId=inner, Name="Shop 2")
    imported.client("account", members[0]).put_account_name(AccountName="Renamed")
    imported.sync()
    assert same(imported)
    assert imported.connection(first)["handle"] == "acme_renamed"
    imported.sim.control.post(f"/_sim/accounts/{second}", {"state": "suspended"}).expect(200)
    imported.sync()
    assert same(imported)
    assert imported.connection(second)["state"] == "suspended"
    refused = imported.api.post(f"/v1/connections/{imported.connection(second)['id']}/sessions")
    assert refused.status == 409 and refused.json["reason"] == "connection.suspended"
    imported.sim.control.post(f"/_sim/accounts/{second}", {"state": "active"}).expect(200)
    status = aws.create_account(AccountName="Newcomer", Email="newcomer@example.com")["CreateAccountStatus"]
    imported.sim.advance(60)
    new = aws.describe_create_account_status(CreateAccountRequestId=status["Id"])["CreateAccountStatus"]["AccountId"]
    imported.sync()
    assert same(imported)
    assert imported.connection(new)["handle"] == "acme_newcomer"
    gone = members[2]["account_id"]
    aws.remove_account_from_organization(AccountId=gone)
    imported.sync()
    assert same(imported)
    assert gone not in {each["account_id"] for each in imported.api.items("/v1/connections")}
    aws.close_account(AccountId=new)
    imported.sync()
    assert same(imported)


def test_removals_that_are_many_wait_for_a_persons_word(imported):
    aws = imported.organizations
    members = imported.members()
    leaving = members[: max(11, len(members) // 2)] if len(members) > 11 else members[: len(members) // 2 + 1]
    for each in leaving:
        aws.remove_account_from_organization(AccountId=each["account_id"])
    before = our_tree(imported.api, imported.integration)
    result = imported.sync()
    assert result["outcome"] == "removals_wait" and result["removals"] == len(leaving)
    tree = imported.api.get(imported.path + "/organization/tree").expect(200)
    assert tree["removals_waiting"] == len(leaving) and our_tree(imported.api, imported.integration) == before
    assert len(audited(imported, "organization.removal_waits")) == 1
    assert imported.sync(confirm_removals=len(leaving) + 1)["outcome"] == "removals_wait"
    assert imported.sync(confirm_removals=len(leaving))["outcome"] == "done"
    assert same(imported)


def test_an_unchanged_organization_leaves_tree_and_record_as_they_are(imported):
    before = imported.api.get(imported.path + "/organization/tree").expect(200)
    records = len(audited(imported, "organization.sync"))
    result = imported.sync()
    assert result["outcome"] == "done" and result["connections"] == {"added": 0, "changed": 0, "removed": 0}
    after = imported.api.get(imported.path + "/organization/tree").expect(200)
    assert after["folders"] == before["folders"] and len(audited(imported, "organization.sync")) == records


def test_a_member_account_is_told_that_it_cannot_list_the_organization(cloud, start_server):
    member = next(each for each in cloud.customers if not each.get("management"))
    found = Connected(start_server(cloud).api, cloud, account=member)
    verification = found.verify()
    assert not verification["ok"] and verification["state"] == "failed"
    assert [each["code"] for each in verification["findings"] if each["severity"] == "error"] == ["organization.not_management_account"]
    for action in ("preview", "sync"):
        refused = found.api.post(f"{found.path}/organization/{action}")
        assert refused.status == 400 and refused.json["reason"] == "organization.not_management_account", refused


@pytest.mark.parametrize("via", ["direct", "discovery_role"])
def test_members_give_sessions_once_their_role_is_proven(cloud, start_server, via):
    found = Connected(start_server(cloud).api, cloud, member={"via": via})
    found.imported()
    first, second = found.members()[:2]
    connection = found.connection(first["account_id"])
    assert connection["external_id"] == found.integration["member_external_id"] != found.integration["external_id"]
    refused = found.api.post(f"/v1/connections/{connection['id']}/sessions")
    assert refused.status == 409 and refused.json["reason"] in ("connection.unverified", "connection.error")
    found.make_role(first, "member")
    before = found.api.post(found.path + "/organization/test", {"account_id": first["account_id"]}).expect(200)
    assert before["ok"], before
    verification = found.api.post(f"/v1/connections/{connection['id']}/test").expect(200)
    assert verification["ok"] and [probe["observed"] for probe in verification["probes"]] == ["allowed"] + ["denied"] * 4
    session = found.api.post(f"/v1/connections/{connection['handle']}/sessions", {"duration_seconds": 3600}).expect(201)
    caller = cloud.client("sts", clouds.Keys.from_session(session)).get_caller_identity()
    assert caller["Account"] == first["account_id"] == session["account_id"] and caller["Arn"] == session["assumed_role_arn"]
    # One account without a role hinders no other.
    other = found.api.post(f"/v1/connections/{found.connection(second['account_id'])['id']}/test").expect(200)
    assert not other["ok"]
    found.api.wait_for(f"/v1/connections/{connection['id']}", lambda it: it["state"] == "active")
    refused = found.api.post(found.path + "/sessions")
    assert refused.status == 409 and refused.json["reason"] == "integration.kind"


def test_a_members_role_is_found_without_anybody_asking(imported):
    member = imported.members()[0]
    imported.make_role(member, "member")
    connection = imported.connection(member["account_id"])
    imported.api.wait_for(f"/v1/connections/{connection['id']}", lambda it: it["state"] == "active", 60)


def test_imports_that_change_nothing_probe_nobody(imported):
    members = len(imported.members()) + 1
    probes = lambda: sum(each["count"] for each in imported.sim.calls(service="sts", operation="AssumeRole"))  # noqa: E731
    imported.api.wait_for("/v1/connections", lambda it: all(each["state"] == "error" for each in it["items"]), 120)
    before, began, imports = probes(), time.monotonic(), 12
    for _ in range(imports):
        assert imported.sync()["connections"] == {"added": 0, "changed": 0, "removed": 0}
    # Each import enters the discovery role once, as may one that was scheduled; each member may have its own turn every ten seconds.
    turns = 1 + int((time.monotonic() - began) / 10)
    assert probes() - before <= imports + turns * (2 * members + 1)


def test_an_open_member_role_gives_no_sessions(imported):
    member = imported.members()[0]
    names = imported.integration["member"]
    trust = json.loads(imported.setup("trust-policy", "member"))
    for statement in trust["Statement"]:
        statement.pop("Condition", None)
    imported.client("iam", member).create_role(RoleName=names["role_name"], Path=names["role_path"], AssumeRolePolicyDocument=json.dumps(trust))
    connection = imported.connection(member["account_id"])
    verification = imported.api.post(f"/v1/connections/{connection['id']}/test").expect(200)
    assert not verification["ok"] and "trust.external_id_not_required" in {each["code"] for each in verification["findings"]}
    refused = imported.api.post(f"/v1/connections/{connection['id']}/sessions")
    assert refused.status == 409 and refused.json["reason"] == "connection.error"
    assert imported.connection(member["account_id"])["last_error"]["code"].startswith("trust.external_id")


def test_an_edited_handle_stays(imported):
    member = imported.members()[0]
    connection = imported.connection(member["account_id"])
    path = f"/v1/connections/{connection['id']}"
    preview = imported.api.patch(path, {"handle": "mine"}, query={"dry_run": "true"}).expect(200)
    assert preview["renamed"] == [f"{connection['handle']} -> mine"]
    changed = imported.api.patch(path, {"handle": "mine", "regions": ["eu-*"]}).expect(200)
    assert changed["handle"] == "mine" and changed["handle_mode"] == "static" and changed["regions"] == ["eu-*"]
    assert imported.api.patch(path, {"regions": ["mars-1"]}).status == 400
    assert imported.api.patch(path, {"handle": "other"}, headers={"If-Match": "1"}).status == 412
    imported.client("account", member).put_account_name(AccountName="Another name")
    imported.sync()
    assert imported.connection(member["account_id"])["handle"] == "mine" and same(imported)
    folder = imported.api.get(path).expect(200)["folder"]
    renamed = imported.api.patch(f"/v1/folders/{folder}", {"handle": "top"}).expect(200)
    assert renamed["handle_mode"] == "static" and imported.api.get("/v1/folders/top").expect(200)["id"] == folder


def test_exports_are_what_other_programs_read(imported):
    document = imported.api.get("/v1/connections/export", query={"format": "json"}).expect(200)
    names = [each["handle"] for each in document["connections"]]
    assert names == sorted(names) and names
    profiles = imported.api.get("/v1/connections/export", query={"format": "aws-config"}).text.decode()
    assert [line[9:-1] for line in profiles.splitlines() if line.startswith("[profile ")] == names
    terraform = hcl2.load(io.StringIO(imported.api.get("/v1/connections/export", query={"format": "terraform"}).text.decode()))
    assert len(terraform["provider"]) == len(names)
    steampipe = hcl2.load(io.StringIO(imported.api.get("/v1/connections/export", query={"format": "steampipe"}).text.decode()))
    assert len(steampipe["connection"]) == len(names) + 1


@pytest.mark.parametrize("body, field", [
    ({"member": {"via": "magic"}}, "member.via"),
    ({"member": {"role_name": "OrganizationAccountAccessRole"}}, "member.via"),
    ({"member": {"role_name": "no such name"}}, "member.role_name"),
    ({"member": {"role_path": "nowhere"}}, "member.role_path"),
    ({"handle_prefix": "9"}, "handle_prefix"),
    ({"external_id": {"format": "per_run"}}, "external_id.format"),
    ({"kind": "account", "handle_prefix": "a_"}, "handle_prefix"),
    ({"assume_on_worker": True}, "assume_on_worker"),
    ({"settings": {"default_region": "mars-1"}}, "settings.default_region"),
    ({"settings": {"nonsense": 1}}, "settings.nonsense"),
    ({"settings": {"default_region": "cn-north-1"}}, "settings.default_region"),
    ({"kind": "account", "settings": {}}, "settings"),
    ({"kind": "account", "permissions": {"spaces": []}}, "permissions"),
    ({"permissions": {"spaces": "some"}}, "permissions"),
    ({"permissions": {}}, "permissions"),
    ({"permissions": {"spaces": [], "people": []}}, "permissions"),
    ({"permissions": {"spaces": ["s_01JD3E9ZK4M7Q2V8R5T6W9XYZ1"]}}, "permissions.spaces"),
])
def test_what_an_organization_cannot_be_is_refused_by_name(server, body, field):
    refused = server.api.post("/v1/integrations", {"handle": "org", "kind": "organization", **body})
    assert refused.status == 400 and refused.json["field"] == field, refused


def test_an_organization_that_is_not_connected_yet_says_what_to_do(server):
    made = server.api.post("/v1/integrations", {"handle": "org", "kind": "organization"}).expect(201)
    for action in ("preview", "sync"):
        refused = server.api.post(f"/v1/integrations/{made['id']}/organization/{action}")
        assert (refused.status, refused.json["reason"], refused.json["fix"]) == (
            409, "integration.pending", "make the discovery role and connect it")
    tree = server.api.get(f"/v1/integrations/{made['id']}/organization/tree").expect(200)
    assert (tree["organization_id"], tree["as_of"], tree["folders"], tree["connections"]) == (None, None, [], [])


@pytest.fixture
def shared(imported):
    """An imported organization, a space, and the API for somebody who may work in that space only."""
    space = imported.api.post("/v1/spaces", {"name": "team"}).expect(201)
    elsewhere = imported.api.post("/v1/spaces", {"name": "elsewhere"}).expect(201)
    made = {each["name"]: imported.api.post("/v1/tokens", {"name": each["name"], "role": "operator", "space": each["id"]}).expect(201)
            for each in (space, elsewhere)}
    return imported, space, *(imported.api.with_token(made[name]["secret"]) for name in ("team", "elsewhere"))


def test_a_shared_connection_is_seen_and_used_by_that_space_only(shared):
    organization, space, team, elsewhere = shared
    member = organization.members()[0]
    organization.make_role(member, "member")
    connection = organization.connection(member["account_id"])
    path = f"/v1/connections/{connection['id']}"
    assert team.get(path).status == 404 and team.items("/v1/connections") == []
    organization.api.post(path + "/test").expect(200)
    organization.api.put(path + "/permissions", {"spaces": [space["id"]]}).expect(200)
    assert [each["id"] for each in team.items("/v1/connections")] == [connection["id"]]
    assert team.get(path).status == 200 and team.post(path + "/sessions").status == 201
    # Seeing and using it is all: nothing can be changed, and the integration is not there.
    assert team.patch(path, {"handle": "mine"}).status == 403 and team.post(path + "/test").status == 403
    assert team.put(path + "/permissions", {"spaces": "all"}).status == 403
    assert team.get(organization.path).status == 404
    assert elsewhere.get(path).status == 404 and elsewhere.post(path + "/sessions").status == 404
    document = team.get("/v1/connections/export", query={"format": "json"}).expect(200)
    assert [each["handle"] for each in document["connections"]] == [connection["handle"]]
    organization.api.put(path + "/permissions", {"spaces": []}).expect(200)
    assert team.get(path).status == 404 and team.post(path + "/sessions").status == 404


def test_a_shared_folder_shares_all_that_is_in_it_now_and_later(shared):
    organization, space, team, elsewhere = shared
    aws = organization.organizations
    root = aws.list_roots()["Roots"][0]["Id"]
    unit = aws.create_organizational_unit(ParentId=root, Name="Team")["OrganizationalUnit"]["Id"]
    organization.sync()
    tree = organization.api.get(organization.path + "/organization/tree").expect(200)
    folder = next(each for each in tree["folders"] if each["ou_id"] == unit)
    organization.api.put(f"/v1/folders/{folder['id']}/permissions", {"spaces": [space["id"]]}).expect(200)
    assert team.items("/v1/connections") == [] and team.get(f"/v1/folders/{folder['id']}").status == 200
    account = organization.members()[0]["account_id"]
    aws.move_account(AccountId=account, SourceParentId=aws.list_parents(ChildId=account)["Parents"][0]["Id"], DestinationParentId=unit)
    organization.sync()
    assert [each["account_id"] for each in team.items("/v1/connections")] == [account]
    assert elsewhere.items("/v1/connections") == []
    organization.api.put(f"/v1/folders/{folder['id']}/permissions", {"spaces": "all"}).expect(200)
    assert [each["account_id"] for each in elsewhere.items("/v1/connections")] == [account]
    later = organization.api.post("/v1/spaces", {"name": "later"}).expect(201)
    token = organization.api.post("/v1/tokens", {"name": "later", "role": "reader", "space": later["id"]}).expect(201)
    assert [each["account_id"] for each in organization.api.with_token(token["secret"]).items("/v1/connections")] == [account]


def test_nothing_is_shared_above_the_space_of_its_integration(cloud, start_server):
    api = start_server(cloud).api
    space = api.post("/v1/spaces", {"name": "inner"}).expect(201)
    other = api.post("/v1/spaces", {"name": "other"}).expect(201)
    found = Connected(api, cloud, space=space["id"])
    found.imported()
    path = f"/v1/connections/{found.connection(found.members()[0]['account_id'])['id']}/permissions"
    for spaces in ([other["id"]], ["s_01JD3E9ZK4M7Q2V8R5T6W9XYZ1"], ["nonsense"], "some", 7, None):
        refused = api.put(path, {"spaces": spaces})
        assert refused.status == 400 and refused.json["field"] == "spaces", refused


def test_another_prefix_renames_what_follows_it_and_shows_so_before(imported):
    members = imported.members()
    edited = imported.connection(members[0]["account_id"])
    imported.api.patch(f"/v1/connections/{edited['id']}", {"handle": "acme_mine"}).expect(200)
    before = {each["id"]: each["handle"] for each in imported.api.items("/v1/connections")}
    preview = imported.api.patch(imported.path, {"handle_prefix": "new_"}, query={"dry_run": "true"}).expect(200)
    assert {each["id"]: each["handle"] for each in imported.api.items("/v1/connections")} == before
    assert "acme_mine -> new_mine" not in preview["renamed"] and len(preview["renamed"]) >= len(before) - 1
    both = imported.api.patch(imported.path, {"handle_prefix": "new_"}, query={"dry_run": "true", "rename_static": "true"}).expect(200)
    assert "acme_mine -> new_mine" in both["renamed"]
    assert imported.api.patch(imported.path, {"handle_prefix": "new_"}).expect(200)["handle_prefix"] == "new_"
    after = {each["id"]: each["handle"] for each in imported.api.items("/v1/connections")}
    assert after.pop(edited["id"]) == "acme_mine" and all(handle.startswith("new_") for handle in after.values())
    assert imported.sync()["connections"] == {"added": 0, "changed": 0, "removed": 0}
    assert imported.api.patch(imported.path, {"handle_prefix": "9"}).json["field"] == "handle_prefix"


def test_two_integrations_over_one_organization_have_handles_of_their_own(cloud, start_server):
    api = start_server(cloud).api
    first, second = Connected(api, cloud), Connected(api, cloud, handle="second")
    first.imported()
    second.imported()
    assert same(first) and same(second)
    handles = [each["handle"] for each in api.items("/v1/connections")]
    assert len(handles) == len(set(handles)) == 2 * len(first.trees()[0][1])


def test_nothing_disappears_that_a_listing_was_not_let_see(imported):
    before = our_tree(imported.api, imported.integration)
    imported.sim.faults({"service": "organizations", "operation": "ListOrganizationalUnitsForParent", "probability": 1, "effect": "access_denied"})
    result = imported.sync()
    assert result["complete"] is False and result["error"]["code"]
    assert result["connections"]["removed"] == result["folders"]["removed"] == 0
    assert our_tree(imported.api, imported.integration) == before
    assert imported.api.get(imported.path + "/organization/tree").expect(200)["error"]
    imported.sim.faults()
    assert imported.sync()["complete"] is True
    assert imported.api.get(imported.path + "/organization/tree").expect(200)["error"] is None


def test_the_role_that_aws_makes_is_used_through_the_discovery_role_with_a_warning(cloud, start_server):
    found = Connected(start_server(cloud).api, cloud, member={"role_name": "OrganizationAccountAccessRole", "via": "discovery_role"})
    found.imported()
    status = found.organizations.create_account(AccountName="Made", Email="made@example.com")["CreateAccountStatus"]
    cloud.advance(60)
    new = found.organizations.describe_create_account_status(CreateAccountRequestId=status["Id"])["CreateAccountStatus"]["AccountId"]
    found.sync()
    verification = found.api.post(f"/v1/connections/{found.connection(new)['id']}/test").expect(200)
    assert verification["ok"], verification
    assert "member.without_external_id" in {each["code"] for each in verification["findings"]}
    session = found.api.post(f"/v1/connections/{found.connection(new)['id']}/sessions", {"duration_seconds": 3600}).expect(201)
    assert session["account_id"] == new


def test_commands_show_and_import_an_organization(cloud, start_server):
    server = start_server(cloud)
    found = Connected(server.api, cloud)
    found.imported()
    member = found.members()[0]
    shown = server.run("organization", "tree", "org", "--output", "table").expect(0)
    assert member["account_id"] in shown.out
    assert server.run("organization", "preview", "org", "--output", "json").expect(0).json["added"] == []
    for each in found.members()[1:]:
        found.organizations.remove_account_from_organization(AccountId=each["account_id"])
    waits = server.run("organization", "sync", "org", "--output", "json").expect(1)
    removals = waits.json["removals"]
    assert removals > 1 and f"--confirm-removals {removals}" in waits.err
    server.run("organization", "sync", "org", "--confirm-removals", str(removals)).expect(0)
    assert same(found)
    assert server.run("connection", "export", "--format", "terraform").expect(0).out.count('provider "aws"') == len(found.trees()[0][1])


def test_settings_are_inherited_and_overridden(imported):
    members = imported.members()
    first, second = (imported.connection(each["account_id"]) for each in members[:2])
    assert first["settings"] == {} and first["settings_source"] == "inherited"
    tree = imported.api.get(imported.path + "/organization/tree").expect(200)
    root = next(folder for folder in tree["folders"] if folder["parent"] is None)
    imported.api.patch(f"/v1/folders/{root['id']}", {"settings": {"default_region": "eu-west-1", "max_error_retry_attempts": 5}}).expect(200)
    own = {"ignore_error_codes": ["AccessDenied*"]}
    imported.api.patch(f"/v1/connections/{first['id']}", {"settings": own}).expect(200)
    first, second = (imported.connection(each["account_id"]) for each in members[:2])
    assert first["settings"] == own and first["settings_source"] == "self"
    assert second["settings"]["default_region"] == "eu-west-1" and second["settings_source"] == "inherited"
    steampipe = imported.api.get("/v1/connections/export", query={"format": "steampipe"}).text.decode()
    assert 'ignore_error_codes = ["AccessDenied*"]' in steampipe and 'default_region = "eu-west-1"' in steampipe
    imported.api.patch(f"/v1/connections/{first['id']}", {"settings": {}}).expect(200)
    assert imported.connection(members[0]["account_id"])["settings"]["max_error_retry_attempts"] == 5
    refused = imported.api.patch(f"/v1/connections/{first['id']}", {"settings": {"default_region": "mars-1"}})
    assert refused.status == 400 and refused.json["field"] == "settings.default_region"


def test_settings_of_the_whole_count_where_nothing_below_says_otherwise(imported):
    member = imported.members()[0]["account_id"]
    assert imported.integration["settings"] == {} and imported.connection(member)["settings_from"] is None
    whole = {"default_region": "eu-west-1", "max_error_retry_attempts": 7}
    changed = imported.api.patch(imported.path, {"settings": whole}).expect(200)
    assert changed["settings"] == whole and changed["version"] > imported.integration["version"]
    found = imported.connection(member)
    assert (found["settings"], found["settings_source"], found["settings_from"]) == (whole, "inherited", imported.integration["id"])
    folder = imported.api.get(f"/v1/folders/{found['folder']}").expect(200)
    assert (folder["settings"], folder["settings_source"], folder["settings_from"]) == (whole, "inherited", imported.integration["id"])
    assert 'default_region = "eu-west-1"' in imported.api.get("/v1/connections/export", query={"format": "steampipe"}).text.decode()
    own = {"default_region": "eu-central-1"}
    imported.api.patch(f"/v1/folders/{found['folder']}", {"settings": own}).expect(200)
    found = imported.connection(member)
    assert (found["settings"], found["settings_source"], found["settings_from"]) == (own, "inherited", found["folder"])
    imported.api.patch(f"/v1/connections/{found['id']}", {"settings": {"max_error_retry_attempts": 1}}).expect(200)
    assert imported.connection(member)["settings_from"] == found["id"]
    # Nothing below sets any more: the whole counts again, also for what comes later.
    imported.api.patch(f"/v1/connections/{found['id']}", {"settings": {}}).expect(200)
    imported.api.patch(f"/v1/folders/{found['folder']}", {"settings": {}}).expect(200)
    status = imported.organizations.create_account(AccountName="Later", Email="later@example.com")["CreateAccountStatus"]
    imported.sim.advance(60)
    later = imported.organizations.describe_create_account_status(CreateAccountRequestId=status["Id"])["CreateAccountStatus"]["AccountId"]
    imported.sync()
    assert imported.connection(later)["settings"] == imported.connection(member)["settings"] == whole
    assert any(record["details"].get("settings") == whole for record in audited(imported, "integration.update"))
    assert imported.api.patch(imported.path, {"settings": {"default_region": "mars-1"}}).json["field"] == "settings.default_region"
    imported.api.patch(imported.path, {"settings": {}}).expect(200)
    assert imported.connection(later)["settings"] == {} and imported.connection(later)["settings_from"] is None


def test_a_share_of_the_whole_reaches_everything_in_it_now_and_later(shared):
    organization, space, team, elsewhere = shared
    assert organization.integration["permissions"] == {"spaces": []}
    folder = organization.connection(organization.members()[0]["account_id"])["folder"]
    changed = organization.api.patch(organization.path, {"permissions": {"spaces": [space["id"]]}}).expect(200)
    assert changed["permissions"] == {"spaces": [space["id"]]}
    everything = {each["id"] for each in organization.api.items("/v1/connections")}
    assert {each["id"] for each in team.items("/v1/connections")} == everything and elsewhere.items("/v1/connections") == []
    assert team.get(f"/v1/folders/{folder}").status == 200 and elsewhere.get(f"/v1/folders/{folder}").status == 404
    member = organization.members()[0]
    organization.make_role(member, "member")
    connection = organization.connection(member["account_id"])
    organization.api.post(f"/v1/connections/{connection['id']}/test").expect(200)
    assert team.post(f"/v1/connections/{connection['id']}/sessions").status == 201
    # The integration itself stays hidden, and nothing can be changed.
    assert team.get(organization.path).status == 404 and team.patch(f"/v1/folders/{folder}", {"handle": "mine"}).status == 403
    status = organization.organizations.create_account(AccountName="Later", Email="later@example.com")["CreateAccountStatus"]
    organization.sim.advance(60)
    created = organization.organizations.describe_create_account_status(CreateAccountRequestId=status["Id"])["CreateAccountStatus"]
    organization.sync()
    assert created["AccountId"] in {each["account_id"] for each in team.items("/v1/connections")}
    organization.api.patch(organization.path, {"permissions": {"spaces": "all"}}).expect(200)
    assert {each["id"] for each in elsewhere.items("/v1/connections")} > everything
    for spaces in (["s_01JD3E9ZK4M7Q2V8R5T6W9XYZ1"], ["nonsense"]):
        assert organization.api.patch(organization.path, {"permissions": {"spaces": spaces}}).json["field"] == "permissions.spaces"
    organization.api.patch(organization.path, {"permissions": {"spaces": []}}).expect(200)
    assert team.items("/v1/connections") == [] and team.get(f"/v1/connections/{connection['id']}").status == 404


def test_settings_and_shares_of_the_whole_are_there_before_the_first_import(cloud, start_server, tmp_path):
    server = start_server(cloud)
    space = server.api.post("/v1/spaces", {"name": "team"}).expect(201)
    token = server.api.post("/v1/tokens", {"name": "team", "role": "reader", "space": space["id"]}).expect(201)
    whole = {"max_error_retry_attempts": 7}
    found = Connected(server.api, cloud, settings=whole, permissions={"spaces": "all"})
    assert found.integration["settings"] == whole and found.integration["permissions"] == {"spaces": "all"}
    found.imported()
    assert {json.dumps(each["settings"]) for each in server.api.with_token(token["secret"]).items("/v1/connections")} == {json.dumps(whole)}
    (tmp_path / "settings.json").write_text('{"default_region": "eu-west-1"}')
    shown = server.run("integration", "update", "org", "--settings", str(tmp_path / "settings.json"), "--share-with", space["id"],
                       "--output", "json").expect(0).json
    assert shown["settings"] == {"default_region": "eu-west-1"} and shown["permissions"] == {"spaces": [space["id"]]}
    assert server.run("integration", "update", "org", "--share-with", "", "--output", "json").expect(0).json["permissions"] == {"spaces": []}
    account = server.api.post("/v1/integrations", {"handle": "one", "kind": "account"}).expect(201)
    for body, field in (({"settings": {}}, "settings"), ({"permissions": {"spaces": []}}, "permissions")):
        refused = server.api.patch(f"/v1/integrations/{account['id']}", body)
        assert refused.status == 400 and refused.json["field"] == field


def exported(api, **query):
    answer = api.get("/v1/connections/export", query={"format": "json", **query})
    return {each["account_id"] for each in answer.json["connections"]} if answer.status == 200 else (answer.status, answer.json["detail"])


def test_an_export_is_of_what_is_named_by_handle_or_id(cloud, start_server):
    server = start_server(cloud)
    found = Connected(server.api, cloud)
    found.imported()
    root = found.root()
    unit = found.organizations.create_organizational_unit(ParentId=root, Name="Outer")["OrganizationalUnit"]["Id"]
    inner = found.organizations.create_organizational_unit(ParentId=unit, Name="Inner")["OrganizationalUnit"]["Id"]
    first, second = (each["account_id"] for each in found.members()[:2])
    for account, place in ((first, unit), (second, inner)):
        source = found.organizations.list_parents(ChildId=account)["Parents"][0]["Id"]
        found.organizations.move_account(AccountId=account, SourceParentId=source, DestinationParentId=place)
    found.sync()
    server.api.post("/v1/integrations", {"handle": "one", "kind": "account", "account_id": first}).expect(201)
    api, folder = server.api, found.api.get(f"/v1/folders/{found.connection(first)['folder']}").expect(200)
    everything = {each["account_id"] for each in api.items(f"/v1/connections?integration={found.integration['id']}")}
    mine = next(each for each in api.items(f"/v1/connections?integration={found.integration['id']}") if each["account_id"] == second)
    for name in ("org", found.integration["id"]):
        assert exported(api, integration=name) == everything
    for name in (folder["handle"], folder["id"]):
        assert exported(api, folder=name) == {first, second}
    for name in (mine["handle"], mine["id"]):
        assert exported(api, connection=name) == {second}
    assert exported(api, folder="nowhere") == (404, "there is no folder `nowhere`")
    for kind in ("integration", "folder", "connection"):
        assert exported(api, **{kind: ""})[0] == exported(api, **{kind: "No handle"})[0] == 400
    assert exported(api, folder=folder["id"], connection=mine["id"])[0] == 400
    shown = server.run("connection", "export", "--folder", folder["handle"]).expect(0).out
    assert {line[9:-1] for line in shown.splitlines() if line.startswith("[profile ")} == {
        each["handle"] for each in api.items(f"/v1/connections?integration={found.integration['id']}") if each["account_id"] in (first, second)}
    # Who may see one of them is told of nothing else, in the words of what is not there.
    space = api.post("/v1/spaces", {"name": "team"}).expect(201)
    token = api.post("/v1/tokens", {"name": "team", "role": "reader", "space": space["id"]}).expect(201)
    team = api.with_token(token["secret"])
    api.put(f"/v1/connections/{mine['id']}/permissions", {"spaces": [space["id"]]}).expect(200)
    assert exported(team, connection=mine["handle"]) == exported(team, folder=folder["handle"]) == exported(team, integration="org") == {second}
    hidden = next(each for each in api.items("/v1/connections") if each["account_id"] == found.management["account_id"])
    assert exported(team, connection=hidden["handle"]) == (404, f"there is no connection `{hidden['handle']}`")
    assert exported(team, integration="one") == (404, "there is no integration `one`")


class Follower:
    """Follows the events of a server."""

    def __init__(self, server, api):
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        self.connection.request("GET", "/v1/events", headers={"Authorization": f"Bearer {api.token}", **api.headers})
        self.response = self.connection.getresponse()
        assert routes.read_event(self.response)[1] == "hello"

    def until(self, is_last):
        """What comes, as (name, data), up to the first that `is_last(name, data)`."""
        seen = []
        while not seen or not is_last(*seen[-1]):
            seen.append(routes.read_event(self.response)[1:])
        return seen


def test_followers_are_told_of_each_change_of_the_tree(cloud, start_server):
    server = start_server(cloud)
    space, elsewhere = (server.api.post("/v1/spaces", {"name": name}).expect(201) for name in ("team", "elsewhere"))
    found = Connected(server.api, cloud, space=space["id"])
    found.imported()
    tokens = [server.api.post("/v1/tokens", {"name": "follower", "role": "requester", "space": each["id"]}).expect(201)
              for each in (space, elsewhere)]
    followers = [Follower(server, api) for api in (server.api, *(server.api.with_token(token["secret"]) for token in tokens))]
    aws, root = found.organizations, found.root()
    moved, gone = (found.connection(each["account_id"]) for each in found.members()[:2])
    unit = aws.create_organizational_unit(ParentId=root, Name="Shop")["OrganizationalUnit"]["Id"]
    source = aws.list_parents(ChildId=moved["account_id"])["Parents"][0]["Id"]
    aws.move_account(AccountId=moved["account_id"], SourceParentId=source, DestinationParentId=unit)
    aws.remove_account_from_organization(AccountId=gone["account_id"])
    found.sync()
    edited = found.api.patch(f"/v1/connections/{moved['id']}", {"handle": "edited"}).expect(200)
    found.api.delete(found.path + "?confirm=org").expect(200)
    for follower in followers[:2]:
        seen = follower.until(lambda name, data: name == "integration" and data["action"] == "integration.delete")
        [folder] = [data for name, data in seen if name == "folder"]
        assert (folder["action"], folder["changes"], folder["ou_id"], folder["parent_ou_id"]) == ("folder.create", ["added"], unit, root)
        assert folder["integration"] == found.integration["id"] and folder["name"] == "Shop"
        told = {(data["id"], data["action"]): data for name, data in seen if name == "connection" and data["action"] != "connection.test"}
        assert told.keys() == {(moved["id"], "connection.update"), (gone["id"], "connection.delete")}
        assert told[gone["id"], "connection.delete"]["changes"] == ["removed"]
        assert told[gone["id"], "connection.delete"]["account_id"] == gone["account_id"]
        changes = [data for name, data in seen if name == "connection" and data["id"] == moved["id"] and data["action"] == "connection.update"]
        assert [each["changes"] for each in changes] == [["moved"], ["handle_changed"]] and changes[1]["handle"] == edited["handle"]
        assert changes[0]["parent_ou_id"] == unit and changes[0]["account_state"] == "active"
        assert seen[-1][1]["state"] == "deleted" and seen[-1][1]["id"] == found.integration["id"]
    # Where the integration is not, nothing was told: the first event is one of its own.
    other = server.api.post("/v1/integrations", {"handle": "other", "kind": "account", "space": elsewhere["id"]}).expect(201)
    [(name, data)] = followers[2].until(lambda name, data: True)
    assert name == "integration" and data["id"] == other["id"]


def test_the_aws_cli_reads_every_profile(cloud, start_server, tmp_path):
    server = start_server(cloud)
    found = Connected(server.api, cloud)
    found.imported()
    for account in [found.management, *found.members()]:
        found.make_role(account, "member")
    connections = server.api.items("/v1/connections")
    for connection in connections:
        server.api.wait_for(f"/v1/connections/{connection['id']}", lambda it: it["state"] == "active", 60)
    config = tmp_path / "config"
    config.write_text(server.run("connection", "export", "--format", "aws-config").expect(0).out)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "crossrole").symlink_to(process.executable())
    cloud_environment = {"AWS_ENDPOINT_URL": cloud.url, "AWS_CONFIG_FILE": str(config), "AWS_PAGER": ""}
    env = server.command_environment(cloud_environment)
    env["PATH"] = f"{tmp_path / 'bin'}:{env['PATH']}"
    for connection in connections:
        done = servers.run_tool("aws", "--profile", connection["handle"], "sts", "get-caller-identity", "--output", "json", env=env)
        assert done.expect(0).json["Account"] == connection["account_id"]


def test_the_tree_says_when_it_was_listed_completely_last(imported):
    first = imported.api.get(imported.path + "/organization/tree").expect(200)["as_of"]
    imported.sync()
    second = imported.api.get(imported.path + "/organization/tree").expect(200)["as_of"]
    assert second > first
    imported.sim.faults({"service": "organizations", "operation": "ListAccounts", "effect": "access_denied"})
    assert imported.sync()["complete"] is False
    assert imported.api.get(imported.path + "/organization/tree").expect(200)["as_of"] == second


def test_another_member_role_shows_what_it_makes_invalid_and_is_proven_anew(imported):
    member = imported.members()[0]
    imported.make_role(member, "member")
    connection = imported.connection(member["account_id"])
    path = f"/v1/connections/{connection['id']}"
    assert imported.api.post(path + "/test").expect(200)["ok"]
    imported.api.post(path + "/sessions").expect(201)
    wish = {"member": {"role_name": "Another"}}
    preview = imported.api.patch(imported.path, wish, query={"dry_run": "true"}).expect(200)
    assert preview["invalidated"] == ["sessions", "connections", "setup.member"] and preview["renamed"] == []
    assert imported.api.get(path).expect(200)["state"] == "active"
    chained = imported.api.patch(imported.path, {"member": {"via": "discovery_role"}}, query={"dry_run": "true"}).expect(200)
    assert chained["invalidated"] == ["sessions", "connections", "setup.member", "setup.discovery"]
    before = imported.integration
    imported.integration = imported.api.patch(imported.path, wish).expect(200)
    assert imported.integration["member"] == {**before["member"], "role_name": "Another"}
    assert imported.integration["member_external_id"] == before["member_external_id"]
    changed = imported.api.get(path).expect(200)
    assert changed["role_arn"].endswith("/Another") and changed["state"] in ("unverified", "error")
    refused = imported.api.post(path + "/sessions")
    assert refused.status == 409 and refused.json["reason"] in ("connection.unverified", "connection.error")
    imported.make_role(member, "member")
    assert imported.api.post(path + "/test").expect(200)["ok"]
    assert imported.api.post(path + "/sessions").expect(201)["assumed_role_arn"].split("/")[1] == "Another"
    for body in ({"member": {"via": "magic"}}, {"member": {"role_name": "OrganizationAccountAccessRole"}}):
        refused = imported.api.patch(imported.path, body)
        assert refused.status == 400 and refused.json["field"] == "member.via", refused
    assert imported.api.patch(imported.path, {"member": None}).expect(200)["member"] == imported.integration["member"]
