# SPDX-License-Identifier: Apache-2.0
"""Calls for sim_calls.py: what IAM keeps for people besides access keys, identity providers, reports, federation by tokens."""

import base64
import json

from aws_call import allow, blob, bound, document, refused, trust

CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"
SSH_KEY = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC8 somebody"
METADATA = "<EntityDescriptor>" + "x" * 1000 + "</EntityDescriptor>"


def login_session(call, keys):
    """A user's password, which the user changes."""
    iam, user = bound(call, keys, "iam"), {"UserName": "person"}
    iam("CreateUser", **user)
    with refused("PasswordPolicyViolation"):
        iam("CreateLoginProfile", Password="short", **user)
    iam("CreateLoginProfile", Password="Long-enough-1", PasswordResetRequired=True, **user)
    assert iam("GetLoginProfile", **user)["LoginProfile"]["PasswordResetRequired"] is True
    iam("UpdateLoginProfile", Password="Long-enough-2", PasswordResetRequired=False, **user)
    iam("PutUserPolicy", PolicyName="own", PolicyDocument=allow("iam:ChangePassword", "sts:GetSessionToken", "sts:AssumeRole"), **user)
    key = iam("CreateAccessKey", **user)["AccessKey"]
    own = type(keys)(key["AccessKeyId"], key["SecretAccessKey"])
    call(own, "iam", "ChangePassword", OldPassword="Long-enough-2", NewPassword="Long-enough-3")
    role = iam("CreateRole", RoleName="Nobody", AssumeRolePolicyDocument=trust(iam("GetUser", **user)["User"]["Arn"]))["Role"]["Arn"]
    iam("PutRolePolicy", RoleName="Nobody", PolicyName="own", PolicyDocument=allow("iam:*"))
    taken = type(keys).from_sts(call(own, "sts", "AssumeRole", RoleArn=role, RoleSessionName="session")["Credentials"])
    with refused("InvalidUserType"):
        call(taken, "iam", "ChangePassword", OldPassword="Long-enough-3", NewPassword="Long-enough-4")
    iam("DeleteRolePolicy", RoleName="Nobody", PolicyName="own")
    iam("DeleteRole", RoleName="Nobody")
    iam("DeleteLoginProfile", **user)
    iam("DeleteAccessKey", AccessKeyId=key["AccessKeyId"], **user)


def device_session(call, keys):
    """A virtual MFA device."""
    iam, user = bound(call, keys, "iam"), {"UserName": "person"}
    made = iam("CreateVirtualMFADevice", VirtualMFADeviceName="phone", Tags=[{"Key": "a", "Value": "b"}])["VirtualMFADevice"]
    assert len(blob(made["Base32StringSeed"])) == 64
    device = {"SerialNumber": made["SerialNumber"]}
    with refused("InvalidAuthenticationCode"):
        iam("EnableMFADevice", AuthenticationCode1="111111", AuthenticationCode2="111111", **user, **device)
    iam("EnableMFADevice", AuthenticationCode1="111111", AuthenticationCode2="222222", **user, **device)
    iam("ResyncMFADevice", AuthenticationCode1="333333", AuthenticationCode2="444444", **user, **device)
    assert iam("ListMFADevices", **user)["MFADevices"][0]["SerialNumber"] == made["SerialNumber"]
    assert iam("GetMFADevice", **device)["UserName"] == "person"
    assert iam("ListVirtualMFADevices", AssignmentStatus="Assigned")["VirtualMFADevices"][0]["User"]["UserName"] == "person"
    iam("TagMFADevice", Tags=[{"Key": "c", "Value": "d"}], **device)
    iam("UntagMFADevice", TagKeys=["a"], **device)
    assert iam("ListMFADeviceTags", **device)["Tags"] == [{"Key": "c", "Value": "d"}]
    iam("DeactivateMFADevice", **user, **device)
    iam("DeleteVirtualMFADevice", **device)


def other_credentials_session(call, keys):
    """Certificates, SSH keys and passwords for single services."""
    iam, user = bound(call, keys, "iam"), {"UserName": "person"}
    with refused("MalformedCertificate"):
        iam("UploadSigningCertificate", CertificateBody="certificate", **user)
    certificate = iam("UploadSigningCertificate", CertificateBody=CERTIFICATE, **user)["Certificate"]
    with refused("DuplicateCertificate"):
        iam("UploadSigningCertificate", CertificateBody=CERTIFICATE, **user)
    which = {"CertificateId": certificate["CertificateId"]}
    iam("UpdateSigningCertificate", Status="Inactive", **which, **user)
    assert iam("ListSigningCertificates", **user)["Certificates"][0]["Status"] == "Inactive"
    iam("DeleteSigningCertificate", **which, **user)

    with refused("UnrecognizedPublicKeyEncoding"):
        iam("UploadSSHPublicKey", SSHPublicKeyBody="key", **user)
    which = {"SSHPublicKeyId": iam("UploadSSHPublicKey", SSHPublicKeyBody=SSH_KEY, **user)["SSHPublicKey"]["SSHPublicKeyId"]}
    with refused("DuplicateSSHPublicKey"):
        iam("UploadSSHPublicKey", SSHPublicKeyBody=SSH_KEY, **user)
    iam("UpdateSSHPublicKey", Status="Inactive", **which, **user)
    assert iam("GetSSHPublicKey", Encoding="SSH", **which, **user)["SSHPublicKey"]["SSHPublicKeyBody"] == SSH_KEY
    assert iam("ListSSHPublicKeys", **user)["SSHPublicKeys"][0]["Status"] == "Inactive"
    iam("DeleteSSHPublicKey", **which, **user)

    with refused("NotSupportedService"):
        iam("CreateServiceSpecificCredential", ServiceName="s3.amazonaws.com", **user)
    made = iam("CreateServiceSpecificCredential", ServiceName="codecommit.amazonaws.com", **user)["ServiceSpecificCredential"]
    which = {"ServiceSpecificCredentialId": made["ServiceSpecificCredentialId"]}
    iam("UpdateServiceSpecificCredential", Status="Inactive", **which, **user)
    again = iam("ResetServiceSpecificCredential", **which, **user)["ServiceSpecificCredential"]
    assert again["ServicePassword"] != made["ServicePassword"]
    assert iam("ListServiceSpecificCredentials", **user)["ServiceSpecificCredentials"][0]["Status"] == "Inactive"
    iam("DeleteServiceSpecificCredential", **which, **user)
    iam("DeleteUserPolicy", PolicyName="own", **user)
    iam("DeleteUser", **user)


def provider_session(call, keys):
    """OIDC and SAML providers, and the roles of services."""
    iam, tags = bound(call, keys, "iam"), [{"Key": "a", "Value": "b"}]
    more = [{"Key": "c", "Value": "d"}]
    made = iam("CreateOpenIDConnectProvider", Url="https://id.example.com", ClientIDList=["one"], ThumbprintList=["a" * 40], Tags=tags)
    which = {"OpenIDConnectProviderArn": made["OpenIDConnectProviderArn"]}
    iam("AddClientIDToOpenIDConnectProvider", ClientID="two", **which)
    iam("RemoveClientIDFromOpenIDConnectProvider", ClientID="one", **which)
    iam("UpdateOpenIDConnectProviderThumbprint", ThumbprintList=["b" * 40], **which)
    iam("TagOpenIDConnectProvider", Tags=more, **which)
    iam("UntagOpenIDConnectProvider", TagKeys=["a"], **which)
    assert iam("ListOpenIDConnectProviderTags", **which)["Tags"] == more
    found = iam("GetOpenIDConnectProvider", **which)
    assert (found["Url"], found["ClientIDList"], found["ThumbprintList"]) == ("id.example.com", ["two"], ["b" * 40])
    assert iam("ListOpenIDConnectProviders")["OpenIDConnectProviderList"] == [{"Arn": which["OpenIDConnectProviderArn"]}]
    iam("DeleteOpenIDConnectProvider", **which)

    which = {"SAMLProviderArn": iam("CreateSAMLProvider", Name="saml", SAMLMetadataDocument=METADATA, Tags=tags)["SAMLProviderArn"]}
    iam("UpdateSAMLProvider", SAMLMetadataDocument=METADATA.replace("x", "y"), **which)
    iam("TagSAMLProvider", Tags=more, **which)
    iam("UntagSAMLProvider", TagKeys=["a"], **which)
    assert iam("ListSAMLProviderTags", **which)["Tags"] == more
    assert "yyy" in iam("GetSAMLProvider", **which)["SAMLMetadataDocument"]
    assert iam("ListSAMLProviders")["SAMLProviderList"][0]["Arn"] == which["SAMLProviderArn"]
    iam("DeleteSAMLProvider", **which)

    role = iam("CreateServiceLinkedRole", AWSServiceName="support.amazonaws.com", Description="d")["Role"]
    with refused("UnmodifiableEntity"):
        iam("DeleteRole", RoleName=role["RoleName"])
    task = iam("DeleteServiceLinkedRole", RoleName=role["RoleName"])["DeletionTaskId"]
    assert iam("GetServiceLinkedRoleDeletionStatus", DeletionTaskId=task)["Status"] == "SUCCEEDED"

    iam("CreateGroup", GroupName="before")
    iam("UpdateGroup", GroupName="before", NewGroupName="after", NewPath="/g/")
    iam("DeleteGroup", GroupName="after")


def report_session(call, sim, keys):
    """Everything at once: the details of an account, and the credential report."""
    iam = bound(call, keys, "iam")
    iam("CreateRole", RoleName="Shown", AssumeRolePolicyDocument=trust(sim.platform["account_id"]))
    roles = {role["RoleName"]: role for role in iam("GetAccountAuthorizationDetails", Filter=["Role"])["RoleDetailList"]}
    shown = document(roles["Shown"]["AssumeRolePolicyDocument"])
    assert shown == document(iam("GetRole", RoleName="Shown")["Role"]["AssumeRolePolicyDocument"])
    iam("DeleteRole", RoleName="Shown")
    with refused("ReportNotPresent"):
        iam("GetCredentialReport")
    iam("GenerateCredentialReport")
    sim.advance(60)
    assert blob(iam("GetCredentialReport")["Content"]).startswith(b"user,arn,")
    sim.advance(5 * 3600)
    with refused("ReportExpired"):
        iam("GetCredentialReport")


def token_session(call, sim, keys, other):
    """One account makes tokens, another one believes them."""
    iam, sts = bound(call, keys, "iam"), bound(call, keys, "sts")
    asked = {"Audience": ["us"], "SigningAlgorithm": "RS256", "DurationSeconds": 300}
    with refused("OutboundWebIdentityFederationDisabledException"):
        sts("GetWebIdentityToken", **asked)
    with refused("FeatureDisabled"):
        iam("GetOutboundWebIdentityFederationInfo")
    issuer = iam("EnableOutboundWebIdentityFederation")["IssuerIdentifier"]
    with refused("FeatureEnabled"):
        iam("EnableOutboundWebIdentityFederation")
    assert iam("GetOutboundWebIdentityFederationInfo")["IssuerIdentifier"] == issuer
    token = sts("GetWebIdentityToken", **asked)["WebIdentityToken"]
    session = type(keys).from_sts(sts("GetSessionToken", DurationSeconds=900)["Credentials"])
    with refused("SessionDurationEscalationException"):
        call(session, "sts", "GetWebIdentityToken", **{**asked, "DurationSeconds": 3600})

    provider = call(other, "iam", "CreateOpenIDConnectProvider", Url=issuer, ClientIDList=["us"])["OpenIDConnectProviderArn"]
    statement = {"Effect": "Allow", "Principal": {"Federated": provider}, "Action": "sts:AssumeRoleWithWebIdentity"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    role = call(other, "iam", "CreateRole", RoleName="Federated", AssumeRolePolicyDocument=policy)["Role"]["Arn"]
    taken = sts("AssumeRoleWithWebIdentity", RoleArn=role, RoleSessionName="token", WebIdentityToken=token)
    assert taken["AssumedRoleUser"]["Arn"].endswith("assumed-role/Federated/token")
    call(other, "iam", "DeleteRole", RoleName="Federated")
    call(other, "iam", "DeleteOpenIDConnectProvider", OpenIDConnectProviderArn=provider)

    # The issuer of this one is not there.
    nowhere = "http://127.0.0.1:9/none"
    parts = [json.dumps({"alg": "RS256", "kid": "k", "typ": "JWT"}),
             json.dumps({"iss": nowhere, "aud": "us", "sub": "s", "iat": 1, "exp": 4_000_000_000}), "signature"]
    forged = ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts)
    provider = call(other, "iam", "CreateOpenIDConnectProvider", Url=nowhere, ClientIDList=["us"])["OpenIDConnectProviderArn"]
    with refused("IDPCommunicationError"):
        sts("AssumeRoleWithWebIdentity", RoleArn=role, RoleSessionName="token", WebIdentityToken=forged)
    call(other, "iam", "DeleteOpenIDConnectProvider", OpenIDConnectProviderArn=provider)
    iam("DisableOutboundWebIdentityFederation")
