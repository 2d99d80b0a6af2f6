// SPDX-License-Identifier: Apache-2.0
#include "aws/assume_role.h"

#include <gtest/gtest.h>

#include <type_traits>

#include "fakes/fake_clock.h"
#include "fakes/fake_transport.h"

namespace crossrole::aws {
namespace {

static_assert(!std::is_constructible_v<AssumeRoleRequest, model::RoleArn, SessionShape>);
static_assert(!std::is_constructible_v<AssumeRoleRequest, model::RoleArn, std::nullptr_t, SessionShape>);
static_assert(!std::is_default_constructible_v<AssumeRoleRequest>);

std::string Answer(const std::string& arn = "arn:aws:sts::111122223333:assumed-role/Customer/s", const std::string& key = "<AccessKeyId>ASIA1</AccessKeyId>",
                   const std::string& expiration = "2026-01-02T04:04:05Z") {
  return "<AssumeRoleResponse><AssumeRoleResult><Credentials>" + key +
         "<SecretAccessKey>very-secret</SecretAccessKey><SessionToken>tok</SessionToken><Expiration>" + expiration +
         "</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>AROA:s</AssumedRoleId><Arn>" + arn +
         "</Arn></AssumedRoleUser><PackedPolicySize>7</PackedPolicySize></AssumeRoleResult></AssumeRoleResponse>";
}

std::string Refusal(const std::string& code) { return "<ErrorResponse><Error><Code>" + code + "</Code><Message>m</Message></Error></ErrorResponse>"; }

class AssumeRoleTest : public testing::Test {
 protected:
  Client MakeClient() {
    return Client({.region = "eu-west-1",
                   .credentials = std::make_shared<StaticCredentials>(Credentials{.access_key_id = "AKIA", .secret_access_key = base::Secret("s")}),
                   .transport = transport_, .clock = clock_, .random = random_});
  }
  CallOptions Options() { return {.deadline = base::Deadline(clock_.SteadyNow() + std::chrono::minutes(1)), .max_attempts = 1}; }
  AssumeRoleRequest Request(SessionShape shape = {.session_name = "s"}) { return {role_, *model::ExternalId::Parse("t_1:abc"), std::move(shape)}; }
  ProbeAnswer Probe(std::optional<std::string_view> external_id) {
    return *ProbeAssumeRole(MakeClient(), role_, external_id, {.session_name = "probe"}, Options());
  }

  fakes::FakeClock clock_;
  fakes::FakeTransport transport_{&clock_};
  base::SeededRandom random_{1};
  model::RoleArn role_ = *model::RoleArn::Parse("arn:aws:iam::111122223333:role/path/Customer");
};

TEST_F(AssumeRoleTest, SendsEverythingThatShapesTheSession) {
  transport_.Push(200, Answer());
  const auto assumed = AssumeRole(MakeClient(),
                                  Request({.session_name = "run@x", .duration = std::chrono::seconds(900), .source_identity = "op_1",
                                           .tags = {{"crossrole:tenant", "a b"}}, .session_policy = "{}", .policy_arns = {"arn:aws:iam::aws:policy/ReadOnlyAccess"}}),
                                  Options());
  ASSERT_TRUE(assumed.has_value()) << assumed.error().message;
  EXPECT_EQ(assumed->credentials.access_key_id, "ASIA1");
  EXPECT_EQ(assumed->credentials.secret_access_key.Reveal(), "very-secret");
  EXPECT_EQ(assumed->credentials.account_id, "111122223333");
  EXPECT_EQ(assumed->assumed_role_arn, "arn:aws:sts::111122223333:assumed-role/Customer/s");
  EXPECT_EQ(assumed->packed_policy_size, 7);
  const std::string body = transport_.requests()[0].body;
  for (const char* part : {"ExternalId=t_1%3Aabc", "RoleSessionName=run%40x", "DurationSeconds=900", "SourceIdentity=op_1", "Tags.member.1.Key=crossrole%3Atenant",
                           "Tags.member.1.Value=a%20b", "Policy=%7B%7D", "PolicyArns.member.1.arn=arn%3Aaws", "RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fpath%2FCustomer"}) {
    EXPECT_TRUE(body.contains(part)) << part << " in " << body;
  }
  EXPECT_FALSE(body.contains("Transitive")) << body;
}

TEST_F(AssumeRoleTest, CredentialsOfAnotherRoleAreRefused) {
  for (const char* arn : {"arn:aws:sts::999988887777:assumed-role/Customer/s", "arn:aws:sts::111122223333:assumed-role/Other/s",
                          "arn:aws:sts::111122223333:assumed-role/CustomerX/s", "arn:aws:iam::111122223333:user/Customer", "garbage"}) {
    transport_.Push(200, Answer(arn));
    const auto assumed = AssumeRole(MakeClient(), Request(), Options());
    ASSERT_FALSE(assumed.has_value()) << arn;
    EXPECT_EQ(assumed.error().reason, "aws.bad_answer");
    EXPECT_FALSE(assumed.error().message.contains("very-secret"));
  }
}

TEST_F(AssumeRoleTest, IncompleteAndExpiredAnswersAreRefusedByName) {
  transport_.Push(200, Answer("arn:aws:sts::111122223333:assumed-role/Customer/s", ""));
  EXPECT_TRUE(AssumeRole(MakeClient(), Request(), Options()).error().message.contains("AccessKeyId"));
  transport_.Push(200, Answer("arn:aws:sts::111122223333:assumed-role/Customer/s", "<AccessKeyId></AccessKeyId>"));
  EXPECT_TRUE(AssumeRole(MakeClient(), Request(), Options()).error().message.contains("AccessKeyId"));
  transport_.Push(200, Answer("arn:aws:sts::111122223333:assumed-role/Customer/s", "<AccessKeyId>A</AccessKeyId>", "2026-01-02T03:04:05Z"));
  EXPECT_TRUE(AssumeRole(MakeClient(), Request(), Options()).error().message.contains("expired"));
}

TEST_F(AssumeRoleTest, TheFormWithoutWaitingGivesTheSame) {
  transport_.Push(200, Answer());
  transport_.Push(403, Refusal("AccessDenied"));
  std::string got;
  SubmitAssumeRole(MakeClient(), Request(), Options(), [&](base::Result<AssumedRole> assumed) { got += assumed->credentials.access_key_id; });
  SubmitAssumeRole(MakeClient(), Request(), Options(), [&](base::Result<AssumedRole> assumed) { got += " " + assumed.error().aws_code; });
  EXPECT_EQ(got, "ASIA1 AccessDenied");
}

TEST_F(AssumeRoleTest, AProbeMayOmitTheExternalIdAndSaysOnlyWhetherItWasLetIn) {
  transport_.Push(200, Answer());
  EXPECT_EQ(Probe(std::nullopt).outcome, ProbeOutcome::kAllowed);
  EXPECT_FALSE(transport_.requests()[0].body.contains("ExternalId"));
  transport_.Push(403, Refusal("AccessDenied"));
  const ProbeAnswer denied = Probe("wrong");
  EXPECT_EQ(denied.outcome, ProbeOutcome::kDenied);
  EXPECT_EQ(denied.aws_code, "AccessDenied");
  EXPECT_TRUE(transport_.requests()[1].body.contains("ExternalId=wrong"));
}

TEST_F(AssumeRoleTest, WhatSaysNothingAboutTheRoleIsUnknown) {
  for (const char* code : {"Throttling", "RegionDisabledException", "InvalidClientTokenId", "SignatureDoesNotMatch", "ExpiredToken", "ValidationError"}) {
    transport_.Push(400, Refusal(code));
    const ProbeAnswer answer = Probe(std::nullopt);
    EXPECT_EQ(answer.outcome, ProbeOutcome::kUnknown) << code;
    EXPECT_EQ(answer.aws_code, code);
  }
  transport_.Push(500, "");
  EXPECT_EQ(Probe(std::nullopt).outcome, ProbeOutcome::kUnknown);
  transport_.Push(base::Fail(TimeoutError("slow", Sent::kMaybe)));
  EXPECT_EQ(Probe(std::nullopt).outcome, ProbeOutcome::kUnknown);
  transport_.Push(200, "<html>Welcome to the hotel</html>");
  EXPECT_EQ(Probe(std::nullopt).outcome, ProbeOutcome::kUnknown);
  transport_.Push(503, Refusal("AccessDenied"));
  EXPECT_EQ(Probe(std::nullopt).outcome, ProbeOutcome::kUnknown);
}

}  // namespace
}  // namespace crossrole::aws
