# SPDX-License-Identifier: Apache-2.0
"""Calls for moto_differential_test.py: STS."""

from aws_call import allow, trust
from harness import clouds
from moto_pair import Both

TAGS = [{"Key": "team", "Value": "a"}]


def keys_of(answer):
    return Both(tuple(clouds.Keys.from_sts(value["Credentials"]) for value in answer.values))


def sts_session(pair, account):
    sts, iam = pair.of("sts"), pair.of("iam")
    sts("GetCallerIdentity")
    arn = iam("CreateRole", RoleName="Taken", AssumeRolePolicyDocument=trust("*", "x:1"))["Role"]["Arn"]
    asked = {"RoleArn": arn, "RoleSessionName": "ann"}
    session = sts("AssumeRole", **asked, ExternalId="x:1")
    sts("AssumeRole", **asked, ExternalId="x:1", DurationSeconds=900, Policy=allow("s3:*"))
    sts("AssumeRole", **asked, ExternalId="x:2")
    sts("AssumeRole", **asked)
    sts("AssumeRole", RoleArn=account.into("arn:aws:iam::{}:role/Missing"), RoleSessionName="ann")
    for wrong in ({"DurationSeconds": 899}, {"DurationSeconds": 43201}, {"DurationSeconds": 7200}, {"RoleSessionName": "a b"},
                  {"RoleSessionName": "a"}, {"RoleArn": "role"}, {"ExternalId": "a b"}, {"ExternalId": "a"}, {"Policy": "{}"},
                  {"Policy": "no document"}, {"SourceIdentity": "a"},
                  {"Tags": [{"Key": "a", "Value": "b"}, {"Key": "a", "Value": "c"}]}):
        sts("AssumeRole", **{**asked, "ExternalId": "x:1", **wrong})
    taken = keys_of(session)
    sts("GetCallerIdentity", keys=taken)
    sts("GetSessionToken", keys=taken)
    sts("GetFederationToken", keys=taken, Name="guest")
    sts("GetSessionToken")
    sts("GetSessionToken", DurationSeconds=900)
    sts("GetSessionToken", DurationSeconds=899)
    sts("GetSessionToken", DurationSeconds=129601)
    guest = sts("GetFederationToken", Name="guest", Policy=allow("s3:*"), Tags=TAGS)
    sts("GetCallerIdentity", keys=keys_of(guest))
    sts("GetFederationToken", Name="g")
    sts("GetFederationToken", Name="guest", Policy="{}")
    sts("GetFederationToken", Name="guest", DurationSeconds=1)
    sts("GetAccessKeyInfo", AccessKeyId="AKIAIOSFODNN7EXAMPLE")
    sts("GetAccessKeyInfo", AccessKeyId="short")
    sts("DecodeAuthorizationMessage", EncodedMessage="abc")
    sts("AssumeRoleWithWebIdentity", **asked, WebIdentityToken="a.b.c")
    sts("GetWebIdentityToken", Audience=["a"], SigningAlgorithm="RS256")
    iam("DeleteRole", RoleName="Taken")
