// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "aws/cloudformation.h"
#include "aws/iam.h"
#include "fakes/sim_lab.h"

namespace crossrole::sim {
namespace {

namespace iam = aws::iam;
using namespace aws::cloudformation;
using namespace std::chrono_literals;
using aws::Credentials;
using fakes::SimLab;
using Texts = std::vector<std::string>;

std::string Replaced(std::string text, std::string_view what, std::string_view other) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + other.size())) text.replace(at, what.size(), other);
  return text;
}

// One stack, of which most is said by what becomes of its users.
class KeptResourcesTest : public testing::Test {
 protected:
  void Create(std::string_view body) {
    lab.Must<CreateStack>(admin, {.stack_name = "stack", .template_body = std::string(body), .capabilities = {"CAPABILITY_NAMED_IAM"}});
    lab.clock().Advance(60s);
  }
  void Update(std::string_view body) {
    lab.Must<UpdateStack>(admin, {.stack_name = "stack", .template_body = std::string(body), .capabilities = {"CAPABILITY_NAMED_IAM"}});
    lab.clock().Advance(60s);
  }
  std::string Status() { return lab.Must<DescribeStacks>(admin, {.stack_name = "stack"}).stacks.at(0).stack_status; }
  // The statuses of a resource in their order.
  Texts Statuses(std::string_view logical_id) {
    Texts statuses;
    for (const auto& event : lab.Must<DescribeStackEvents>(admin, {.stack_name = "stack"}).stack_events) {
      if (event.logical_resource_id == logical_id) statuses.insert(statuses.begin(), event.resource_status.value_or(""));
    }
    return statuses;
  }
  bool HasUser(const std::string& name) { return lab.Refusal<iam::GetUser>(admin, {.user_name = name}).empty(); }

  SimLab lab{{.throttle = Throttle::kOff}};
  Credentials admin = lab.Admin(1);
};

constexpr std::string_view kUser = R"(
Resources:
  User:
    Type: AWS::IAM::User
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties: {UserName: first}
  Group:
    Type: AWS::IAM::Group
)";
// Fails after the user, whose name it needs, has been made.
constexpr std::string_view kFailing = R"(
  Bad:
    Type: AWS::IAM::Role
    DependsOn: [User]
    Properties:
      RoleName: bad
      PermissionsBoundary: arn:aws:iam::aws:policy/Absent
      AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: {Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: 'sts:AssumeRole'}}
)";

TEST_F(KeptResourcesTest, WhatIsRetainedOutlivesItsStack) {
  Create(kUser);
  const std::string id = *lab.Must<DescribeStacks>(admin, {.stack_name = "stack"}).stacks.at(0).stack_id;
  lab.Must<DeleteStack>(admin, {.stack_name = "stack"});
  lab.clock().Advance(60s);
  EXPECT_EQ(lab.Must<DescribeStacks>(admin, {.stack_name = id}).stacks.at(0).stack_status, "DELETE_COMPLETE");
  EXPECT_TRUE(HasUser("first"));
}

TEST_F(KeptResourcesTest, WhatIsRetainedLeavesTheStackWithItsDeclarationAndDoesNotComeBack) {
  Create(kUser);
  Update("Resources: {Group: {Type: AWS::IAM::Group}}");
  EXPECT_EQ(Status(), "UPDATE_COMPLETE");
  EXPECT_EQ(Statuses("User"), (Texts{"CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS", "CREATE_COMPLETE", "DELETE_SKIPPED"}));
  EXPECT_TRUE(HasUser("first"));
  // It is nobody's any more: nothing is left to change, and a new one of this name is in its way.
  EXPECT_EQ(lab.Refusal<UpdateStack>(admin, {.stack_name = "stack", .template_body = "Resources: {Group: {Type: AWS::IAM::Group}}", .capabilities = {"CAPABILITY_NAMED_IAM"}}),
            "ValidationError");
  Update(kUser);
  EXPECT_EQ(Status(), "UPDATE_ROLLBACK_COMPLETE");
  lab.Must<DeleteStack>(admin, {.stack_name = "stack"});
  lab.clock().Advance(60s);
  EXPECT_TRUE(HasUser("first"));
}

TEST_F(KeptResourcesTest, TheOldOneIsRetainedWhereAnotherTakesItsPlace) {
  Create(kUser);
  Update(Replaced(std::string(kUser), "first", "second"));
  EXPECT_EQ(Status(), "UPDATE_COMPLETE");
  EXPECT_TRUE(HasUser("first"));
  EXPECT_TRUE(HasUser("second"));
  Update(Replaced(Replaced(std::string(kUser), "first", "third"), "UpdateReplacePolicy: Retain", "UpdateReplacePolicy: Delete"));
  EXPECT_EQ(Status(), "UPDATE_COMPLETE");
  EXPECT_FALSE(HasUser("second"));
  EXPECT_TRUE(HasUser("third"));
}

TEST_F(KeptResourcesTest, AReplacementThatIsRolledBackGoes) {
  Create(kUser);
  Update(Replaced(std::string(kUser), "first", "second") + std::string(kFailing));
  EXPECT_EQ(Status(), "UPDATE_ROLLBACK_COMPLETE");
  EXPECT_TRUE(HasUser("first"));
  EXPECT_FALSE(HasUser("second"));
}

TEST_F(KeptResourcesTest, RetainKeepsAlsoWhatAFailedCreationMadeUnlessItSaysOtherwise) {
  Create(std::string(kUser) + std::string(kFailing));
  EXPECT_EQ(Status(), "ROLLBACK_COMPLETE");
  EXPECT_EQ(Statuses("User").back(), "DELETE_SKIPPED");
  EXPECT_TRUE(HasUser("first"));
  lab.Must<DeleteStack>(admin, {.stack_name = "stack"});
  lab.clock().Advance(60s);
  Create(Replaced(Replaced(std::string(kUser) + std::string(kFailing), "first", "second"), "DeletionPolicy: Retain", "DeletionPolicy: RetainExceptOnCreate"));
  EXPECT_EQ(Status(), "ROLLBACK_COMPLETE");
  EXPECT_FALSE(HasUser("second"));
}

TEST_F(KeptResourcesTest, RetainExceptOnCreateRetainsInAllOtherCases) {
  const std::string body = Replaced(std::string(kUser), "DeletionPolicy: Retain", "DeletionPolicy: RetainExceptOnCreate");
  Create(body);
  Update("Resources: {Group: {Type: AWS::IAM::Group}}");
  EXPECT_TRUE(HasUser("first"));
  Update(Replaced(body, "first", "second") + std::string(kFailing));
  EXPECT_EQ(Status(), "UPDATE_ROLLBACK_COMPLETE");
  EXPECT_FALSE(HasUser("second"));
}

TEST_F(KeptResourcesTest, PoliciesThatThereAreNotAreRefused) {
  for (const auto& [policy, other] : {std::pair("DeletionPolicy: Retain", "DeletionPolicy: Keep"), std::pair("DeletionPolicy: Retain", "DeletionPolicy: Snapshot"),
                                      std::pair("UpdateReplacePolicy: Retain", "UpdateReplacePolicy: RetainExceptOnCreate")}) {
    EXPECT_EQ(lab.Refusal<ValidateTemplate>(admin, {.template_body = Replaced(std::string(kUser), policy, other)}), "ValidationError") << other;
  }
}

constexpr std::string_view kHiding = R"(
Parameters:
  Secret: {Type: String, NoEcho: true}
  Names: {Type: CommaDelimitedList, NoEcho: 'True', Default: 'quiet-one,quiet-two'}
  Open: {Type: String, Default: open-value}
Conditions:
  IsLong: !Not [!Equals [!Ref Secret, short]]
Resources:
  User:
    Type: AWS::IAM::User
    Properties:
      Path: !If [IsLong, /long/, /short/]
      Tags:
        - {Key: secret, Value: !Sub 'is ${Secret}'}
        - {Key: name, Value: !Select [1, !Ref Names]}
        - {Key: open, Value: !Ref Open}
)";

TEST_F(KeptResourcesTest, ValuesOfHiddenParametersAreInNothingThatDescribesTheStack) {
  const std::vector<Parameter> secret = {{.parameter_key = "Secret", .parameter_value = "open-sesame"}};
  lab.Must<CreateStack>(admin, {.stack_name = "stack", .template_body = std::string(kHiding), .parameters = secret, .capabilities = {"CAPABILITY_NAMED_IAM"}});
  lab.clock().Advance(60s);
  ASSERT_EQ(Status(), "CREATE_COMPLETE");
  lab.Must<UpdateStack>(admin, {.stack_name = "stack", .template_body = Replaced(std::string(kHiding), "is $", "was $"),
                                .parameters = {{.parameter_key = "Secret", .use_previous_value = true}}, .capabilities = {"CAPABILITY_NAMED_IAM"}});
  lab.clock().Advance(60s);
  ASSERT_EQ(Status(), "UPDATE_COMPLETE");
  std::string all;
  for (const auto& event : lab.Must<DescribeStackEvents>(admin, {.stack_name = "stack"}).stack_events) {
    const std::string properties = event.resource_properties.value_or("");
    for (const std::string_view hidden : {"open-sesame", "quiet"}) EXPECT_FALSE(properties.contains(hidden)) << properties;
    all += properties;
  }
  // What is not hidden is as it was made.
  for (const std::string_view shown : {"is ****", "was ****", "open-value", "/long/"}) EXPECT_TRUE(all.contains(shown)) << shown;
  for (const auto& parameter : lab.Must<DescribeStacks>(admin, {.stack_name = "stack"}).stacks.at(0).parameters) {
    EXPECT_EQ(parameter.parameter_value, parameter.parameter_key == "Open" ? "open-value" : "****");
  }
  const std::string user = *lab.Must<DescribeStackResource>(admin, {.stack_name = "stack", .logical_resource_id = "User"}).stack_resource_detail->physical_resource_id;
  EXPECT_EQ(lab.Must<iam::ListUserTags>(admin, {.user_name = user}).tags.at(0).value, "quiet-two");
}

// In a name, which IAM quotes when it refuses it.
constexpr std::string_view kQuoting = R"(
Parameters:
  Secret: {Type: String, NoEcho: true}
Resources:
  User:
    Type: AWS::IAM::User
    Properties: {UserName: !Ref Secret}
)";
// In what the template itself goes wrong by.
constexpr std::string_view kMissing = R"(
Parameters:
  Secret: {Type: String, NoEcho: true}
Mappings:
  Map: {known: {Key: value}}
Conditions:
  IsKnown: !Equals [!FindInMap [Map, !Ref Secret, Key], value]
Resources:
  Group: {Type: 'AWS::IAM::Group', Condition: IsKnown}
)";

TEST_F(KeptResourcesTest, ARefusalThatQuotesAHiddenValueIsMasked) {
  for (const std::string name : {"open-sesame", "ab"}) {
    lab.Must<iam::CreateUser>(admin, {.user_name = name});
    const std::vector<Parameter> secret = {{.parameter_key = "Secret", .parameter_value = name}};
    lab.Must<CreateStack>(admin, {.stack_name = "quotes", .template_body = std::string(kQuoting), .parameters = secret, .capabilities = {"CAPABILITY_NAMED_IAM"}});
    lab.clock().Advance(60s);
    std::string reasons;
    for (const auto& event : lab.Must<DescribeStackEvents>(admin, {.stack_name = "quotes"}).stack_events) {
      reasons += event.resource_status_reason.value_or("") + "\n";
    }
    EXPECT_TRUE(reasons.contains("User with name **** already exists.")) << reasons;
    EXPECT_FALSE(reasons.contains("name " + name)) << reasons;
    lab.Must<DeleteStack>(admin, {.stack_name = "quotes"});
    lab.clock().Advance(60s);
  }
  const auto refused = lab.Call<CreateStack>(admin, {.stack_name = "misses",
                                                     .template_body = std::string(kMissing),
                                                     .parameters = {{.parameter_key = "Secret", .parameter_value = "open-sesame"}},
                                                     .capabilities = {"CAPABILITY_NAMED_IAM"}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(fakes::AwsWords(refused.error()), "Template error: Fn::FindInMap finds no ****");
}

}  // namespace
}  // namespace crossrole::sim
