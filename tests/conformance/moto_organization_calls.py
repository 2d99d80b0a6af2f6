# SPDX-License-Identifier: Apache-2.0
"""Calls for moto_differential_test.py: Organizations. The account of the two belongs to none at first."""

import json


SCP = "SERVICE_CONTROL_POLICY"
DENY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}]})
TAGS = [{"Key": "a", "Value": "b"}]
SERVICE = {"ServicePrincipal": "sso.amazonaws.com"}


def organization_session(pair, account):
    org = pair.of("organizations")
    org("DescribeOrganization")
    org("ListRoots")
    org("ListAccounts")
    org("CreateOrganization", FeatureSet="ALL")
    org("CreateOrganization", FeatureSet="ALL")
    org("DescribeOrganization")
    root = org("ListRoots")["Roots"][0]["Id"]
    unit = unit_session(org, root)
    member = account_session(pair, org, root, unit, account)
    policy_session(org, root, unit, member)
    delegation_session(org, member)
    org("LeaveOrganization")
    org("ListHandshakesForOrganization")
    org("DescribeHandshake", HandshakeId="h-" + "0" * 32)
    org("CloseAccount", AccountId=account)
    org("CloseAccount", AccountId=member)
    org("CloseAccount", AccountId=member)
    org("DescribeAccount", AccountId=member)
    org("DeleteOrganizationalUnit", OrganizationalUnitId=unit)
    org("RemoveAccountFromOrganization", AccountId="123456789013")


def unit_session(org, root):
    unit = org("CreateOrganizationalUnit", ParentId=root, Name="unit", Tags=TAGS)["OrganizationalUnit"]["Id"]
    inner = org("CreateOrganizationalUnit", ParentId=unit, Name="inner")["OrganizationalUnit"]["Id"]
    org("CreateOrganizationalUnit", ParentId=root, Name="unit")
    org("CreateOrganizationalUnit", ParentId="r-zzzz", Name="unit")
    org("CreateOrganizationalUnit", ParentId=root, Name="")
    org("DescribeOrganizationalUnit", OrganizationalUnitId=unit)
    org("DescribeOrganizationalUnit", OrganizationalUnitId="ou-zzzz-zzzzzzzz")
    org("DescribeOrganizationalUnit", OrganizationalUnitId="unit")
    org("UpdateOrganizationalUnit", OrganizationalUnitId=unit, Name="renamed")
    org("CreateOrganizationalUnit", ParentId=root, Name="second")
    org("UpdateOrganizationalUnit", OrganizationalUnitId=unit, Name="second")
    org("ListOrganizationalUnitsForParent", ParentId=root)
    org("ListOrganizationalUnitsForParent", ParentId="ou-zzzz-zzzzzzzz")
    org("ListParents", ChildId=inner)
    org("ListParents", ChildId="ou-zzzz-zzzzzzzz")
    org("ListParents", ChildId="child")
    org("ListChildren", ParentId=root, ChildType="ORGANIZATIONAL_UNIT")
    org("ListChildren", ParentId=root, ChildType="ACCOUNT")
    org("ListChildren", ParentId=root, ChildType="OTHER")
    org("ListChildren", ParentId="ou-zzzz-zzzzzzzz", ChildType="ACCOUNT")
    org("DeleteOrganizationalUnit", OrganizationalUnitId=inner)
    org("DeleteOrganizationalUnit", OrganizationalUnitId=inner)
    org("ListTagsForResource", ResourceId=unit)
    org("TagResource", ResourceId=unit, Tags=[{"Key": "c", "Value": "d"}])
    org("UntagResource", ResourceId=unit, TagKeys=["a"])
    org("ListTagsForResource", ResourceId=unit)
    org("ListTagsForResource", ResourceId="ou-zzzz-zzzzzzzz")
    org("TagResource", ResourceId=unit, Tags=[{"Key": "aws:x", "Value": "d"}])
    return unit


def account_session(pair, org, root, unit, account):
    status = org("CreateAccount", Email="new@example.com", AccountName="new", Tags=TAGS)["CreateAccountStatus"]
    # Ours takes its time, as AWS does.
    pair.sides[0].cloud.advance(60)
    member = org("DescribeCreateAccountStatus", CreateAccountRequestId=status["Id"])["CreateAccountStatus"]["AccountId"]
    for side, name in zip(pair.sides, member.values, strict=True):
        side.names[name] = "{member}"
    org("DescribeCreateAccountStatus", CreateAccountRequestId="car-" + "0" * 32)
    org("ListCreateAccountStatus")
    org("ListCreateAccountStatus", States=["FAILED"])
    org("CreateAccount", Email="new@example.com", AccountName="same address")
    org("CreateAccount", Email="no address", AccountName="new")
    pair.sides[0].cloud.advance(60)
    org("ListCreateAccountStatus", States=["FAILED"])
    org("DescribeAccount", AccountId=member)
    org("DescribeAccount", AccountId=account)
    org("DescribeAccount", AccountId="123456789013")
    org("DescribeAccount", AccountId="1")
    org("ListAccounts")
    org("ListAccounts", MaxResults=21)
    where = {"AccountId": member, "SourceParentId": root}
    org("MoveAccount", DestinationParentId="ou-zzzz-zzzzzzzz", **where)
    org("MoveAccount", DestinationParentId=unit, **{**where, "SourceParentId": "r-zzzz"})
    org("MoveAccount", DestinationParentId=unit, **where)
    org("MoveAccount", DestinationParentId=unit, **where)
    org("ListAccountsForParent", ParentId=unit)
    org("ListAccountsForParent", ParentId="ou-zzzz-zzzzzzzz")
    org("ListChildren", ParentId=unit, ChildType="ACCOUNT")
    org("ListParents", ChildId=member)
    org("ListParents", ChildId="123456789013")
    org("ListTagsForResource", ResourceId=member)
    org("InviteAccountToOrganization", Target={"Id": member, "Type": "ACCOUNT"})
    return member


def new_member(pair, name):
    """One more account of the organization, in its root."""
    org = pair.of("organizations")
    status = org("CreateAccount", Email=f"{name}@example.com", AccountName=name)["CreateAccountStatus"]
    pair.sides[0].cloud.advance(60)
    member = org("DescribeCreateAccountStatus", CreateAccountRequestId=status["Id"])["CreateAccountStatus"]["AccountId"]
    for side, value in zip(pair.sides, member.values, strict=True):
        side.names[value] = "{" + name + "}"
    return member


def policy_session(org, root, unit, member):
    kind = {"RootId": root, "PolicyType": SCP}
    new = {"Name": "deny", "Description": "d", "Type": SCP, "Content": DENY}
    org("ListRoots")
    org("EnablePolicyType", **kind)
    org("EnablePolicyType", **kind)
    org("EnablePolicyType", RootId="r-zzzz", PolicyType=SCP)
    org("EnablePolicyType", RootId=root, PolicyType="OTHER")
    org("ListRoots")
    which = {"PolicyId": org("CreatePolicy", Tags=TAGS, **new)["Policy"]["PolicySummary"]["Id"]}
    org("CreatePolicy", **new)
    org("CreatePolicy", **{**new, "Name": "bad", "Content": "{}"})
    org("CreatePolicy", **{**new, "Name": "bad", "Content": "no document"})
    org("CreatePolicy", **{**new, "Name": "bad", "Type": "OTHER"})
    org("DescribePolicy", **which)
    org("DescribePolicy", PolicyId="p-zzzzzzzz")
    org("DescribePolicy", PolicyId="policy")
    org("DescribePolicy", PolicyId="p-FullAWSAccess")
    org("UpdatePolicy", Name="renamed", Description="e", **which)
    org("UpdatePolicy", Content="{}", **which)
    org("UpdatePolicy", PolicyId="p-zzzzzzzz", Name="x")
    org("ListPolicies", Filter=SCP)
    org("ListPolicies", Filter="OTHER")
    org("ListTagsForResource", ResourceId=which["PolicyId"])
    for target in (root, unit, member):
        org("AttachPolicy", TargetId=target, **which)
        org("ListPoliciesForTarget", TargetId=target, Filter=SCP)
    org("AttachPolicy", TargetId=unit, **which)
    org("AttachPolicy", TargetId="123456789013", **which)
    org("AttachPolicy", TargetId=unit, PolicyId="p-zzzzzzzz")
    org("ListPoliciesForTarget", TargetId="ou-zzzz-zzzzzzzz", Filter=SCP)
    org("ListTargetsForPolicy", **which)
    org("ListTargetsForPolicy", PolicyId="p-zzzzzzzz")
    org("DeletePolicy", **which)
    for target in (root, unit, member):
        org("DetachPolicy", TargetId=target, **which)
    org("DetachPolicy", TargetId=unit, **which)
    org("DetachPolicy", TargetId=unit, PolicyId="p-FullAWSAccess")
    org("DeletePolicy", **which)
    org("DeletePolicy", **which)
    org("DisablePolicyType", **kind)
    org("DisablePolicyType", **kind)


def delegation_session(org, member):
    org("ListAWSServiceAccessForOrganization")
    org("RegisterDelegatedAdministrator", AccountId=member, **SERVICE)
    org("EnableAWSServiceAccess", **SERVICE)
    org("EnableAWSServiceAccess", ServicePrincipal="nobody.example.com")
    org("ListAWSServiceAccessForOrganization")
    registered = {"AccountId": member, **SERVICE}
    org("RegisterDelegatedAdministrator", **registered)
    org("RegisterDelegatedAdministrator", **registered)
    org("RegisterDelegatedAdministrator", AccountId="123456789013", **SERVICE)
    org("ListDelegatedAdministrators")
    org("ListDelegatedAdministrators", ServicePrincipal="iam.amazonaws.com")
    org("ListDelegatedServicesForAccount", AccountId=member)
    org("ListDelegatedServicesForAccount", AccountId="123456789013")
    org("DeregisterDelegatedAdministrator", **registered)
    org("DeregisterDelegatedAdministrator", **registered)
    org("DisableAWSServiceAccess", **SERVICE)
    org("ListAWSServiceAccessForOrganization")
