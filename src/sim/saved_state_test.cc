// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <functional>
#include <map>
#include <set>

#include "aws/cloudformation.h"
#include "aws/cloudtrail.h"
#include "aws/identitystore.h"
#include "aws/organizations.h"
#include "aws/sso.h"
#include "base/json.h"
#include "base/text.h"
#include "fakes/sim_lab.h"

namespace crossrole::sim {
namespace {

using namespace aws::cloudformation;
namespace iam = aws::iam;
namespace json = boost::json;
namespace org = aws::organizations;
namespace sso = aws::sso;
namespace store = aws::identitystore;
using aws::Credentials;
using fakes::Allow;
using fakes::SimLab;

constexpr std::string_view kService = "member.org.stacksets.cloudformation.amazonaws.com";
constexpr std::string_view kTemplate = R"(
Description: Lets somebody in
Parameters:
  Name: {Type: String, Default: FromStack}
  Trusted: {Type: String, NoEcho: true, Default: ec2.amazonaws.com}
Resources:
  Policy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      ManagedPolicyName: !Sub '${Name}-Policy'
      PolicyDocument: {Version: 2012-10-17, Statement: {Effect: Allow, Action: 'iam:Get*', Resource: '*'}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Ref Name
      ManagedPolicyArns: [!Ref Policy]
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement: {Effect: Allow, Principal: {Service: !Ref Trusted}, Action: sts:AssumeRole}
Outputs:
  Arn: {Value: !GetAtt Role.Arn, Description: what was made}
)";
constexpr std::string_view kTrustsCloudFormation =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"cloudformation.amazonaws.com"},"Action":"sts:AssumeRole"}]})";

std::vector<Parameter> Named(std::string name) { return {{.parameter_key = "Name", .parameter_value = std::move(name)}}; }

// A simulation in which there is one of each, and much is under way. Its time is moved by its own clock, so that whoever loads
// its state is at the same time.
class Busy {
 public:
  Busy() {
    MakeStacks();
    MakeSelfManagedSet();
    MakeServiceManagedSet();
    MakeInvitations();
    MakeAccounts();
    MakeAssignment();
    BeginMuch();
  }

  static void Pass(SimLab& in, int milliseconds) {
    in.Control("POST", "/_sim/clock", R"({"advance_seconds":)" + std::to_string(milliseconds / 1000.0) + "}");
  }
  void Pass(int milliseconds) { Pass(lab, milliseconds); }
  StackInstance InstanceOf(const std::string& set, std::size_t account) {
    return lab.Must<DescribeStackInstance>(admin, {.stack_set_name = set, .stack_instance_account = lab.Id(account), .stack_instance_region = "us-east-1"})
        .stack_instance.value_or(StackInstance{});
  }

  SimLab lab{{.accounts = 6, .throttle = Throttle::kOff}};
  Credentials admin = lab.Admin(1);
  std::string root = lab.Must<org::ListRoots>(admin, {}).roots.at(0).id;
  std::string unit{};
  std::string invitation{};
  std::string request{};
  std::string change_set{};
  std::string operation{};
  std::string assigned{};
  std::string instance{};

 private:
  CreateStackInput Input(std::string name) {
    return {.stack_name = name,
            .template_body = std::string(kTemplate),
            .parameters = Named(std::move(name)),
            .capabilities = {"CAPABILITY_NAMED_IAM"},
            .tags = {{.key = "team", .value = "platform"}}};
  }

  void Grant(std::size_t account, const std::string& role) {
    lab.Must<iam::PutRolePolicy>(lab.Admin(account), {.role_name = role, .policy_name = "may", .policy_document = Allow("*")});
  }

  void MakeStacks() {
    const std::string role = lab.MakeRole(1, "Deployer", std::string(kTrustsCloudFormation));
    Grant(1, "Deployer");
    CreateStackInput kept = Input("kept");
    kept.role_arn = role;
    kept.enable_termination_protection = true;
    lab.Must<CreateStack>(admin, kept);
    lab.Must<CreateStack>(admin, Input("gone"));
    // There is such a role already.
    CreateStackInput failed = Input("failed");
    failed.parameters = Named("Deployer");
    lab.Must<CreateStack>(admin, failed);
    Pass(60'000);
    lab.Must<DeleteStack>(admin, {.stack_name = "gone"});
    change_set = lab.Must<CreateChangeSet>(admin, {.stack_name = "kept",
                                                   .use_previous_template = true,
                                                   .parameters = Named("Changed"),
                                                   .capabilities = {"CAPABILITY_NAMED_IAM"},
                                                   .change_set_name = "next",
                                                   .description = "another name"})
                     .id;
    lab.Must<CreateChangeSet>(admin, {.stack_name = "planned",
                                      .template_body = std::string(kTemplate),
                                      .capabilities = {"CAPABILITY_NAMED_IAM"},
                                      .change_set_name = "first",
                                      .change_set_type = "CREATE"});
    Pass(60'000);
  }

  void MakeSelfManagedSet() {
    const std::string role = lab.MakeRole(1, "AWSCloudFormationStackSetAdministrationRole", std::string(kTrustsCloudFormation));
    Grant(1, "AWSCloudFormationStackSetAdministrationRole");
    for (const std::size_t account : {2U, 3U}) {
      lab.MakeRole(account, "AWSCloudFormationStackSetExecutionRole", fakes::TrustFor(role));
      Grant(account, "AWSCloudFormationStackSetExecutionRole");
    }
    lab.Must<CreateStackSet>(admin, {.stack_set_name = "self",
                                     .description = "by its own roles",
                                     .template_body = std::string(kTemplate),
                                     .parameters = Named("FromSet"),
                                     .capabilities = {"CAPABILITY_NAMED_IAM"},
                                     .tags = {{.key = "team", .value = "platform"}},
                                     .client_request_token = "once",
                                     .managed_execution = ManagedExecution{.active = true}});
    lab.Must<CreateStackInstances>(admin, {.stack_set_name = "self",
                                           .accounts = {lab.Id(2), "999999999999"},
                                           .regions = {"us-east-1"},
                                           .parameter_overrides = Named("Own"),
                                           .operation_preferences = StackSetOperationPreferences{.failure_tolerance_percentage = 100}});
    Pass(60'000);
  }

  void MakeServiceManagedSet() {
    lab.Must<ActivateOrganizationsAccess>(admin, {});
    unit = lab.Must<org::CreateOrganizationalUnit>(admin, {.parent_id = root, .name = "workloads"}).organizational_unit->id;
    Move(lab, 4);
    lab.Must<org::RegisterDelegatedAdministrator>(admin, {.account_id = lab.Id(5), .service_principal = std::string(kService)});
    lab.Must<CreateStackSet>(admin, {.stack_set_name = "service",
                                     .template_body = std::string(kTemplate),
                                     .parameters = Named("Everywhere"),
                                     .capabilities = {"CAPABILITY_NAMED_IAM"},
                                     .permission_model = "SERVICE_MANAGED",
                                     .auto_deployment = AutoDeployment{.enabled = true, .retain_stacks_on_account_removal = true}});
    lab.Must<CreateStackInstances>(
        admin, {.stack_set_name = "service", .deployment_targets = DeploymentTargets{.organizational_unit_ids = {unit}}, .regions = {"us-east-1"}});
    Pass(60'000);
  }

  void MakeInvitations() {
    const std::string id = Invite();
    lab.Must<org::DeclineHandshake>(lab.Admin(0), {.handshake_id = id});
    invitation = Invite();
  }
  std::string Invite() {
    const auto made = lab.Must<org::InviteAccountToOrganization>(admin, {.target = {.id = lab.Id(0), .type = "ACCOUNT"}, .notes = "come in"});
    return made.handshake->id.value();
  }

  void MakeAccounts() {
    lab.Must<org::CreateAccount>(admin, {.email = "made@example.com", .account_name = "made"});
    Pass(60'000);
    lab.Must<org::CreateAccount>(admin, {.email = "made@example.com", .account_name = "double"});
  }

  void MakeAssignment() {
    const auto found = lab.Must<sso::ListInstances>(admin, {}).instances.at(0);
    instance = *found.instance_arn;
    const std::string user =
        lab.Must<store::CreateUser>(admin, {.identity_store_id = *found.identity_store_id,
                                            .user_name = "ada",
                                            .name = store::Name{.family_name = "Lovelace", .given_name = "Ada"},
                                            .display_name = "Ada"})
            .user_id;
    const auto set = lab.Must<sso::CreatePermissionSet>(admin, {.name = "Read", .instance_arn = instance}).permission_set;
    assigned = *lab.Must<sso::CreateAccountAssignment>(admin, {.instance_arn = instance,
                                                               .target_id = lab.Id(2),
                                                               .target_type = "AWS_ACCOUNT",
                                                               .permission_set_arn = *set->permission_set_arn,
                                                               .principal_type = "USER",
                                                               .principal_id = user})
                    .account_assignment_creation_status->request_id;
  }

  // The last calls, behind which less time goes by than anything needs.
  void BeginMuch() {
    lab.Must<CreateStack>(admin, Input("begun"));
    operation = lab.Must<CreateStackInstances>(
                       admin, {.stack_set_name = "self",
                               .accounts = {lab.Id(2), lab.Id(3)},
                               .regions = {"eu-west-1", "us-east-1"},
                               .parameter_overrides = Named("Second"),
                               .operation_preferences = StackSetOperationPreferences{.region_order = {"us-east-1"}, .failure_tolerance_count = 3}})
                    .operation_id;
    lab.Must<UpdateStackSet>(admin, {.stack_set_name = "self",
                                     .use_previous_template = true,
                                     .parameters = Named("Third"),
                                     .capabilities = {"CAPABILITY_NAMED_IAM"},
                                     .operation_preferences = StackSetOperationPreferences{.failure_tolerance_percentage = 100}});
    lab.Must<iam::GenerateCredentialReport>(admin, {});
    request = *lab.Must<org::CreateAccount>(admin, {.email = "late@example.com", .account_name = "late"}).create_account_status->id;
    Pass(50);
    lab.Must<DescribeStacks>(admin, {});
  }

 public:
  void Move(SimLab& in, std::size_t account) {
    in.Must<org::MoveAccount>(admin, {.account_id = in.Id(account), .source_parent_id = root, .destination_parent_id = unit});
  }
};

// What a call answers.
template <typename Op>
std::string Answer(SimLab& lab, const Credentials& caller, const typename Op::Input& input, std::string_view region = "us-east-1") {
  const auto output = lab.Call<Op>(caller, input, region);
  return std::string(Op::kName) + ": " + (output ? aws::EncodeResponse<Op>(*output, "") : output.error().aws_code);
}

// What it answers, or nothing.
template <typename Op>
typename Op::Output Try(SimLab& lab, const Credentials& caller, const typename Op::Input& input) {
  auto output = lab.Call<Op>(caller, input);
  return output ? *std::move(output) : typename Op::Output();
}

std::vector<std::string> StackAnswers(SimLab& lab, const Credentials& caller) {
  std::vector<std::string> answers{Answer<ListStacks>(lab, caller, {}), Answer<DescribeStacks>(lab, caller, {})};
  for (const auto& stack : Try<ListStacks>(lab, caller, {}).stack_summaries) {
    const std::string id = *stack.stack_id;
    answers.push_back(Answer<DescribeStacks>(lab, caller, {.stack_name = id}));
    answers.push_back(Answer<DescribeStackEvents>(lab, caller, {.stack_name = id}));
    answers.push_back(Answer<DescribeStackResources>(lab, caller, {.stack_name = id}));
    answers.push_back(Answer<GetTemplate>(lab, caller, {.stack_name = id}));
    answers.push_back(Answer<GetTemplateSummary>(lab, caller, {.stack_name = id}));
    for (const auto& change_set : Try<ListChangeSets>(lab, caller, {.stack_name = id}).summaries) {
      answers.push_back(Answer<DescribeChangeSet>(lab, caller, {.change_set_name = *change_set.change_set_id}));
    }
  }
  return answers;
}

std::vector<std::string> StackSetAnswers(SimLab& lab, const Credentials& caller) {
  std::vector<std::string> answers{Answer<ListStackSets>(lab, caller, {}), Answer<DescribeOrganizationsAccess>(lab, caller, {})};
  for (const auto& set : Try<ListStackSets>(lab, caller, {}).summaries) {
    const std::string name = *set.stack_set_name;
    answers.push_back(Answer<DescribeStackSet>(lab, caller, {.stack_set_name = name}));
    for (const auto& each : Try<ListStackInstances>(lab, caller, {.stack_set_name = name}).summaries) {
      answers.push_back(Answer<DescribeStackInstance>(
          lab, caller, {.stack_set_name = name, .stack_instance_account = *each.account, .stack_instance_region = *each.region}));
    }
    for (const auto& each : Try<ListStackSetOperations>(lab, caller, {.stack_set_name = name}).summaries) {
      answers.push_back(Answer<DescribeStackSetOperation>(lab, caller, {.stack_set_name = name, .operation_id = *each.operation_id}));
      answers.push_back(Answer<ListStackSetOperationResults>(lab, caller, {.stack_set_name = name, .operation_id = *each.operation_id}));
    }
  }
  return answers;
}

std::vector<std::string> OrganizationAnswers(SimLab& lab, const Credentials& caller, const Busy& busy) {
  return {Answer<org::ListHandshakesForOrganization>(lab, caller, {}),
          Answer<org::ListHandshakesForAccount>(lab, lab.Admin(0), {}),
          Answer<org::ListCreateAccountStatus>(lab, caller, {}),
          Answer<org::ListAWSServiceAccessForOrganization>(lab, caller, {}),
          Answer<org::ListDelegatedAdministrators>(lab, caller, {}),
          Answer<org::ListDelegatedServicesForAccount>(lab, caller, {.account_id = lab.Id(5)}),
          Answer<sso::ListAccountAssignmentCreationStatus>(lab, caller, {.instance_arn = busy.instance}),
          Answer<iam::GetCredentialReport>(lab, caller, {})};
}

void ExpectSame(const std::vector<std::string>& before, const std::vector<std::string>& after) {
  ASSERT_EQ(before.size(), after.size());
  EXPECT_GT(before.size(), 5U);
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_EQ(before[i], after[i]);
}

class LoadedStateTest : public testing::Test {
 protected:
  void Load() {
    const auto loaded = lab.cloud().Load(saved);
    ASSERT_TRUE(loaded) << loaded.error().message;
  }
  std::string StatusOf(const std::string& stack) { return lab.Must<DescribeStacks>(busy.admin, {.stack_name = stack}).stacks.at(0).stack_status; }
  bool HasRole(std::size_t account, const std::string& name) {
    return lab.Refusal<iam::GetRole>(lab.Admin(account), {.role_name = name}).empty();
  }

  Busy busy;
  const std::string saved = busy.lab.cloud().Save();
  SimLab lab{{.accounts = 2, .seed = 9, .throttle = Throttle::kOff}};  // which has others, before it loads
};

TEST_F(LoadedStateTest, IsTheSameWhenItIsSavedAgain) {
  Load();
  EXPECT_EQ(lab.cloud().Save(), saved);
}

TEST_F(LoadedStateTest, AnswersAsBefore) {
  Load();
  for (const std::size_t account : {1U, 2U, 4U}) ExpectSame(StackAnswers(busy.lab, busy.lab.Admin(account)), StackAnswers(lab, lab.Admin(account)));
  ExpectSame(StackSetAnswers(busy.lab, busy.admin), StackSetAnswers(lab, busy.admin));
  ExpectSame(OrganizationAnswers(busy.lab, busy.admin, busy), OrganizationAnswers(lab, busy.admin, busy));
}

TEST_F(LoadedStateTest, HoldsATemplateOnceHoweverManyStacksHaveIt) {
  // Events tell what was asked for each time.
  const std::string there = saved.substr(0, saved.find(R"("trail":[)"));
  const auto first = there.find("Lets somebody in");
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(there.find("Lets somebody in", first + 1), std::string::npos);
}

TEST_F(LoadedStateTest, WhatWasUnderWayFinishes) {
  Load();
  EXPECT_EQ(StatusOf("begun"), "CREATE_IN_PROGRESS");
  EXPECT_FALSE(HasRole(1, "begun"));
  Busy::Pass(lab, 600'000);
  EXPECT_EQ(StatusOf("begun"), "CREATE_COMPLETE");
  EXPECT_TRUE(HasRole(1, "begun"));
  // An update that came in meanwhile has waited for the operation.
  const auto operations = lab.Must<ListStackSetOperations>(busy.admin, {.stack_set_name = "self"}).summaries;
  ASSERT_EQ(operations.size(), 3U);
  EXPECT_EQ(operations[1].operation_id, busy.operation);
  for (const auto& each : operations) EXPECT_EQ(each.status, "SUCCEEDED") << *each.action;
  EXPECT_TRUE(HasRole(3, "Second"));
  const auto status = lab.Must<sso::DescribeAccountAssignmentCreationStatus>(
      busy.admin, {.instance_arn = busy.instance, .account_assignment_creation_request_id = busy.assigned});
  EXPECT_EQ(status.account_assignment_creation_status->status, "SUCCEEDED");
  const auto made = lab.Must<org::DescribeCreateAccountStatus>(busy.admin, {.create_account_request_id = busy.request}).create_account_status;
  EXPECT_EQ(made->state, "SUCCEEDED");
  EXPECT_EQ(lab.Must<org::DescribeAccount>(busy.admin, {.account_id = *made->account_id}).account.name, "late");
}

TEST_F(LoadedStateTest, ItsStacksCanBeChangedAndDeleted) {
  Load();
  Busy::Pass(lab, 600'000);
  lab.Must<ExecuteChangeSet>(busy.admin, {.change_set_name = busy.change_set});
  Busy::Pass(lab, 600'000);
  EXPECT_EQ(StatusOf("kept"), "UPDATE_COMPLETE");
  EXPECT_TRUE(HasRole(1, "Changed"));
  EXPECT_FALSE(HasRole(1, "kept"));
  EXPECT_EQ(lab.Refusal<DeleteStack>(busy.admin, {.stack_name = "kept"}), "ValidationError");
  lab.Must<UpdateStack>(busy.admin, {.stack_name = "begun",
                                     .use_previous_template = true,
                                     .parameters = Named("Renamed"),
                                     .capabilities = {"CAPABILITY_NAMED_IAM"}});
  lab.Must<ExecuteChangeSet>(busy.admin, {.change_set_name = "first", .stack_name = "planned"});
  Busy::Pass(lab, 600'000);
  EXPECT_EQ(StatusOf("begun"), "UPDATE_COMPLETE");
  EXPECT_EQ(StatusOf("planned"), "CREATE_COMPLETE");
  EXPECT_TRUE(HasRole(1, "Renamed"));
  EXPECT_TRUE(HasRole(1, "FromStack"));
  lab.Must<DeleteStack>(busy.admin, {.stack_name = "begun"});
  Busy::Pass(lab, 600'000);
  EXPECT_FALSE(HasRole(1, "Renamed"));
  EXPECT_EQ(lab.Refusal<DescribeStacks>(busy.admin, {.stack_name = "begun"}), "ValidationError");
}

TEST_F(LoadedStateTest, ItsStackSetsGoOnFollowingAccounts) {
  Load();
  Busy::Pass(lab, 600'000);
  EXPECT_FALSE(HasRole(3, "Everywhere"));
  busy.Move(lab, 3);
  Busy::Pass(lab, 600'000);
  EXPECT_TRUE(HasRole(3, "Everywhere"));
  lab.Must<org::MoveAccount>(busy.admin, {.account_id = lab.Id(4), .source_parent_id = busy.unit, .destination_parent_id = busy.root});
  Busy::Pass(lab, 600'000);
  EXPECT_TRUE(HasRole(4, "Everywhere"));
  const auto left = lab.Must<ListStackInstances>(busy.admin, {.stack_set_name = "service"}).summaries;
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].account, lab.Id(3));
  // Whoever was registered may go on, and the token of a request still names the set.
  EXPECT_EQ(lab.Must<ListStackSets>(lab.Admin(5), {.call_as = "DELEGATED_ADMIN"}).summaries.size(), 1U);
  const std::string id = lab.Must<DescribeStackSet>(busy.admin, {.stack_set_name = "self"}).stack_set->stack_set_id.value();
  EXPECT_TRUE(id.starts_with("self:"));
}

TEST_F(LoadedStateTest, ItsInvitationsCanBeAcceptedWhileTheyLast) {
  Load();
  EXPECT_EQ(lab.Must<org::AcceptHandshake>(lab.Admin(0), {.handshake_id = busy.invitation}).handshake->state, "ACCEPTED");
  EXPECT_EQ(lab.Must<org::DescribeAccount>(busy.admin, {.account_id = lab.Id(0)}).account.joined_method, "INVITED");
  Load();
  Busy::Pass(lab, 16 * 86'400'000);
  EXPECT_EQ(lab.Must<org::DescribeHandshake>(busy.admin, {.handshake_id = busy.invitation}).handshake->state, "EXPIRED");
  EXPECT_EQ(lab.Refusal<org::AcceptHandshake>(lab.Admin(0), {.handshake_id = busy.invitation}), "InvalidHandshakeTransitionException");
}

// ---- the former format

constexpr std::string_view kFormer = R"({"format":2,"advance":3600000000,"accounts":[
 {"id":"111122223333","name":"management","partition":"aws","platform":false,"management":true,"state":"active","administrator":"AIDAONE",
  "alias":"","created":1700000000000000,"email":"one@example.com",
  "extras":{"mfa":[],"oidc":[],"saml":[],"outbound_issuer":"","outbound":false},
  "users":[{"id":"AIDAONE","name":"administrator","path":"/","created":1700000000000000,"inline":{},
            "attached":["arn:aws:iam::aws:policy/AdministratorAccess"],"tags":[],"boundary":"","groups":[],
            "keys":[{"id":"AKIAIOSFODNN7EXAMPLE","secret":"kept","active":true,"created":1700000000000000}]}],
  "groups":[],"roles":[],"policies":[]},
 {"id":"444455556666","name":"outside","partition":"aws","platform":false,"management":false,"state":"active","administrator":"",
  "alias":"","created":1700000000000000,"email":"two@example.com",
  "extras":{"mfa":[],"oidc":[],"saml":[],"outbound_issuer":"","outbound":false},"users":[],"groups":[],"roles":[],"policies":[]}],
 "organizations":[{"id":"o-aaaaaaaaaa","management":"111122223333","root":"r-aaaa","units":[{"id":"r-aaaa","name":"Root","parent":""}],
  "members":[{"id":"111122223333","parent":"r-aaaa","how":1,"since":1700000000000000}],"policies":[],"attached":{},"types":[],
  "delegated":{},"services":{},"features":[],"tags":{}}]})";

TEST(SavedStateTest, KeysAndRolesRememberWhenTheyWereUsedLast) {
  SimLab lab;
  const std::string role = lab.MakeRole(1, "used", fakes::TrustFor(lab.AdminArn(1)));
  const Credentials session = lab.Assume(lab.Admin(1), {.role_arn = role, .role_session_name = "ss"});
  EXPECT_EQ(lab.Refusal<iam::GetAccountSummary>(session, {}), "AccessDenied");
  const std::string saved = lab.cloud().Save();
  // To look is to use, but later.
  const auto used = [&] { return lab.Must<iam::GetRole>(lab.Admin(1), {.role_name = "used"}).role.role_last_used; };
  const auto before = used()->last_used_date;
  ASSERT_TRUE(before);
  lab.clock().Advance(std::chrono::hours(1));
  ASSERT_TRUE(lab.cloud().Load(saved));
  EXPECT_EQ(lab.cloud().Save(), saved);
  EXPECT_EQ(used()->last_used_date, before);
  EXPECT_EQ(used()->region, "us-east-1");
}

TEST(SavedStateTest, WhatHappenedIsToldAfterwardsToo) {
  SimLab lab{{.throttle = Throttle::kOff}};
  const std::string role = lab.MakeRole(1, "Trusted", fakes::TrustFor(lab.AdminArn(0)));
  const Credentials session = lab.Assume(lab.Admin(0), {.role_arn = role, .role_session_name = "deploy"});
  EXPECT_EQ(lab.Refusal<iam::GetAccountSummary>(session, {}), "AccessDenied");
  const auto told = [&](std::size_t account) {
    std::map<std::string, std::pair<std::string, std::string>> events;
    for (const auto& event : lab.Must<aws::cloudtrail::LookupEvents>(lab.Admin(account), {}).events) {
      events[event.event_id.value_or("")] = {event.username.value_or(""), event.cloud_trail_event.value_or("")};
    }
    return events;
  };
  const auto ours = told(0), theirs = told(1);
  const std::string saved = lab.cloud().Save();
  lab.Control("POST", "/_sim/reset");
  ASSERT_TRUE(lab.cloud().Load(saved));
  EXPECT_EQ(lab.cloud().Save(), saved);
  EXPECT_FALSE(saved.contains(session.session_token.Reveal()));
  for (const auto& [account, before] : {std::pair(0U, &ours), std::pair(1U, &theirs)}) {
    const auto after = told(account);
    EXPECT_FALSE(before->empty());
    for (const auto& [id, event] : *before) {
      ASSERT_TRUE(after.contains(id)) << event.second;
      EXPECT_EQ(after.at(id), event);
    }
    EXPECT_GT(after.size(), before->size()) << "looking is itself in the trail";
  }
  const auto found = [&](std::string key, std::string value) {
    return lab.Must<aws::cloudtrail::LookupEvents>(lab.Admin(1), {.lookup_attributes = {{.attribute_key = std::move(key), .attribute_value = std::move(value)}}}).events;
  };
  for (const auto& [key, value] : {std::pair("ResourceName", "Trusted"), std::pair("EventName", "CreateRole"), std::pair("EventSource", "iam.amazonaws.com"),
                                   std::pair("Username", "deploy"), std::pair("AccessKeyId", session.access_key_id.c_str())}) {
    EXPECT_FALSE(found(key, value).empty()) << key;
  }
  const auto before = found("EventName", "CreateRole").at(0);
  Busy::Pass(lab, 3'600'000);
  const auto later = found("EventName", "CreateRole").at(0);
  EXPECT_EQ(*later.event_time, *before.event_time - std::chrono::hours(1));
  EXPECT_EQ(later.event_id, before.event_id);
}

TEST(SavedStateTest, FaultsAndSignInTokensGoOn) {
  SimLab lab;
  const std::string role = lab.MakeRole(1, "console", fakes::TrustFor(lab.AdminArn(1)));
  const Credentials session = lab.Assume(lab.Admin(1), {.role_arn = role, .role_session_name = "ss"});
  const std::string credentials = base::PrintJson(json::object{{"sessionId", session.access_key_id},
                                                               {"sessionKey", session.secret_access_key.Reveal()},
                                                               {"sessionToken", session.session_token.Reveal()}});
  const auto made = lab.Control("POST", "/federation", "Action=getSigninToken&Session=" + base::PercentEncode(credentials));
  ASSERT_EQ(made.status, 200) << made.body;
  const std::string token(base::ParseJson(made.body)->at("SigninToken").as_string());
  const std::string rules = R"({"rules":[{"service":"iam","operation":"GetUser","effect":"500","count":1},{"service":"sts","effect":"throttle","probability":0}]})";
  ASSERT_EQ(lab.Control("POST", "/_sim/faults", rules).status, 200);
  const std::string saved = lab.cloud().Save();
  EXPECT_FALSE(saved.contains(token));
  lab.Control("POST", "/_sim/reset");
  ASSERT_TRUE(lab.cloud().Load(saved));
  EXPECT_EQ(lab.cloud().Save(), saved);
  EXPECT_EQ(lab.Refusal<iam::GetUser>(lab.Admin(1), {}), "InternalFailure");
  EXPECT_EQ(lab.Refusal<iam::GetUser>(lab.Admin(1), {}), "") << "the fault had one call left";
  const std::string login = "Action=login&Destination=" + base::PercentEncode("https://console.example/") + "&SigninToken=" + base::PercentEncode(token);
  EXPECT_EQ(lab.Control("POST", "/federation", login).status, 302);
  EXPECT_EQ(lab.Control("POST", "/federation", login).status, 400) << "a token is good once";
}

TEST(SavedStateTest, WhatIsNotUtf8InTheTrailDoesNotMakeTheStateUnreadable) {
  SimLab lab;
  aws::HttpRequest request = lab.Sign<iam::GetUser>(lab.Admin(1), {}, "us-east-1");
  request.headers.push_back({"User-Agent", "odd\xff"});
  ASSERT_EQ(lab.Send(std::move(request))->status, 200);
  const std::string saved = lab.cloud().Save();
  EXPECT_TRUE(saved.contains("odd?"));
  ASSERT_TRUE(lab.cloud().Load(saved));
  EXPECT_EQ(lab.cloud().Save(), saved);
}

TEST(SavedStateTest, ATrailThatDoesNotHoldTogetherIsRefused) {
  SimLab lab;
  lab.MakeRole(1, "r", fakes::TrustFor(lab.AdminArn(0)));
  const json::value good = base::ParseJson(lab.cloud().Save(), {.bytes = std::size_t{1} << 30, .depth = 96}).value();
  const auto refusal = [&](const std::function<void(json::object&)>& change) {
    json::value state = good;
    change(state.as_object());
    const auto loaded = lab.cloud().Load(base::PrintJson(state));
    return loaded ? "" : loaded.error().message;
  };
  const auto first = [](json::object& root) -> json::object& { return root["trail"].as_array().at(0).as_object()["events"].as_array().at(0).as_object(); };
  EXPECT_EQ(refusal([](json::object&) {}), "");
  EXPECT_TRUE(refusal([&](json::object& root) { first(root)["event"] = "[]"; }).ends_with("trail[0]: events[0]: `event` is no object"));
  EXPECT_TRUE(refusal([&](json::object& root) { first(root)["event"] = "{}"; }).ends_with("`eventID` is missing"));
  EXPECT_TRUE(refusal([&](json::object& root) { first(root)["number"] = 0; }).contains("`number` is no whole number"));
  EXPECT_TRUE(refusal([&](json::object& root) {
                json::array& events = root["trail"].as_array().at(0).as_object()["events"].as_array();
                events.push_back(json::value(events.at(0)));
              }).ends_with("the events are not in their order"));
  EXPECT_TRUE(refusal([](json::object& root) { root["trail"].as_array().at(0).as_object()["account"] = "000000000000"; }).contains("which is not there"));
  EXPECT_TRUE(refusal([](json::object& root) { root["faults"] = json::array{json::object{{"effect", "thunder"}}}; }).contains("`effect` of a fault is none of"));
  EXPECT_NE(refusal([](json::object& root) { root["faults"] = "all"; }), "");
  EXPECT_NE(refusal([](json::object& root) { root["signin_tokens"] = json::array{json::object{{"hash", "zz"}, {"expires", 1}, {"used", false}}}; }), "");
}

TEST(FormerStateTest, IsReadAndGoesOn) {
  SimLab lab;
  const auto loaded = lab.cloud().Load(kFormer);
  ASSERT_TRUE(loaded) << loaded.error().message;
  const Credentials admin = lab.Admin(0);
  EXPECT_TRUE(lab.Must<ListStacks>(admin, {}).stack_summaries.empty());
  EXPECT_TRUE(lab.Must<org::ListHandshakesForOrganization>(admin, {}).handshakes.empty());
  EXPECT_TRUE(lab.Must<org::ListCreateAccountStatus>(admin, {}).create_account_statuses.empty());
  lab.Must<CreateStack>(admin, {.stack_name = "new", .template_body = std::string(kTemplate), .capabilities = {"CAPABILITY_NAMED_IAM"}});
  lab.Must<org::InviteAccountToOrganization>(admin, {.target = {.id = "444455556666", .type = "ACCOUNT"}});
  const std::string saved = lab.cloud().Save();
  EXPECT_TRUE(saved.starts_with(R"({"format":3,)")) << saved.substr(0, 40);
  ASSERT_TRUE(lab.cloud().Load(saved));
  Busy::Pass(lab, 60'000);
  EXPECT_EQ(lab.Must<DescribeStacks>(admin, {.stack_name = "new"}).stacks.at(0).stack_status, "CREATE_COMPLETE");
}

// ---- states that do not hold together

std::string MessageOf(SimLab& lab, const json::value& state) {
  const auto loaded = lab.cloud().Load(base::PrintJson(state));
  return loaded ? "" : loaded.error().message;
}

// Of each kind of element, told by its members and which lists have something in them, the one with the most in it.
std::vector<json::value*> KindsIn(json::array& list) {
  std::map<std::string, json::value*> richest;
  for (json::value& each : list) {
    std::string kind;
    if (each.is_object()) {
      std::set<std::string> names;
      for (const auto& member : each.get_object()) {
        const json::array* within = member.value().if_array();
        names.insert(std::string(member.key()) + (within != nullptr && !within->empty() ? "+" : ""));
      }
      for (const std::string& name : names) kind += name + " ";
    }
    json::value*& found = richest[kind];
    if (found == nullptr || base::PrintJson(*found).size() < base::PrintJson(each).size()) found = &each;
  }
  std::vector<json::value*> kinds;
  for (const auto& [kind, value] : richest) kinds.push_back(value);
  return kinds;
}

// Calls `visit(object, name)` for every member of every kind of object.
void EachMember(json::value& here, const std::function<void(json::object&, const std::string&)>& visit) {
  if (json::array* list = here.if_array()) {
    for (json::value* each : KindsIn(*list)) EachMember(*each, visit);
  }
  if (!here.is_object()) return;
  std::vector<std::string> names;
  for (const auto& member : here.get_object()) names.emplace_back(member.key());
  for (const std::string& name : names) {
    visit(here.get_object(), name);
    EachMember(here.get_object().at(name), visit);
  }
}

// Something else of the same type.
json::value Odd(const json::value& value) {
  if (value.is_string()) return "odd";
  if (value.is_array()) return json::array{nullptr};
  if (value.is_object()) return json::object{{"odd", nullptr}};
  return -1;
}

class BrokenStateTest : public testing::Test {
 protected:
  // Whatever was taken has to be good to work with.
  void Use() {
    Busy::Pass(lab, 600'000);
    static_cast<void>(Answer<DescribeStacks>(lab, busy.admin, {}));
    static_cast<void>(Answer<ExecuteChangeSet>(lab, busy.admin, {.change_set_name = "next", .stack_name = "kept"}));
    static_cast<void>(Answer<ListStackInstances>(lab, busy.admin, {.stack_set_name = "self"}));
    static_cast<void>(Answer<org::MoveAccount>(
        lab, busy.admin, {.account_id = lab.Id(3), .source_parent_id = busy.root, .destination_parent_id = busy.unit}));
    static_cast<void>(OrganizationAnswers(lab, busy.admin, busy));
    Busy::Pass(lab, 600'000);
    static_cast<void>(Answer<DescribeStackSet>(lab, busy.admin, {.stack_set_name = "service"}));
    static_cast<void>(lab.cloud().Save());
  }
  json::object& AccountAt(std::size_t index) { return state.at("accounts").at(index).as_object(); }
  json::object& FirstOrganization() { return state.at("organizations").at(0).as_object(); }
  // The stack or set called so.
  json::object& Called(std::string_view list, std::string_view name) {
    for (json::value& each : AccountAt(1).at("cloudformation").at(list).as_array()) {
      if (each.at("name").as_string() == name) return each.as_object();
    }
    ADD_FAILURE() << name;
    return state.as_object();
  }
  json::object& StackCalled(std::string_view name) { return Called("stacks", name); }
  json::object& SetCalled(std::string_view name) { return Called("sets", name); }
  void ExpectRefused(const std::string& why) {
    const std::string message = MessageOf(lab, state);
    EXPECT_NE(message.find(why), std::string::npos) << message;
    state = good;
  }

  Busy busy;
  const json::value good = base::ParseJson(busy.lab.cloud().Save(), {.bytes = std::size_t{1} << 30, .depth = 96}).value_or(json::value());
  json::value state = good;
  SimLab lab{{.accounts = 2, .throttle = Throttle::kOff}};
};

// One change in so many is tried, each time another kind: all of them take minutes.
constexpr std::size_t kStride = 41;

TEST_F(BrokenStateTest, WhateverIsMissingOrOfAnotherTypeIsRefusedOrHarmless) {
  std::size_t tried = 0;
  std::size_t refused = 0;
  std::size_t taken = 0;
  const auto attempt = [&] {
    if (++tried % kStride != 0) return;
    const auto loaded = lab.cloud().Load(base::PrintJson(state));
    ++(loaded ? taken : refused);
    if (loaded) return Use();
    EXPECT_TRUE(loaded.error().message.starts_with("the state of the simulation cannot be read: ")) << loaded.error().message;
  };
  EachMember(state, [&](json::object& object, const std::string& name) {
    SCOPED_TRACE(name);
    const json::value kept = object.at(name);
    for (const json::value& each : {json::value(nullptr), Odd(kept)}) {
      object[name] = each;
      attempt();
    }
    object.erase(name);
    attempt();
    object[name] = kept;
  });
  EXPECT_GT(refused, 20U);
  EXPECT_GT(taken, 5U);
}

TEST_F(BrokenStateTest, NothingIsThereTwice) {
  const std::set<std::string> unique = {"accounts",  "users",      "roles", "policies", "stacks",     "sets", "resources", "change_sets",
                                        "instances", "operations", "units", "members",  "handshakes", "keys", "creations", "templates"};
  std::set<std::string> seen;
  EachMember(state, [&](json::object& object, const std::string& name) {
    if (!object.at(name).is_array() || object.at(name).get_array().empty()) return;
    SCOPED_TRACE(name);
    const json::value kept = object.at(name);
    json::array& list = object.at(name).get_array();
    list.push_back(json::value(*KindsIn(list).front()));
    const std::string message = MessageOf(lab, state);
    if (message.empty()) Use();
    if (unique.contains(name)) {
      EXPECT_NE(message, "");
      seen.insert(name);
    }
    object[name] = kept;
  });
  EXPECT_EQ(seen, unique);
}

TEST_F(BrokenStateTest, SaysWhatIsWrongAndWhere) {
  StackCalled("kept").erase("status");
  ExpectRefused("accounts[1]: stacks[0]: `status` is missing");
  StackCalled("kept")["created"] = "today";
  ExpectRefused("stacks[0]: `created` is no whole number from 0 to 253402300799999999");
  StackCalled("kept")["definition"].as_object()["template"] = 99;
  ExpectRefused("`template` is no whole number from 0 to");
  StackCalled("kept")["definition"].as_object()["parameters"] = json::object{{"Colour", "red"}};
  ExpectRefused("Parameters: [Colour] do not exist in the template");
  StackCalled("kept")["resources"].as_array().at(0).as_object()["type"] = "AWS::Unicorn::Horn";
  ExpectRefused("resources[0]: `AWS::Unicorn::Horn` is no type of a resource");
  StackCalled("kept")["events"] = json::array{};
  ExpectRefused("the stack has no events");
  StackCalled("kept")["status"] = "UPDATE_IN_PROGRESS";
  ExpectRefused("`UPDATE_IN_PROGRESS` is not what the stack is doing");
  StackCalled("failed")["name"] = "kept";
  ExpectRefused("`kept` is there twice");
  state.as_object()["templates"].as_array().at(0) = "Resources: {}";
  ExpectRefused("templates[0]: Template format error: At least one Resources member must be defined.");
  state.as_object()["format"] = 4;
  ExpectRefused("format 4 is none that can be read");
  AccountAt(2)["id"] = AccountAt(1)["id"];
  ExpectRefused("accounts[2]: the account `" + busy.lab.Id(1) + "` is there twice");
}

TEST_F(BrokenStateTest, WhatIsUnderWayNamesWhatIsThere) {
  StackCalled("begun")["work"].as_object()["steps"].as_array().at(0).as_object()["logical"] = "Nothing";
  ExpectRefused("steps[0]: `Nothing` is not there");
  StackCalled("begun")["work"].as_object()["caller"].as_object()["account"] = "000000000000";
  ExpectRefused("`account` names the account `000000000000`, which is not there");
  StackCalled("begun")["work"].as_object()["caller"].as_object()["kind"] = 3;
  ExpectRefused("whoever makes the resources has no session");
  StackCalled("begun")["work"].as_object()["change"] = 1;
  ExpectRefused("an update has nothing to go back to");
  StackCalled("kept")["work"] = StackCalled("begun")["work"];
  ExpectRefused("`CREATE_COMPLETE` is not what the stack is doing");
  StackCalled("planned")["status"] = "CREATE_COMPLETE";
  ExpectRefused("the stack has no template");
}

TEST_F(BrokenStateTest, StackSetsNameWhatIsThere) {
  for (json::value& each : SetCalled("self")["instances"].as_array()) {
    if (!each.at("stack").as_string().empty()) each.as_object()["stack"] = "arn:aws:cloudformation:us-east-1:1:stack/none/1";
  }
  ExpectRefused("`arn:aws:cloudformation:us-east-1:1:stack/none/1` is not there");
  SetCalled("service")["instances"].as_array().at(0).as_object()["account"] = "999999999999";
  ExpectRefused("instances[0]: `account` names the account `999999999999`, which is not there");
  SetCalled("self")["instances"].as_array().at(0).as_object()["operation"] = "none";
  ExpectRefused("instances[0]: `none` is not there");
  json::object& operation = SetCalled("self")["operations"].as_array().at(1).as_object();
  operation["batches"].as_array().at(0).as_object()["next"] = 99;
  ExpectRefused("operations[1]: batches[0]: `next` is no whole number from 0 to 2");
  json::array& running = SetCalled("self")["operations"].at(1).at("batches").at(0).at("running").as_array();
  ASSERT_EQ(running.size(), 1U);
  running.push_back(json::value(running.front()));
  ExpectRefused("running[1]: `result 0` is there twice");
  SetCalled("self")["operations"].as_array().at(2).as_object()["ended"] = 1'700'000'000'000'000;
  ExpectRefused("operations[2]: an operation has ended before the one before it");
  SetCalled("self")["operations"].as_array().at(0).as_object()["action"] = "DRIFT";
  ExpectRefused("`DRIFT` is nothing that an operation does");
}

TEST_F(BrokenStateTest, OrganizationsHoldTogether) {
  FirstOrganization()["handshakes"].as_array().at(0).as_object()["account"] = "000000000000";
  ExpectRefused("organizations[0]: handshakes[0]: `account` names the account `000000000000`, which is not there");
  FirstOrganization()["handshakes"].as_array().at(0).as_object()["state"] = "LOST";
  ExpectRefused("`LOST` is no state of an invitation");
  FirstOrganization()["creations"].as_array().at(0).as_object()["state"] = "IN_PROGRESS";
  ExpectRefused("creations[0]: `IN_PROGRESS` is no outcome of making an account");
  FirstOrganization()["attached"].as_object()["ou-none"] = json::array{"p-FullAWSAccess"};
  ExpectRefused("`ou-none` is not there");
  FirstOrganization()["delegated"].as_object()["000000000000"] = json::object{{"sso.amazonaws.com", 1}};
  ExpectRefused("`000000000000` is not there");
  std::string parent = busy.unit;
  for (int i = 0; i < 6; ++i) {
    const std::string id = "ou-deep-" + std::to_string(i);
    FirstOrganization()["units"].as_array().push_back(json::object{{"id", id}, {"name", id}, {"parent", parent}});
    parent = id;
  }
  ExpectRefused("is too deep below the root");
}

}  // namespace
}  // namespace crossrole::sim
