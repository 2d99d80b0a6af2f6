# SPDX-License-Identifier: Apache-2.0
"""Calls for moto_differential_test.py: stacks and change sets of CloudFormation."""

import json

from aws_call import allow, trust

STACK = {"StackName": "stack"}
NAMED = {"Capabilities": ["CAPABILITY_NAMED_IAM"]}
TAGS = [{"Key": "a", "Value": "b"}]


def template(**changes):
    """A role with a policy of its own, named by a parameter."""
    role = {"Type": "AWS::IAM::Role", "Properties": {
        "RoleName": {"Fn::Sub": "${Name}-role"}, "Description": changes.get("description", "d"),
        "AssumeRolePolicyDocument": json.loads(trust("*", "x:1"))}}
    policy = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {
        "ManagedPolicyName": {"Fn::Join": ["-", [{"Ref": "Name"}, "policy"]]}, "PolicyDocument": json.loads(allow("s3:Get*")),
        "Roles": [{"Ref": "Role"}]}}
    return json.dumps({
        "AWSTemplateFormatVersion": "2010-09-09", "Description": "a role",
        "Parameters": {"Name": {"Type": "String", "Default": "made", "Description": "of the role"}},
        "Resources": {"Role": role, "Policy": policy, **changes.get("resources", {})},
        "Outputs": {"RoleArn": {"Value": {"Fn::GetAtt": ["Role", "Arn"]}, "Description": "its ARN"}, "Plain": {"Value": {"Ref": "Role"}}}})


def stack_session(pair, account):
    stacks, iam = pair.of("cloudformation"), pair.of("iam")
    parameters = {"Parameters": [{"ParameterKey": "Name", "ParameterValue": "first"}]}
    stacks("ValidateTemplate", TemplateBody=template())
    stacks("ValidateTemplate", TemplateBody="{}")
    stacks("ValidateTemplate", TemplateBody="{")
    stacks("GetTemplateSummary", TemplateBody=template())
    stacks("CreateStack", StackName="a b", TemplateBody="{}", **NAMED)
    stacks("CreateStack", StackName="none", TemplateBody="{}", **NAMED)
    stacks("CreateStack", TemplateBody=template(), Tags=TAGS, **parameters, **STACK, **NAMED)
    pair.wait("cloudformation", "stack_create_complete", **STACK)
    stacks("CreateStack", TemplateBody=template(), **STACK, **NAMED)
    reads(stacks)
    iam("GetRole", RoleName="first-role")
    iam("ListAttachedRolePolicies", RoleName="first-role")
    stacks("UpdateStack", TemplateBody=template(), **parameters, **STACK, **NAMED)
    stacks("UpdateStack", TemplateBody=template(description="e"), **parameters, **STACK, **NAMED)
    pair.wait("cloudformation", "stack_update_complete", **STACK)
    stacks("DescribeStacks", **STACK)
    iam("GetRole", RoleName="first-role")
    stacks("UpdateStack", StackName="missing", TemplateBody=template(), **NAMED)
    change_set_session(pair, stacks, iam, parameters)
    stacks("DeleteStack", **STACK)
    pair.wait("cloudformation", "stack_delete_complete", **STACK)
    stacks("DescribeStacks", **STACK)
    stacks("ListStacks", StackStatusFilter=["DELETE_COMPLETE"])
    stacks("DeleteStack", StackName="missing")
    # What moto makes in spite of all.
    stacks("CreateStack", StackName="unable", TemplateBody=template())
    unknown = {"Parameters": [{"ParameterKey": "Unknown", "ParameterValue": "x"}]}
    stacks("CreateStack", StackName="unknown", TemplateBody=template(), **unknown, **NAMED)
    iam("GetPolicy", PolicyArn=account.into("arn:aws:iam::{}:policy/first-policy"))
    people_session(pair, stacks, iam)


def people(status="Active"):
    """A user with a key and policies: what moto makes of IAM's types besides roles."""
    user = {"Type": "AWS::IAM::User", "Properties": {"UserName": "stacked", "Path": "/people/"}}
    key = {"Type": "AWS::IAM::AccessKey", "Properties": {"UserName": {"Ref": "User"}, "Status": status}}
    document = json.loads(allow("s3:Get*"))
    policy = {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "inline", "PolicyDocument": document, "Users": [{"Ref": "User"}]}}
    managed = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {
        "ManagedPolicyName": "managed", "PolicyDocument": document, "Users": [{"Ref": "User"}]}}
    outputs = {"UserArn": {"Value": {"Fn::GetAtt": ["User", "Arn"]}}, "Key": {"Value": {"Ref": "Key"}},
               "Policy": {"Value": {"Ref": "Managed"}}}
    return json.dumps({"Resources": {"User": user, "Key": key, "Policy": policy, "Managed": managed}, "Outputs": outputs})


def people_session(pair, stacks, iam):
    stack, who = {"StackName": "people"}, {"UserName": "stacked"}
    stacks("CreateStack", TemplateBody=people(), **stack, **NAMED)
    pair.wait("cloudformation", "stack_create_complete", **stack)
    stacks("DescribeStacks", **stack)
    stacks("DescribeStackResource", LogicalResourceId="User", **stack)
    stacks("DescribeStackResource", LogicalResourceId="Key", **stack)
    for operation in ("GetUser", "ListAccessKeys", "ListUserPolicies", "ListAttachedUserPolicies"):
        iam(operation, **who)
    stacks("UpdateStack", TemplateBody=people(status="Inactive"), **stack, **NAMED)
    pair.wait("cloudformation", "stack_update_complete", **stack)
    iam("ListAccessKeys", **who)
    stacks("DeleteStack", **stack)
    pair.wait("cloudformation", "stack_delete_complete", StackName="people")
    iam("GetUser", **who)


def reads(stacks):
    stacks("DescribeStacks", **STACK)
    stacks("DescribeStacks", StackName="missing")
    stacks("DescribeStackEvents", **STACK)
    stacks("DescribeStackEvents", StackName="missing")
    stacks("DescribeStackResource", LogicalResourceId="Role", **STACK)
    stacks("DescribeStackResource", LogicalResourceId="Missing", **STACK)
    stacks("DescribeStackResources", **STACK)
    stacks("DescribeStackResources", StackName="missing")
    stacks("ListStackResources", **STACK)
    stacks("ListStackResources", StackName="missing")
    stacks("GetTemplate", **STACK)
    stacks("GetTemplate", StackName="missing")
    stacks("GetTemplateSummary", **STACK)
    stacks("ListStacks")
    stacks("ListStacks", StackStatusFilter=["DELETE_COMPLETE"])


def change_set_session(pair, stacks, iam, parameters):
    more = {"More": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "stacked", "AssumeRolePolicyDocument": json.loads(trust("*", "x:1"))}}}
    which = {"ChangeSetName": "more", **STACK}
    stacks("CreateChangeSet", TemplateBody=template(description="e", resources=more), **parameters, **NAMED, **which)
    pair.wait("cloudformation", "change_set_create_complete", **which)
    stacks("DescribeChangeSet", **which)
    stacks("DescribeChangeSet", ChangeSetName="missing", **STACK)
    stacks("ListChangeSets", **STACK)
    stacks("ExecuteChangeSet", ChangeSetName="missing", **STACK)
    stacks("ExecuteChangeSet", **which)
    pair.wait("cloudformation", "stack_update_complete", **STACK)
    iam("GetRole", RoleName="stacked")
    stacks("DescribeStackResources", **STACK)
    other = {"ChangeSetName": "other", **STACK}
    stacks("CreateChangeSet", TemplateBody=template(description="f"), **parameters, **NAMED, **other)
    stacks("CreateChangeSet", TemplateBody=template(description="f"), **parameters, **NAMED, **other)
    stacks("DeleteChangeSet", **other)
    stacks("DescribeChangeSet", **other)
