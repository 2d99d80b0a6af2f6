# SPDX-License-Identifier: Apache-2.0
"""Calls for moto_differential_test.py: IAM."""

from aws_call import allow, trust
from moto_iam_credential_calls import credential_session, provider_session

TAGS = [{"Key": "a", "Value": "b"}, {"Key": "c", "Value": "d"}]
MANAGED = "arn:aws:iam::aws:policy/ReadOnlyAccess"
BOUNDARY = {"PermissionsBoundary": MANAGED}
MALFORMED = ("{}", "no document", '{"Version":"2012-10-17","Statement":[{"Effect":"Permit","Action":"s3:*","Resource":"*"}]}',
             '{"Version":"2011-01-01","Statement":[]}', allow("s3:*").replace('"*"}', '"*","Principal":"*"}'),
             allow("s3:*").replace('"*"}', '"bucket"}'), allow("s3"))


def iam_session(pair, account):
    iam = pair.of("iam")
    user_session(iam)
    group_session(iam)
    role_session(iam, account)
    policy_session(iam, account)
    boundary_session(iam)
    credential_session(pair, iam)
    provider_session(iam, account)
    account_session(iam)
    conflict_session(iam, account)


def conflict_session(iam, account):
    """What IAM refuses because something hangs on it or is in the way; moto does much of it, so nothing here is used again."""
    iam("CreateUser", UserName="busy")
    iam("CreateUser", UserName="in-the-way")
    iam("UpdateUser", UserName="busy", NewUserName="in-the-way")
    iam("CreateUser", UserName="with-policy")
    iam("PutUserPolicy", UserName="with-policy", PolicyName="one", PolicyDocument=allow("s3:*"))
    iam("DeleteUser", UserName="with-policy")
    iam("CreateUser", UserName="with-attached")
    iam("AttachUserPolicy", UserName="with-attached", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    iam("DeleteUser", UserName="with-attached")
    iam("CreateUser", UserName="with-password")
    iam("CreateLoginProfile", UserName="with-password", Password="Correct-Horse-7-Battery")
    iam("DeleteUser", UserName="with-password")
    iam("CreateUser", UserName="with-key")
    iam("CreateAccessKey", UserName="with-key")
    iam("DeleteUser", UserName="with-key")
    iam("CreateGroup", GroupName="full")
    iam("CreateUser", UserName="grouped")
    iam("AddUserToGroup", GroupName="full", UserName="grouped")
    iam("DeleteUser", UserName="grouped")
    iam("DeleteGroup", GroupName="full")
    iam("CreateRole", RoleName="with-policy", AssumeRolePolicyDocument=trust("*", "x1"))
    iam("PutRolePolicy", RoleName="with-policy", PolicyName="one", PolicyDocument=allow("s3:*"))
    iam("DeleteRole", RoleName="with-policy")
    iam("UpdateRole", RoleName="with-policy", MaxSessionDuration=1)
    iam("CreateServiceLinkedRole", AWSServiceName="autoscaling.amazonaws.com")
    iam("DeleteRole", RoleName="AWSServiceRoleForAutoScaling")
    iam("CreatePolicy", PolicyName="versions", PolicyDocument=allow("s3:*"))
    versions = {"PolicyArn": account.into("arn:aws:iam::{}:policy/versions")}
    iam("CreatePolicyVersion", PolicyDocument=allow("s3:Get*"), **versions)
    iam("DeletePolicy", **versions)
    iam("CreatePolicy", PolicyName="attached", PolicyDocument=allow("s3:*"))
    attached = {"PolicyArn": account.into("arn:aws:iam::{}:policy/attached")}
    iam("AttachRolePolicy", RoleName="with-policy", **attached)
    iam("DeletePolicy", **attached)


def inline_session(iam, kind, owner):
    """Inline policies of a user, group or role that was made by `owner`."""
    iam(f"Put{kind}Policy", PolicyName="one", PolicyDocument=allow("s3:*"), **owner)
    iam(f"Put{kind}Policy", PolicyName="one", PolicyDocument=allow("s3:Get*"), **owner)
    iam(f"Put{kind}Policy", PolicyName="two", PolicyDocument=allow("ec2:*"), **owner)
    iam(f"Get{kind}Policy", PolicyName="one", **owner)
    iam(f"Get{kind}Policy", PolicyName="three", **owner)
    iam(f"List{kind}Policies", **owner)
    iam(f"List{kind}Policies", MaxItems=1, **owner)
    for text in MALFORMED:
        iam(f"Put{kind}Policy", PolicyName="bad", PolicyDocument=text, **owner)
    iam(f"Put{kind}Policy", PolicyName="a b", PolicyDocument=allow("s3:*"), **owner)
    iam(f"Delete{kind}Policy", PolicyName="three", **owner)
    iam(f"Delete{kind}Policy", PolicyName="one", **owner)
    iam(f"Delete{kind}Policy", PolicyName="two", **owner)
    iam(f"Put{kind}Policy", PolicyName="one", PolicyDocument=allow("s3:*"), **{f"{kind}Name": "missing"})
    iam(f"List{kind}Policies", **{f"{kind}Name": "missing"})


def attachment_session(iam, kind, owner):
    """Managed policies on it."""
    iam(f"Attach{kind}Policy", PolicyArn=MANAGED, **owner)
    iam(f"Attach{kind}Policy", PolicyArn=MANAGED, **owner)
    iam(f"Attach{kind}Policy", PolicyArn="arn:aws:iam::aws:policy/NoSuchPolicy", **owner)
    iam(f"Attach{kind}Policy", PolicyArn="policy", **owner)
    iam(f"Attach{kind}Policy", PolicyArn=MANAGED, **{f"{kind}Name": "missing"})
    iam(f"ListAttached{kind}Policies", **owner)
    iam(f"ListAttached{kind}Policies", PathPrefix="/none/", **owner)
    iam(f"ListAttached{kind}Policies", **{f"{kind}Name": "missing"})
    iam(f"Detach{kind}Policy", PolicyArn=MANAGED, **owner)
    iam(f"Detach{kind}Policy", PolicyArn=MANAGED, **owner)


def tag_session(iam, kind, owner):
    iam(f"Tag{kind}", Tags=[{"Key": "e", "Value": ""}], **owner)
    iam(f"Tag{kind}", Tags=[{"Key": "A", "Value": "other case"}], **owner)
    iam(f"Tag{kind}", Tags=[{"Key": "aws:mine", "Value": "x"}], **owner)
    iam(f"Tag{kind}", Tags=[{"Key": "k" * 129, "Value": "x"}], **owner)
    iam(f"Tag{kind}", Tags=[{"Key": "k", "Value": "x" * 257}], **owner)
    iam(f"Tag{kind}", Tags=[{"Key": f"k{number}", "Value": "x"} for number in range(51)], **owner)
    iam(f"Tag{kind}", Tags=[{"Key": "k", "Value": "1"}, {"Key": "k", "Value": "2"}], **owner)
    iam(f"List{kind}Tags", **owner)
    iam(f"Untag{kind}", TagKeys=["c", "e", "unknown"], **owner)
    iam(f"List{kind}Tags", **owner)


def user_session(iam):
    owner = {"UserName": "user"}
    iam("CreateUser", Path="/u/", Tags=TAGS, **owner)
    iam("CreateUser", **owner)
    iam("CreateUser", UserName="USER")
    iam("CreateUser", UserName="a b")
    iam("CreateUser", UserName="u" * 65)
    iam("CreateUser", UserName="other", Path="u")
    iam("GetUser", **owner)
    iam("GetUser", UserName="missing")
    iam("GetUser")
    iam("ListUsers", PathPrefix="/u/")
    iam("ListUsers", PathPrefix="/none/")
    iam("ListUsers", PathPrefix="none")
    iam("ListUsers", MaxItems=0)
    tag_session(iam, "User", owner)
    iam("TagUser", UserName="missing", Tags=TAGS)
    inline_session(iam, "User", owner)
    attachment_session(iam, "User", owner)
    iam("UpdateUser", NewUserName="renamed", NewPath="/v/", **owner)
    iam("GetUser", UserName="renamed")
    iam("GetUser", **owner)
    iam("UpdateUser", NewUserName="x", **owner)
    for name in ("renamed", "missing"):
        iam("DeleteUser", UserName=name)


def group_session(iam):
    owner = {"GroupName": "group"}
    iam("CreateGroup", Path="/g/", **owner)
    iam("CreateGroup", **owner)
    iam("CreateGroup", GroupName="a b")
    iam("GetGroup", **owner)
    iam("GetGroup", GroupName="missing")
    iam("ListGroups", PathPrefix="/g/")
    iam("CreateUser", UserName="member")
    iam("AddUserToGroup", UserName="member", **owner)
    iam("AddUserToGroup", UserName="member", **owner)
    iam("AddUserToGroup", UserName="missing", **owner)
    iam("AddUserToGroup", UserName="member", GroupName="missing")
    iam("GetGroup", **owner)
    iam("ListGroupsForUser", UserName="member")
    iam("ListGroupsForUser", UserName="missing")
    iam("RemoveUserFromGroup", UserName="member", **owner)
    iam("RemoveUserFromGroup", UserName="member", **owner)
    inline_session(iam, "Group", owner)
    attachment_session(iam, "Group", owner)
    iam("UpdateGroup", NewGroupName="renamed", NewPath="/h/", **owner)
    iam("GetGroup", GroupName="renamed")
    iam("UpdateGroup", NewGroupName="x", **owner)
    iam("DeleteUser", UserName="member")
    iam("DeleteGroup", GroupName="renamed")
    iam("DeleteGroup", GroupName="missing")


def role_session(iam, account):
    owner, document = {"RoleName": "role"}, trust(account.values[0], "x1")
    anyone = trust("*", "x1")
    iam("CreateRole", Path="/r/", AssumeRolePolicyDocument=anyone, Description="d", MaxSessionDuration=7200, Tags=TAGS, **owner)
    iam("CreateRole", AssumeRolePolicyDocument=anyone, **owner)
    iam("CreateRole", RoleName="ROLE", AssumeRolePolicyDocument=anyone)
    iam("CreateRole", RoleName="a b", AssumeRolePolicyDocument=anyone)
    iam("CreateRole", RoleName="long", AssumeRolePolicyDocument=anyone, MaxSessionDuration=43201)
    iam("CreateRole", RoleName="short", AssumeRolePolicyDocument=anyone, MaxSessionDuration=3599)
    for text in ("{}", "no document", allow("sts:AssumeRole"), anyone.replace("sts:AssumeRole", "s3:Get"), anyone.replace("Allow", "allow"),
                 anyone.replace('"*"', '"nobody"'), anyone.replace('"*"', f'"arn:aws:iam::{"1" * 12}:user/missing"')):
        iam("CreateRole", RoleName="bad", AssumeRolePolicyDocument=text)
    iam("GetRole", **owner)
    iam("GetRole", RoleName="missing")
    iam("ListRoles", PathPrefix="/r/")
    iam("ListRoles", PathPrefix="/none/")
    iam("UpdateRole", Description="e", MaxSessionDuration=3600, **owner)
    iam("GetRole", **owner)
    iam("UpdateRole", RoleName="missing", Description="e")
    iam("UpdateRoleDescription", Description="f", **owner)
    iam("UpdateAssumeRolePolicy", PolicyDocument=document, **owner)
    iam("UpdateAssumeRolePolicy", PolicyDocument="{}", **owner)
    iam("UpdateAssumeRolePolicy", PolicyDocument=anyone, RoleName="missing")
    tag_session(iam, "Role", owner)
    inline_session(iam, "Role", owner)
    attachment_session(iam, "Role", owner)
    iam("CreateServiceLinkedRole", AWSServiceName="autoscaling.amazonaws.com", Description="d")
    iam("CreateServiceLinkedRole", AWSServiceName="autoscaling.amazonaws.com")
    iam("DeleteServiceLinkedRole", RoleName="AWSServiceRoleForAutoScaling")
    iam("DeleteRole", **owner)
    iam("DeleteRole", **owner)


def policy_session(iam, account):
    arn = account.into("arn:aws:iam::{}:policy/p/managed")
    which, missing = {"PolicyArn": arn}, {"PolicyArn": account.into("arn:aws:iam::{}:policy/missing")}
    iam("CreatePolicy", PolicyName="managed", Path="/p/", PolicyDocument=allow("s3:*"), Description="d", Tags=TAGS)
    iam("CreatePolicy", PolicyName="managed", Path="/p/", PolicyDocument=allow("s3:*"))
    iam("CreatePolicy", PolicyName="managed", Path="/q/", PolicyDocument=allow("s3:*"))
    iam("CreatePolicy", PolicyName="a b", PolicyDocument=allow("s3:*"))
    iam("CreatePolicy", PolicyName="path", Path="p", PolicyDocument=allow("s3:*"))
    iam("CreatePolicy", PolicyName="big", PolicyDocument=allow(*(f"s3:GetObject{number:04}" for number in range(400))))
    for text in MALFORMED:
        iam("CreatePolicy", PolicyName="bad", PolicyDocument=text)
    iam("GetPolicy", **which)
    iam("GetPolicy", **missing)
    iam("GetPolicy", PolicyArn="policy")
    iam("ListPolicies", Scope="Local", PathPrefix="/p/")
    iam("ListPolicies", Scope="Local", OnlyAttached=True)
    iam("ListPolicies", Scope="Nowhere")
    for number in range(5):
        iam("CreatePolicyVersion", PolicyDocument=allow("s3:Get*"), SetAsDefault=number == 0, **which)
    iam("CreatePolicyVersion", PolicyDocument="{}", **which)
    iam("CreatePolicyVersion", PolicyDocument=allow("s3:*"), **missing)
    iam("GetPolicyVersion", VersionId="v2", **which)
    iam("GetPolicyVersion", VersionId="v9", **which)
    iam("GetPolicyVersion", VersionId="two", **which)
    iam("ListPolicyVersions", **which)
    iam("ListPolicyVersions", **missing)
    iam("SetDefaultPolicyVersion", VersionId="v1", **which)
    iam("SetDefaultPolicyVersion", VersionId="v9", **which)
    iam("GetPolicy", **which)
    iam("DeletePolicyVersion", VersionId="v1", **which)
    iam("DeletePolicyVersion", VersionId="v9", **which)
    tag_session(iam, "Policy", which)
    iam("CreateUser", UserName="holder")
    iam("AttachUserPolicy", UserName="holder", **which)
    iam("GetPolicy", **which)
    iam("ListEntitiesForPolicy", **which)
    iam("ListEntitiesForPolicy", EntityFilter="Role", **which)
    iam("ListEntitiesForPolicy", **missing)
    iam("ListPolicies", Scope="Local", OnlyAttached=True)
    for version in ("v2", "v3", "v4", "v5"):
        iam("DeletePolicyVersion", VersionId=version, **which)
    iam("DetachUserPolicy", UserName="holder", **which)
    iam("DeletePolicy", **which)
    iam("DeletePolicy", **which)
    iam("DeletePolicy", PolicyArn=MANAGED)
    iam("DeleteUser", UserName="holder")


def boundary_session(iam):
    iam("CreateRole", RoleName="bound", AssumeRolePolicyDocument=trust("*", "x1"), **BOUNDARY)
    iam("GetRole", RoleName="bound")
    iam("DeleteRolePermissionsBoundary", RoleName="bound")
    iam("PutRolePermissionsBoundary", RoleName="bound", **BOUNDARY)
    iam("PutRolePermissionsBoundary", RoleName="bound", PermissionsBoundary="policy")
    iam("PutRolePermissionsBoundary", RoleName="missing", **BOUNDARY)
    iam("DeleteRole", RoleName="bound")
    iam("CreateUser", UserName="bound", **BOUNDARY)
    iam("GetUser", UserName="bound")
    iam("PutUserPermissionsBoundary", UserName="bound", **BOUNDARY)
    iam("DeleteUserPermissionsBoundary", UserName="bound")
    iam("DeleteUser", UserName="bound")


def account_session(iam):
    iam("ListAccountAliases")
    iam("CreateAccountAlias", AccountAlias="acme")
    iam("CreateAccountAlias", AccountAlias="Acme Inc")
    iam("ListAccountAliases")
    iam("DeleteAccountAlias", AccountAlias="other")
    iam("DeleteAccountAlias", AccountAlias="acme")
    iam("GetAccountSummary")
    iam("GetCredentialReport")
    iam("GenerateCredentialReport")
    iam("GetCredentialReport")
    iam("GetAccountAuthorizationDetails", Filter=["Group"])
    iam("SimulateCustomPolicy", PolicyInputList=[allow("s3:*")], ActionNames=["s3:GetObject"])
    iam("ListOrganizationsFeatures")
