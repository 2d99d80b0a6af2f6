// SPDX-License-Identifier: Apache-2.0
#include "aws/sts.h"

#include <gtest/gtest.h>

#include "fakes/sim_lab.h"

namespace crossrole::sim {
namespace {

using namespace std::chrono_literals;
using aws::Credentials;
using aws::iam::CreateUser;
using aws::iam::DeleteUser;
using aws::iam::GetRole;
using aws::iam::PutRolePolicy;
using aws::iam::PutUserPolicy;
using aws::sts::AssumeRole;
using aws::sts::AssumeRoleInput;
using aws::sts::GetCallerIdentity;
using fakes::Allow;
using fakes::SimLab;
using fakes::TrustFor;

constexpr std::string_view kExternalId = "t_1:right";

std::string TrustWithExternalId(const std::string& principal) {
  return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":")" + principal +
         R"("},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":")" + std::string(kExternalId) +
         R"("}}},{"Effect":"Allow","Principal":{"AWS":")" + principal +
         R"("},"Action":["sts:TagSession","sts:SetSourceIdentity"]}]})";
}

// A user in account 0 with keys of its own and what `policy` allows.
Credentials MakeUser(SimLab& lab, const std::string& name, const std::string& policy) {
  lab.Must<CreateUser>(lab.Admin(0), {.user_name = name});
  if (!policy.empty()) {
    lab.Must<PutUserPolicy>(lab.Admin(0), {.user_name = name, .policy_name = "p", .policy_document = policy});
  }
  auto key = lab.Must<aws::iam::CreateAccessKey>(lab.Admin(0), {.user_name = name}).access_key;
  return {.access_key_id = key.access_key_id, .secret_access_key = std::move(key.secret_access_key)};
}

TEST(StsTest, SaysWhoCalls) {
  SimLab lab;
  const auto who = lab.Must<GetCallerIdentity>(lab.Admin(0), {});
  EXPECT_EQ(who.account, lab.Id(0));
  EXPECT_EQ(who.arn, lab.AdminArn(0));
  EXPECT_TRUE(who.user_id.starts_with("AIDA"));
}

TEST(StsTest, NobodyIsDeniedHisOwnIdentity) {
  SimLab lab;
  const Credentials user = MakeUser(
      lab, "mute", R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]})");
  EXPECT_EQ(lab.Must<GetCallerIdentity>(user, {}).account, lab.Id(0));
}

TEST(AssumeRoleTest, OnlyTheRightExternalIdOpensTheRole) {
  SimLab lab;
  const std::string role = lab.MakeRole(1, "Shut", TrustWithExternalId(lab.AdminArn(0)));
  const AssumeRoleInput bare{.role_arn = role, .role_session_name = "probe"};
  EXPECT_EQ(lab.Refusal<AssumeRole>(lab.Admin(0), bare), "AccessDenied");
  for (const std::string wrong : {"t_1:wrong", "T_1:RIGHT", "t_1:rightx"}) {
    AssumeRoleInput input = bare;
    input.external_id = wrong;
    EXPECT_EQ(lab.Refusal<AssumeRole>(lab.Admin(0), input), "AccessDenied") << wrong;
  }
  AssumeRoleInput right = bare;
  right.external_id = std::string(kExternalId);
  right.tags = {{.key = "team", .value = "a"}};
  right.source_identity = "op_1";
  const auto answer = lab.Must<AssumeRole>(lab.Admin(0), right);
  EXPECT_EQ(answer.assumed_role_user.arn, "arn:aws:sts::" + lab.Id(1) + ":assumed-role/Shut/probe");
  EXPECT_EQ(answer.source_identity, "op_1");
  EXPECT_GT(answer.packed_policy_size.value_or(0), 0);
}

TEST(AssumeRoleTest, AMissingRoleAndARefusedTrustSoundTheSame) {
  SimLab lab;
  const std::string role = lab.MakeRole(1, "Foreign", TrustFor(lab.AdminArn(2)));
  const auto refused = lab.Call<AssumeRole>(lab.Admin(0), {.role_arn = role, .role_session_name = "probe"});
  std::string missing_arn = role;
  missing_arn.replace(missing_arn.find("Foreign"), 7, "Missing");
  const auto missing = lab.Call<AssumeRole>(lab.Admin(0), {.role_arn = missing_arn, .role_session_name = "probe"});
  ASSERT_FALSE(refused);
  ASSERT_FALSE(missing);
  EXPECT_EQ(refused.error().aws_code, "AccessDenied");
  EXPECT_EQ(fakes::AwsWords(refused.error()),
            "User: " + lab.AdminArn(0) + " is not authorized to perform: sts:AssumeRole on resource: " + role);
  EXPECT_EQ(missing.error().aws_code, "AccessDenied");
  EXPECT_EQ(fakes::AwsWords(missing.error()),
            "User: " + lab.AdminArn(0) + " is not authorized to perform: sts:AssumeRole on resource: " + missing_arn);
}

TEST(AssumeRoleTest, TagsAndSourceIdentityNeedActionsOfTheirOwn) {
  SimLab lab;
  const std::string only_assume = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":")" +
                                  lab.AdminArn(0) + R"("},"Action":"sts:AssumeRole"}]})";
  const std::string role = lab.MakeRole(1, "Plain", only_assume);
  const AssumeRoleInput bare{.role_arn = role, .role_session_name = "probe"};
  EXPECT_EQ(lab.Refusal<AssumeRole>(lab.Admin(0), bare), "");
  AssumeRoleInput tagged = bare;
  tagged.tags = {{.key = "k", .value = "v"}};
  const auto refused = lab.Call<AssumeRole>(lab.Admin(0), tagged);
  ASSERT_FALSE(refused);
  EXPECT_NE(fakes::AwsWords(refused.error()).find("sts:TagSession"), std::string::npos);
  AssumeRoleInput named = bare;
  named.source_identity = "op_1";
  EXPECT_EQ(lab.Refusal<AssumeRole>(lab.Admin(0), named), "AccessDenied");
}

TEST(AssumeRoleTest, DependsOnBothAccounts) {
  SimLab lab;
  const std::string role = lab.MakeRole(1, "Role", TrustFor("arn:aws:iam::" + lab.Id(0) + ":root"));
  const AssumeRoleInput input{.role_arn = role, .role_session_name = "probe"};
  const Credentials powerless = MakeUser(lab, "powerless", "");
  const Credentials allowed = MakeUser(lab, "allowed", Allow("sts:AssumeRole"));
  EXPECT_EQ(lab.Refusal<AssumeRole>(powerless, input), "AccessDenied");
  EXPECT_EQ(lab.Refusal<AssumeRole>(allowed, input), "");
}

TEST(AssumeRoleTest, ATrustFollowsThePrincipalAndNotItsName) {
  SimLab lab;
  lab.Must<CreateUser>(lab.Admin(0), {.user_name = "broker"});
  const std::string arn = "arn:aws:iam::" + lab.Id(0) + ":user/broker";
  const std::string role = lab.MakeRole(1, "Role", TrustFor(arn));
  lab.Must<DeleteUser>(lab.Admin(0), {.user_name = "broker"});
  const Credentials again = MakeUser(lab, "broker", Allow("sts:*"));
  EXPECT_EQ(lab.Refusal<AssumeRole>(again, {.role_arn = role, .role_session_name = "probe"}), "AccessDenied");
  const auto shown = lab.Must<GetRole>(lab.Admin(1), {.role_name = "Role"}).role.assume_role_policy_document.value_or("");
  EXPECT_EQ(shown.find("broker"), std::string::npos);
  EXPECT_NE(shown.find("AIDA"), std::string::npos);
}

TEST(AssumeRoleTest, DurationsEndWhereTheRoleOrTheChainEnds) {
  SimLab lab;
  const std::string first = lab.MakeRole(1, "First", TrustFor(lab.AdminArn(0)));
  AssumeRoleInput input{.role_arn = first, .role_session_name = "probe", .duration_seconds = 3601};
  const auto longer = lab.Call<AssumeRole>(lab.Admin(0), input);
  ASSERT_FALSE(longer);
  EXPECT_EQ(fakes::AwsWords(longer.error()), "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
  lab.Must<aws::iam::UpdateRole>(lab.Admin(1), {.role_name = "First", .max_session_duration = 43200});
  EXPECT_EQ(lab.Refusal<AssumeRole>(lab.Admin(0), input), "");
  for (const std::int32_t bad : {899, 43201}) {
    input.duration_seconds = bad;
    EXPECT_EQ(lab.Refusal<AssumeRole>(lab.Admin(0), input), "ValidationError") << bad;
  }

  const Credentials session = lab.Assume(lab.Admin(0), {.role_arn = first, .role_session_name = "probe"});
  const std::string second = lab.MakeRole(1, "Second", TrustFor(first));
  lab.Must<aws::iam::UpdateRole>(lab.Admin(1), {.role_name = "Second", .max_session_duration = 43200});
  AssumeRoleInput chained{.role_arn = second, .role_session_name = "probe", .duration_seconds = 3601};
  const auto refused = lab.Call<AssumeRole>(session, chained);
  ASSERT_FALSE(refused);
  EXPECT_EQ(fakes::AwsWords(refused.error()),
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining");
  chained.duration_seconds = 3600;
  EXPECT_EQ(lab.Refusal<AssumeRole>(session, chained), "");
}

TEST(AssumeRoleTest, TransitiveTagsAndSourceIdentityStayInTheChain) {
  SimLab lab;
  const std::string first = lab.MakeRole(1, "First", TrustFor(lab.AdminArn(0)));
  const std::string second = lab.MakeRole(1, "Second", TrustFor(first));
  const Credentials session = lab.Assume(lab.Admin(0), {.role_arn = first,
                                                        .role_session_name = "probe",
                                                        .tags = {{.key = "team", .value = "a"}},
                                                        .transitive_tag_keys = {"team"},
                                                        .source_identity = "op_1"});
  const auto chained = lab.Must<AssumeRole>(session, {.role_arn = second, .role_session_name = "next"});
  EXPECT_EQ(chained.source_identity, "op_1");
  EXPECT_GT(chained.packed_policy_size.value_or(0), 0);
  EXPECT_EQ(lab.Refusal<AssumeRole>(session, {.role_arn = second, .role_session_name = "next", .source_identity = "op_2"}),
            "AccessDenied");
  EXPECT_EQ(lab.Refusal<AssumeRole>(
                session, {.role_arn = second, .role_session_name = "next", .tags = {{.key = "Team", .value = "b"}}}),
            "ValidationError");
}

TEST(AssumeRoleTest, ARoleAssumesItselfOnlyWhereItsTrustSaysSo) {
  SimLab lab;
  const std::string role = lab.MakeRole(1, "Self", TrustFor(lab.AdminArn(0)));
  lab.Must<PutRolePolicy>(lab.Admin(1), {.role_name = "Self", .policy_name = "p", .policy_document = Allow("sts:*")});
  const Credentials session = lab.Assume(lab.Admin(0), {.role_arn = role, .role_session_name = "one"});
  const AssumeRoleInput again{.role_arn = role, .role_session_name = "two"};
  EXPECT_EQ(lab.Refusal<AssumeRole>(session, again), "AccessDenied");
  lab.Must<aws::iam::UpdateAssumeRolePolicy>(lab.Admin(1), {.role_name = "Self", .policy_document = TrustFor(role)});
  EXPECT_EQ(lab.Refusal<AssumeRole>(session, again), "");
}

TEST(SessionTest, DoesWhatTheRoleMayAndWhatTheSessionPolicyLeaves) {
  SimLab lab;
  const std::string role = lab.MakeRole(1, "Reader", TrustFor(lab.AdminArn(0)));
  lab.Must<PutRolePolicy>(lab.Admin(1),
                          {.role_name = "Reader", .policy_name = "p", .policy_document = Allow("iam:Get*,iam:List*")});
  const Credentials whole = lab.Assume(lab.Admin(0), {.role_arn = role, .role_session_name = "session"});
  EXPECT_EQ(lab.Refusal<GetRole>(whole, {.role_name = "Reader"}), "");
  const auto refused = lab.Call<CreateUser>(whole, {.user_name = "x"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(fakes::AwsWords(refused.error()),
            "User: arn:aws:sts::" + lab.Id(1) + ":assumed-role/Reader/session is not authorized to perform: iam:CreateUser on "
            "resource: arn:aws:iam::" + lab.Id(1) + ":user/x because no identity-based policy allows the iam:CreateUser action");
  const Credentials narrowed =
      lab.Assume(lab.Admin(0), {.role_arn = role, .role_session_name = "session", .policy = Allow("iam:ListRoles")});
  EXPECT_EQ(lab.Refusal<aws::iam::ListRoles>(narrowed, {}), "");
  const auto narrow = lab.Call<GetRole>(narrowed, {.role_name = "Reader"});
  ASSERT_FALSE(narrow);
  EXPECT_NE(fakes::AwsWords(narrow.error()).find("because no session policy allows the iam:GetRole action"), std::string::npos);
}

TEST(SessionTest, EndsWhenItsTimeIsUpOrItsRoleIsGone) {
  SimLab lab;
  const std::string role = lab.MakeRole(1, "Role", TrustFor(lab.AdminArn(0)));
  const AssumeRoleInput input{.role_arn = role, .role_session_name = "session", .duration_seconds = 900};
  const Credentials first = lab.Assume(lab.Admin(0), input);
  EXPECT_EQ(*first.expiration, lab.clock().Now() + 900s);
  EXPECT_EQ(lab.Control("POST", "/_sim/clock", R"({"advance_seconds": 901})").status, 200);
  EXPECT_EQ(lab.Refusal<GetCallerIdentity>(first, {}), "ExpiredToken");
  // By the client's clock, which was not moved, new credentials live as long as asked for.
  const Credentials second = lab.Assume(lab.Admin(0), input);
  EXPECT_EQ(*second.expiration, lab.clock().Now() + 900s);
  EXPECT_EQ(lab.Refusal<GetCallerIdentity>(second, {}), "");
  lab.Must<aws::iam::DeleteRole>(lab.Admin(1), {.role_name = "Role"});
  EXPECT_EQ(lab.Refusal<GetCallerIdentity>(second, {}), "InvalidClientTokenId");
}

TEST(SessionTest, ATokenBelongsToItsKey) {
  SimLab lab;
  const std::string role = lab.MakeRole(1, "Role", TrustFor(lab.AdminArn(0)));
  const Credentials one = lab.Assume(lab.Admin(0), {.role_arn = role, .role_session_name = "session"});
  Credentials mixed = lab.Assume(lab.Admin(0), {.role_arn = role, .role_session_name = "session"});
  mixed.session_token = one.session_token.Clone();
  EXPECT_EQ(lab.Refusal<GetCallerIdentity>(mixed, {}), "InvalidClientTokenId");
  Credentials bare = one.Clone();
  bare.session_token = base::Secret();
  EXPECT_EQ(lab.Refusal<GetCallerIdentity>(bare, {}), "InvalidClientTokenId");
}

TEST(PropagationTest, ANewRoleAndAChangedTrustTakeTheirTime) {
  SimLab lab({.propagation = 5s});
  const std::string role = lab.MakeRole(1, "Slow", TrustFor(lab.AdminArn(0)));
  const AssumeRoleInput input{.role_arn = role, .role_session_name = "session"};
  EXPECT_EQ(lab.Must<GetRole>(lab.Admin(1), {.role_name = "Slow"}).role.arn, role);
  EXPECT_EQ(lab.Refusal<AssumeRole>(lab.Admin(0), input), "AccessDenied");
  lab.clock().Advance(5s);
  EXPECT_EQ(lab.Refusal<AssumeRole>(lab.Admin(0), input), "");
  lab.Must<aws::iam::UpdateAssumeRolePolicy>(lab.Admin(1),
                                             {.role_name = "Slow", .policy_document = TrustFor(lab.AdminArn(2))});
  EXPECT_EQ(lab.Refusal<AssumeRole>(lab.Admin(0), input), "");
  EXPECT_EQ(lab.Control("POST", "/_sim/clock", R"({"advance_seconds": 5})").status, 200);
  EXPECT_EQ(lab.Refusal<AssumeRole>(lab.Admin(0), input), "AccessDenied");
  EXPECT_EQ(lab.Refusal<AssumeRole>(lab.Admin(2), input), "");
}

TEST(FederationTokenTest, IsTheUserCutByItsPolicy) {
  SimLab lab;
  auto given = lab.Must<aws::sts::GetFederationToken>(lab.Admin(0), {.name = "guest"});
  const Credentials without = SimLab::Take(std::move(given.credentials));
  EXPECT_EQ(lab.Must<GetCallerIdentity>(without, {}).arn, "arn:aws:sts::" + lab.Id(0) + ":federated-user/guest");
  EXPECT_EQ(lab.Refusal<aws::iam::ListRoles>(without, {}), "InvalidClientTokenId");
  EXPECT_EQ(lab.Refusal<aws::sts::GetSessionToken>(without, {}), "AccessDenied");
}

TEST(SessionTokenTest, ServesForRolesAndNotForIam) {
  SimLab lab;
  const std::string role = lab.MakeRole(1, "Role", TrustFor(lab.AdminArn(0)));
  auto given = lab.Must<aws::sts::GetSessionToken>(lab.Admin(0), {});
  const Credentials session = SimLab::Take(std::move(given.credentials));
  EXPECT_EQ(lab.Must<GetCallerIdentity>(session, {}).arn, lab.AdminArn(0));
  EXPECT_EQ(lab.Refusal<aws::iam::ListRoles>(session, {}), "InvalidClientTokenId");
  EXPECT_EQ(lab.Refusal<AssumeRole>(session, {.role_arn = role, .role_session_name = "session"}), "");
}

TEST(StsTest, TellsTheAccountOfAKey) {
  SimLab lab;
  const auto info = lab.Must<aws::sts::GetAccessKeyInfo>(lab.Admin(0), {.access_key_id = lab.Admin(1).access_key_id});
  EXPECT_EQ(info.account, lab.Id(1));
}

TEST(StsTest, NeitherWebIdentitiesNorAssertionsAreTaken) {
  SimLab lab;
  EXPECT_EQ(lab.Refusal<aws::sts::AssumeRoleWithWebIdentity>(
                lab.Admin(0), {.role_arn = "arn:aws:iam::111122223333:role/r",
                               .role_session_name = "session",
                               .web_identity_token = base::Secret("header.payload.signature")}),
            "InvalidIdentityToken");
}

}  // namespace
}  // namespace crossrole::sim
