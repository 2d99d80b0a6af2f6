// SPDX-License-Identifier: Apache-2.0
#include "aws/cloudformation.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "fakes/sim_lab.h"

namespace crossrole::sim {
namespace {

using namespace aws::cloudformation;
using namespace std::chrono_literals;
using aws::Credentials;
using fakes::Allow;
using fakes::SimLab;

constexpr std::string_view kTemplate = R"(AWSTemplateFormatVersion: '2010-09-09'
Description: Lets the platform in
Parameters:
  RoleName:
    Type: String
    Default: Connected
    AllowedPattern: '[\w+=,.@-]{1,64}'
  ExternalId:
    Type: String
    MinLength: 2
  Principal:
    Type: String
  AccountId:
    Type: String
    Default: ''
  Wide:
    Type: String
    Default: 'no'
    AllowedValues: ['yes', 'no']
Rules:
  RightAccount:
    RuleCondition: !Not [!Equals [!Ref AccountId, '']]
    Assertions:
      - Assert: !Equals [!Ref 'AWS::AccountId', !Ref AccountId]
        AssertDescription: this template is for another account
Conditions:
  IsWide: !Equals [!Ref Wide, 'yes']
Resources:
  Policy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      ManagedPolicyName: !Sub '${RoleName}-Policy'
      PolicyDocument:
        Version: 2012-10-17
        Statement:
          - Effect: Allow
            Action: !If [IsWide, 'iam:*', 'iam:GetRole']
            Resource: !Sub 'arn:${AWS::Partition}:iam::${AWS::AccountId}:role/*'
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Ref RoleName
      Path: /crossrole/
      ManagedPolicyArns:
        - !Ref Policy
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Principal: {AWS: !Ref Principal}
            Action: sts:AssumeRole
            Condition:
              StringEquals: {'sts:ExternalId': !Ref ExternalId}
      Tags:
        - {Key: made-by, Value: !Ref 'AWS::StackName'}
  Extra:
    Type: AWS::IAM::RolePolicy
    Condition: IsWide
    Properties:
      RoleName: !Ref Role
      PolicyName: extra
      PolicyDocument: {Version: '2012-10-17', Statement: {Effect: Allow, Action: 's3:ListAllMyBuckets', Resource: '*'}}
Outputs:
  RoleArn:
    Value: !GetAtt Role.Arn
  ExternalId:
    Description: what the caller sends
    Value: !Ref ExternalId
)";

std::vector<Parameter> Parameters(std::initializer_list<std::pair<std::string, std::string>> values) {
  std::vector<Parameter> list;
  for (const auto& [key, value] : values) list.push_back({.parameter_key = key, .parameter_value = value});
  return list;
}

class CloudFormationTest : public testing::Test {
 protected:
  CreateStackInput Input(std::string name = "connect") {
    return {.stack_name = std::move(name),
            .template_body = std::string(kTemplate),
            .parameters = Parameters({{"ExternalId", "t_1:x"}, {"Principal", lab.AdminArn(0)}}),
            .capabilities = {"CAPABILITY_NAMED_IAM"}};
  }
  Stack Describe(const std::string& name = "connect") {
    return lab.Must<DescribeStacks>(admin, {.stack_name = name}).stacks.at(0);
  }
  // Lets a stack come to its end.
  Stack Settle(const std::string& name = "connect") {
    lab.clock().Advance(60s);
    return Describe(name);
  }
  static std::string OutputOf(const Stack& stack, std::string_view key) {
    const auto it = std::ranges::find_if(stack.outputs, [&](const Output& output) { return output.output_key == key; });
    return it == stack.outputs.end() ? "" : it->output_value.value_or("");
  }

  SimLab lab{{.throttle = Throttle::kOff}};
  const Credentials admin = lab.Admin(1);
};

TEST_F(CloudFormationTest, MakesARoleThatCanBeAssumed) {
  const std::string id = lab.Must<CreateStack>(admin, Input()).stack_id;
  EXPECT_TRUE(id.starts_with("arn:aws:cloudformation:us-east-1:" + lab.Id(1) + ":stack/connect/"));
  EXPECT_EQ(Describe().stack_status, "CREATE_IN_PROGRESS");
  EXPECT_EQ(lab.Refusal<CreateStack>(admin, Input()), "AlreadyExistsException");
  const Stack stack = Settle();
  EXPECT_EQ(stack.stack_status, "CREATE_COMPLETE");
  const std::string role = OutputOf(stack, "RoleArn");
  EXPECT_EQ(role, "arn:aws:iam::" + lab.Id(1) + ":role/crossrole/Connected");
  EXPECT_EQ(lab.Refusal<aws::sts::AssumeRole>(lab.Admin(0), {.role_arn = role, .role_session_name = "session"}), "AccessDenied");
  EXPECT_EQ(lab.Refusal<aws::sts::AssumeRole>(lab.Admin(0), {.role_arn = role, .role_session_name = "session", .external_id = "t_1:x"}), "");
  const auto events = lab.Must<DescribeStackEvents>(admin, {.stack_name = "connect"}).stack_events;
  EXPECT_EQ(events.front().resource_status, "CREATE_COMPLETE");
  EXPECT_EQ(events.back().resource_status, "CREATE_IN_PROGRESS");
  const auto resources = lab.Must<DescribeStackResources>(admin, {.stack_name = "connect"}).stack_resources;
  ASSERT_EQ(resources.size(), 2U);
  EXPECT_EQ(resources[1].physical_resource_id, "Connected");
}

TEST_F(CloudFormationTest, UpdatesWhatChangedAndOnlyThat) {
  lab.Must<CreateStack>(admin, Input());
  Settle();
  UpdateStackInput update{.stack_name = "connect",
                          .use_previous_template = true,
                          .parameters = {{.parameter_key = "ExternalId", .use_previous_value = true},
                                         {.parameter_key = "Principal", .use_previous_value = true}},
                          .capabilities = {"CAPABILITY_NAMED_IAM"}};
  const auto nothing = lab.Call<UpdateStack>(admin, update);
  ASSERT_FALSE(nothing);
  EXPECT_EQ(fakes::AwsWords(nothing.error()), "No updates are to be performed.");
  update.parameters.push_back({.parameter_key = "Wide", .parameter_value = "yes"});
  lab.Must<UpdateStack>(admin, update);
  EXPECT_EQ(Settle().stack_status, "UPDATE_COMPLETE");
  EXPECT_EQ(lab.Must<aws::iam::ListRolePolicies>(admin, {.role_name = "Connected"}).policy_names, std::vector<std::string>{"extra"});
  const std::string policy = "arn:aws:iam::" + lab.Id(1) + ":policy/Connected-Policy";
  EXPECT_EQ(lab.Must<aws::iam::GetPolicy>(admin, {.policy_arn = policy}).policy.default_version_id, "v2");
  update.parameters.back().parameter_value = "no";
  lab.Must<UpdateStack>(admin, update);
  EXPECT_EQ(Settle().stack_status, "UPDATE_COMPLETE");
  EXPECT_TRUE(lab.Must<aws::iam::ListRolePolicies>(admin, {.role_name = "Connected"}).policy_names.empty());
}

TEST_F(CloudFormationTest, DeletesWhatItMade) {
  lab.Must<CreateStack>(admin, Input());
  const std::string id = *Settle().stack_id;
  lab.Must<DeleteStack>(admin, {.stack_name = "connect"});
  lab.clock().Advance(60s);
  EXPECT_EQ(lab.Refusal<DescribeStacks>(admin, {.stack_name = "connect"}), "ValidationError");
  EXPECT_EQ(Describe(id).stack_status, "DELETE_COMPLETE");
  EXPECT_EQ(lab.Refusal<aws::iam::GetRole>(admin, {.role_name = "Connected"}), "NoSuchEntity");
  lab.Must<CreateStack>(admin, Input());
  EXPECT_EQ(Settle().stack_status, "CREATE_COMPLETE");
}

TEST_F(CloudFormationTest, RollsBackWhatCannotBeMade) {
  CreateStackInput input = Input();
  input.parameters[1].parameter_value = "arn:aws:iam::" + lab.Id(0) + ":user/nobody";
  lab.Must<CreateStack>(admin, input);
  const Stack stack = Settle();
  EXPECT_EQ(stack.stack_status, "ROLLBACK_COMPLETE");
  EXPECT_EQ(lab.Must<aws::iam::ListPolicies>(admin, {.scope = "Local"}).policies.size(), 0U);
  const auto events = lab.Must<DescribeStackEvents>(admin, {.stack_name = "connect"}).stack_events;
  const auto failed = std::ranges::find(events, "CREATE_FAILED", &StackEvent::resource_status);
  ASSERT_NE(failed, events.end());
  EXPECT_NE(failed->resource_status_reason.value_or("").find("Invalid principal in policy"), std::string::npos);
  EXPECT_EQ(lab.Refusal<UpdateStack>(admin, {.stack_name = "connect", .template_body = std::string(kTemplate)}), "ValidationError");
}

TEST_F(CloudFormationTest, AFailedUpdateGoesBack) {
  lab.Must<CreateStack>(admin, Input());
  Settle();
  UpdateStackInput update{.stack_name = "connect",
                          .use_previous_template = true,
                          .parameters = Parameters({{"ExternalId", "t_1:new"}, {"Principal", "123412341234"}, {"Wide", "yes"}}),
                          .capabilities = {"CAPABILITY_NAMED_IAM"}};
  lab.Must<UpdateStack>(admin, update);
  const Stack stack = Settle();
  EXPECT_EQ(stack.stack_status, "UPDATE_ROLLBACK_COMPLETE");
  EXPECT_EQ(OutputOf(stack, "ExternalId"), "t_1:x");
  const std::string policy = "arn:aws:iam::" + lab.Id(1) + ":policy/Connected-Policy";
  const auto current = lab.Must<aws::iam::GetPolicy>(admin, {.policy_arn = policy}).policy.default_version_id.value_or("");
  const auto version = lab.Must<aws::iam::GetPolicyVersion>(admin, {.policy_arn = policy, .version_id = current}).policy_version;
  EXPECT_NE(version.document.value_or("").find("iam%3AGetRole"), std::string::npos);
}

TEST_F(CloudFormationTest, MakesThingsInTheCallersName) {
  lab.Must<aws::iam::CreateUser>(admin, {.user_name = "weak"});
  lab.Must<aws::iam::PutUserPolicy>(
      admin, {.user_name = "weak", .policy_name = "p", .policy_document = Allow("cloudformation:*,iam:CreatePolicy,iam:DeletePolicy,iam:ListPolicyVersions")});
  auto key = lab.Must<aws::iam::CreateAccessKey>(admin, {.user_name = "weak"}).access_key;
  const Credentials weak{.access_key_id = key.access_key_id, .secret_access_key = std::move(key.secret_access_key)};
  lab.Must<CreateStack>(weak, Input());
  EXPECT_EQ(Settle().stack_status, "ROLLBACK_COMPLETE");
  const auto events = lab.Must<DescribeStackEvents>(weak, {.stack_name = "connect"}).stack_events;
  const auto failed = std::ranges::find(events, "CREATE_FAILED", &StackEvent::resource_status);
  ASSERT_NE(failed, events.end());
  EXPECT_NE(failed->resource_status_reason.value_or("").find("user/weak is not authorized to perform: iam:CreateRole"), std::string::npos);
}

TEST_F(CloudFormationTest, ChecksCapabilitiesParametersAndRules) {
  CreateStackInput input = Input();
  input.capabilities = {"CAPABILITY_IAM"};
  EXPECT_EQ(lab.Refusal<CreateStack>(admin, input), "InsufficientCapabilitiesException");
  const auto message = [&](const CreateStackInput& wrong) {
    const auto made = lab.Call<CreateStack>(admin, wrong);
    return made ? "" : fakes::AwsWords(made.error());
  };
  input = Input();
  input.parameters.pop_back();
  EXPECT_EQ(message(input), "Parameters: [Principal] must have values");
  input = Input();
  input.parameters.push_back({.parameter_key = "Colour", .parameter_value = "red"});
  EXPECT_EQ(message(input), "Parameters: [Colour] do not exist in the template");
  input = Input();
  input.parameters.push_back({.parameter_key = "RoleName", .parameter_value = "a b"});
  EXPECT_EQ(message(input), "Parameter 'RoleName' must match pattern [\\w+=,.@-]{1,64}");
  input = Input();
  input.parameters.push_back({.parameter_key = "Wide", .parameter_value = "maybe"});
  EXPECT_EQ(message(input), "Parameter 'Wide' must be one of AllowedValues");
  input = Input();
  input.parameters.push_back({.parameter_key = "AccountId", .parameter_value = lab.Id(2)});
  EXPECT_NE(message(input).find("this template is for another account"), std::string::npos);
  input.parameters.back().parameter_value = lab.Id(1);
  EXPECT_EQ(message(input), "");
}

TEST_F(CloudFormationTest, RefusesTemplatesInItsWords) {
  const auto message = [&](std::string body) {
    const auto made = lab.Call<ValidateTemplate>(admin, {.template_body = std::move(body)});
    return made ? "" : fakes::AwsWords(made.error());
  };
  EXPECT_EQ(message("Resources: {}"), "Template format error: At least one Resources member must be defined.");
  EXPECT_EQ(message("Resources: {A: {Type: 'AWS::Unicorn::Horn'}}"),
            "Template format error: Unrecognized resource types: [AWS::Unicorn::Horn]");
  EXPECT_EQ(message("Resorces: {}"), "Invalid template property or properties [Resorces]");
  EXPECT_EQ(message("Resources: {A: {Type: 'AWS::IAM::Role', Properties: {Path: !Ref B}}}"),
            "Template format error: Unresolved resource dependencies [B] in the Resources block of the template");
  EXPECT_EQ(message("Resources: {A: {Type: 'AWS::IAM::Role', DependsOn: B}, B: {Type: 'AWS::IAM::Role', DependsOn: A}}"),
            "Circular dependency between resources: [A, B]");
  EXPECT_EQ(message("{\"Resources\":"), "Template format error: JSON not well-formed.");
  const auto valid = lab.Must<ValidateTemplate>(admin, {.template_body = std::string(kTemplate)});
  EXPECT_EQ(valid.parameters.size(), 5U);
  EXPECT_EQ(valid.capabilities, std::vector<std::string>{"CAPABILITY_NAMED_IAM"});
}

TEST_F(CloudFormationTest, ChangeSetsComeBeforeStacks) {
  const auto made = lab.Must<CreateChangeSet>(admin, {.stack_name = "connect",
                                                      .template_body = std::string(kTemplate),
                                                      .parameters = Input().parameters,
                                                      .capabilities = {"CAPABILITY_NAMED_IAM"},
                                                      .change_set_name = "first",
                                                      .change_set_type = "CREATE"});
  EXPECT_EQ(Describe().stack_status, "REVIEW_IN_PROGRESS");
  const auto described = lab.Must<DescribeChangeSet>(admin, {.change_set_name = made.id});
  EXPECT_EQ(described.status, "CREATE_COMPLETE");
  ASSERT_EQ(described.changes.size(), 2U);
  EXPECT_EQ(described.changes[0].resource_change->action, "Add");
  lab.Must<ExecuteChangeSet>(admin, {.change_set_name = made.id});
  EXPECT_EQ(Settle().stack_status, "CREATE_COMPLETE");
  lab.Must<CreateChangeSet>(admin, {.stack_name = "connect",
                                    .use_previous_template = true,
                                    .parameters = Input().parameters,
                                    .capabilities = {"CAPABILITY_NAMED_IAM"},
                                    .change_set_name = "second"});
  const auto empty = lab.Must<DescribeChangeSet>(admin, {.change_set_name = "second", .stack_name = "connect"});
  EXPECT_EQ(empty.status, "FAILED");
  EXPECT_EQ(lab.Refusal<ExecuteChangeSet>(admin, {.change_set_name = "second", .stack_name = "connect"}), "InvalidChangeSetStatus");
  EXPECT_EQ(lab.Refusal<DescribeChangeSet>(admin, {.change_set_name = "third", .stack_name = "connect"}), "ChangeSetNotFound");
}

TEST_F(CloudFormationTest, ARoleOfItsOwnIsPassedToIt) {
  const std::string role = lab.MakeRole(1, "Deployer", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":
      {"Service":"cloudformation.amazonaws.com"},"Action":"sts:AssumeRole"}]})");
  lab.Must<aws::iam::PutRolePolicy>(admin, {.role_name = "Deployer", .policy_name = "p", .policy_document = Allow("iam:*")});
  const std::string other = lab.MakeRole(1, "Other", fakes::TrustFor(lab.AdminArn(0)));
  CreateStackInput input = Input();
  input.role_arn = other;
  EXPECT_EQ(lab.Refusal<CreateStack>(admin, input), "ValidationError");
  input.role_arn = role;
  lab.Must<CreateStack>(admin, input);
  EXPECT_EQ(Settle().stack_status, "CREATE_COMPLETE");
}

}  // namespace
}  // namespace crossrole::sim
