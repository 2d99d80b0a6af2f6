# SPDX-License-Identifier: Apache-2.0
"""The SCIM endpoint of the simulated Identity Center: what identity providers do to users and groups, seen from both sides."""

import pytest
from harness import clouds

CORE = "urn:ietf:params:scim:schemas:core:2.0:"
ABSENT = "00000000-0000-4000-8000-000000000000"


class Scim:
    """The endpoint with a token, and the identity store behind it."""

    def __init__(self, sim):
        self.sim = sim
        made = sim.control.post("/_sim/scim/tokens", {"account_id": sim.customers[0]["account_id"]}).expect(200)
        self.api, self.root, self.store_id = sim.control.with_token(made["token"]), made["endpoint"], made["identity_store_id"]
        self.store = sim.client("identitystore", sim.keys(sim.customers[0]))

    def __call__(self, method, path, body=None, **query):
        return self.api.call(method, self.root + path, body, query=query)

    def user(self, name, **more):
        names = {"givenName": "Given", "familyName": "Family"}
        body = {"schemas": [CORE + "User"], "userName": name, "displayName": name.title(), "name": names, **more}
        return self("POST", "/Users", body).expect(201)

    def group(self, name, **more):
        return self("POST", "/Groups", {"schemas": [CORE + "Group"], "displayName": name, **more}).expect(201)

    def patch(self, path, *operations):
        schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]
        return self("PATCH", path, {"schemas": schemas, "Operations": list(operations)})

    def members(self, group):
        listed = self.store.list_group_memberships(IdentityStoreId=self.store_id, GroupId=group)["GroupMemberships"]
        return {each["MemberId"]["UserId"] for each in listed}

    def refused(self, status, answer):
        """The body of an error, as SCIM has it."""
        told = answer.expect(status)
        assert told["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
        assert told["status"] == str(status) and told["detail"] and told["exceptionRequestId"]
        assert answer.headers["Content-Type"] == "application/scim+json"
        return told["detail"]


@pytest.fixture
def scim(start_sim):
    return Scim(start_sim("--throttle", "off"))


def test_only_a_good_token_opens_the_endpoint(scim):
    for token in (None, "wrong"):
        scim.refused(401, scim.sim.control.with_token(token).call("GET", "/scim/v2/Users"))
    assert scim("GET", "/ServiceProviderConfig").expect(200)["patch"] == {"supported": True}
    scim.sim.control.post("/_sim/scim/tokens", {}).expect(200)
    scim.sim.control.post("/_sim/scim/tokens", {}).expect(409)  # an identity store has two at most
    scim.sim.control.post("/_sim/scim/tokens", {"account_id": "999999999999"}).expect(404)
    scim.sim.advance(366 * 86400)
    scim.refused(401, scim("GET", "/Users"))


def test_a_user_is_made_read_replaced_and_deleted(scim):
    made = scim.user("ada", externalId="x1", active=True, emails=[{"value": "ada@example.com", "type": "work", "primary": True}])
    assert made["meta"]["resourceType"] == "User" and made["externalId"] == "x1"
    path = "/Users/" + made["id"]
    assert scim("GET", path).expect(200) == made
    stored = scim.store.describe_user(IdentityStoreId=scim.store_id, UserId=made["id"])
    assert (stored["UserName"], stored["Emails"][0]["Value"]) == ("ada", "ada@example.com")
    by_external_id = {"ExternalId": stored["ExternalIds"][0]}
    assert scim.store.get_user_id(IdentityStoreId=scim.store_id, AlternateIdentifier=by_external_id)["UserId"] == made["id"]
    names = {"givenName": "A", "familyName": "L"}
    replaced = scim("PUT", path, {"id": made["id"], "userName": "countess", "displayName": "C", "name": names}).expect(200)
    assert replaced["userName"] == "countess" and replaced["active"] is True and "emails" not in replaced
    scim("DELETE", path).expect(204)
    scim.refused(404, scim("GET", path))
    scim.refused(404, scim("DELETE", path))


def test_a_patch_changes_what_it_names_and_nothing_else(scim):
    made = scim.user("ada", title="t")
    path = "/Users/" + made["id"]
    changed = scim.patch(path, {"op": "replace", "path": "active", "value": False}, {"op": "Add", "path": "name.middleName", "value": "M"},
                         {"op": "remove", "path": "title"}, {"op": "replace", "value": {"displayName": "D"}}).expect(200)
    assert (changed["active"], changed["name"]["middleName"], changed["displayName"]) == (False, "M", "D")
    assert "title" not in changed and changed["userName"] == "ada" and changed["name"]["givenName"] == "Given"
    stored = scim.store.describe_user(IdentityStoreId=scim.store_id, UserId=made["id"])
    assert stored["DisplayName"] == "D" and stored["UserStatus"] == "DISABLED"
    for operation in ({"op": "remove", "path": "userName"}, {"op": "copy", "path": "title"}, {"op": "replace", "path": "active", "value": "no"},
                      {"op": "replace", "path": "title"}, {"op": "remove"}):
        scim.refused(400, scim.patch(path, {"op": "replace", "path": "title", "value": "lost"}, operation))
    assert "title" not in scim("GET", path).expect(200)


def test_bad_users_are_refused(scim):
    scim.user("ada")
    for body in (b"{", b"[]", {"userName": "x"}, {"userName": 1}):
        scim.refused(400, scim("POST", "/Users", body))
    names = {"givenName": "Given", "familyName": "Family"}
    whole = {"userName": "bob", "displayName": "Bob", "name": names}
    scim.refused(409, scim("POST", "/Users", {**whole, "userName": "ADA"}))
    scim.refused(400, scim("POST", "/Users", {**whole, "emails": [{"value": "a"}, {"value": "b"}]}))
    scim.refused(400, scim("POST", "/Users", {**whole, "emails": [{"value": "a"}]}))
    scim.refused(400, scim("DELETE", "/Users"))
    scim.refused(404, scim("GET", "/Machines"))


def test_lists_are_filtered_and_paged(scim):
    for number in range(55):
        scim.user(f"user{number:02}")
    first = scim("GET", "/Users").expect(200)
    assert (first["totalResults"], first["itemsPerPage"], first["startIndex"], len(first["Resources"])) == (55, 50, 1, 50)
    rest = scim("GET", "/Users", startIndex=51, count=10).expect(200)["Resources"]
    assert len({each["id"] for each in first["Resources"] + rest}) == 55
    found = scim("GET", "/Users", filter='userName eq "USER07"').expect(200)["Resources"]
    assert [each["userName"] for each in found] == ["user07"]
    assert scim("GET", "/Users", filter='userName eq "user07" and displayName eq "other"').expect(200)["totalResults"] == 0
    for wrong in ('userName co "u"', "userName", 'userName eq "u', "userName eq u", 'shoe eq "9"', 'userName eq "u" or id eq "v"'):
        scim.refused(400, scim("GET", "/Users", filter=wrong))
    scim.refused(400, scim("GET", "/Users", startIndex="x"))


def test_members_of_a_group_come_and_go_by_patches(scim):
    ada, bob = scim.user("ada")["id"], scim.user("bob")["id"]
    group = scim.group("Engineers", externalId="g1")
    assert group["members"] == []
    assert scim.store.describe_group(IdentityStoreId=scim.store_id, GroupId=group["id"])["ExternalIds"][0]["Id"] == "g1"
    path = "/Groups/" + group["id"]
    scim.patch(path, {"op": "add", "path": "members", "value": [{"value": ada}, {"value": bob}]}).expect(204)
    assert scim.members(group["id"]) == {ada, bob}
    asked = f'id eq "{group["id"]}" and members eq "{ada}"'
    assert scim("GET", "/Groups", filter=asked).expect(200)["totalResults"] == 1
    scim.patch(path, {"op": "remove", "path": "members", "value": [{"value": ada}]}).expect(204)
    assert scim.members(group["id"]) == {bob}
    assert scim("GET", "/Groups", filter=asked).expect(200)["totalResults"] == 0
    scim.patch(path, {"op": "replace", "path": "members", "value": [{"value": ada}]}).expect(204)
    assert scim.members(group["id"]) == {ada}
    scim.patch(path, {"op": "remove", "path": f'members[value eq "{ada}"]'}).expect(204)
    scim.patch(path, {"op": "add", "value": {"displayName": "Builders", "members": [{"value": bob}]}}).expect(204)
    assert scim.members(group["id"]) == {bob}
    scim.patch(path, {"op": "remove", "path": "members"}).expect(204)
    assert scim.members(group["id"]) == set()
    assert [each["displayName"] for each in scim("GET", "/Groups", filter='displayName eq "builders"').expect(200)["Resources"]] == ["Builders"]


def test_bad_groups_are_refused_and_change_nothing(scim):
    ada, group = scim.user("ada")["id"], scim.group("Engineers")["id"]
    other = scim.group("Others")["id"]
    scim.refused(409, scim("POST", "/Groups", {"displayName": "engineers"}))
    scim.refused(400, scim("POST", "/Groups", {}))
    both = [{"value": ada}, {"value": ABSENT}]
    scim.refused(404, scim.patch("/Groups/" + group, {"op": "add", "path": "members", "value": both}))
    assert scim.members(group) == set()
    scim.refused(400, scim.patch("/Groups/" + group, {"op": "add", "path": "members", "value": [{"value": ada}] * 101}))
    scim.refused(409, scim.patch("/Groups/" + other, {"op": "replace", "value": {"displayName": "Engineers"}}))
    scim.refused(400, scim("PUT", "/Groups/" + group, {"displayName": "x"}))  # AWS has none
    scim("DELETE", "/Groups/" + group).expect(204)
    scim.refused(404, scim("GET", "/Groups/" + group))
    assert scim("GET", "/Groups").expect(200)["totalResults"] == 1


def test_a_state_keeps_the_identity_store_its_tokens_and_what_is_under_way(processes, tmp_path):
    state = tmp_path / "state.json"
    first = Scim(clouds.start_sim(processes, "--state", state))
    user, group = first.user("ada", externalId="x1"), first.group("Engineers")
    first.patch("/Groups/" + group["id"], {"op": "add", "path": "members", "value": [{"value": user["id"]}]}).expect(204)
    center = first.sim.client("sso-admin", first.sim.keys(first.sim.customers[0]))
    instance = center.list_instances()["Instances"][0]["InstanceArn"]
    made = center.create_permission_set(InstanceArn=instance, Name="Reader", SessionDuration="PT8H", Tags=[{"Key": "a", "Value": "b"}])
    which = {"InstanceArn": instance, "PermissionSetArn": made["PermissionSet"]["PermissionSetArn"]}
    center.put_permissions_boundary_to_permission_set(PermissionsBoundary={"ManagedPolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}, **which)
    target = {"TargetId": first.sim.customers[1]["account_id"], "TargetType": "AWS_ACCOUNT"}
    started = center.create_account_assignment(PrincipalType="GROUP", PrincipalId=group["id"], **target, **which)
    described = center.describe_permission_set(**which)["PermissionSet"]
    assert first.sim.process.stop() == 0

    again = clouds.start_sim(processes, "--state", state, name="again")
    store = again.control.with_token(first.api.token)
    assert store.call("GET", "/scim/v2/Users/" + user["id"]).expect(200) == user
    asked = f'id eq "{group["id"]}" and members eq "{user["id"]}"'
    assert store.call("GET", "/scim/v2/Groups", query={"filter": asked}).expect(200)["totalResults"] == 1
    center = again.client("sso-admin", again.keys(again.customers[0]))
    assert center.describe_permission_set(**which)["PermissionSet"] == described
    assert center.get_permissions_boundary_for_permission_set(**which)["PermissionsBoundary"]["ManagedPolicyArn"].endswith("/ReadOnlyAccess")
    tags = center.list_tags_for_resource(InstanceArn=instance, ResourceArn=which["PermissionSetArn"])["Tags"]
    assert tags == [{"Key": "a", "Value": "b"}]
    again.advance(60)
    request = started["AccountAssignmentCreationStatus"]["RequestId"]
    status = center.describe_account_assignment_creation_status(InstanceArn=instance, AccountAssignmentCreationRequestId=request)
    assert status["AccountAssignmentCreationStatus"]["Status"] == "SUCCEEDED"
    roles = again.client("iam", again.keys(again.customers[1])).list_roles(PathPrefix="/aws-reserved/sso.amazonaws.com/")["Roles"]
    assert [role["RoleName"].startswith("AWSReservedSSO_Reader_") for role in roles] == [True]


def test_a_token_is_for_one_organization(scim):
    made = scim.sim.control.post("/_sim/organization", {"accounts": 2, "seed": 7}).expect(200)
    token = scim.sim.control.post("/_sim/scim/tokens", {"account_id": made["management_account_id"]}).expect(200)["token"]
    user = scim.user("ada")["id"]
    stranger = scim.sim.control.with_token(token)
    assert stranger.call("GET", "/scim/v2/Users").expect(200)["totalResults"] == 0
    scim.refused(404, stranger.call("DELETE", "/scim/v2/Users/" + user))
