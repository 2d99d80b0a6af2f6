// SPDX-License-Identifier: Apache-2.0
#include "policy/residual.h"

#include <gtest/gtest.h>

#include <boost/json/value.hpp>

#include "fakes/policy_documents.h"
#include "policy/condition.h"
#include "policy/internal/logic.h"
#include "policy/trust.h"

namespace crossrole::policy {
namespace {

using Kind = Residual::Kind;

constexpr const char* kAllowAll = R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})";

PartialQuestion Get(ContextMap context = {}) {
  return {.request = {.principal = {.kind = CallerKind::kRole, .account = "111122223333", .arn = "arn:aws:iam::111122223333:role/r"},
                      .action = "s3:GetObject",
                      .resource = "arn:aws:s3:::b/home/ann/x",
                      .context = std::move(context)}};
}

std::string Statement(const std::string& rest) { return R"({"Version":"2012-10-17","Statement":{)" + rest + "}}"; }

Residual Leaf(const char* key) {
  return {.kind = Kind::kCondition, .condition = {.key = key, .values = {"v"}}};
}

TEST(ResidualTest, AnUnknownKeyLeavesItsCondition) {
  const Document identity = Identity(Statement(
      R"("Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"},"Bool":{"aws:SecureTransport":"true"}})"));
  const PartialDecision decision = EvaluatePartially(Get({{"aws:SecureTransport", "true"}}), {.identity = {{"p", &identity}}});
  EXPECT_EQ(decision.answer, std::nullopt);
  EXPECT_EQ(decision.keys, std::vector<std::string>{"aws:sourceip"});
  EXPECT_EQ(Describe(decision.allowed_if), "aws:SourceIp is in `192.0.2.0/24`");
  EXPECT_EQ(decision.denied_if, internal::Constant(false));
  ASSERT_EQ(decision.layers.size(), 1U);
  EXPECT_EQ(decision.layers[0].layer, Layer::kIdentity);
  EXPECT_TRUE(Holds(decision.allowed_if, {{"aws:SourceIp", "192.0.2.7"}}));
  EXPECT_FALSE(Holds(decision.allowed_if, {{"aws:SourceIp", "198.51.100.7"}}));
  EXPECT_FALSE(Holds(decision.allowed_if, {}));
}

TEST(ResidualTest, AKnownKeyThatFailsSettlesTheAnswer) {
  const Document identity = Identity(Statement(
      R"("Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"},"Bool":{"aws:SecureTransport":"true"}})"));
  const PartialDecision decision = EvaluatePartially(Get({{"aws:SecureTransport", "false"}}), {.identity = {{"p", &identity}}});
  EXPECT_EQ(decision.answer, Answer::kImplicitlyDenied);
  EXPECT_TRUE(decision.keys.empty());
}

TEST(ResidualTest, AKeyKnownToBeAbsentIsNotUnknown) {
  const Document identity = Identity(Statement(
      R"("Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"aws:RequestTag/Team":"a"}})"));
  PartialQuestion question = Get();
  question.absent = {"AWS:RequestTag/*"};
  EXPECT_EQ(EvaluatePartially(question, {.identity = {{"p", &identity}}}).answer, Answer::kImplicitlyDenied);
  question.absent = {"aws:RequestTag/Other"};
  EXPECT_EQ(EvaluatePartially(question, {.identity = {{"p", &identity}}}).answer, std::nullopt);
}

TEST(ResidualTest, AConditionalDenyIsAnExceptionFromWhatIsAllowed) {
  const Document allow = Identity(kAllowAll);
  const Document deny = Identity(Statement(
      R"("Effect":"Deny","Action":"*","Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}})"));
  const PartialDecision decision = EvaluatePartially(Get(), {.identity = {{"a", &allow}, {"d", &deny}}});
  EXPECT_EQ(decision.answer, std::nullopt);
  EXPECT_EQ(Describe(decision.allowed_if), "not (aws:MultiFactorAuthPresent is `false` or absent)");
  EXPECT_EQ(Describe(decision.denied_if), "aws:MultiFactorAuthPresent is `false` or absent");
  EXPECT_EQ(decision.keys, std::vector<std::string>{"aws:multifactorauthpresent"});
  ASSERT_EQ(decision.statements.size(), 2U);
  EXPECT_EQ(decision.statements[0].if_.kind, Kind::kTrue);
  EXPECT_EQ(decision.statements[1].if_, decision.denied_if);
}

TEST(ResidualTest, ADenyThatIsCertainNeedsNoKeys) {
  const Document deny = Identity(Statement(R"("Effect":"Deny","Action":"s3:*","Resource":"*")"));
  const Document allow = Identity(Statement(R"("Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"k:x":"y"}})"));
  EXPECT_EQ(EvaluatePartially(Get(), {.identity = {{"d", &deny}, {"a", &allow}}}).answer, Answer::kExplicitlyDenied);
}

TEST(ResidualTest, AVariableOfAnUnknownKeyLeavesTheResource) {
  const Document identity = Identity(Statement(R"("Effect":"Allow","Action":"s3:*","Resource":["arn:aws:s3:::b/home/${aws:username}/*","arn:aws:s3:::c/*"])"));
  const PolicySets sets{.identity = {{"p", &identity}}};
  const PartialDecision decision = EvaluatePartially(Get(), sets);
  EXPECT_EQ(decision.answer, std::nullopt);
  EXPECT_EQ(decision.keys, std::vector<std::string>{"aws:username"});
  EXPECT_TRUE(Holds(decision.allowed_if, {{"aws:username", "ann"}}));
  EXPECT_FALSE(Holds(decision.allowed_if, {{"aws:username", "bob"}}));
  PartialQuestion covered = Get();
  covered.request.resource = "arn:aws:s3:::c/x";
  EXPECT_EQ(EvaluatePartially(covered, sets).answer, Answer::kAllowed);
  PartialQuestion absent = Get();
  absent.absent = {"aws:username"};
  EXPECT_EQ(EvaluatePartially(absent, sets).answer, Answer::kImplicitlyDenied);
}

TEST(ResidualTest, ATextVariableOfTheOldVersionIsKnown) {
  const Document identity = Identity(
      R"({"Version":"2008-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/home/${aws:username}/*"}})");
  EXPECT_EQ(EvaluatePartially(Get(), {.identity = {{"p", &identity}}}).answer, Answer::kImplicitlyDenied);
}

TEST(ResidualTest, EveryLevelOfAHierarchyHasToAllow) {
  const Document allow = Identity(kAllowAll);
  const Document limited = Identity(Statement(
      R"("Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}})"));
  const PolicySets sets{.identity = {{"p", &allow}}, .scp = {{"root", {{"full", &allow}}}, {"unit", {{"eu", &limited}}}}};
  const PartialDecision decision = EvaluatePartially(Get(), sets);
  EXPECT_EQ(Describe(decision.allowed_if), "aws:RequestedRegion is exactly `eu-west-1`");
  ASSERT_EQ(decision.layers.size(), 1U);
  EXPECT_EQ(decision.layers[0].level, "unit");
}

class PartialAssumeRoleTest : public testing::Test {
 protected:
  std::vector<std::pair<std::string, PartialDecision>> Ask(const std::string& condition, const AssumeRoleCall& call) {
    trust_ = MustParse(R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":["sts:AssumeRole","sts:TagSession"],
                       "Condition":)" + condition + "}}", DocumentKind::kTrust);
    return EvaluateAssumeRolePartially(call, {}, {.identity_side = IdentitySide::kTakenAsAllowing, .resource = {{"trust", &trust_}}});
  }
  AssumeRoleCall call_{.caller = {.kind = CallerKind::kRole, .account = "111122223333", .arn = "arn:aws:iam::111122223333:role/r"},
                       .role_arn = "arn:aws:iam::444455556666:role/x"};
  Document trust_;
};

TEST_F(PartialAssumeRoleTest, AnExternalIdThatIsNotGivenIsUnknownForAssumeRoleOnly) {
  call_.tags = {{"team", "a"}};
  const auto parts = Ask(R"({"StringEquals":{"sts:ExternalId":"x1"}})", call_);
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].second.answer, std::nullopt);
  EXPECT_EQ(parts[0].second.keys, std::vector<std::string>{"sts:externalid"});
  EXPECT_EQ(parts[1].first, "sts:TagSession");
  EXPECT_EQ(parts[1].second.answer, Answer::kImplicitlyDenied);
  call_.external_id = "x1";
  EXPECT_EQ(Ask(R"({"StringEquals":{"sts:ExternalId":"x1"}})", call_)[0].second.answer, Answer::kAllowed);
}

TEST_F(PartialAssumeRoleTest, TagsAreAsTheCallHasThem) {
  EXPECT_EQ(Ask(R"({"StringEquals":{"aws:RequestTag/team":"a"}})", call_)[0].second.answer, Answer::kImplicitlyDenied);
  EXPECT_EQ(Ask(R"({"StringEquals":{"sts:RoleSessionName":"a"}})", call_)[0].second.answer, std::nullopt);
  call_.tags = {{"team", "a"}};
  EXPECT_EQ(Ask(R"({"StringEquals":{"aws:RequestTag/team":"a"}})", call_)[0].second.answer, Answer::kAllowed);
}

TEST_F(PartialAssumeRoleTest, RootUsersAreRefusedWhateverTheKeysAre) {
  call_.caller = {.kind = CallerKind::kRootUser, .account = "111122223333", .arn = "arn:aws:iam::111122223333:root"};
  EXPECT_EQ(Ask(R"({"StringEquals":{"sts:ExternalId":"x1"}})", call_)[0].second.answer, Answer::kImplicitlyDenied);
}

TEST(ResidualTest, WhatIsPrintedIsReadAgain) {
  Residual resource{.kind = Kind::kResource, .version = Version::k2012, .resource = "arn:aws:s3:::b/x"};
  resource.patterns = {.form = Form::kIsNot, .patterns = {"arn:aws:s3:::b/${k:a}", "arn:aws:s3:::c"}};
  Residual old = Leaf("k:c");
  old.version = Version::k2008;
  old.condition.op = Operator::kStringNotLike;
  old.condition.set = SetOperator::kForAnyValue;
  old.condition.when_absent = WhenAbsent::kMatches;
  const Residual whole = internal::All({internal::Any({Leaf("k:a"), internal::Not(Leaf("k:b"))}), resource, old});
  const auto read = ReadResidual(ToJson(whole));
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(*read, whole);
  EXPECT_EQ(*ReadResidual(true), internal::Constant(true));
  EXPECT_FALSE(ReadResidual("x").has_value());
  EXPECT_FALSE(ReadResidual({{"condition", {{"StringEquals", {{"k:a", "1"}, {"k:b", "2"}}}}}}).has_value());
  EXPECT_FALSE(ReadResidual({{"condition", {{"NoSuchOperator", {{"k:a", "1"}}}}}}).has_value());
}

TEST(ResidualTest, NestingIsBounded) {
  boost::json::value deep = true;
  for (int i = 0; i < 100; ++i) deep = boost::json::object{{"not", deep}};
  EXPECT_FALSE(ReadResidual(deep).has_value());
}

TEST(ResidualTest, LogicSimplifies) {
  const Residual a = Leaf("k:a");
  const Residual b = Leaf("k:b");
  EXPECT_EQ(internal::All({a, internal::Constant(true), a}), a);
  EXPECT_EQ(internal::All({a, internal::Constant(false)}), internal::Constant(false));
  EXPECT_EQ(internal::Any({a, internal::Constant(true)}), internal::Constant(true));
  EXPECT_EQ(internal::All({}), internal::Constant(true));
  EXPECT_EQ(internal::Any({}), internal::Constant(false));
  EXPECT_EQ(internal::All({a, internal::Not(a)}), internal::Constant(false));
  EXPECT_EQ(internal::Any({internal::Not(a), a}), internal::Constant(true));
  EXPECT_EQ(internal::Not(internal::Not(a)), a);
  EXPECT_EQ(internal::All({internal::All({a, b}), a}).parts.size(), 2U);
}

}  // namespace
}  // namespace crossrole::policy
