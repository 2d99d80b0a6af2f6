// SPDX-License-Identifier: Apache-2.0
#include "aws/iam.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "fakes/sim_lab.h"

namespace crossrole::sim {
namespace {

using namespace aws::iam;
using aws::Credentials;
using fakes::Allow;
using fakes::SimLab;
using fakes::TrustFor;

// The error of CreateRole with this trust policy, code and message.
std::pair<std::string, std::string> TrustRefusal(SimLab& lab, const std::string& trust) {
  const auto made = lab.Call<CreateRole>(lab.Admin(1), {.role_name = "Refused", .assume_role_policy_document = trust});
  if (made) return {};
  return {made.error().aws_code, fakes::AwsWords(made.error())};
}

TEST(TrustPolicyTest, PrincipalsMustExist) {
  SimLab lab;
  const std::string other = "arn:aws:iam::" + lab.Id(0);
  for (const std::string& unknown :
       {other + ":user/nobody", other + ":role/nothing", std::string("arn:aws:iam::123412341234:root"),
        std::string("123412341234"), std::string("AIDAAAAAAAAAAAAAAAAAA"), other + ":user/Administrator"}) {
    const auto [code, message] = TrustRefusal(lab, TrustFor(unknown));
    EXPECT_EQ(code, "MalformedPolicyDocument") << unknown;
    EXPECT_EQ(message, "Invalid principal in policy: \"AWS\":\"" + unknown + "\"");
  }
  EXPECT_EQ(TrustRefusal(lab, TrustFor(other + ":root")).first, "");
}

TEST(TrustPolicyTest, PrincipalsOfServicesMustHaveTheirForm) {
  SimLab lab;
  const auto trust = [](const std::string& service) {
    return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":")" + service + R"("},"Action":"sts:AssumeRole"}]})";
  };
  for (const std::string service : {"ec2", "amazonaws.com", ".amazonaws.com", "ec2.amazonaws.org", "ec2..amazonaws.com", "ec 2.amazonaws.com",
                                    "ec2/x.amazonaws.com", "-ec2.amazonaws.com", "ec2.amazonaws.com.cn", "logs.eu-west-9.amazonaws.com"}) {
    const auto [code, message] = TrustRefusal(lab, trust(service));
    EXPECT_EQ(code, "MalformedPolicyDocument") << service;
    EXPECT_EQ(message, "Invalid principal in policy: \"SERVICE\":\"" + service + "\"");
  }
  int number = 0;
  for (const std::string service : {"ec2.amazonaws.com", "logs.eu-west-1.amazonaws.com", "member.org.stacksets.cloudformation.amazonaws.com",
                                    "resource-explorer-2.amazonaws.com", "signin.aws.amazon.com", "prod.vhs.events.aws.internal"}) {
    lab.MakeRole(1, "Role" + std::to_string(++number), trust(service));
  }
}

TEST(TrustPolicyTest, AnAccountIsShownAsItsRoot) {
  SimLab lab;
  lab.MakeRole(1, "Role", TrustFor(lab.Id(0)));
  const auto role = lab.Must<GetRole>(lab.Admin(1), {.role_name = "Role"}).role;
  const std::string shown = base::PercentDecode(role.assume_role_policy_document.value_or(""));
  EXPECT_NE(shown.find("\"arn:aws:iam::" + lab.Id(0) + ":root\""), std::string::npos) << shown;
}

TEST(TrustPolicyTest, WhatDoesNotBelongThereIsRefused) {
  SimLab lab;
  const std::string who = R"("Principal":{"AWS":")" + lab.AdminArn(0) + "\"}";
  const auto statement = [](const std::string& rest) {
    return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)" + rest + "}]}";
  };
  for (const std::string& bad :
       {statement(who + R"(,"Action":"s3:GetObject")"), statement(who + R"(,"Action":"sts:AssumeRole","Resource":"*")"),
        statement(R"("NotPrincipal":{"AWS":"*"},"Action":"sts:AssumeRole")"), statement(R"("Action":"sts:AssumeRole")"),
        std::string("{"), std::string(R"({"Version":"2012-10-17"})")}) {
    EXPECT_EQ(TrustRefusal(lab, bad).first, "MalformedPolicyDocument") << bad;
  }
}

TEST(TrustPolicyTest, BlanksDoNotCountAgainstItsSize) {
  SimLab lab;
  const std::string trust = TrustFor(lab.AdminArn(0));
  EXPECT_EQ(TrustRefusal(lab, std::string(3000, ' ') + trust).first, "");
  std::string values;
  for (int i = 0; i < 200; ++i) values += "\"value-" + std::to_string(i) + "\",";
  const std::string wide = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":")" + lab.AdminArn(0) +
                           R"("},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":[)" + values +
                           R"("last"]}}}]})";
  const auto made = lab.Call<CreateRole>(lab.Admin(1), {.role_name = "Wide", .assume_role_policy_document = wide});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().aws_code, "LimitExceeded");
  EXPECT_EQ(fakes::AwsWords(made.error()), "Cannot exceed quota for ACLSizePerRole: 2048");
}

TEST(NamesTest, AreUniqueWithoutRegardToCaseAndPath) {
  SimLab lab;
  lab.MakeRole(1, "Name", TrustFor(lab.AdminArn(0)));
  const CreateRoleInput again{.path = "/other/", .role_name = "NAME", .assume_role_policy_document = TrustFor(lab.AdminArn(0))};
  EXPECT_EQ(lab.Refusal<CreateRole>(lab.Admin(1), again), "EntityAlreadyExists");
  EXPECT_EQ(lab.Refusal<CreateRole>(lab.Admin(2), again), "");
  EXPECT_EQ(lab.Must<GetRole>(lab.Admin(1), {.role_name = "nAmE"}).role.role_name, "Name");
}

TEST(DeleteTest, WantsWhatHangsOnAnEntityGoneFirst) {
  SimLab lab;
  const Credentials admin = lab.Admin(1);
  lab.MakeRole(1, "Role", TrustFor(lab.AdminArn(0)));
  lab.Must<PutRolePolicy>(admin, {.role_name = "Role", .policy_name = "p", .policy_document = Allow("s3:*")});
  EXPECT_EQ(lab.Refusal<DeleteRole>(admin, {.role_name = "Role"}), "DeleteConflict");
  lab.Must<DeleteRolePolicy>(admin, {.role_name = "Role", .policy_name = "p"});
  const std::string arn = lab.Must<CreatePolicy>(admin, {.policy_name = "Managed", .policy_document = Allow("s3:*")}).policy.arn;
  lab.Must<AttachRolePolicy>(admin, {.role_name = "Role", .policy_arn = arn});
  EXPECT_EQ(lab.Refusal<DeleteRole>(admin, {.role_name = "Role"}), "DeleteConflict");
  EXPECT_EQ(lab.Refusal<DeletePolicy>(admin, {.policy_arn = arn}), "DeleteConflict");
  lab.Must<DetachRolePolicy>(admin, {.role_name = "Role", .policy_arn = arn});
  EXPECT_EQ(lab.Refusal<DetachRolePolicy>(admin, {.role_name = "Role", .policy_arn = arn}), "NoSuchEntity");
  lab.Must<CreatePolicyVersion>(admin, {.policy_arn = arn, .policy_document = Allow("ec2:*"), .set_as_default = true});
  EXPECT_EQ(lab.Refusal<DeletePolicyVersion>(admin, {.policy_arn = arn, .version_id = "v2"}), "DeleteConflict");
  EXPECT_EQ(lab.Refusal<DeletePolicy>(admin, {.policy_arn = arn}), "DeleteConflict");
  lab.Must<DeletePolicyVersion>(admin, {.policy_arn = arn, .version_id = "v1"});
  lab.Must<DeletePolicy>(admin, {.policy_arn = arn});
  lab.Must<DeleteRole>(admin, {.role_name = "Role"});
  EXPECT_EQ(lab.Refusal<GetRole>(admin, {.role_name = "Role"}), "NoSuchEntity");
}

TEST(QuotaTest, EndsKeysVersionsAndAttachments) {
  SimLab lab({.throttle = Throttle::kOff});
  const Credentials admin = lab.Admin(1);
  lab.Must<CreateUser>(admin, {.user_name = "u"});
  for (int i = 0; i < 2; ++i) lab.Must<CreateAccessKey>(admin, {.user_name = "u"});
  EXPECT_EQ(lab.Refusal<CreateAccessKey>(admin, {.user_name = "u"}), "LimitExceeded");
  std::string arn;
  for (int i = 0; i < 11; ++i) {
    arn = lab.Must<CreatePolicy>(admin, {.policy_name = "P" + std::to_string(i), .policy_document = Allow("s3:*")}).policy.arn;
    EXPECT_EQ(lab.Refusal<AttachUserPolicy>(admin, {.user_name = "u", .policy_arn = arn}), i < 10 ? "" : "LimitExceeded");
  }
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(lab.Refusal<CreatePolicyVersion>(admin, {.policy_arn = arn, .policy_document = Allow("s3:*")}),
              i < 4 ? "" : "LimitExceeded");
  }
  EXPECT_EQ(lab.Refusal<CreatePolicy>(admin, {.policy_name = "Big", .policy_document = Allow("s3:" + std::string(7000, 'a'))}),
            "LimitExceeded");
  EXPECT_EQ(lab.Refusal<PutUserPolicy>(
                admin, {.user_name = "u", .policy_name = "big", .policy_document = Allow("s3:" + std::string(2100, 'a'))}),
            "LimitExceeded");
}

TEST(PagingTest, GivesEveryRoleOnce) {
  SimLab lab({.throttle = Throttle::kOff});
  for (int i = 0; i < 7; ++i) lab.MakeRole(1, "Role" + std::to_string(i), TrustFor(lab.AdminArn(0)));
  std::vector<std::string> names;
  ListRolesInput input{.max_items = 3};
  for (;;) {
    const auto page = lab.Must<ListRoles>(lab.Admin(1), input);
    for (const Role& role : page.roles) names.push_back(role.role_name);
    EXPECT_LE(page.roles.size(), 3U);
    if (!page.is_truncated.value_or(false)) break;
    input.marker = page.marker;
  }
  EXPECT_EQ(names, (std::vector<std::string>{"Role0", "Role1", "Role2", "Role3", "Role4", "Role5", "Role6"}));
  EXPECT_EQ(lab.Refusal<ListRoles>(lab.Admin(1), {.marker = "no marker"}), "ValidationError");
}

TEST(PermissionTest, ComesFromTheUserItsGroupsAndEndsAtTheBoundary) {
  SimLab lab;
  const Credentials admin = lab.Admin(0);
  lab.Must<CreateUser>(admin, {.user_name = "member"});
  auto key = lab.Must<CreateAccessKey>(admin, {.user_name = "member"}).access_key;
  const Credentials member{.access_key_id = key.access_key_id, .secret_access_key = std::move(key.secret_access_key)};
  EXPECT_EQ(lab.Refusal<ListUsers>(member, {}), "AccessDenied");
  lab.Must<CreateGroup>(admin, {.group_name = "readers"});
  lab.Must<PutGroupPolicy>(admin, {.group_name = "readers", .policy_name = "p", .policy_document = Allow("iam:List*")});
  lab.Must<AddUserToGroup>(admin, {.group_name = "readers", .user_name = "member"});
  EXPECT_EQ(lab.Refusal<ListUsers>(member, {}), "");
  const std::string boundary =
      lab.Must<CreatePolicy>(admin, {.policy_name = "Boundary", .policy_document = Allow("iam:ListRoles")}).policy.arn;
  lab.Must<PutUserPermissionsBoundary>(admin, {.user_name = "member", .permissions_boundary = boundary});
  EXPECT_EQ(lab.Refusal<ListRoles>(member, {}), "");
  const auto refused = lab.Call<ListUsers>(member, {});
  ASSERT_FALSE(refused);
  EXPECT_NE(fakes::AwsWords(refused.error()).find("because no permissions boundary allows the iam:ListUsers action"), std::string::npos)
      << fakes::AwsWords(refused.error());
}

TEST(PermissionTest, AnExplicitDenyIsToldAsSuch) {
  SimLab lab;
  lab.Must<PutUserPolicy>(lab.Admin(0),
                          {.user_name = "administrator",
                           .policy_name = "no",
                           .policy_document = R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:ListUsers","Resource":"*"}]})"});
  const auto refused = lab.Call<ListUsers>(lab.Admin(0), {});
  ASSERT_FALSE(refused);
  EXPECT_TRUE(fakes::AwsWords(refused.error()).ends_with("with an explicit deny in an identity-based policy")) << fakes::AwsWords(refused.error());
}

TEST(PermissionTest, RequestTagsCanBeDemanded) {
  SimLab lab;
  const Credentials admin = lab.Admin(0);
  lab.Must<CreateUser>(admin, {.user_name = "maker"});
  lab.Must<PutUserPolicy>(admin, {.user_name = "maker", .policy_name = "p", .policy_document = R"({"Version":"2012-10-17","Statement":[
      {"Effect":"Allow","Action":["iam:CreateUser","iam:TagUser"],"Resource":"*","Condition":{"StringEquals":{"aws:RequestTag/team":"a"}}}]})"});
  auto key = lab.Must<CreateAccessKey>(admin, {.user_name = "maker"}).access_key;
  const Credentials maker{.access_key_id = key.access_key_id, .secret_access_key = std::move(key.secret_access_key)};
  EXPECT_EQ(lab.Refusal<CreateUser>(maker, {.user_name = "x"}), "AccessDenied");
  EXPECT_EQ(lab.Refusal<CreateUser>(maker, {.user_name = "x", .tags = {{.key = "team", .value = "b"}}}), "AccessDenied");
  EXPECT_EQ(lab.Refusal<CreateUser>(maker, {.user_name = "x", .tags = {{.key = "team", .value = "a"}}}), "");
}

TEST(PermissionTest, WhoMakesSomethingWithTagsMustBeAllowedToTag) {
  SimLab lab;
  const Credentials admin = lab.Admin(0);
  lab.Must<CreateUser>(admin, {.user_name = "maker"});
  lab.Must<PutUserPolicy>(admin, {.user_name = "maker", .policy_name = "p",
                                  .policy_document = Allow("iam:CreateUser,iam:CreateRole,iam:CreatePolicy")});
  auto key = lab.Must<CreateAccessKey>(admin, {.user_name = "maker"}).access_key;
  const Credentials maker{.access_key_id = key.access_key_id, .secret_access_key = std::move(key.secret_access_key)};
  const std::vector<Tag> tags = {{.key = "team", .value = "a"}};
  const std::string trust = TrustFor(lab.AdminArn(0));
  const auto words = [](const auto& answer) { return answer ? std::string() : fakes::AwsWords(answer.error()); };
  EXPECT_NE(words(lab.Call<CreateUser>(maker, {.user_name = "x", .tags = tags})).find("perform: iam:TagUser on"), std::string::npos);
  EXPECT_NE(words(lab.Call<CreateRole>(maker, {.role_name = "x", .assume_role_policy_document = trust, .tags = tags}))
                .find("perform: iam:TagRole on"),
            std::string::npos);
  EXPECT_NE(words(lab.Call<CreatePolicy>(maker, {.policy_name = "x", .policy_document = Allow("s3:GetObject"), .tags = tags}))
                .find("perform: iam:TagPolicy on"),
            std::string::npos);
  EXPECT_EQ(lab.Refusal<CreateUser>(maker, {.user_name = "x"}), "");
  EXPECT_EQ(lab.Refusal<CreateRole>(maker, {.role_name = "x", .assume_role_policy_document = trust}), "");
  EXPECT_EQ(lab.Refusal<CreatePolicy>(maker, {.policy_name = "x", .policy_document = Allow("s3:GetObject")}), "");
}

TEST(AccessKeyTest, WorksWhileItIsActive) {
  SimLab lab;
  const Credentials admin = lab.Admin(0);
  lab.Must<CreateUser>(admin, {.user_name = "u"});
  auto key = lab.Must<CreateAccessKey>(admin, {.user_name = "u"}).access_key;
  EXPECT_EQ(key.access_key_id.size(), 20U);
  EXPECT_EQ(key.secret_access_key.size(), 40U);
  const Credentials user{.access_key_id = key.access_key_id, .secret_access_key = std::move(key.secret_access_key)};
  EXPECT_EQ(lab.Must<GetAccessKeyLastUsed>(admin, {.access_key_id = key.access_key_id}).access_key_last_used->service_name, "N/A");
  EXPECT_EQ(lab.Refusal<aws::sts::GetCallerIdentity>(user, {}), "");
  EXPECT_EQ(lab.Must<GetAccessKeyLastUsed>(admin, {.access_key_id = key.access_key_id}).access_key_last_used->service_name, "sts");
  lab.Must<UpdateAccessKey>(admin, {.user_name = "u", .access_key_id = key.access_key_id, .status = "Inactive"});
  EXPECT_EQ(lab.Refusal<aws::sts::GetCallerIdentity>(user, {}), "InvalidClientTokenId");
}

TEST(SimulateTest, SaysWhichActionsARoleLacks) {
  SimLab lab;
  const std::string role = lab.MakeRole(1, "Role", TrustFor(lab.AdminArn(0)));
  lab.Must<PutRolePolicy>(lab.Admin(1), {.role_name = "Role", .policy_name = "p", .policy_document = R"({"Version":"2012-10-17",
 "Statement":[{"Effect":"Allow","Action":"iam:Get*","Resource":"*"},
  {"Effect":"Deny","Action":"iam:GetUser","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}]})"});
  const auto answer = lab.Must<SimulatePrincipalPolicy>(
      lab.Admin(1), {.policy_source_arn = role,
                     .action_names = {"iam:GetRole", "iam:GetUser", "iam:ListRoles"},
                     .context_entries = {{.context_key_name = "aws:SecureTransport", .context_key_values = {"true"}}}});
  ASSERT_EQ(answer.evaluation_results.size(), 3U);
  EXPECT_EQ(answer.evaluation_results[0].eval_decision, "allowed");
  EXPECT_EQ(answer.evaluation_results[0].matched_statements.at(0).source_policy_id, "role_Role_p");
  EXPECT_EQ(answer.evaluation_results[0].matched_statements.at(0).start_position->line, 2);
  EXPECT_EQ(answer.evaluation_results[0].matched_statements.at(0).start_position->column, 15);
  EXPECT_EQ(answer.evaluation_results[1].eval_decision, "explicitDeny");
  EXPECT_EQ(answer.evaluation_results[2].eval_decision, "implicitDeny");
  const auto without = lab.Must<SimulatePrincipalPolicy>(lab.Admin(1), {.policy_source_arn = role, .action_names = {"iam:GetUser"}});
  EXPECT_EQ(without.evaluation_results.at(0).missing_context_values, std::vector<std::string>{"aws:SecureTransport"});
}

TEST(SimulateTest, TakesPoliciesAsText) {
  SimLab lab;
  const auto answer = lab.Must<SimulateCustomPolicy>(lab.Admin(1), {.policy_input_list = {Allow("s3:*")},
                                                                    .permissions_boundary_policy_input_list = {Allow("ec2:*")},
                                                                    .action_names = {"s3:GetObject"},
                                                                    .resource_arns = {"arn:aws:s3:::bucket/key"}});
  ASSERT_EQ(answer.evaluation_results.size(), 1U);
  EXPECT_EQ(answer.evaluation_results[0].eval_decision, "implicitDeny");
  EXPECT_FALSE(answer.evaluation_results[0].permissions_boundary_decision_detail->allowed_by_permissions_boundary.value_or(true));
}

TEST(ManagedPolicyTest, ThoseOfAwsAreThereAndStay) {
  SimLab lab;
  const std::string arn = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess";
  EXPECT_EQ(lab.Must<GetPolicy>(lab.Admin(1), {.policy_arn = arn}).policy.policy_name, "ViewOnlyAccess");
  EXPECT_EQ(lab.Refusal<DeletePolicy>(lab.Admin(1), {.policy_arn = arn}), "AccessDenied");
  EXPECT_EQ(lab.Refusal<AttachUserPolicy>(lab.Admin(1), {.user_name = "administrator", .policy_arn = "arn:aws:iam::aws:policy/Nope"}),
            "NoSuchEntity");
  const auto local = lab.Must<ListPolicies>(lab.Admin(1), {.scope = "Local"});
  EXPECT_TRUE(local.policies.empty());
  const auto attached = lab.Must<ListPolicies>(lab.Admin(1), {.only_attached = true});
  ASSERT_EQ(attached.policies.size(), 1U);
  EXPECT_EQ(attached.policies[0].policy_name, "AdministratorAccess");
}

TEST(UserTest, KeepsItsIdentityAndItsTrustUnderANewName) {
  SimLab lab;
  const std::string role = lab.MakeRole(1, "Role", TrustFor(lab.AdminArn(0)));
  const auto before = lab.Must<GetUser>(lab.Admin(0), {}).user;
  lab.Must<UpdateUser>(lab.Admin(0), {.user_name = "administrator", .new_path = "/people/", .new_user_name = "renamed"});
  const auto after = lab.Must<GetUser>(lab.Admin(0), {}).user;
  EXPECT_EQ(after.user_id, before.user_id);
  EXPECT_EQ(after.arn, "arn:aws:iam::" + lab.Id(0) + ":user/people/renamed");
  EXPECT_EQ(lab.Refusal<GetUser>(lab.Admin(0), {.user_name = "administrator"}), "NoSuchEntity");
  EXPECT_EQ(lab.Refusal<aws::sts::AssumeRole>(lab.Admin(0), {.role_arn = role, .role_session_name = "session"}), "");
}

}  // namespace
}  // namespace crossrole::sim
