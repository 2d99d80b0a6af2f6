# SPDX-License-Identifier: Apache-2.0
"""Calls for moto_differential_test.py: permission sets, their policies and assignments. The account of the two manages an organization."""

import json

from aws_call import allow
from moto_identity_store_calls import ANN, NOBODY
from moto_organization_calls import new_member

TAGS = [{"Key": "a", "Value": "b"}]
ABSENT = "arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef"
READ = "arn:aws:iam::aws:policy/ReadOnlyAccess"
AUDIT = "arn:aws:iam::aws:policy/SecurityAudit"
BILLING = "arn:aws:iam::aws:policy/job-function/Billing"
ALL = "ALL_PROVISIONED_ACCOUNTS"


def identity_center_session(pair, _account):
    center = pair.of("sso-admin")
    instance = center("ListInstances")["Instances"][0]
    at = {"InstanceArn": instance["InstanceArn"]}
    center("DescribeInstance", **at)
    center("DescribeInstance", InstanceArn="arn:aws:sso:::instance/ssoins-0123456789abcdef")
    center("ListPermissionSets", **at)
    one = set_session(center, at)
    managed_policy_session(center, one)
    own_policy_session(center, one)
    boundary_session(center, one)
    member = new_member(pair, "center")
    assignment_session(pair, center, at, one, {"member": member, "IdentityStoreId": instance["IdentityStoreId"]})
    bad_input_session(center, at, one)


def set_session(center, at):
    new = {"Name": "reader", "Description": "d", "SessionDuration": "PT2H", "RelayState": "https://example.com/start", "Tags": TAGS}
    one = {"PermissionSetArn": center("CreatePermissionSet", **new, **at)["PermissionSet"]["PermissionSetArn"], **at}
    center("DescribePermissionSet", **one)
    center("DescribePermissionSet", PermissionSetArn=ABSENT, **at)
    center("UpdatePermissionSet", Description="e", SessionDuration="PT3H", RelayState="https://example.com/other", **one)
    center("DescribePermissionSet", **one)
    center("UpdatePermissionSet", PermissionSetArn=ABSENT, Description="e", **at)
    tagged = {"ResourceArn": one["PermissionSetArn"], **at}
    center("TagResource", Tags=[{"Key": "c", "Value": "d"}], **tagged)
    center("UntagResource", TagKeys=["a"], **tagged)
    center("ListTagsForResource", **tagged)
    center("ListPermissionSets", **at)
    # One that says nothing but its name, and one that goes away.
    plain = {"PermissionSetArn": center("CreatePermissionSet", Name="plain", **at)["PermissionSet"]["PermissionSetArn"], **at}
    center("DescribePermissionSet", **plain)
    center("ListPermissionSets", **at)
    center("ListPermissionSets", MaxResults=1, **at)
    center("DeletePermissionSet", **plain)
    center("DeletePermissionSet", **plain)
    center("DescribePermissionSet", **plain)
    center("ListPermissionSets", **at)
    return one


def managed_policy_session(center, one):
    def attach(arn, **which):
        center("AttachManagedPolicyToPermissionSet", ManagedPolicyArn=arn, **{**one, **which})

    def detach(arn):
        center("DetachManagedPolicyFromPermissionSet", ManagedPolicyArn=arn, **one)

    center("ListManagedPoliciesInPermissionSet", **one)
    for arn in (READ, READ, AUDIT, "arn:aws:iam::aws:policy/Missing"):
        attach(arn)
    attach(READ, PermissionSetArn=ABSENT)
    center("ListManagedPoliciesInPermissionSet", **one)
    center("ListManagedPoliciesInPermissionSet", MaxResults=1, **one)
    center("ListManagedPoliciesInPermissionSet", **{**one, "PermissionSetArn": ABSENT})
    detach(READ)
    detach(READ)
    for arn in (BILLING, BILLING.replace("/job-function/", "/")):
        attach(arn)
        detach(arn)
    center("ListManagedPoliciesInPermissionSet", **one)


def own_policy_session(center, one):
    plain, elsewhere = {"Name": "ours"}, {"Name": "ours", "Path": "/team/"}
    for reference in (plain, plain, {"Name": "ours", "Path": "/"}, elsewhere):
        center("AttachCustomerManagedPolicyReferenceToPermissionSet", CustomerManagedPolicyReference=reference, **one)
    center("AttachCustomerManagedPolicyReferenceToPermissionSet", CustomerManagedPolicyReference=plain,
           **{**one, "PermissionSetArn": ABSENT})
    center("ListCustomerManagedPolicyReferencesInPermissionSet", **one)
    center("ListCustomerManagedPolicyReferencesInPermissionSet", **{**one, "PermissionSetArn": ABSENT})
    for reference in (elsewhere, elsewhere, plain, {"Name": "missing"}):
        center("DetachCustomerManagedPolicyReferenceFromPermissionSet", CustomerManagedPolicyReference=reference, **one)
    center("ListCustomerManagedPolicyReferencesInPermissionSet", **one)
    center("GetInlinePolicyForPermissionSet", **one)
    center("PutInlinePolicyToPermissionSet", InlinePolicy=allow("s3:Get*"), **one)
    center("PutInlinePolicyToPermissionSet", InlinePolicy=allow("s3:Get*"), **{**one, "PermissionSetArn": ABSENT})
    center("GetInlinePolicyForPermissionSet", **one)
    center("GetInlinePolicyForPermissionSet", **{**one, "PermissionSetArn": ABSENT})
    center("DeleteInlinePolicyFromPermissionSet", **one)
    center("DeleteInlinePolicyFromPermissionSet", **one)
    center("GetInlinePolicyForPermissionSet", **one)


def boundary_session(center, one):
    center("GetPermissionsBoundaryForPermissionSet", **one)
    center("PutPermissionsBoundaryToPermissionSet", PermissionsBoundary={"ManagedPolicyArn": READ}, **one)
    center("GetPermissionsBoundaryForPermissionSet", **one)
    center("DeletePermissionsBoundaryFromPermissionSet", **one)


def assignment_session(pair, center, at, one, where):
    store, which = pair.of("identitystore"), {"IdentityStoreId": where["IdentityStoreId"]}
    user = store("CreateUser", **{**ANN, "UserName": "eve"}, **which)["UserId"]
    group = store("CreateGroup", DisplayName="operators", **which)["GroupId"]
    target = {"TargetId": where["member"], "TargetType": "AWS_ACCOUNT", **one}
    of_user, of_group = {"PrincipalType": "USER", "PrincipalId": user}, {"PrincipalType": "GROUP", "PrincipalId": group}
    listed = {"AccountId": where["member"], **one}
    center("ListAccountAssignments", **listed)
    status = center("CreateAccountAssignment", **target, **of_user)["AccountAssignmentCreationStatus"]
    center("CreateAccountAssignment", **target, **of_group)
    # Ours takes its time, as AWS does.
    pair.sides[0].cloud.advance(60)
    center("DescribeAccountAssignmentCreationStatus", AccountAssignmentCreationRequestId=status["RequestId"], **at)
    center("DescribeAccountAssignmentCreationStatus", AccountAssignmentCreationRequestId=NOBODY, **at)
    center("ListAccountAssignmentCreationStatus", **at)
    center("ListAccountAssignments", **listed)
    center("ListAccountAssignmentsForPrincipal", **of_user, **at)
    center("ListAccountAssignmentsForPrincipal", Filter={"AccountId": where["member"]}, **of_group, **at)
    center("ListAccountAssignmentsForPrincipal", Filter={"AccountId": "123456789013"}, **of_group, **at)
    provisioning_session(pair, center, at, one, where["member"])
    for principal in (of_user, of_group):
        status = center("DeleteAccountAssignment", **target, **principal)["AccountAssignmentDeletionStatus"]
    pair.sides[0].cloud.advance(60)
    center("DescribeAccountAssignmentDeletionStatus", AccountAssignmentDeletionRequestId=status["RequestId"], **at)
    center("DescribeAccountAssignmentDeletionStatus", AccountAssignmentDeletionRequestId=NOBODY, **at)
    center("ListAccountAssignmentDeletionStatus", **at)
    center("ListAccountAssignments", **listed)
    center("DeleteAccountAssignment", **target, **of_user)
    center("CreateAccountAssignment", PrincipalType="USER", PrincipalId=NOBODY, **target)
    center("CreateAccountAssignment", **{**target, "TargetId": "123456789013"}, **of_group)
    center("CreateAccountAssignment", **{**target, "PermissionSetArn": ABSENT}, **of_group)
    pair.sides[0].cloud.advance(60)


def provisioning_session(pair, center, at, one, member):
    center("ListPermissionSetsProvisionedToAccount", AccountId=member, **at)
    center("ProvisionPermissionSet", TargetType=ALL, **one)
    pair.sides[0].cloud.advance(60)
    center("ListPermissionSetsProvisionedToAccount", AccountId=member, **at)
    center("ListAccountsForProvisionedPermissionSet", **one)
    center("ProvisionPermissionSet", TargetType=ALL, **{**one, "PermissionSetArn": ABSENT})
    center("DescribePermissionSetProvisioningStatus", ProvisionPermissionSetRequestId=NOBODY, **at)
    center("ListPermissionSetProvisioningStatus", **at)


def bad_input_session(center, at, one):
    """What moto takes in spite of all."""
    center("CreatePermissionSet", Name="reader", **at)
    center("CreatePermissionSet", Name="long", SessionDuration="PT13H", **at)
    center("CreatePermissionSet", Name="a b", **at)
    center("PutInlinePolicyToPermissionSet", InlinePolicy=json.dumps({"Statement": []}), **one)
    center("UpdatePermissionSet", Description="f", **one)
    center("DescribePermissionSet", **one)
    center("ListPermissionSets", InstanceArn="arn:aws:sso:::instance/ssoins-0123456789abcdef")
    center("DeletePermissionSet", **one)
