# SPDX-License-Identifier: Apache-2.0
"""Calls for moto_differential_test.py: what users sign in with, and the providers of identities."""

from aws_call import trust
from moto_pair import Both
from sim_identity_calls import METADATA, SSH_KEY

# moto reads certificates.
CERTIFICATE = """-----BEGIN CERTIFICATE-----
MIIBbzCCARWgAwIBAgIUF6dglG9B2AKcLwVj+7JSAbu7OWkwCgYIKoZIzj0EAwIw
DDEKMAgGA1UEAwwBeDAgFw0yNjExMjIwNzU3NTlaGA8yMTI2MTAyOTA3NTc1OVow
DDEKMAgGA1UEAwwBeDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABOMRZeLvLJ+U
/Rm6RZXDPM96sDUvSEq1c0kge4DMn1FHNg4fu9B5BimCZCMbS/VcZ2jYuVHsFJW6
eqzvzJ+KIHijUzBRMB0GA1UdDgQWBBT603XbsHz4JZhvOglZdRD9XmGC2jAfBgNV
HSMEGDAWgBT603XbsHz4JZhvOglZdRD9XmGC2jAPBgNVHRMBAf8EBTADAQH/MAoG
CCqGSM49BAMCA0gAMEUCIGCpVkmJpDEUUe+Skk7lmPrSh8S6sLfNQOCbd1Gw8DyB
AiEAh438YChX8F6XuwZqk42rXnXDRjHubw708HHDLSQfljA=
-----END CERTIFICATE-----
"""
TAGS = [{"Key": "a", "Value": "b"}, {"Key": "c", "Value": "d"}]


def credential_session(pair, iam):
    owner = {"UserName": "holder"}
    iam("CreateUser", **owner)
    key_session(iam, owner)
    password_session(iam, owner)
    device_session(iam, owner)
    upload_session(iam, owner)
    iam("CreateServiceSpecificCredential", ServiceName="codecommit.amazonaws.com", **owner)
    iam("ListServiceSpecificCredentials", **owner)
    # Ours has one more to lose, which moto has not heard of.
    mine = pair.sides[0].cloud.client("iam", pair.sides[0].keys)
    for each in mine.list_service_specific_credentials(**owner)["ServiceSpecificCredentials"]:
        mine.delete_service_specific_credential(ServiceSpecificCredentialId=each["ServiceSpecificCredentialId"], **owner)
    iam("DeleteUser", **owner)


def key_session(iam, owner):
    first = iam("CreateAccessKey", **owner)["AccessKey"]["AccessKeyId"]
    iam("CreateAccessKey", **owner)
    iam("CreateAccessKey", **owner)
    iam("CreateAccessKey", UserName="missing")
    listed = iam("ListAccessKeys", **owner)["AccessKeyMetadata"]
    iam("ListAccessKeys", UserName="missing")
    iam("UpdateAccessKey", AccessKeyId=first, Status="Inactive", **owner)
    iam("UpdateAccessKey", AccessKeyId=first, Status="Off", **owner)
    iam("UpdateAccessKey", AccessKeyId="AKIAIOSFODNN7EXAMPLE", Status="Inactive", **owner)
    iam("ListAccessKeys", **owner)
    iam("GetAccessKeyLastUsed", AccessKeyId=first)
    iam("GetAccessKeyLastUsed", AccessKeyId="AKIAIOSFODNN7EXAMPLE")
    for index in range(2):
        iam("DeleteAccessKey", AccessKeyId=Both(tuple(value[index]["AccessKeyId"] for value in listed.values)), **owner)
    iam("DeleteAccessKey", AccessKeyId=first, **owner)


def password_session(iam, owner):
    iam("GetLoginProfile", **owner)
    iam("CreateLoginProfile", Password="Correct-Horse-7-Battery", PasswordResetRequired=True, **owner)
    iam("CreateLoginProfile", Password="Correct-Horse-7-Battery", **owner)
    iam("GetLoginProfile", **owner)
    iam("UpdateLoginProfile", PasswordResetRequired=False, **owner)
    iam("GetLoginProfile", **owner)
    iam("UpdateLoginProfile", UserName="missing", PasswordResetRequired=False)
    iam("DeleteLoginProfile", **owner)
    iam("DeleteLoginProfile", **owner)


def device_session(iam, owner):
    made = iam("CreateVirtualMFADevice", VirtualMFADeviceName="phone", Path="/m/", Tags=TAGS)["VirtualMFADevice"]
    iam("CreateVirtualMFADevice", VirtualMFADeviceName="phone", Path="/m/")
    iam("ListVirtualMFADevices", AssignmentStatus="Unassigned")
    iam("ListVirtualMFADevices", AssignmentStatus="Assigned")
    iam("ListMFADevices", **owner)
    iam("EnableMFADevice", SerialNumber=made["SerialNumber"], AuthenticationCode1="abc", AuthenticationCode2="123456", **owner)
    iam("DeactivateMFADevice", SerialNumber=made["SerialNumber"], **owner)
    iam("DeleteVirtualMFADevice", SerialNumber=made["SerialNumber"])
    iam("DeleteVirtualMFADevice", SerialNumber=made["SerialNumber"])


def upload_session(iam, owner):
    iam("ListSigningCertificates", **owner)
    body = iam("UploadSigningCertificate", CertificateBody=CERTIFICATE, **owner)["Certificate"]["CertificateId"]
    iam("UploadSigningCertificate", CertificateBody="no certificate", **owner)
    iam("ListSigningCertificates", **owner)
    iam("UpdateSigningCertificate", CertificateId=body, Status="Inactive", **owner)
    iam("DeleteSigningCertificate", CertificateId=body, **owner)
    iam("DeleteSigningCertificate", CertificateId=body, **owner)
    key = iam("UploadSSHPublicKey", SSHPublicKeyBody=SSH_KEY, **owner)["SSHPublicKey"]["SSHPublicKeyId"]
    iam("GetSSHPublicKey", SSHPublicKeyId=key, Encoding="SSH", **owner)
    iam("ListSSHPublicKeys", **owner)
    iam("UpdateSSHPublicKey", SSHPublicKeyId=key, Status="Inactive", **owner)
    iam("DeleteSSHPublicKey", SSHPublicKeyId=key, **owner)
    iam("DeleteSSHPublicKey", SSHPublicKeyId=key, **owner)


def provider_session(iam, account):
    made = {"Url": "https://issuer.example.com/path", "ClientIDList": ["a", "b"], "ThumbprintList": ["0" * 40]}
    arn = iam("CreateOpenIDConnectProvider", Tags=TAGS, **made)["OpenIDConnectProviderArn"]
    which = {"OpenIDConnectProviderArn": arn}
    iam("CreateOpenIDConnectProvider", **made)
    iam("CreateOpenIDConnectProvider", Url="http://issuer.example.com", ThumbprintList=["0" * 40])
    iam("CreateOpenIDConnectProvider", Url="https://other.example.com", ThumbprintList=["0" * 39])
    iam("CreateOpenIDConnectProvider", Url="https://other.example.com", ThumbprintList=["0" * 40] * 6)
    iam("GetOpenIDConnectProvider", **which)
    iam("GetOpenIDConnectProvider", OpenIDConnectProviderArn=account.into("arn:aws:iam::{}:oidc-provider/missing.example.com"))
    iam("ListOpenIDConnectProviders")
    tag_provider(iam, "OpenIDConnectProvider", which)
    iam("UpdateOpenIDConnectProviderThumbprint", ThumbprintList=["1" * 40], **which)
    iam("GetOpenIDConnectProvider", **which)
    iam("DeleteOpenIDConnectProvider", **which)
    iam("GetOpenIDConnectProvider", **which)
    saml = {"SAMLProviderArn": iam("CreateSAMLProvider", Name="saml", SAMLMetadataDocument=METADATA)["SAMLProviderArn"]}
    iam("CreateSAMLProvider", Name="saml", SAMLMetadataDocument=METADATA)
    iam("CreateSAMLProvider", Name="bad", SAMLMetadataDocument="x" * 1000)
    iam("GetSAMLProvider", **saml)
    iam("ListSAMLProviders")
    iam("UpdateSAMLProvider", SAMLMetadataDocument=METADATA, **saml)
    iam("DeleteSAMLProvider", **saml)
    iam("GetSAMLProvider", **saml)
    iam("CreateRole", RoleName="web", AssumeRolePolicyDocument=trust("*").replace('"AWS"', '"Federated"').replace(
        "sts:AssumeRole", "sts:AssumeRoleWithWebIdentity").replace('"*"', '"accounts.google.com"'))
    iam("DeleteRole", RoleName="web")


def tag_provider(iam, kind, which):
    iam(f"Tag{kind}", Tags=[{"Key": "e", "Value": "f"}], **which)
    iam(f"Untag{kind}", TagKeys=["a"], **which)
    iam(f"List{kind}Tags", **which)
