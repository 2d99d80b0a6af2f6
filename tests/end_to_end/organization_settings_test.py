# SPDX-License-Identifier: Apache-2.0
"""What counts for a folder or connection of an organization, who may use it, and who is told of its changes."""

import json
import re

import hcl2
import pytest
from end_to_end.organization_test import Follower
from harness.organizations import Connected


class World:
    """An imported organization with an OU in an OU: one account in the inner one, one in the outer one, the others in the root."""

    def __init__(self, server, cloud, **fields):
        self.server, self.api = server, server.api
        self.org = Connected(server.api, cloud, **fields)
        self.org.imported()
        aws, root = self.org.organizations, self.org.root()
        self.outer_ou = aws.create_organizational_unit(ParentId=root, Name="Outer")["OrganizationalUnit"]["Id"]
        self.inner_ou = aws.create_organizational_unit(ParentId=self.outer_ou, Name="Inner")["OrganizationalUnit"]["Id"]
        accounts = [each["account_id"] for each in self.org.members()]
        self.move(accounts[0], self.inner_ou)
        self.move(accounts[1], self.outer_ou)
        self.org.sync()
        self.inner_account, self.outer_account, self.other_account, self.hidden_account = accounts[:4]

    def move(self, account, to):
        aws = self.org.organizations
        aws.move_account(AccountId=account, SourceParentId=aws.list_parents(ChildId=account)["Parents"][0]["Id"], DestinationParentId=to)

    def folder(self, ou):
        tree = self.api.get(self.org.path + "/organization/tree").expect(200)
        return next(each for each in tree["folders"] if each["ou_id"] == ou)

    def connection(self, account):
        return self.api.get(f"/v1/connections/{self.org.connection(account)['id']}").expect(200)

    def token(self, name, space, role="operator"):
        made = self.api.post("/v1/tokens", {"name": name, "role": role, "space": space["id"]}).expect(201)
        return self.api.with_token(made["secret"])


@pytest.fixture
def world(start_sim, start_server):
    cloud = start_sim("--throttle", "off", "--accounts", "8")
    return World(start_server(cloud), cloud)


def regions(node):
    return node["regions"], node["regions_source"], node["regions_from"]


def exported(api, handle):
    """What each format says of one connection: regions and where sessions are used."""
    text = {name: api.get("/v1/connections/export", query={"format": name}).text.decode() for name in ("aws-config", "steampipe", "terraform", "json")}
    [in_json] = [each for each in json.loads(text["json"])["connections"] if each["handle"] == handle]
    steampipe = next(each[f'"aws_{handle}"'] for each in hcl2.loads(text["steampipe"])["connection"] if f'"aws_{handle}"' in each)
    terraform = next(each['"aws"'] for each in hcl2.loads(text["terraform"])["provider"] if each['"aws"']["alias"].strip('"') == handle)
    profile = re.search(rf"\[profile {handle}\]\n[^\[]*region = (\S+)", text["aws-config"]).group(1)
    assert [each.strip('"') for each in steampipe["regions"]] == in_json["regions"]
    assert profile == terraform["region"].strip('"') == in_json["region"]
    return in_json["regions"], profile


def test_regions_are_inherited_and_overridden_with_their_source(world):
    api, whole = world.api, world.org.integration["id"]
    inner, outer = world.folder(world.inner_ou), world.folder(world.outer_ou)
    for node in (inner, outer, world.connection(world.inner_account), world.connection(world.other_account)):
        assert regions(node) == (["*"], "inherited", whole)
    assert exported(api, world.connection(world.inner_account)["handle"]) == (["*"], "us-east-1")

    api.patch(world.org.path, {"regions": ["us-*"]}).expect(200)
    changed = api.patch(f"/v1/folders/{outer['id']}", {"regions": ["eu-*", "us-west-2"]}).expect(200)
    assert regions(changed) == (["eu-*", "us-west-2"], "self", outer["id"]) and changed["version"] == outer["version"] + 1
    assert regions(world.connection(world.other_account)) == (["us-*"], "inherited", whole)
    for node in (world.folder(world.inner_ou), world.connection(world.inner_account), world.connection(world.outer_account)):
        assert regions(node) == (["eu-*", "us-west-2"], "inherited", outer["id"])
    own = api.patch(f"/v1/connections/{world.connection(world.inner_account)['id']}", {"regions": ["ap-south-1"]}).expect(200)
    assert regions(own) == (["ap-south-1"], "self", own["id"])
    assert regions(api.items(f"/v1/connections?account_id={world.inner_account}")[0]) == regions(own)
    assert exported(api, own["handle"]) == (["ap-south-1"], "ap-south-1")
    # The integration's region is not among those of the folder: the first of these.
    assert exported(api, world.connection(world.outer_account)["handle"]) == (["eu-*", "us-west-2"], "eu-central-1")
    assert exported(api, world.connection(world.other_account)["handle"]) == (["us-*"], "us-east-1")

    # None of one's own: those above count again.
    assert regions(api.patch(f"/v1/connections/{own['id']}", {"regions": []}).expect(200)) == (["eu-*", "us-west-2"], "inherited", outer["id"])
    assert regions(api.patch(f"/v1/folders/{outer['id']}", {"regions": []}).expect(200)) == (["us-*"], "inherited", whole)
    told = [record["details"]["changes"] for record in api.items("/v1/audit")
            if record["action"] == "folder.update" and record["target"] == outer["id"] and record["phase"] == "outcome"]
    assert told == [["regions_changed"], ["regions_changed"]]


def test_an_accounts_own_integration_says_where_its_sessions_are_used(world):
    body = {"handle": "own", "kind": "account", "account_id": world.org.management["account_id"], "regions": ["eu-*"]}
    own = world.api.post("/v1/integrations", body).expect(201)
    [mine] = [each for each in world.api.items("/v1/connections") if each["integration"] == own["id"]]
    assert regions(mine) == (["eu-*"], "inherited", own["id"])
    assert exported(world.api, "own") == (["eu-*"], own["region"])
    world.api.patch(f"/v1/integrations/{own['id']}", {"regions": ["us-*"], "region": "eu-west-1"}).expect(200)
    assert exported(world.api, "own") == (["us-*"], "eu-west-1")


@pytest.mark.parametrize("wrong", [["mars-1"], ["eu-*-1"], [""], ["us-east-1"] * 101, "us-east-1", [7]])
def test_regions_that_there_are_not_are_refused_by_name(world, wrong):
    for path in (f"/v1/folders/{world.folder(world.outer_ou)['id']}", f"/v1/connections/{world.connection(world.inner_account)['id']}", world.org.path):
        refused = world.api.patch(path, {"regions": wrong})
        assert refused.status == 400 and refused.json["field"] == "regions", refused
    # A whole organization has nothing above it.
    assert world.api.patch(world.org.path, {"regions": []}).status == 400


def test_a_folder_that_comes_back_has_its_regions_and_settings(world):
    outer = world.folder(world.outer_ou)
    world.api.patch(f"/v1/folders/{outer['id']}", {"regions": ["eu-*"], "settings": {"max_error_retry_attempts": 3}}).expect(200)
    aws, root = world.org.organizations, world.org.root()
    world.api.patch(f"/v1/connections/{world.connection(world.other_account)['id']}", {"regions": ["ca-*"]}).expect(200)
    aws.remove_account_from_organization(AccountId=world.other_account)
    world.org.sync()
    member = next(each for each in world.org.sim.control.get("/_sim/accounts").expect(200) if each["account_id"] == world.other_account)
    handshake = aws.invite_account_to_organization(Target={"Id": world.other_account, "Type": "ACCOUNT"})["Handshake"]["Id"]
    world.org.client("organizations", member).accept_handshake(HandshakeId=handshake)
    world.move(world.other_account, world.outer_ou)
    world.org.sync()
    assert regions(world.connection(world.other_account))[:2] == (["ca-*"], "self")
    # Moved out of the folder, what counts there does not count any more.
    assert regions(world.connection(world.outer_account))[2] == outer["id"]
    world.move(world.outer_account, root)
    world.org.sync()
    found = world.connection(world.outer_account)
    assert regions(found) == (["*"], "inherited", world.org.integration["id"]) and found["settings"] == {}


def test_sessions_are_used_where_what_counts_says(world):
    api = world.api
    member = next(each for each in world.org.members() if each["account_id"] == world.inner_account)
    world.org.make_role(member, "member")
    path = f"/v1/connections/{world.connection(world.inner_account)['id']}"
    assert api.post(path + "/test").expect(200)["ok"]

    def used_in(**body):
        return api.post(path + "/sessions", body).expect(201)["region"]

    assert used_in() == "us-east-1"
    api.patch(f"/v1/folders/{world.folder(world.outer_ou)['id']}", {"regions": ["eu-west-3", "eu-west-1"]}).expect(200)
    assert used_in() == "eu-west-3"
    api.patch(world.org.path, {"settings": {"default_region": "ca-central-1"}}).expect(200)
    assert used_in() == "ca-central-1"
    api.patch(path, {"settings": {"default_region": "eu-west-1"}}).expect(200)
    assert used_in() == "eu-west-1" and used_in(region="sa-east-1") == "sa-east-1"
    assert world.server.run("exec", "--connection", world.connection(world.inner_account)["handle"], "--", "sh", "-c",
                            "echo $AWS_REGION").expect(0).out.strip() == "eu-west-1"
    # Links to the console are those of the account, too, also for whoever sees nothing but the connection.
    handle = world.connection(world.inner_account)["handle"]
    assert "SigninToken=" in world.server.run("credentials", "console", "--connection", handle, "--output", "json").expect(0).json["url"]
    team, reading = (api.post("/v1/spaces", {"name": name}).expect(201) for name in ("team", "reading"))
    api.put(path + "/permissions", {"spaces": [team["id"], reading["id"]]}).expect(200)
    assert "SigninToken=" in world.token("team", team).post(path + "/console").expect(201)["url"]
    assert world.token("reading", reading, "reader").post(path + "/console").status == 403
    opened = [each["details"]["assumed_role_arn"] for each in api.items("/v1/audit") if each["action"] == "session.console"]
    assert len(opened) == 2 and all(f"::{world.inner_account}:assumed-role/" in each for each in opened)
    # What is looked at does not decide where the role is assumed.
    assert api.post(path + "/test").expect(200)["ok"]


def test_what_a_node_is_shared_with_is_shown_with_where_it_comes_from(world):
    api, whole = world.api, world.org.integration["id"]
    team, other = (api.post("/v1/spaces", {"name": name}).expect(201) for name in ("team", "other"))
    inner, outer = world.folder(world.inner_ou), world.folder(world.outer_ou)
    connection = world.connection(world.inner_account)
    assert connection["permissions"] == outer["permissions"] == {"spaces": [], "inherited": []}
    api.put(f"/v1/connections/{connection['id']}/permissions", {"spaces": [team["id"]]}).expect(200)
    api.put(f"/v1/folders/{outer['id']}/permissions", {"spaces": [other["id"]]}).expect(200)
    of_whole = {"from": whole, "spaces": "all"}
    of_outer = {"from": outer["id"], "spaces": [other["id"]]}
    assert world.connection(world.inner_account)["permissions"] == {"spaces": [team["id"]], "inherited": [of_outer]}
    # Who sees it through one share is told of that one.
    reader = world.token("team", team, "reader")
    assert reader.get(f"/v1/connections/{connection['id']}").expect(200)["permissions"] == {"spaces": [team["id"]], "inherited": []}
    below = world.token("other", other, "reader")
    assert below.get(f"/v1/connections/{connection['id']}").expect(200)["permissions"] == {"spaces": [], "inherited": [of_outer]}
    assert below.get(f"/v1/folders/{outer['id']}").expect(200)["permissions"] == {"spaces": [other["id"]], "inherited": []}
    assert team["id"] not in json.dumps(below.items("/v1/connections")) and other["id"] not in json.dumps(reader.items("/v1/connections"))

    api.patch(world.org.path, {"permissions": {"spaces": "all"}}).expect(200)
    assert world.connection(world.inner_account)["permissions"] == {"spaces": [team["id"]], "inherited": [of_outer, of_whole]}
    assert world.connection(world.other_account)["permissions"] == {"spaces": [], "inherited": [of_whole]}
    assert world.folder(world.inner_ou)["permissions"] == {"spaces": [], "inherited": [of_outer, of_whole]}
    assert api.get(f"/v1/folders/{inner['id']}").expect(200)["permissions"] == {"spaces": [], "inherited": [of_outer, of_whole]}
    # A space that is deleted is in no share any more.
    token = next(each["id"] for each in api.items("/v1/tokens") if each["name"] == "team")
    api.delete(f"/v1/tokens/{token}").expect(200)
    api.delete(f"/v1/spaces/{team['id']}").expect(200)
    assert world.connection(world.inner_account)["permissions"]["spaces"] == []
    tree = api.get(world.org.path + "/organization/tree").expect(200)
    assert {each["id"]: each["permissions"] for each in tree["connections"]} == {
        each["id"]: api.get(f"/v1/connections/{each['id']}").expect(200)["permissions"] for each in tree["connections"]}


def test_shares_that_a_move_has_left_behind_count_no_more_and_are_not_shown(start_sim, start_server):
    cloud = start_sim("--throttle", "off", "--accounts", "8")
    server = start_server(cloud)
    above = server.api.post("/v1/spaces", {"name": "above"}).expect(201)
    left, below = (server.api.post("/v1/spaces", {"name": name, "parent": above["id"]}).expect(201) for name in ("left", "below"))
    world = World(server, cloud, space=above["id"])
    path = f"/v1/connections/{world.connection(world.inner_account)['id']}"
    server.api.put(path + "/permissions", {"spaces": [left["id"], below["id"]]}).expect(200)
    assert set(server.api.get(path).expect(200)["permissions"]["spaces"]) == {left["id"], below["id"]}
    reader = world.token("left", left, "reader")
    assert reader.get(path).status == 200
    server.api.patch(world.org.path, {"space": below["id"]}).expect(200)
    assert reader.get(path).status == 404
    assert server.api.get(path).expect(200)["permissions"]["spaces"] == [below["id"]]


def test_two_who_share_at_once_do_not_overwrite_each_other(world):
    api = world.api
    space = api.post("/v1/spaces", {"name": "team"}).expect(201)
    connection, folder = world.connection(world.hidden_account), world.folder(world.outer_ou)
    for path, node in ((f"/v1/folders/{folder['id']}", folder), (f"/v1/connections/{connection['id']}", connection)):
        seen = {"If-Match": str(api.get(path).expect(200)["version"])}
        assert api.put(path + "/permissions", {"spaces": "all"}, headers=seen, query={"dry_run": "true"}).expect(200)["renamed"] == []
        api.put(path + "/permissions", {"spaces": "all"}, headers=seen).expect(200)
        assert api.put(path + "/permissions", {"spaces": [space["id"]]}, headers=seen).status == 412
        assert api.put(path + "/permissions", {"spaces": [space["id"]]}, headers=seen, query={"dry_run": "true"}).status == 412
        assert api.get(path).expect(200)["permissions"]["spaces"] == "all"
    records = [each["details"] for each in api.items("/v1/audit") if each["target"] == folder["id"] and each["phase"] == "outcome"]
    assert ["permissions_changed"] in [each.get("changes") for each in records] and "all" in [each.get("spaces") for each in records]
    own = api.post("/v1/integrations", {"handle": "own", "kind": "account", "account_id": world.org.management["account_id"]}).expect(201)
    [mine] = [each for each in api.items("/v1/connections") if each["integration"] == own["id"]]
    for query in ({}, {"dry_run": "true"}):
        assert api.put(f"/v1/connections/{mine['id']}/permissions", {"spaces": "all"}, query=query).json["reason"] == "connection.managed"


def test_commands_set_what_counts_for_one_folder_or_connection(world, tmp_path):
    run = world.server.run
    space = run("space", "create", "team", "--output", "json").expect(0).json
    outer, connection = world.folder(world.outer_ou), world.connection(world.inner_account)
    settings, nothing = tmp_path / "settings.json", tmp_path / "nothing.json"
    settings.write_text('{"default_region": "eu-west-1"}')
    nothing.write_text("{}")
    changed = run("folder", "update", outer["handle"], "--settings", str(settings), "--regions", "eu-*", "--regions", "us-east-1",
                  "--share-with", space["id"], "--output", "json").expect(0).json
    assert changed["settings"] == {"default_region": "eu-west-1"} and regions(changed) == (["eu-*", "us-east-1"], "self", outer["id"])
    assert changed["permissions"] == {"spaces": [space["id"]], "inherited": []}
    shown = run("connection", "show", connection["handle"], "--output", "json").expect(0).json
    assert shown["settings_from"] == shown["regions_from"] == shown["permissions"]["inherited"][0]["from"] == outer["id"]
    table = run("connection", "show", connection["handle"], "--output", "table").expect(0).out
    assert outer["id"] in table and "eu-*, us-east-1" in table and space["id"] in table
    table = run("folder", "show", outer["handle"], "--output", "table").expect(0).out
    assert "eu-*, us-east-1" in table and space["id"] in table

    changed = run("connection", "update", connection["handle"], "--handle", "mine", "--regions", "ap-*", "--share-with", "all",
                  "--output", "json").expect(0).json
    assert changed["handle"] == "mine" and regions(changed) == (["ap-*"], "self", connection["id"])
    assert changed["permissions"]["spaces"] == "all"
    changed = run("connection", "update", "mine", "--settings", str(nothing), "--regions", "", "--share-with", "", "--output", "json").expect(0).json
    assert regions(changed)[2] == outer["id"] and changed["permissions"]["spaces"] == []

    # Both or nothing, and nothing at a look.
    refused = run("connection", "update", "mine", "--regions", "us-*", "--share-with", "s_01JD3E9ZK4M7Q2V8R5T6W9XYZ1", "--output", "table")
    assert refused.code == 2 and "there is no space" in refused.err
    assert run("folder", "update", outer["handle"], "--regions", "mars-*", "--output", "table").code == 2
    looked = run("folder", "update", outer["handle"], "--handle", "another", "--share-with", "", "--dry-run", "--output", "json").expect(0).json
    assert looked["renamed"] == [f"{outer['handle']} -> another"]
    assert regions(world.connection(world.inner_account))[2] == outer["id"]
    assert world.folder(world.outer_ou)["permissions"]["spaces"] == [space["id"]]
    # With a version only that is changed, by both requests.
    version = world.folder(world.outer_ou)["version"]
    assert run("folder", "update", outer["handle"], "--regions", "us-*", "--if-match", str(version - 1)).code == 1
    run("folder", "update", outer["handle"], "--regions", "us-*", "--share-with", "", "--if-match", str(version)).expect(0)
    assert world.folder(world.outer_ou)["permissions"]["spaces"] == []
    assert run("folder", "update", outer["handle"]).code == 2
    assert run("folder", "show", "nowhere").code == 3
    for words in (("folder", "update"), ("folder", "show"), ("connection", "update")):
        assert "--output" in run(*words, "--help").expect(0).out
    for flag in ("--settings", "--regions", "--share-with", "--handle", "--if-match", "--dry-run"):
        assert flag in run("folder", "update", "--help").expect(0).out and flag in run("connection", "update", "--help").expect(0).out


def test_followers_are_told_of_what_is_shared_with_their_space_and_of_nothing_else(world):
    api, aws, root = world.api, world.org.organizations, world.org.root()
    team, elsewhere = (api.post("/v1/spaces", {"name": name}).expect(201) for name in ("team", "elsewhere"))
    outer, inner = world.folder(world.outer_ou), world.folder(world.inner_ou)
    api.put(f"/v1/folders/{outer['id']}/permissions", {"spaces": [team["id"]]}).expect(200)
    changed, gone, coming = (world.connection(each)["id"] for each in (world.inner_account, world.outer_account, world.other_account))
    followers = {name: Follower(world.server, world.token(name, space, "requester")) for name, space in (("team", team), ("elsewhere", elsewhere))}

    def seen_by_team(count):
        """So many changes, as they come; what is found out about members meanwhile is none."""
        seen = []
        while len(seen) < count:
            seen += [each for each in followers["team"].until(lambda name, data: True) if each[1].get("action") != "connection.test"]
        return seen

    api.patch(f"/v1/connections/{world.connection(world.hidden_account)['id']}", {"regions": ["eu-*"]}).expect(200)
    api.patch(f"/v1/folders/{inner['id']}", {"regions": ["eu-*"]}).expect(200)
    api.patch(f"/v1/connections/{changed}", {"handle": "edited"}).expect(200)
    # One comes into the folder, one is made below it, one leaves from it; and beside it another is made.
    world.move(world.other_account, world.outer_ou)
    made = aws.create_organizational_unit(ParentId=world.inner_ou, Name="Below")["OrganizationalUnit"]["Id"]
    beside = aws.create_organizational_unit(ParentId=root, Name="Beside")["OrganizationalUnit"]["Id"]
    aws.remove_account_from_organization(AccountId=world.outer_account)
    world.org.sync()
    seen = seen_by_team(5)
    assert sorted((name, data["id"], data["action"], *data["changes"]) for name, data in seen) == sorted([
        ("folder", inner["id"], "folder.update", "regions_changed"),
        ("connection", changed, "connection.update", "handle_changed"),
        ("connection", coming, "connection.update", "moved"),
        ("folder", world.folder(made)["id"], "folder.create", "added"),
        ("connection", gone, "connection.delete", "removed")])
    # What is moved out of the folder is not told of any more: the next is a change in it.
    world.move(world.other_account, beside)
    world.org.sync()
    api.patch(f"/v1/folders/{inner['id']}", {"handle": "the_end"}).expect(200)
    [(name, data)] = seen_by_team(1)
    assert (name, data["id"], data["handle"]) == ("folder", inner["id"], "the_end")
    # Whoever has no share is told of nothing: the first event is one of his own space.
    other = api.post("/v1/integrations", {"handle": "other", "kind": "account", "space": elsewhere["id"]}).expect(201)
    [(name, data)] = followers["elsewhere"].until(lambda name, data: True)
    assert name == "integration" and data["id"] == other["id"]


def test_a_share_for_all_tells_every_space_below_and_a_share_taken_back_nobody(world):
    api = world.api
    team = api.post("/v1/spaces", {"name": "team"}).expect(201)
    connection = world.connection(world.inner_account)
    api.patch(world.org.path, {"permissions": {"spaces": "all"}}).expect(200)
    follower = Follower(world.server, world.token("team", team, "requester"))
    api.patch(f"/v1/connections/{connection['id']}", {"handle": "first"}).expect(200)
    name, data = follower.until(lambda name, data: data["action"] != "connection.test")[-1]
    assert (name, data["id"], data["handle"]) == ("connection", connection["id"], "first")
    api.patch(world.org.path, {"permissions": {"spaces": []}}).expect(200)
    api.patch(f"/v1/connections/{connection['id']}", {"handle": "second"}).expect(200)
    own = api.post("/v1/integrations", {"handle": "own", "kind": "account", "space": team["id"]}).expect(201)
    name, data = follower.until(lambda name, data: data["action"] != "connection.test")[-1]
    assert name == "integration" and data["id"] == own["id"]
