// SPDX-License-Identifier: Apache-2.0
#include "policy/analyse.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/value.hpp>
#include <fstream>
#include <set>
#include <sstream>

#include "base/json.h"
#include "fakes/policy_documents.h"
#include "policy/print.h"

namespace crossrole::policy {
namespace {

namespace json = boost::json;

constexpr const char* kBroker = "arn:aws:iam::999999999999:role/crossrole/broker";
constexpr const char* kId = "t_01JD3E9ZK4M7Q2V8R5T6W9XYAB:k3v9x2m7q4r8t5w1z6y0b2d4fa";
constexpr const char* kWrong = "t_01JD3E9ZK4M7Q2V8R5T6W9XYZZ:aaaaaaaaaaaaaaaaaaaaaaaaaa";

TrustQuestion Question(std::vector<std::string> ids = {kId}) {
  return {.caller = *ReadPrincipal(kBroker, "AROABROKERBROKERBROKE"),
          .role_arn = "arn:aws:iam::111122223333:role/Case",
          .expected_ids = std::move(ids),
          .wrong_id = kWrong,
          .tags = {{"crossrole:tenant", "t"}},
          .source_identity = "op_1",
          .session_name = "probe"};
}

const std::string kBrokerPrincipal = R"({"AWS":")" + std::string(kBroker) + R"("})";
const std::string kSession = R"({"Effect":"Allow","Principal":)" + kBrokerPrincipal + R"(,"Action":["sts:TagSession","sts:SetSourceIdentity"]})";

std::string Allow(const std::string& principal, const std::string& condition) {
  return R"({"Effect":"Allow","Principal":)" + principal + R"(,"Action":"sts:AssumeRole")" +
         (condition.empty() ? "" : R"(,"Condition":)" + condition) + "}";
}

// A document of the statement, the session actions, and `more`.
Document With(const std::string& statement, const std::string& more = "") {
  return Trust(R"({"Version":"2012-10-17","Statement":[)" + statement + "," + kSession + (more.empty() ? "" : "," + more) + "]}");
}

Document Asking(const std::string& condition) { return With(Allow(kBrokerPrincipal, condition)); }

std::string Equals(const std::string& value, const char* op = "StringEquals") {
  return R"({")" + std::string(op) + R"(":{"sts:ExternalId":")" + value + R"("}})";
}

bool Allowed(const TrustAnalysis& analysis, ProbeKind kind) {
  const ProbeAnswer* answer = analysis.Find(kind);
  EXPECT_NE(answer, nullptr);
  return answer != nullptr && answer->allowed;
}

// Codes of contract 4.1.1 that follow from an analysis.
std::set<std::string> Codes(const TrustAnalysis& analysis) {
  std::set<std::string> codes;
  const auto misses = [&](const char* action) { return std::ranges::find(analysis.missing_actions, action) != analysis.missing_actions.end(); };
  if (misses("sts:AssumeRole")) codes.insert("trust.not_assumable");
  if (misses("sts:TagSession")) codes.insert("trust.tag_session_missing");
  if (misses("sts:SetSourceIdentity")) codes.insert("trust.source_identity_missing");
  for (const OpenStatement& open : analysis.open_statements) {
    codes.insert(open.because == OpenBecause::kIfExists ? "trust.external_id_if_exists" : "trust.external_id_not_required");
  }
  if (!analysis.any_values.empty()) codes.insert("trust.external_id_any_value");
  if (analysis.ignores_case) codes.insert("trust.external_id_case_insensitive");
  for (const TrustedPrincipal& principal : analysis.principals) {
    if (principal.relation == Relation::kEveryone && principal.limit == WildcardLimit::kNone) codes.insert("trust.wildcard_principal");
    if (principal.relation == Relation::kCallersAccount) codes.insert("trust.account_principal");
    if (principal.relation == Relation::kDangling) codes.insert("trust.dangling_principal");
  }
  return codes;
}

TEST(AnalysisBookTest, ProbesAndFindingsAreThoseOfTheBook) {
  std::ifstream file(CROSSROLE_SOURCE_DIR "/tests/golden/trust-policies.json");
  std::stringstream text;
  text << file.rdbuf();
  const auto book = base::ParseJson(text.str());
  ASSERT_TRUE(book.has_value());
  const std::map<std::string, ProbeKind> kinds = {{"with_external_id", ProbeKind::kWithExternalId},
                                                  {"without_external_id", ProbeKind::kWithoutExternalId},
                                                  {"wrong_external_id", ProbeKind::kWrongExternalId},
                                                  {"changed_case", ProbeKind::kChangedCase},
                                                  {"with_suffix", ProbeKind::kWithSuffix}};
  for (const json::value& one : book->at("cases").get_array()) {
    const std::string name(one.at("name").get_string());
    const TrustAnalysis analysis = AnalyseTrust(*FromJson(one.at("policy"), DocumentKind::kTrust), Question());
    const bool works = Allowed(analysis, ProbeKind::kWithExternalId);
    for (const auto& probe : one.at("probes").get_object()) {
      const ProbeKind kind = kinds.at(std::string(probe.key()));
      if (!works && kind != ProbeKind::kWithExternalId) continue;
      EXPECT_EQ(Allowed(analysis, kind), probe.value().get_string() == "allowed") << name << " " << probe.key();
    }
    const std::set<std::string> codes = Codes(analysis);
    for (const json::value& wanted : one.at("findings").get_array()) {
      EXPECT_TRUE(codes.contains(std::string(wanted.get_string()))) << name << " " << wanted.get_string();
    }
    if (one.at("ok").get_bool()) {
      for (const std::string& code : codes) EXPECT_EQ(code, "trust.account_principal") << name;
    }
  }
}

struct Open {
  const char* condition;
  OpenBecause because;
};

TEST(AnalysisTest, SaysWhyAStatementPassesWithoutExternalId) {
  const Open cases[] = {{"", OpenBecause::kNoCondition},
                        {R"({"Bool":{"aws:SecureTransport":"true"}})", OpenBecause::kNoCondition},
                        {R"({"StringEqualsIfExists":{"sts:ExternalId":"x1"}})", OpenBecause::kIfExists},
                        {R"({"StringLikeIfExists":{"STS:externalid":"x1*"}})", OpenBecause::kIfExists},
                        {R"({"ForAllValues:StringEquals":{"sts:ExternalId":"x1"}})", OpenBecause::kForAllValues},
                        {R"({"StringNotEquals":{"sts:ExternalId":"x1"}})", OpenBecause::kNegated},
                        {R"({"StringNotLike":{"sts:ExternalId":"x1*"}})", OpenBecause::kNegated},
                        {R"({"Null":{"sts:ExternalId":"true"}})", OpenBecause::kNullTest}};
  for (const Open& one : cases) {
    const TrustAnalysis analysis = AnalyseTrust(Asking(one.condition), Question());
    ASSERT_EQ(analysis.open_statements.size(), 1U) << one.condition;
    EXPECT_EQ(analysis.open_statements.front().index, 0U);
    EXPECT_EQ(analysis.open_statements.front().because, one.because) << one.condition;
  }
}

TEST(AnalysisTest, FindsTheStatementThatUndoesTheOther) {
  const TrustAnalysis analysis =
      AnalyseTrust(With(Allow(kBrokerPrincipal, Equals(kId)), Allow(R"({"AWS":"999999999999"})", "")), Question());
  ASSERT_EQ(analysis.open_statements.size(), 1U);
  EXPECT_EQ(analysis.open_statements.front().index, 2U);
}

TEST(AnalysisTest, AnExactConditionAcceptsNothingElse) {
  for (const Document& trust : {Asking(Equals(kId)), Asking(Equals(kId, "StringLike")), Asking(Equals(kId, "ForAnyValue:StringEquals"))}) {
    const TrustAnalysis analysis = AnalyseTrust(trust, Question());
    EXPECT_TRUE(Allowed(analysis, ProbeKind::kWithExternalId));
    EXPECT_TRUE(analysis.open_statements.empty());
    EXPECT_TRUE(analysis.any_values.empty());
    EXPECT_TRUE(analysis.other_values.empty());
    EXPECT_FALSE(analysis.ignores_case);
    EXPECT_TRUE(analysis.missing_actions.empty());
    EXPECT_TRUE(analysis.unknown_keys.empty());
  }
}

TEST(AnalysisTest, FindsPatternsThatAcceptOtherValues) {
  const std::string id = kId;
  for (const std::string& pattern : {std::string("*"), id.substr(0, 31) + "*", id.substr(0, id.size() - 1) + "?", "*" + id.substr(10), id + "*",
                                     std::string("*:*"), std::string("??*"), id.substr(0, 5) + "?" + id.substr(6)}) {
    const TrustAnalysis analysis = AnalyseTrust(Asking(Equals(pattern, "StringLike")), Question());
    ASSERT_EQ(analysis.any_values.size(), 1U) << pattern;
    EXPECT_EQ(analysis.any_values.front().pattern, pattern);
    EXPECT_NE(analysis.any_values.front().value, id);
    EXPECT_TRUE(analysis.other_values.empty());
  }
}

TEST(AnalysisTest, FindsConditionsThatAcceptAnythingWithoutAPattern) {
  for (const char* condition : {R"({"Null":{"sts:ExternalId":"false"}})", R"({"StringNotEquals":{"sts:ExternalId":"none"},"Null":{"sts:ExternalId":"false"}})"}) {
    const TrustAnalysis analysis = AnalyseTrust(Asking(condition), Question());
    EXPECT_TRUE(analysis.open_statements.empty()) << condition;
    EXPECT_FALSE(analysis.any_values.empty()) << condition;
  }
}

TEST(AnalysisTest, FindsVariablesThatStandForAValueAnybodyCanSend) {
  const TrustAnalysis analysis = AnalyseTrust(Asking(Equals("${aws:PrincipalAccount}")), Question());
  ASSERT_EQ(analysis.any_values.size(), 1U);
  EXPECT_EQ(analysis.any_values.front().value, "999999999999");
}

TEST(AnalysisTest, AnotherWrittenValueIsNoOpenDoor) {
  for (const std::string& condition : {R"({"StringEquals":{"sts:ExternalId":[")" + std::string(kId) + R"(","legacy-id"]}})"}) {
    const TrustAnalysis analysis = AnalyseTrust(Asking(condition), Question());
    EXPECT_TRUE(analysis.any_values.empty());
    ASSERT_EQ(analysis.other_values.size(), 1U);
    EXPECT_EQ(analysis.other_values.front().value, "legacy-id");
    EXPECT_EQ(analysis.other_values.front().statements, std::vector<std::size_t>{0});
  }
  const TrustAnalysis both = AnalyseTrust(Asking(R"({"StringEquals":{"sts:ExternalId":[")" + std::string(kId) + R"(","second-id"]}})"), Question({kId, "second-id"}));
  EXPECT_TRUE(both.other_values.empty()) << "during a rotation two are ours";
}

TEST(AnalysisTest, ADenyForAllOtherValuesCountsAsACondition) {
  const std::string deny = R"({"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Condition":{"StringNotEquals":{"sts:ExternalId":[")" +
                           std::string(kId) + R"(","legacy-id"]}}})";
  const TrustAnalysis analysis = AnalyseTrust(With(Allow(kBrokerPrincipal, ""), deny), Question());
  EXPECT_TRUE(analysis.open_statements.empty());
  EXPECT_TRUE(analysis.any_values.empty());
  ASSERT_EQ(analysis.other_values.size(), 1U);
  EXPECT_EQ(analysis.other_values.front().value, "legacy-id");
}

TEST(AnalysisTest, ADenyByPatternLeavesThePatternOpen) {
  const std::string deny = R"({"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Condition":{"StringNotLike":{"sts:ExternalId":"t_01JD3E9ZK4M7Q2V8R5T6W9XYAB:*"}}})";
  const TrustAnalysis analysis = AnalyseTrust(With(Allow(kBrokerPrincipal, ""), deny), Question());
  ASSERT_EQ(analysis.any_values.size(), 1U);
  EXPECT_TRUE(Allowed(analysis, ProbeKind::kWithSuffix));
}

TEST(AnalysisTest, OfferedPatternsAreNoOtherValues) {
  TrustQuestion question = Question({"acme@int_01@web@read"});
  question.offered_patterns = {"acme@int_01@*"};
  question.wrong_id = "other@int_99@web@read";
  const TrustAnalysis offered = AnalyseTrust(Asking(Equals("acme@int_01@*", "StringLike")), question);
  EXPECT_TRUE(Allowed(offered, ProbeKind::kWithExternalId));
  EXPECT_FALSE(Allowed(offered, ProbeKind::kWrongExternalId));
  EXPECT_FALSE(Allowed(offered, ProbeKind::kChangedCase));
  EXPECT_EQ(offered.Find(ProbeKind::kWithSuffix), nullptr) << "the suffix is within the pattern";
  EXPECT_TRUE(offered.any_values.empty());
  const TrustAnalysis wider = AnalyseTrust(Asking(Equals("acme@*", "StringLike")), question);
  EXPECT_EQ(wider.any_values.size(), 1U);
}

TEST(AnalysisTest, AnIdWithoutLettersHasNoCaseToChange) {
  const TrustAnalysis analysis = AnalyseTrust(Asking(Equals("12345-67890")), Question({"12345-67890"}));
  EXPECT_EQ(analysis.Find(ProbeKind::kChangedCase), nullptr);
}

TEST(AnalysisTest, IgnoredCaseIsFound) {
  const TrustAnalysis analysis = AnalyseTrust(Asking(Equals(kId, "StringEqualsIgnoreCase")), Question());
  EXPECT_TRUE(analysis.ignores_case);
  EXPECT_TRUE(analysis.any_values.empty());
}

TEST(AnalysisTest, ConditionsOnUnknownKeysDoNotHideAnOpenDoor) {
  const std::string condition = R"({"IpAddress":{"aws:SourceIp":"203.0.113.0/24"},"StringEquals":{"aws:PrincipalOrgID":"o-1"}})";
  const TrustAnalysis analysis = AnalyseTrust(Asking(condition), Question());
  EXPECT_TRUE(Allowed(analysis, ProbeKind::kWithExternalId));
  EXPECT_EQ(analysis.open_statements.size(), 1U);
  EXPECT_EQ(analysis.unknown_keys, (std::vector<std::string>{"aws:principalorgid", "aws:sourceip"}));
  EXPECT_FALSE(analysis.open_statements.front().certain);
  EXPECT_FALSE(analysis.Find(ProbeKind::kWithExternalId)->certain);
}

TEST(AnalysisTest, WhatIsOpenWhateverTheUnknownKeysAreIsCertain) {
  const TrustAnalysis open = AnalyseTrust(Asking(""), Question());
  EXPECT_TRUE(open.open_statements.front().certain);
  EXPECT_TRUE(open.any_values.front().certain);
  EXPECT_TRUE(AnalyseTrust(Asking(Equals(kId)), Question()).Find(ProbeKind::kWithExternalId)->certain);
  const std::string deny = R"({"Effect":"Deny","Principal":"*","Action":"sts:*","Condition":{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}})";
  const TrustAnalysis denied = AnalyseTrust(With(Allow(kBrokerPrincipal, ""), deny), Question());
  ASSERT_EQ(denied.open_statements.size(), 1U);
  EXPECT_FALSE(denied.open_statements.front().certain);
}

TEST(AnalysisTest, AnUnknownKeyThatIsGivenDecides) {
  TrustQuestion question = Question();
  question.context = {{"aws:SourceIp", "198.51.100.1"}};
  const TrustAnalysis analysis = AnalyseTrust(Asking(R"({"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}})"), question);
  EXPECT_FALSE(Allowed(analysis, ProbeKind::kWithExternalId));
  EXPECT_EQ(analysis.missing_actions, std::vector<std::string>{"sts:AssumeRole"});
}

TEST(AnalysisTest, MissingActionsAreThoseTheCallNeeds) {
  const Document bare = Trust(R"({"Version":"2012-10-17","Statement":)" + Allow(kBrokerPrincipal, Equals(kId)) + "}");
  EXPECT_EQ(AnalyseTrust(bare, Question()).missing_actions, (std::vector<std::string>{"sts:TagSession", "sts:SetSourceIdentity"}));
  TrustQuestion plain = Question();
  plain.tags.clear();
  plain.source_identity.reset();
  EXPECT_TRUE(AnalyseTrust(bare, plain).missing_actions.empty());
}

TEST(AnalysisTest, AConditionOfTheSessionStatementOnTheExternalIdMissesItsActions) {
  const Document one = Trust(R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":)" + kBrokerPrincipal +
                             R"(,"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"],"Condition":)" + Equals(kId) + "}}");
  EXPECT_EQ(AnalyseTrust(one, Question()).missing_actions.size(), 2U);
  TrustQuestion everywhere = Question();
  everywhere.undocumented.external_id = ExternalIdVisibility::kEveryAction;
  EXPECT_TRUE(AnalyseTrust(one, everywhere).missing_actions.empty());
}

Relation RelationOf(const std::string& principal) {
  const TrustAnalysis analysis = AnalyseTrust(With(Allow(principal, Equals(kId))), Question());
  EXPECT_EQ(analysis.principals.size(), 1U) << "statements for session actions only are no trust";
  return analysis.principals.front().relation;
}

TEST(PrincipalsTest, EachIsRelatedToCallerAndRole) {
  EXPECT_EQ(RelationOf(kBrokerPrincipal), Relation::kCaller);
  EXPECT_EQ(RelationOf(R"({"AWS":"AROABROKERBROKERBROKE"})"), Relation::kCaller);
  EXPECT_EQ(RelationOf(R"({"AWS":"999999999999"})"), Relation::kCallersAccount);
  EXPECT_EQ(RelationOf(R"({"AWS":"arn:aws:iam::999999999999:root"})"), Relation::kCallersAccount);
  EXPECT_EQ(RelationOf(R"({"AWS":"arn:aws:iam::999999999999:user/x"})"), Relation::kCallersFellow);
  EXPECT_EQ(RelationOf(R"({"AWS":"arn:aws:iam::111122223333:role/x"})"), Relation::kRolesAccount);
  EXPECT_EQ(RelationOf(R"({"AWS":"777777777777"})"), Relation::kStranger);
  EXPECT_EQ(RelationOf(R"({"AWS":"AIDAGONEGONEGONEGONE"})"), Relation::kDangling);
  EXPECT_EQ(RelationOf(R"({"Service":"ec2.amazonaws.com"})"), Relation::kService);
  EXPECT_EQ(RelationOf("\"*\""), Relation::kEveryone);
}

// T1
TEST(PrincipalsTest, DenyStatementsTrustNobody) {
  const TrustAnalysis analysis = AnalyseTrust(
      With(Allow(kBrokerPrincipal, Equals(kId)), R"({"Effect":"Deny","Principal":{"AWS":"777777777777"},"Action":"sts:AssumeRole"})"), Question());
  EXPECT_EQ(analysis.principals.size(), 1U);
}

WildcardLimit LimitOf(const std::string& condition, const std::string& more = "") {
  const TrustAnalysis analysis = AnalyseTrust(With(Allow("\"*\"", condition), more), Question());
  EXPECT_EQ(analysis.principals.front().relation, Relation::kEveryone);
  return analysis.principals.front().limit;
}

TEST(WildcardTest, OnlyConditionsThatStrangersFailLimitIt) {
  for (const char* condition :
       {"", R"({"StringEquals":{"sts:ExternalId":"x1"}})", R"({"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}})",
        R"({"StringEquals":{"aws:PrincipalTag/team":"a"}})", R"({"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-1"}})",
        R"({"StringLike":{"aws:PrincipalOrgID":"*"}})", R"({"StringLike":{"aws:PrincipalOrgID":"o-*"}})", R"({"StringLike":{"aws:PrincipalOrgID":"o-a*"}})",
        R"({"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}})", R"({"Null":{"aws:PrincipalOrgID":"false"}})",
        R"({"ForAllValues:StringLike":{"aws:PrincipalOrgPaths":"o-1/*"}})", R"({"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"*/ou-1/*"}})",
        R"({"StringNotEquals":{"aws:PrincipalAccount":"777777777777"}})", R"({"StringLike":{"aws:PrincipalAccount":"*"}})",
        R"({"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/crossrole/*"}})", R"({"ArnLike":{"aws:PrincipalArn":"*"}})",
        R"({"StringLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/deploy"}})", R"({"StringEquals":{"aws:PrincipalType":"AssumedRole"}})",
        R"({"StringLike":{"aws:userid":"*:probe"}})"}) {
    EXPECT_EQ(LimitOf(condition), WildcardLimit::kNone) << condition;
  }
  EXPECT_EQ(LimitOf(R"({"StringEquals":{"aws:PrincipalOrgID":"o-1"}})"), WildcardLimit::kOrganization);
  EXPECT_EQ(LimitOf(R"({"StringEquals":{"aws:PrincipalOrgID":["o-1","o-2"]},"Bool":{"aws:MultiFactorAuthPresent":"true"}})"), WildcardLimit::kOrganization);
  EXPECT_EQ(LimitOf(R"({"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-1/r-1/ou-1/*"}})"), WildcardLimit::kOrganization);
  EXPECT_EQ(LimitOf(R"({"StringEquals":{"aws:PrincipalAccount":"999999999999"}})"), WildcardLimit::kAccount);
  EXPECT_EQ(LimitOf(R"({"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::999999999999:role/crossrole/broker"}})"), WildcardLimit::kPrincipal);
  EXPECT_EQ(LimitOf(R"({"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::999999999999:role/*"}})"), WildcardLimit::kPrincipal);
  EXPECT_EQ(LimitOf(R"({"StringLike":{"aws:userid":"AROABROKERBROKERBROKE:*"}})"), WildcardLimit::kPrincipal);
}

TEST(WildcardTest, ADenyForOthersLimitsItToo) {
  EXPECT_EQ(LimitOf("", R"({"Effect":"Deny","Principal":"*","Action":"sts:*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}})"),
            WildcardLimit::kOrganization);
  EXPECT_EQ(LimitOf("", R"({"Effect":"Deny","Principal":"*","Action":"sts:*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"},
                          "StringEquals":{"aws:PrincipalTag/x":"y"}}})"),
            WildcardLimit::kNone) << "strangers choose their tags";
}

SubjectCheck SubjectOf(const std::string& condition, const char* provider = "arn:aws:iam::111122223333:oidc-provider/idp.example/t") {
  const std::string statement = R"({"Effect":"Allow","Principal":{"Federated":")" + std::string(provider) +
                                R"("},"Action":"sts:AssumeRoleWithWebIdentity","Condition":)" + condition + "}";
  const auto principals = TrustedPrincipals(With(statement), *ReadPrincipal(kBroker), "arn:aws:iam::111122223333:role/Case");
  EXPECT_EQ(principals.size(), 1U);
  return principals.front().subject;
}

TEST(FederatedTest, TheSubjectIsCheckedOrNot) {
  EXPECT_EQ(SubjectOf("{}"), SubjectCheck::kMissing);
  EXPECT_EQ(SubjectOf(R"({"StringEquals":{"idp.example/t:aud":"sts.amazonaws.com"}})"), SubjectCheck::kMissing);
  EXPECT_EQ(SubjectOf(R"({"StringEquals":{"other.example:sub":"x"}})"), SubjectCheck::kMissing);
  EXPECT_EQ(SubjectOf(R"({"StringLike":{"idp.example/t:sub":"*"}})"), SubjectCheck::kAnyValue);
  EXPECT_EQ(SubjectOf(R"({"StringLike":{"idp.example/t:sub":"repo:*"}})"), SubjectCheck::kAnyValue);
  EXPECT_EQ(SubjectOf(R"({"StringNotEquals":{"idp.example/t:sub":"x"}})"), SubjectCheck::kAnyValue);
  EXPECT_EQ(SubjectOf(R"({"StringLike":{"idp.example/t:sub":"repo:org/*"}})"), SubjectCheck::kPattern);
  EXPECT_EQ(SubjectOf(R"({"StringEquals":{"IDP.example/t:sub":"space:1"}})"), SubjectCheck::kExact);
  EXPECT_EQ(SubjectOf("{}", "accounts.google.com"), SubjectCheck::kMissing);
  EXPECT_EQ(SubjectOf("{}", "arn:aws:iam::111122223333:saml-provider/x"), SubjectCheck::kNotOidc);
}

TEST(BuildTest, TheDocumentHasTwoStatementsAndPassesItsOwnJudge) {
  const Document built = BuildTrust({.principal_arns = {kBroker}, .external_ids = {kId}});
  EXPECT_EQ(Print(built),
            R"({"Version":"2012-10-17","Statement":[{"Sid":"AssumeWithExternalId","Effect":"Allow","Principal":{"AWS":")" + std::string(kBroker) +
                R"("},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":")" + kId +
                R"("}}},{"Sid":"TagSession","Effect":"Allow","Principal":{"AWS":")" + kBroker +
                R"("},"Action":["sts:TagSession","sts:SetSourceIdentity"]}]})");
  EXPECT_EQ(Trust(Print(built)), built);
  const TrustAnalysis analysis = AnalyseTrust(built, Question());
  EXPECT_TRUE(Codes(analysis).empty());
}

TEST(BuildTest, EachPrincipalIsNamedInBothStatements) {
  const Document built = BuildTrust({.principal_arns = {kBroker, "arn:aws:iam::999999999999:role/next"}, .external_ids = {kId}});
  ASSERT_EQ(built.statements.size(), 2U);
  for (const Statement& statement : built.statements) EXPECT_EQ(statement.principal.values.size(), 2U);
  EXPECT_EQ(Trust(Print(built)), built);
}

TEST(BuildTest, PatternsAreComparedByLikeAndSessionActionsAreOptional) {
  const Document built = BuildTrust({.principal_arns = {kBroker}, .external_patterns = {"acme@int_01@*"}, .session_actions = {}});
  ASSERT_EQ(built.statements.size(), 1U);
  EXPECT_EQ(built.statements.front().conditions.front().op, Operator::kStringLike);
  EXPECT_EQ(built.statements.front().conditions.front().values, std::vector<std::string>{"acme@int_01@*"});
}

TEST(ExternalIdTextTest, FollowsTheModelOfSts) {
  EXPECT_TRUE(IsExternalIdText("a_1+=,.@:/-"));
  EXPECT_FALSE(IsExternalIdText("a"));
  EXPECT_FALSE(IsExternalIdText("a b"));
  EXPECT_FALSE(IsExternalIdText("a*"));
  EXPECT_TRUE(IsExternalIdText(std::string(1224, 'a')));
  EXPECT_FALSE(IsExternalIdText(std::string(1225, 'a')));
}

}  // namespace
}  // namespace crossrole::policy
