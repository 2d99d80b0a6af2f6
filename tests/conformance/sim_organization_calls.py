# SPDX-License-Identifier: Apache-2.0
"""Calls for sim_calls.py: AWS Organizations."""

import json

from aws_call import bound, refused

SCP, RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"
DENY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}]})


def organization_session(call, sim, first, management, guest):
    """A whole organization; `management` and `guest` are members of the one that `first` manages, and leave it."""
    for account in (management, guest):
        call(sim.keys(first), "organizations", "RemoveAccountFromOrganization", AccountId=account["account_id"])
    manager, visitor = sim.keys(management), sim.keys(guest)
    org, theirs = bound(call, manager, "organizations"), bound(call, visitor, "organizations")
    with refused("AWSOrganizationsNotInUseException"):
        org("DescribeOrganization")
    with refused("OrganizationNotFoundException"):
        call(manager, "iam", "ListOrganizationsFeatures")
    made = org("CreateOrganization", FeatureSet="ALL")["Organization"]
    with refused("AlreadyInOrganizationException"):
        org("CreateOrganization", FeatureSet="ALL")
    assert org("DescribeOrganization")["Organization"]["MasterAccountId"] == management["account_id"]
    assert made["Id"].startswith("o-")
    root = org("ListRoots")["Roots"][0]["Id"]
    unit = tree_session(org, root)
    member = account_session(org, sim, root, unit)
    handshake_session(org, theirs, guest["account_id"])
    policy_session(org, root, unit)
    delegation_session(call, manager, visitor, guest["account_id"], member)
    leave_session(org, theirs, management["account_id"], member, unit, root)


def tree_session(org, root):
    unit = org("CreateOrganizationalUnit", ParentId=root, Name="before")["OrganizationalUnit"]["Id"]
    with refused("DuplicateOrganizationalUnitException"):
        org("CreateOrganizationalUnit", ParentId=root, Name="before")
    with refused("ParentNotFoundException"):
        org("CreateOrganizationalUnit", ParentId="r-zzzz", Name="other")
    org("UpdateOrganizationalUnit", OrganizationalUnitId=unit, Name="after")
    assert org("DescribeOrganizationalUnit", OrganizationalUnitId=unit)["OrganizationalUnit"]["Name"] == "after"
    with refused("OrganizationalUnitNotFoundException"):
        org("DescribeOrganizationalUnit", OrganizationalUnitId=f"ou-{root[2:]}-zzzzzzzz")
    assert [each["Id"] for each in org("ListOrganizationalUnitsForParent", ParentId=root)["OrganizationalUnits"]] == [unit]
    with refused("ChildNotFoundException"):
        org("ListParents", ChildId="123456789012")
    return unit


def account_session(org, sim, root, unit):
    """Makes an account in `unit`; answers its id."""
    status = org("CreateAccount", Email="new@example.com", AccountName="new", Tags=[{"Key": "a", "Value": "b"}])["CreateAccountStatus"]
    sim.advance(60)
    member = org("DescribeCreateAccountStatus", CreateAccountRequestId=status["Id"])["CreateAccountStatus"]["AccountId"]
    with refused("CreateAccountStatusNotFoundException"):
        org("DescribeCreateAccountStatus", CreateAccountRequestId="car-" + "0" * 32)
    assert len(org("ListCreateAccountStatus", States=["SUCCEEDED"])["CreateAccountStatuses"]) == 1
    where = {"AccountId": member, "SourceParentId": root}
    with refused("DuplicateAccountException"):
        org("MoveAccount", DestinationParentId=root, **where)
    with refused("DestinationParentNotFoundException"):
        org("MoveAccount", DestinationParentId=f"ou-{root[2:]}-zzzzzzzz", **where)
    org("MoveAccount", DestinationParentId=unit, **where)
    with refused("SourceParentNotFoundException"):
        org("MoveAccount", DestinationParentId=unit, **where)
    assert org("DescribeAccount", AccountId=member)["Account"]["Email"] == "new@example.com"
    with refused("AccountNotFoundException"):
        org("DescribeAccount", AccountId="123456789012")
    assert len(org("ListAccounts")["Accounts"]) == 2
    assert org("ListAccountsForParent", ParentId=unit)["Accounts"][0]["Id"] == member
    assert org("ListChildren", ParentId=unit, ChildType="ACCOUNT")["Children"] == [{"Id": member, "Type": "ACCOUNT"}]
    assert org("ListParents", ChildId=member)["Parents"] == [{"Id": unit, "Type": "ORGANIZATIONAL_UNIT"}]
    org("TagResource", ResourceId=member, Tags=[{"Key": "c", "Value": "d"}])
    org("UntagResource", ResourceId=member, TagKeys=["a"])
    assert org("ListTagsForResource", ResourceId=member)["Tags"] == [{"Key": "c", "Value": "d"}]
    with refused("OrganizationalUnitNotEmptyException"):
        org("DeleteOrganizationalUnit", OrganizationalUnitId=unit)
    return member


def handshake_session(org, theirs, guest):
    """Invitations: declined, withdrawn, accepted."""
    target = {"Target": {"Id": guest, "Type": "ACCOUNT"}, "Notes": "welcome"}

    def invite():
        return {"HandshakeId": org("InviteAccountToOrganization", **target)["Handshake"]["Id"]}

    first = invite()
    with refused("DuplicateHandshakeException"):
        org("InviteAccountToOrganization", **target)
    assert theirs("ListHandshakesForAccount")["Handshakes"][0]["Id"] == first["HandshakeId"]
    assert theirs("DescribeHandshake", **first)["Handshake"]["State"] in ("REQUESTED", "OPEN")
    with refused("HandshakeNotFoundException"):
        org("DescribeHandshake", HandshakeId="h-" + "0" * 32)
    theirs("DeclineHandshake", **first)
    with refused("InvalidHandshakeTransitionException"):
        theirs("AcceptHandshake", **first)
    org("CancelHandshake", **invite())
    theirs("AcceptHandshake", **invite())
    with refused("HandshakeConstraintViolationException"):
        invite()
    assert len(org("ListHandshakesForOrganization")["Handshakes"]) == 3
    with refused("AccessDeniedException"):
        theirs("ListAccounts")


def policy_session(org, root, unit):
    kind = {"RootId": root, "PolicyType": RCP}
    org("EnablePolicyType", **kind)
    with refused("PolicyTypeAlreadyEnabledException"):
        org("EnablePolicyType", **kind)
    org("DisablePolicyType", **kind)
    with refused("PolicyTypeNotEnabledException"):
        org("DisablePolicyType", **kind)
    with refused("RootNotFoundException"):
        org("EnablePolicyType", RootId="r-zzzz", PolicyType=RCP)
    new = {"Name": "deny", "Description": "d", "Type": SCP}
    with refused("MalformedPolicyDocumentException"):
        org("CreatePolicy", Content="{}", **new)
    made = org("CreatePolicy", Content=DENY, **new)["Policy"]["PolicySummary"]
    with refused("DuplicatePolicyException"):
        org("CreatePolicy", Content=DENY, **new)
    which = {"PolicyId": made["Id"]}
    org("UpdatePolicy", Description="e", **which)
    assert org("DescribePolicy", **which)["Policy"]["PolicySummary"]["Description"] == "e"
    with refused("PolicyNotFoundException"):
        org("DescribePolicy", PolicyId="p-zzzzzzzz")
    assert len(org("ListPolicies", Filter=SCP)["Policies"]) == 2
    org("AttachPolicy", TargetId=unit, **which)
    with refused("DuplicatePolicyAttachmentException"):
        org("AttachPolicy", TargetId=unit, **which)
    with refused("TargetNotFoundException"):
        org("AttachPolicy", TargetId="123456789012", **which)
    with refused("PolicyInUseException"):
        org("DeletePolicy", **which)
    assert len(org("ListPoliciesForTarget", TargetId=unit, Filter=SCP)["Policies"]) == 2
    assert org("ListTargetsForPolicy", **which)["Targets"][0]["TargetId"] == unit
    org("DetachPolicy", TargetId=unit, **which)
    with refused("PolicyNotAttachedException"):
        org("DetachPolicy", TargetId=unit, **which)
    org("DeletePolicy", **which)


def delegation_session(call, manager, visitor, guest, member):
    """Services that may act in the organization, accounts that administer them, and power over the roots of members."""
    org, iam, service = bound(call, manager, "organizations"), bound(call, manager, "iam"), {"ServicePrincipal": "iam.amazonaws.com"}
    with refused("ServiceAccessNotEnabledException"):
        iam("EnableOrganizationsRootSessions")
    with refused("AccountNotManagementOrDelegatedAdministratorException"):
        call(visitor, "iam", "ListOrganizationsFeatures")
    org("EnableAWSServiceAccess", **service)
    assert org("ListAWSServiceAccessForOrganization")["EnabledServicePrincipals"][0]["ServicePrincipal"] == service["ServicePrincipal"]
    with refused("AccountNotRegisteredException"):
        org("DeregisterDelegatedAdministrator", AccountId=guest, **service)
    org("RegisterDelegatedAdministrator", AccountId=guest, **service)
    with refused("AccountAlreadyRegisteredException"):
        org("RegisterDelegatedAdministrator", AccountId=guest, **service)
    assert org("ListDelegatedAdministrators")["DelegatedAdministrators"][0]["Id"] == guest
    assert len(org("ListDelegatedServicesForAccount", AccountId=guest)["DelegatedServices"]) == 1
    iam("EnableOrganizationsRootSessions")
    iam("EnableOrganizationsRootCredentialsManagement")
    assert len(iam("ListOrganizationsFeatures")["EnabledFeatures"]) == 2
    task = {"arn": "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"}
    assert call(manager, "sts", "AssumeRoot", TargetPrincipal=member, TaskPolicyArn=task)["Credentials"]["SessionToken"]
    iam("DisableOrganizationsRootCredentialsManagement")
    iam("DisableOrganizationsRootSessions")
    org("DeregisterDelegatedAdministrator", AccountId=guest, **service)
    org("DisableAWSServiceAccess", **service)


def leave_session(org, theirs, management, member, unit, root):
    with refused("MasterCannotLeaveOrganizationException"):
        org("LeaveOrganization")
    with refused("ConstraintViolationException"):
        org("CloseAccount", AccountId=management)
    theirs("LeaveOrganization")
    org("MoveAccount", AccountId=member, SourceParentId=unit, DestinationParentId=root)
    org("CloseAccount", AccountId=member)
    with refused("AccountAlreadyClosedException"):
        org("CloseAccount", AccountId=member)
    org("RemoveAccountFromOrganization", AccountId=member)
    org("DeleteOrganizationalUnit", OrganizationalUnitId=unit)
    with refused("InvalidInputException"):
        org("ListPolicies", Filter="TAG_POLICY")
