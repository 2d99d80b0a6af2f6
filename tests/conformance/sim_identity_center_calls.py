# SPDX-License-Identifier: Apache-2.0
"""Calls for sim_calls.py: Identity Center and its identity store."""

from aws_call import allow, bound, refused

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
ENTERPRISE = "aws:identitystore:enterprise"
ABSENT = "00000000-0000-4000-8000-000000000000"


def identity_center_session(call, sim):
    """The instance of the first organization, from nothing to nothing; whose management account is the first customer's."""
    manager, member = sim.keys(sim.customers[0]), sim.customers[1]
    center, store = bound(call, manager, "sso-admin"), bound(call, manager, "identitystore")
    found = center("ListInstances")["Instances"][0]
    at, where = {"InstanceArn": found["InstanceArn"]}, {"IdentityStoreId": found["IdentityStoreId"]}
    assert center("DescribeInstance", **at)["OwnerAccountId"] == sim.customers[0]["account_id"]
    center("UpdateInstance", Name="people", **at)
    assert center("DescribeInstance", **at)["Name"] == "people"
    with refused("ResourceNotFoundException"):
        center("DescribeInstance", InstanceArn="arn:aws:sso:::instance/ssoins-0000000000000000")
    with refused("AccessDeniedException"):
        call(sim.keys(member), "sso-admin", "ListPermissionSets", **at)
    user = user_session(store, where)
    group = group_session(store, where)
    membership = membership_session(store, where, user, group)
    which = permission_set_session(center, at)
    set_policies_session(center, which)
    assignment_session(call, sim, center, which, member, (user, group))
    center("DeletePermissionSet", **which)
    store("DeleteGroupMembership", MembershipId=membership, **where)
    store("DeleteUser", UserId=user, **where)
    store("DeleteGroup", GroupId=group, **where)
    with refused("ResourceNotFoundException"):
        store("DescribeUser", UserId=user, **where)


def user_session(store, where):
    """Makes a user; answers the id."""
    attributes = {"UserName": "ada", "DisplayName": "Ada", "Name": {"GivenName": "Ada", "FamilyName": "Lovelace"},
                  "Emails": [{"Value": "ada@example.com", "Type": "work", "Primary": True}], "Title": "Countess",
                  "Photos": [{"Value": "https://example.com/ada.png"}], "Extensions": {ENTERPRISE: {"department": "Engines"}}}
    with refused("ValidationException"):
        store("CreateUser", UserName="ada", **where)
    user = store("CreateUser", **attributes, **where)["UserId"]
    with refused("ConflictException"):
        store("CreateUser", **attributes, **where)
    store("UpdateUser", UserId=user, Operations=[{"AttributePath": "displayName", "AttributeValue": "Ada L."}], **where)
    described = store("DescribeUser", UserId=user, Extensions=[ENTERPRISE], **where)
    assert (described["Photos"][0]["Value"], described["Extensions"][ENTERPRISE]["department"]) == ("https://example.com/ada.png", "Engines")
    assert (described["DisplayName"], described["Emails"][0]["Value"]) == ("Ada L.", "ada@example.com")
    asked = {"AlternateIdentifier": {"UniqueAttribute": {"AttributePath": "userName", "AttributeValue": "ada"}}}
    assert store("GetUserId", **asked, **where)["UserId"] == user
    filters = [{"AttributePath": "UserName", "AttributeValue": "ada"}]
    assert [each["UserId"] for each in store("ListUsers", Filters=filters, **where)["Users"]] == [user]
    return user


def group_session(store, where):
    """Makes a group; answers the id."""
    group = store("CreateGroup", DisplayName="Engineers", Description="d", **where)["GroupId"]
    with refused("ConflictException"):
        store("CreateGroup", DisplayName="engineers", **where)
    store("UpdateGroup", GroupId=group, Operations=[{"AttributePath": "description", "AttributeValue": "e"}], **where)
    assert store("DescribeGroup", GroupId=group, **where)["Description"] == "e"
    asked = {"AlternateIdentifier": {"UniqueAttribute": {"AttributePath": "displayName", "AttributeValue": "Engineers"}}}
    assert store("GetGroupId", **asked, **where)["GroupId"] == group
    assert [each["GroupId"] for each in store("ListGroups", **where)["Groups"]] == [group]
    with refused("ResourceNotFoundException"):
        store("DescribeGroup", GroupId=ABSENT, **where)
    return group


def membership_session(store, where, user, group):
    """Puts the user into the group; answers the membership's id."""
    pair = {"GroupId": group, "MemberId": {"UserId": user}}
    membership = store("CreateGroupMembership", **pair, **where)["MembershipId"]
    with refused("ConflictException"):
        store("CreateGroupMembership", **pair, **where)
    assert store("DescribeGroupMembership", MembershipId=membership, **where)["GroupId"] == group
    assert store("GetGroupMembershipId", **pair, **where)["MembershipId"] == membership
    assert store("ListGroupMemberships", GroupId=group, **where)["GroupMemberships"][0]["MemberId"] == {"UserId": user}
    assert store("ListGroupMembershipsForMember", MemberId={"UserId": user}, **where)["GroupMemberships"][0]["GroupId"] == group
    answer = store("IsMemberInGroups", MemberId={"UserId": user}, GroupIds=[group, ABSENT], **where)
    assert [each["MembershipExists"] for each in answer["Results"]] == [True, False]
    return membership


def permission_set_session(center, at):
    """Makes a permission set; answers how calls name it."""
    new = {"Name": "Reader", "SessionDuration": "PT8H", "Description": "d", "Tags": [{"Key": "a", "Value": "b"}]}
    made = center("CreatePermissionSet", **new, **at)["PermissionSet"]
    with refused("ConflictException"):
        center("CreatePermissionSet", **new, **at)
    with refused("ValidationException"):
        center("CreatePermissionSet", Name="Long", SessionDuration="PT13H", **at)
    which = {"PermissionSetArn": made["PermissionSetArn"], **at}
    center("UpdatePermissionSet", Description="e", RelayState="https://example.com/", **which)
    assert center("DescribePermissionSet", **which)["PermissionSet"]["Description"] == "e"
    assert center("ListPermissionSets", **at)["PermissionSets"] == [made["PermissionSetArn"]]
    resource = {"ResourceArn": made["PermissionSetArn"], **at}
    center("TagResource", Tags=[{"Key": "c", "Value": "d"}], **resource)
    center("UntagResource", TagKeys=["a"], **resource)
    assert center("ListTagsForResource", **resource)["Tags"] == [{"Key": "c", "Value": "d"}]
    return which


def set_policies_session(center, which):
    """What a permission set allows; it ends with the managed policy and an inline one."""
    center("AttachManagedPolicyToPermissionSet", ManagedPolicyArn=READ_ONLY, **which)
    with refused("ConflictException"):
        center("AttachManagedPolicyToPermissionSet", ManagedPolicyArn=READ_ONLY, **which)
    listed = center("ListManagedPoliciesInPermissionSet", **which)["AttachedManagedPolicies"]
    assert listed == [{"Name": "ReadOnlyAccess", "Arn": READ_ONLY}]
    center("DetachManagedPolicyFromPermissionSet", ManagedPolicyArn=READ_ONLY, **which)
    with refused("ResourceNotFoundException"):
        center("DetachManagedPolicyFromPermissionSet", ManagedPolicyArn=READ_ONLY, **which)
    references = [{"CustomerManagedPolicyReference": {"Name": f"ours{number}", "Path": "/p/"}} for number in range(21)]
    for reference in references[:20]:
        center("AttachCustomerManagedPolicyReferenceToPermissionSet", **reference, **which)
    with refused("ServiceQuotaExceededException"):
        center("AttachCustomerManagedPolicyReferenceToPermissionSet", **references[20], **which)
    assert len(center("ListCustomerManagedPolicyReferencesInPermissionSet", **which)["CustomerManagedPolicyReferences"]) == 20
    for reference in references[:20]:
        center("DetachCustomerManagedPolicyReferenceFromPermissionSet", **reference, **which)
    center("PutPermissionsBoundaryToPermissionSet", PermissionsBoundary={"ManagedPolicyArn": READ_ONLY}, **which)
    assert center("GetPermissionsBoundaryForPermissionSet", **which)["PermissionsBoundary"]["ManagedPolicyArn"] == READ_ONLY
    center("DeletePermissionsBoundaryFromPermissionSet", **which)
    with refused("ResourceNotFoundException"):
        center("GetPermissionsBoundaryForPermissionSet", **which)
    center("PutInlinePolicyToPermissionSet", InlinePolicy=allow("s3:*"), **which)
    center("DeleteInlinePolicyFromPermissionSet", **which)
    with refused("ValidationException"):
        center("PutInlinePolicyToPermissionSet", InlinePolicy="{}", **which)
    center("PutInlinePolicyToPermissionSet", InlinePolicy=allow("s3:Get*"), **which)
    assert center("GetInlinePolicyForPermissionSet", **which)["InlinePolicy"]
    center("AttachManagedPolicyToPermissionSet", ManagedPolicyArn=READ_ONLY, **which)


def assignment_session(call, sim, center, which, member, principals):
    """Gives the set to user and group in the member account, provisions it anew, and takes it away again."""
    at = {"InstanceArn": which["InstanceArn"]}
    account = {"AccountId": member["account_id"]}
    wanted = [{"TargetId": member["account_id"], "TargetType": "AWS_ACCOUNT", "PrincipalType": kind, "PrincipalId": principal, **which}
              for kind, principal in zip(("USER", "GROUP"), principals, strict=True)]
    started = center("CreateAccountAssignment", **wanted[0])["AccountAssignmentCreationStatus"]
    assert started["Status"] == "IN_PROGRESS"
    with refused("ConflictException"):
        center("CreateAccountAssignment", **wanted[0])
    center("CreateAccountAssignment", **wanted[1])
    sim.advance(60)
    request = {"AccountAssignmentCreationRequestId": started["RequestId"], **at}
    assert center("DescribeAccountAssignmentCreationStatus", **request)["AccountAssignmentCreationStatus"]["Status"] == "SUCCEEDED"
    with refused("ResourceNotFoundException"):
        center("DescribeAccountAssignmentCreationStatus", AccountAssignmentCreationRequestId=ABSENT, **at)
    assert len(center("ListAccountAssignmentCreationStatus", Filter={"Status": "SUCCEEDED"}, **at)["AccountAssignmentsCreationStatus"]) == 2
    assert len(center("ListAccountAssignments", **account, **which)["AccountAssignments"]) == 2
    mine = center("ListAccountAssignmentsForPrincipal", PrincipalType="USER", PrincipalId=principals[0], **at)["AccountAssignments"]
    assert {each["PrincipalType"] for each in mine} == {"USER", "GROUP"}
    assert center("ListPermissionSetsProvisionedToAccount", **account, **at)["PermissionSets"] == [which["PermissionSetArn"]]
    assert center("ListAccountsForProvisionedPermissionSet", **which)["AccountIds"] == [member["account_id"]]
    roles = call(sim.keys(member), "iam", "ListRoles", PathPrefix="/aws-reserved/sso.amazonaws.com/")["Roles"]
    assert [each["RoleName"].startswith("AWSReservedSSO_Reader_") for each in roles] == [True]

    center("UpdatePermissionSet", SessionDuration="PT2H", **which)
    with refused("ValidationException"):
        center("ProvisionPermissionSet", TargetType="AWS_ACCOUNT", **which)
    request = center("ProvisionPermissionSet", TargetType="ALL_PROVISIONED_ACCOUNTS", **which)["PermissionSetProvisioningStatus"]
    sim.advance(60)
    asked = {"ProvisionPermissionSetRequestId": request["RequestId"], **at}
    assert center("DescribePermissionSetProvisioningStatus", **asked)["PermissionSetProvisioningStatus"]["Status"] == "SUCCEEDED"
    assert len(center("ListPermissionSetProvisioningStatus", **at)["PermissionSetsProvisioningStatus"]) == 1
    role = call(sim.keys(member), "iam", "GetRole", RoleName=roles[0]["RoleName"])["Role"]
    assert role["MaxSessionDuration"] == 2 * 3600
    with refused("ConflictException"):
        center("DeletePermissionSet", **which)

    ended = [center("DeleteAccountAssignment", **each)["AccountAssignmentDeletionStatus"]["RequestId"] for each in wanted]
    sim.advance(60)
    for one in ended:
        status = center("DescribeAccountAssignmentDeletionStatus", AccountAssignmentDeletionRequestId=one, **at)
        assert status["AccountAssignmentDeletionStatus"]["Status"] == "SUCCEEDED"
    assert len(center("ListAccountAssignmentDeletionStatus", **at)["AccountAssignmentsDeletionStatus"]) == 2
    assert not call(sim.keys(member), "iam", "ListRoles", PathPrefix="/aws-reserved/sso.amazonaws.com/")["Roles"]
