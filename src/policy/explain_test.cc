// SPDX-License-Identifier: Apache-2.0
#include "policy/explain.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/value.hpp>

#include "base/json.h"
#include "fakes/policy_documents.h"
#include "policy/lint.h"

namespace crossrole::policy {
namespace {

constexpr const char* kBroker = "arn:aws:iam::999999999999:role/crossrole/broker";

std::string TrustOf(const std::string& principal, const std::string& condition = "") {
  return R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":)" + principal + R"(,"Action":"sts:AssumeRole")" +
         (condition.empty() ? "" : R"(,"Condition":)" + condition) + "}}";
}

std::string Sentence(const std::string& text) { return Describe(Trust(text).statements.front()); }

TEST(DescribeTest, AStatementIsASentence) {
  EXPECT_EQ(Sentence(TrustOf(R"({"AWS":")" + std::string(kBroker) + R"("})", R"({"StringEquals":{"sts:ExternalId":"x1"}})")),
            "role `crossrole/broker` of account 999999999999 may call `sts:AssumeRole`, if sts:ExternalId is exactly `x1`");
  EXPECT_EQ(Sentence(TrustOf(R"({"AWS":["111122223333","*","AROAGONEGONEGONEGONE"],"Service":"ec2.amazonaws.com","Federated":"accounts.google.com"})")),
            "every principal of account 111122223333, everyone, `AROAGONEGONEGONEGONE`, a unique ID that no longer has a name, "
            "identities of `accounts.google.com`, the service `ec2.amazonaws.com` may call `sts:AssumeRole`");
  EXPECT_EQ(Describe(Identity(R"({"Statement":{"Effect":"Deny","NotAction":"iam:*","NotResource":"arn:aws:s3:::b"}})").statements.front()),
            "whoever has this policy may never call every action but `iam:*` on everything but `arn:aws:s3:::b`");
}

TEST(DescribeTest, AClauseSaysWhenAbsenceIsEnough) {
  const auto clause = [](const char* name, const char* value) {
    Condition condition{.key = "k:x", .values = {value}};
    EXPECT_TRUE(ReadOperator(name, condition));
    return Describe(condition);
  };
  EXPECT_EQ(clause("StringEquals", "a"), "k:x is exactly `a`");
  EXPECT_EQ(clause("StringEqualsIfExists", "a"), "k:x is exactly `a` or absent");
  EXPECT_EQ(clause("StringNotLike", "a"), "k:x is not like `a` or absent");
  EXPECT_EQ(clause("ForAllValues:StringLike", "a"), "every value of k:x is like `a` or absent");
  EXPECT_EQ(clause("ForAnyValue:StringLike", "a"), "some value of k:x is like `a`");
  EXPECT_EQ(clause("Null", "true"), "k:x is absent");
  EXPECT_EQ(clause("Null", "false"), "k:x is present, whatever it is");
}

std::vector<std::string> Codes(const std::string& text, const LintOptions& options = {}) {
  const auto report = LintTrust(text, options);
  EXPECT_TRUE(report.has_value()) << text;
  std::vector<std::string> codes;
  if (!report.has_value()) return codes;
  for (const LintFinding& finding : report->findings) codes.push_back(finding.code);
  std::ranges::sort(codes);
  return codes;
}

using List = std::vector<std::string>;
const std::string kAws = R"({"AWS":")" + std::string(kBroker) + R"("})";

TEST(LintTest, FindsWhatIsOpen) {
  EXPECT_EQ(Codes(TrustOf(kAws, R"({"StringEquals":{"sts:ExternalId":"some-id"}})")), List{});
  EXPECT_EQ(Codes(TrustOf(kAws)), List{"trust.external_id_not_required"});
  EXPECT_EQ(Codes(TrustOf(R"({"AWS":"999999999999"})")), List{"trust.external_id_not_required"});
  EXPECT_EQ(Codes(TrustOf(kAws, R"({"StringEqualsIfExists":{"sts:ExternalId":"some-id"}})")), List{"trust.external_id_if_exists"});
  EXPECT_EQ(Codes(TrustOf(kAws, R"({"ForAllValues:StringEquals":{"sts:ExternalId":"some-id"}})")), List{"trust.external_id_not_required"});
  EXPECT_EQ(Codes(TrustOf(kAws, R"({"StringLike":{"sts:ExternalId":"*"}})")), List{"trust.external_id_any_value"});
  EXPECT_EQ(Codes(TrustOf(kAws, R"({"StringEqualsIgnoreCase":{"sts:ExternalId":"some-id"}})")), List{"trust.external_id_case_insensitive"});
  EXPECT_EQ(Codes(TrustOf("\"*\"", R"({"StringEquals":{"sts:ExternalId":"some-id"}})")), List{"trust.wildcard_principal"});
  EXPECT_EQ(Codes(TrustOf("\"*\"", R"({"StringEquals":{"sts:ExternalId":"some-id","aws:PrincipalOrgID":"o-1"}})")), List{"trust.wildcard_limited_to_org"});
  EXPECT_EQ(Codes(TrustOf(R"({"AWS":"AROAGONEGONEGONEGONE"})", R"({"StringEquals":{"sts:ExternalId":"some-id"}})")), List{"trust.dangling_principal"});
  EXPECT_EQ(Codes(TrustOf(R"({"Service":"ec2.amazonaws.com"})")), List{});
}

TEST(LintTest, WithAPrincipalItJudgesForThatPrincipal) {
  const LintOptions options{.principal_arn = kBroker, .external_ids = {"our-id"}};
  EXPECT_EQ(Codes(TrustOf(kAws, R"({"StringEquals":{"sts:ExternalId":["our-id","their-id"]}})"), options),
            (List{"trust.external_id_other_value", "trust.source_identity_missing", "trust.tag_session_missing"}));
  EXPECT_EQ(Codes(TrustOf(R"({"AWS":"777777777777"})", R"({"StringEquals":{"sts:ExternalId":"our-id"}})"), options),
            (List{"trust.not_assumable", "trust.other_principals", "trust.source_identity_missing", "trust.tag_session_missing"}));
  // What a verification calls an error is one here.
  const auto untagged = LintTrust(TrustOf(kAws, R"({"StringEquals":{"sts:ExternalId":"our-id"}})"), options);
  ASSERT_TRUE(untagged.has_value() && untagged->findings.size() == 2);
  for (const LintFinding& finding : untagged->findings) EXPECT_EQ(finding.severity, LintSeverity::kError) << finding.code;
  EXPECT_FALSE(LintTrust(TrustOf(kAws), {.principal_arn = "nobody"}).has_value());
}

TEST(LintTest, FindsProvidersWithoutSubject) {
  const std::string text = R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/idp.example"},
    "Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"idp.example:aud":"x"}}}})";
  EXPECT_EQ(Codes(text), List{"lint.subject_not_checked"});
}

TEST(LintTest, WarnsOfSizeAndOfVariablesThatAreText) {
  const std::string old = R"({"Statement":{"Effect":"Allow","Principal":)" + kAws +
                          R"(,"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"x1","aws:userid":"${aws:userid}"}}}})";
  EXPECT_EQ(Codes(old), List{"lint.variables_are_text"});
  const std::string big = TrustOf(kAws, R"({"StringEquals":{"sts:ExternalId":"x1","aws:PrincipalTag/x":")" + std::string(2048, 'y') + R"("}})");
  EXPECT_EQ(Codes(big), List{"lint.policy_size"});
}

TEST(LintTest, TextAndJsonSayTheSame) {
  const auto report = LintTrust(TrustOf(kAws));
  ASSERT_TRUE(report.has_value());
  EXPECT_FALSE(report->ok());
  const std::string text = Describe(*report);
  EXPECT_NE(text.find("statement 0: role `crossrole/broker`"), std::string::npos) << text;
  EXPECT_NE(text.find("error: trust.external_id_not_required (statement 0)"), std::string::npos) << text;
  const auto value = ToJson(*report);
  EXPECT_FALSE(value.at("ok").get_bool());
  EXPECT_EQ(value.at("findings").get_array().size(), 1U);
  EXPECT_EQ(value.at("findings").at(0).at("severity").get_string(), "error");
  const auto refused = LintTrust("{}");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().aws_code, "MalformedPolicyDocument");
}

TEST(LintTest, IdentityPoliciesAreDescribed) {
  const auto report = LintIdentity(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}]})");
  ASSERT_TRUE(report.has_value());
  EXPECT_TRUE(report->ok());
  EXPECT_EQ(report->statements, List{"whoever has this policy may call `s3:Get*` on everything"});
}

TEST(EvaluateTextsTest, DecidesARequestFromFiles) {
  EvaluationTexts texts{.request = R"({"principal":"arn:aws:iam::111122223333:user/ann","action":"s3:GetObject","resource":"arn:aws:s3:::b/ann",
                                       "context":{"aws:SecureTransport":true,"aws:TagKeys":["a","b"]}})",
                        .identity = {{"own.json", R"({"Version":"2012-10-17","Statement":{"Sid":"Own","Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/${aws:username}",
                                       "Condition":{"Bool":{"aws:SecureTransport":"true"},"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}}}})"}}};
  auto answers = EvaluateTexts(texts);
  ASSERT_TRUE(answers.has_value()) << answers.error().message;
  EXPECT_EQ(WorstOf(*answers), Answer::kAllowed);
  EXPECT_EQ(Describe(*answers), "s3:GetObject: allowed (by: identity)\n  identity allows: statement 0 (Own) of own.json\n");
  EXPECT_EQ(base::PrintJson(ToJson(*answers)),
            R"({"answer":"allowed","actions":[{"action":"s3:GetObject","answer":"allowed","layers":["identity"],)"
            R"("statements":[{"layer":"identity","policy":"own.json","index":0,"sid":"Own","effect":"Allow"}]}]})");
  texts.scp = {{{"full.json", R"({"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})"}}, {}};
  EXPECT_EQ(EvaluateTexts(texts)->front().decision.layers, std::vector<Layer>{Layer::kServiceControl});
  texts.scp.clear();
  texts.boundary = {{"b.json", R"({"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}})"}};
  EXPECT_EQ(WorstOf(*EvaluateTexts(texts)), Answer::kExplicitlyDenied);
}

TEST(EvaluateTextsTest, AnAssumeRoleCallIsDecidedAsAWhole) {
  EvaluationTexts texts{.request = R"({"principal":")" + std::string(kBroker) +
                                   R"(","action":"sts:AssumeRole","resource":"arn:aws:iam::111122223333:role/x","external_id":"some-id","tags":{"a":"b"}})",
                        .identity = {{"all.json", R"({"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})"}},
                        .trust = {{"trust.json", TrustOf(kAws, R"({"StringEquals":{"sts:ExternalId":"some-id"}})")}}};
  const auto answers = EvaluateTexts(texts);
  ASSERT_TRUE(answers.has_value());
  ASSERT_EQ(answers->size(), 2U);
  EXPECT_TRUE(answers->at(0).decision.allowed());
  EXPECT_EQ(answers->at(1).action, "sts:TagSession");
  EXPECT_EQ(answers->at(1).decision.layers, std::vector<Layer>{Layer::kResource});
  EXPECT_EQ(WorstOf(*answers), Answer::kImplicitlyDenied);
}

TEST(EvaluateTextsTest, MissingKeysMayBeUnknown) {
  EvaluationTexts texts{.request = R"({"principal":")" + std::string(kBroker) +
                                   R"(","action":"sts:AssumeRole","resource":"arn:aws:iam::111122223333:role/x","tags":{"a":"b"},"absent":["aws:SourceIp"]})",
                        .identity = {{"all.json", R"({"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})"}},
                        .trust = {{"trust.json", TrustOf(kAws, R"({"StringEquals":{"sts:ExternalId":"some-id"}})")}}};
  texts.missing_keys = MissingKeys::kUnknown;
  auto answers = EvaluateTexts(texts);
  ASSERT_TRUE(answers.has_value()) << answers.error().message;
  EXPECT_EQ(answers->at(0).partial->answer, std::nullopt);
  EXPECT_EQ(answers->at(0).partial->keys, List{"sts:externalid"});
  EXPECT_EQ(answers->at(1).partial->answer, Answer::kImplicitlyDenied) << "nothing allows sts:TagSession";
  EXPECT_EQ(WorstOf(*answers), Answer::kImplicitlyDenied);
  texts.trust[0].text = R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":)" + kAws + R"(,"Action":["sts:AssumeRole","sts:TagSession"],
                           "Condition":{"StringEqualsIfExists":{"sts:ExternalId":"some-id"},"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}}}})";
  answers = EvaluateTexts(texts);
  EXPECT_EQ(answers->at(0).partial->answer, std::nullopt);
  EXPECT_EQ(answers->at(1).partial->answer, Answer::kAllowed) << "a key of sts:AssumeRole only, and one that is known to be absent";
  EXPECT_EQ(WorstOf(*answers), std::nullopt);
  EXPECT_EQ(NameOf(WorstOf(*answers)), "depends");
}

TEST(EvaluateTextsTest, ASessionMaySayItsRole) {
  const std::string boundary = R"({"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/team/*"}}}})";
  const auto answer = [&](const std::string& more) {
    const auto answers = EvaluateTexts({.request = R"({"principal":"arn:aws:sts::111122223333:assumed-role/deploy/run","action":"s3:GetObject",
                                                       "resource":"arn:aws:s3:::b/x")" + more + "}",
                                        .identity = {{"own.json", boundary}}});
    return answers.has_value() ? std::string(NameOf(WorstOf(*answers))) : answers.error().message;
  };
  EXPECT_EQ(answer(""), "implicitly_denied");
  EXPECT_EQ(answer(R"(,"role_arn":"arn:aws:iam::111122223333:role/team/deploy")"), "allowed");
  EXPECT_EQ(answer(R"(,"role_arn":"arn:aws:iam::111122223333:role/team/other")"),
            "request: `arn:aws:iam::111122223333:role/team/other` is not the role of `arn:aws:sts::111122223333:assumed-role/deploy/run`");
}

TEST(EvaluateTextsTest, ACanonicalUserStandsForItsAccount) {
  const std::string id(64, 'a');
  EvaluationTexts texts{.request = R"({"principal":"arn:aws:iam::111122223333:user/ann","canonical_user":")" + id +
                                   R"(","action":"s3:GetObject","resource":"arn:aws:s3:::b/x","resource_account":"444455556666"})",
                        .identity = {{"all.json", R"({"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})"}},
                        .resource = {{"bucket.json", R"({"Statement":{"Effect":"Allow","Principal":{"CanonicalUser":")" + id + R"("},"Action":"s3:*","Resource":"*"}})"}}};
  EXPECT_EQ(WorstOf(*EvaluateTexts(texts)), Answer::kAllowed);
  texts.identity.clear();
  EXPECT_EQ(WorstOf(*EvaluateTexts(texts)), Answer::kImplicitlyDenied);
}

TEST(EvaluateTextsTest, MistakesNameTheirFile) {
  const std::string request = R"({"principal":"arn:aws:iam::111122223333:user/ann","action":"s3:GetObject"})";
  const auto message = [](const EvaluationTexts& texts) {
    const auto answers = EvaluateTexts(texts);
    return answers.has_value() ? std::string() : answers.error().message;
  };
  EXPECT_TRUE(message({.request = request, .identity = {{"bad.json", "{"}}}).starts_with("bad.json: "));
  EXPECT_TRUE(message({.request = "["}).starts_with("request: "));
  EXPECT_EQ(message({.request = R"({"principal":"x","action":"a:b"})"}), "request: `x` is not the ARN of a root user, user, role or session");
  EXPECT_EQ(message({.request = R"({"who":"x"})"}), "request: `who` is not a field of a request");
  EXPECT_EQ(message({.request = R"({"principal":"*"})"}), "request: the request names no `action`");
  EXPECT_EQ(message({.request = R"({"action":{}})"}), "request: `action` of the request is not a string");
  EXPECT_EQ(message({.request = R"({"context":[]})"}), "request: `context` of the request is not an object");
  const NamedText boundary{"b.json", R"({"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})"};
  EXPECT_EQ(message({.request = request, .boundary = {boundary, boundary}}), "a principal has at most one permissions boundary");
}

}  // namespace
}  // namespace crossrole::policy
