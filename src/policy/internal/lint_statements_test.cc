// SPDX-License-Identifier: Apache-2.0
#include "policy/internal/lint_statements.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "fakes/policy_documents.h"

namespace crossrole::policy {
namespace {

using List = std::vector<std::string>;

List Codes(const std::string& statement, DocumentKind kind = DocumentKind::kIdentity) {
  const auto report = LintPolicy(R"({"Version":"2012-10-17","Statement":{)" + statement + "}}", kind);
  EXPECT_TRUE(report.has_value()) << statement << ": " << (report.has_value() ? "" : report.error().fix);
  List codes;
  if (!report.has_value()) return codes;
  for (const LintFinding& finding : report->findings) {
    codes.push_back(finding.code);
    EXPECT_FALSE(finding.message.empty() || finding.fix.empty());
  }
  std::ranges::sort(codes);
  return codes;
}

List WithCondition(const std::string& effect, const std::string& condition) {
  return Codes(R"("Effect":")" + effect + R"(","Action":"s3:GetObject","Resource":"*","Condition":)" + condition);
}

TEST(LintStatementsTest, ElementsThatSayMoreThanTheySeemTo) {
  EXPECT_EQ(Codes(R"("Effect":"Allow","NotAction":"iam:*","Resource":"*")"), List{"lint.allow_not_action"});
  EXPECT_EQ(Codes(R"("Effect":"Deny","NotAction":"iam:*","Resource":"*")"), List{});
  EXPECT_EQ(Codes(R"("Effect":"Allow","Action":"s3:*","NotResource":"arn:aws:s3:::b")"), List{"lint.allow_not_resource"});
  EXPECT_EQ(Codes(R"("Effect":"Deny","Action":"s3:*","NotResource":"arn:aws:s3:::b")"), List{});
  const std::string everything = R"("Effect":"Allow","Action":"*","Resource":"*")";
  EXPECT_EQ(Codes(everything), List{"lint.allow_everything"});
  EXPECT_EQ(Codes(everything, DocumentKind::kServiceControl), List{});
  EXPECT_EQ(Codes(everything, DocumentKind::kBoundary), List{});
}

TEST(LintStatementsTest, ResourceControlPoliciesOnlyForbid) {
  EXPECT_EQ(Codes(R"("Effect":"Allow","Principal":"*","Action":"*","Resource":"*")", DocumentKind::kResourceControl), List{});
  EXPECT_EQ(Codes(R"("Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*")", DocumentKind::kResourceControl), List{"lint.rcp_allows"});
  EXPECT_EQ(Codes(R"("Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*")", DocumentKind::kResourceControl), List{});
}

TEST(LintStatementsTest, PrincipalsOfResources) {
  const auto codes = [](const std::string& principal, const std::string& more = "") {
    return Codes(R"("Effect":"Allow",)" + principal + R"(,"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*")" + more, DocumentKind::kResource);
  };
  EXPECT_EQ(codes(R"("Principal":"*")"), List{"lint.public"});
  EXPECT_EQ(codes(R"("Principal":"*")", R"(,"Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}})"), List{});
  EXPECT_EQ(codes(R"("Principal":{"AWS":"111122223333"})"), List{});
  EXPECT_EQ(codes(R"("Principal":{"Service":"sns.amazonaws.com"})"), List{"lint.service_without_source"});
  EXPECT_EQ(codes(R"("Principal":{"Service":"sns.amazonaws.com"})", R"(,"Condition":{"StringEquals":{"AWS:SourceAccount":"111122223333"}})"), List{});
  EXPECT_EQ(Codes(R"("Effect":"Deny","NotPrincipal":{"AWS":"111122223333"},"Action":"s3:*","Resource":"*")", DocumentKind::kResource),
            List{"lint.not_principal"});
}

TEST(LintStatementsTest, ConditionsThatPassWithoutTheirKey) {
  EXPECT_EQ(WithCondition("Allow", R"({"StringNotEquals":{"aws:SourceVpc":"vpc-1"}})"), List{"lint.negated_absent"});
  EXPECT_EQ(WithCondition("Deny", R"({"StringNotEquals":{"aws:SourceVpc":"vpc-1"}})"), List{});
  EXPECT_EQ(WithCondition("Allow", R"({"StringNotEquals":{"aws:SourceVpc":"vpc-1"},"Null":{"aws:sourcevpc":"false"}})"), List{});
  EXPECT_EQ(WithCondition("Allow", R"({"StringNotEquals":{"aws:SourceVpc":"vpc-1"},"Null":{"aws:sourcevpc":"true"}})"), List{"lint.negated_absent"});
  EXPECT_EQ(WithCondition("Allow", R"({"ForAllValues:StringEquals":{"aws:TagKeys":"a"}})"), List{"lint.for_all_values_absent"});
  EXPECT_EQ(WithCondition("Allow", R"({"ForAllValues:StringEquals":{"aws:TagKeys":"a"},"ForAnyValue:StringLike":{"aws:TagKeys":"*"}})"), List{});
  EXPECT_EQ(WithCondition("Deny", R"({"Bool":{"aws:MultiFactorAuthPresent":"false"}})"), List{"lint.mfa_key_absent"});
  EXPECT_EQ(WithCondition("Deny", R"({"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}})"), List{});
  EXPECT_EQ(WithCondition("Deny", R"({"StringLike":{"aws:PrincipalOrgPaths":"o-1/*"}})"), List{"lint.several_values"});
  EXPECT_EQ(WithCondition("Deny", R"({"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-1/*"}})"), List{});
}

TEST(LintStatementsTest, ValuesThatMatchNothingOrOnlyThemselves) {
  EXPECT_EQ(WithCondition("Deny", R"({"StringEquals":{"aws:userid":"AROA*:x"}})"), List{"lint.wildcard_is_text"});
  EXPECT_EQ(WithCondition("Deny", R"({"StringLike":{"aws:userid":"AROA*:x"}})"), List{});
  EXPECT_EQ(WithCondition("Deny", R"({"StringEquals":{"aws:userid":"${*}"}})"), List{});
  EXPECT_EQ(WithCondition("Deny", R"({"IpAddress":{"aws:SourceIp":["192.0.2.0/24","192.0.2.0/33"]}})"), List{"lint.value_never_matches"});
  EXPECT_EQ(WithCondition("Deny", R"({"ArnLike":{"aws:PrincipalArn":["*","arn:aws:iam::111122223333:role/x","role/x"]}})"), List{"lint.value_never_matches"});
  EXPECT_EQ(WithCondition("Deny", R"({"NumericLessThan":{"aws:MultiFactorAuthAge":"1e3"}})"), List{"lint.value_never_matches"});
  EXPECT_EQ(WithCondition("Deny", R"({"DateLessThan":{"aws:CurrentTime":"yesterday"}})"), List{"lint.value_never_matches"});
  EXPECT_EQ(WithCondition("Deny", R"({"Bool":{"aws:SecureTransport":"no"}})"), List{"lint.value_never_matches"});
}

TEST(LintStatementsTest, SizesAreTheirKinds) {
  const std::string head = R"({"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:GetObject","Resource":")";
  const auto codes = [&](std::size_t padding, DocumentKind kind) {
    const auto report = LintPolicy(head + "arn:aws:s3:::b\"" + std::string(padding, ' ') + "}}", kind);
    return report.has_value() && !report->findings.empty() ? report->findings.front().code : "";
  };
  EXPECT_EQ(codes(2048, DocumentKind::kSession), "lint.policy_size");
  EXPECT_EQ(codes(6144, DocumentKind::kIdentity), "");
  EXPECT_EQ(codes(5120, DocumentKind::kServiceControl), "");
  EXPECT_EQ(codes(10240, DocumentKind::kServiceControl), "lint.policy_size");
}

TEST(SizeTest, EveryKindHasItsLimit) {
  EXPECT_EQ(SizeLimit(DocumentKind::kIdentity), 6144U);
  EXPECT_EQ(SizeLimit(DocumentKind::kBoundary), 6144U);
  EXPECT_EQ(SizeLimit(DocumentKind::kTrust), 2048U);
  EXPECT_EQ(SizeLimit(DocumentKind::kSession), 2048U);
  EXPECT_EQ(SizeLimit(DocumentKind::kServiceControl), 10240U);
  EXPECT_EQ(SizeLimit(DocumentKind::kResourceControl), 5120U);
  EXPECT_EQ(SizeLimit(DocumentKind::kResource), std::nullopt);
  EXPECT_EQ(SizeOf("{ \"a b\" : \"é\" }", DocumentKind::kTrust), 11U);
  EXPECT_EQ(SizeOf("{ \"a b\" : \"é\" }", DocumentKind::kSession), 15U);
}

}  // namespace
}  // namespace crossrole::policy
