# SPDX-License-Identifier: Apache-2.0
"""Calls for sim_calls.py: a stack with a resource of every type that the simulated CloudFormation makes."""

import json

from aws_call import allow, bound, refused, trust

STACK = {"StackName": "people"}
METADATA = f"<EntityDescriptor>{'x' * 1000}</EntityDescriptor>"
AUDIT = "arn:aws:iam::aws:policy/SecurityAudit"


def resource(kind, **properties):
    return {"Type": f"AWS::IAM::{kind}", "Properties": properties}


def ref(name):
    return {"Ref": name}


def template(user="ann", serial=1):
    document = json.loads(allow("s3:Get*"))
    inline = {"PolicyName": "inline", "PolicyDocument": document}
    resources = {
        "Group": resource("Group", GroupName="stacked", Path="/teams/", ManagedPolicyArns=[AUDIT], Policies=[inline]),
        "User": resource("User", UserName=user, Groups=[ref("Group")], LoginProfile={"Password": "Correct-Horse-1"},
                         PermissionsBoundary=AUDIT, ManagedPolicyArns=[AUDIT], Policies=[inline], Tags=[{"Key": "a", "Value": "b"}]),
        "Other": resource("User"),
        "Key": resource("AccessKey", UserName=ref("User"), Serial=serial),
        "Added": resource("UserToGroupAddition", GroupName=ref("Group"), Users=[ref("Other")]),
        "OfUser": resource("UserPolicy", UserName=ref("User"), PolicyName="more", PolicyDocument=document),
        "OfGroup": resource("GroupPolicy", GroupName=ref("Group"), PolicyName="more", PolicyDocument=document),
        "Role": resource("Role", AssumeRolePolicyDocument=json.loads(trust("*", "x:1"))),
        "OfRole": resource("RolePolicy", RoleName=ref("Role"), PolicyName="more", PolicyDocument=document),
        "Shared": resource("Policy", PolicyName="shared", PolicyDocument=document, Users=[ref("Other")], Roles=[ref("Role")]),
        "Managed": resource("ManagedPolicy", PolicyDocument=document, Groups=[ref("Group")]),
        "Oidc": resource("OIDCProvider", Url="https://stacked.example.com", ClientIdList=["client"], ThumbprintList=["0a" * 20]),
        "Saml": resource("SAMLProvider", SamlMetadataDocument=METADATA),
        "Linked": resource("ServiceLinkedRole", AWSServiceName="autoscaling.amazonaws.com", CustomSuffix="stacked"),
        "Device": resource("VirtualMFADevice", Users=[ref("User")]),
    }
    attributes = {"UserArn": "User.Arn", "GroupArn": "Group.Arn", "Secret": "Key.SecretAccessKey", "OidcArn": "Oidc.Arn",
                  "SamlArn": "Saml.Arn", "LinkedName": "Linked.RoleName", "Serial": "Device.SerialNumber", "PolicyArn": "Managed.PolicyArn"}
    outputs = {name: {"Value": {"Fn::GetAtt": attribute.split(".")}} for name, attribute in attributes.items()}
    return json.dumps({"Resources": resources, "Outputs": {**outputs, "Key": {"Value": ref("Key")}}})


def stack_resource_session(call, sim, keys):
    stacks, iam = bound(call, keys, "cloudformation"), bound(call, keys, "iam")

    def settle():
        sim.advance(60)
        stack = stacks("DescribeStacks", **STACK)["Stacks"][0]
        return stack["StackStatus"], {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}

    named = {"Capabilities": ["CAPABILITY_NAMED_IAM"], **STACK}
    stacks("CreateStack", TemplateBody=template(), **named)
    status, made = settle()
    assert status == "CREATE_COMPLETE"
    assert iam("GetUser", UserName="ann")["User"]["Arn"] == made["UserArn"]
    key = type(keys)(made["Key"], made["Secret"])
    assert call(key, "sts", "GetCallerIdentity")["Arn"] == made["UserArn"]
    assert iam("ListMFADevices", UserName="ann")["MFADevices"][0]["SerialNumber"] == made["Serial"]
    members = [user["UserName"] for user in iam("GetGroup", GroupName="stacked")["Users"]]
    assert len(members) == 2 and "ann" in members
    assert iam("GetOpenIDConnectProvider", OpenIDConnectProviderArn=made["OidcArn"])["ClientIDList"] == ["client"]
    assert iam("GetSAMLProvider", SAMLProviderArn=made["SamlArn"])["SAMLMetadataDocument"] == METADATA
    assert made["LinkedName"] == "AWSServiceRoleForAutoScaling_stacked"
    stacks("UpdateStack", TemplateBody=template(user="bob", serial=2), **named)
    status, changed = settle()
    assert status == "UPDATE_COMPLETE"
    assert changed["UserArn"].endswith(":user/bob") and changed["Key"] != made["Key"]
    with refused("InvalidClientTokenId"):
        call(key, "sts", "GetCallerIdentity")
    with refused("NoSuchEntity"):
        iam("GetUser", UserName="ann")
    stacks("DeleteStack", **STACK)
    sim.advance(60)
    with refused("NoSuchEntity"):
        iam("GetGroup", GroupName="stacked")
    assert all(each["Arn"] != made["SamlArn"] for each in iam("ListSAMLProviders")["SAMLProviderList"])
    unknown = json.dumps({"Resources": {"Profile": resource("InstanceProfile", Roles=["role"])}})
    with refused("ValidationError"):
        stacks("CreateStack", TemplateBody=unknown, **named)
