# SPDX-License-Identifier: Apache-2.0
"""Calls for moto_differential_test.py: the users and groups of Identity Center. The account of the two manages an organization."""

ANN = {"UserName": "ann", "DisplayName": "Ann", "Name": {"GivenName": "Ann", "FamilyName": "Lee"},
       "Emails": [{"Value": "ann@example.com", "Type": "work", "Primary": True}]}
NOBODY = "00000000-0000-4000-8000-000000000000"


def identity_store_session(pair, _account):
    admin, store = pair.of("sso-admin"), pair.of("identitystore")
    mine = pair.sides[0].cloud.client("sso-admin", pair.sides[0].keys)
    if not mine.list_instances()["Instances"]:
        mine.create_instance(Name="instance")
    instances = admin("ListInstances")["Instances"]
    which = {"IdentityStoreId": instances[0]["IdentityStoreId"]}
    user_session(store, which)
    group_session(store, which)


def user_session(store, which):
    one = {"UserId": store("CreateUser", **ANN, **which)["UserId"], **which}
    store("CreateUser", **ANN, **which)
    store("CreateUser", **{**ANN, "UserName": ""}, **which)
    store("DescribeUser", **one)
    store("DescribeUser", UserId=NOBODY, **which)
    store("ListUsers", **which)
    store("ListUsers", Filters=[{"AttributePath": "UserName", "AttributeValue": "ann"}], **which)
    store("GetUserId", AlternateIdentifier={"UniqueAttribute": {"AttributePath": "userName", "AttributeValue": "ann"}}, **which)
    store("GetUserId", AlternateIdentifier={"UniqueAttribute": {"AttributePath": "userName", "AttributeValue": "bob"}}, **which)
    store("DeleteUser", **one)
    store("DescribeUser", **one)


def group_session(store, which):
    group = {"GroupId": store("CreateGroup", DisplayName="team", Description="d", **which)["GroupId"], **which}
    store("CreateGroup", DisplayName="team", **which)
    store("DescribeGroup", **group)
    store("DescribeGroup", GroupId=NOBODY, **which)
    store("ListGroups", **which)
    store("GetGroupId", AlternateIdentifier={"UniqueAttribute": {"AttributePath": "displayName", "AttributeValue": "team"}}, **which)
    store("GetGroupId", AlternateIdentifier={"UniqueAttribute": {"AttributePath": "displayName", "AttributeValue": "none"}}, **which)
    member = {"UserId": store("CreateUser", **{**ANN, "UserName": "bob"}, **which)["UserId"]}
    joined = store("CreateGroupMembership", MemberId=member, **group)["MembershipId"]
    store("CreateGroupMembership", MemberId={"UserId": NOBODY}, **group)
    store("ListGroupMemberships", **group)
    store("ListGroupMembershipsForMember", MemberId=member, **which)
    store("DescribeGroupMembership", MembershipId=joined, **which)
    store("GetGroupMembershipId", MemberId=member, **group)
    store("DeleteGroupMembership", MembershipId=joined, **which)
    store("ListGroupMemberships", **group)
    store("CreateGroupMembership", MemberId=member, **group)
    store("CreateGroupMembership", MemberId=member, **group)
    store("DeleteGroup", **group)
    store("DescribeGroup", **group)
    store("DeleteUser", **member, **which)
