// SPDX-License-Identifier: Apache-2.0
#include "integration/internal/judge_trust.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <set>

#include "base/json.h"
#include "fakes/sample_integration.h"
#include "golden/golden_file.h"
#include "policy/parse.h"
#include "policy/print.h"

namespace crossrole::integration {
namespace {

namespace json = boost::json;
using fakes::Must;
using fakes::SampleIntegration;
using fakes::SampleTenantHandle;
using policy::ProbeKind;

const std::string kId(fakes::kSampleExternalId);
const std::string kUs(fakes::kSamplePrincipal);
constexpr const char* kStranger = "arn:aws:iam::888888888888:role/other";

Observed ObservedFrom(std::string_view name) {
  for (const auto one :
       {Observed::kAllowed, Observed::kDenied, Observed::kUnknown, Observed::kSkipped, Observed::kNotChecked}) {
    if (NameOf(one) == name) return one;
  }
  ADD_FAILURE() << name;
  return Observed::kUnknown;
}

std::array<ProbeOutcome, 5> Probes(Observed positive = Observed::kAllowed, Observed negatives = Observed::kDenied) {
  std::array<ProbeOutcome, 5> probes;
  for (std::size_t i = 0; i < probes.size(); ++i) {
    probes[i] = {.kind = kProbeKinds[i], .observed = i == 0 ? positive : negatives};
  }
  return probes;
}

std::array<ProbeOutcome, 5> With(ProbeKind kind, Observed observed, std::array<ProbeOutcome, 5> probes = Probes()) {
  probes.at(static_cast<std::size_t>(kind)).observed = observed;
  return probes;
}

model::RoleArn Role() {
  return Must(model::RoleArn::Parse("arn:aws:iam::111122223333:role/crossrole/Crossrole-0000000ABC"));
}

TrustExpectation Expected(const model::Integration& integration = SampleIntegration(),
                          std::vector<std::string> probed = {kId}) {
  return Must(ExpectationOf(integration, SampleTenantHandle(), Role(), {.calling = integration.principal_arn}, std::move(probed)));
}

TrustEvidence Evidence(std::array<ProbeOutcome, 5> probes, std::string document,
                       DocumentSource source = DocumentSource::kRead) {
  return {.probes = probes,
          .source = source,
          .document = std::move(document),
          .wrong_id = "t_01JD3E9ZK4M7Q2V8R5T6W9XYZZ:aaaaaaaaaaaaaaaaaaaaaaaaaa",
          .account = Must(model::AccountId::Parse("111122223333")),
          .own_account = Must(model::AccountId::Parse("999999999999"))};
}

TrustEvidence Unread(std::array<ProbeOutcome, 5> probes) { return Evidence(probes, "", DocumentSource::kUnread); }

std::set<std::string> Codes(const Verdict& verdict) {
  std::set<std::string> codes;
  for (const Finding& finding : verdict.findings) codes.insert(finding.code);
  return codes;
}

const Finding& Find(const Verdict& verdict, std::string_view code) {
  static const Finding kNone;
  for (const Finding& finding : verdict.findings) {
    if (finding.code == code) return finding;
  }
  ADD_FAILURE() << "no finding " << code;
  return kNone;
}

using Set = std::set<std::string>;

// The trust policy of our artefacts with other things in its first statement.
std::string Trust(const std::string& condition = R"({"StringEquals":{"sts:ExternalId":")" + kId + R"("}})",
                  const std::string& principal = R"({"AWS":")" + kUs + R"("})", const std::string& more = "") {
  return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":)" + principal +
         R"(,"Action":"sts:AssumeRole","Condition":)" + condition + R"(},{"Effect":"Allow","Principal":{"AWS":")" +
         kUs + R"("},"Action":["sts:TagSession","sts:SetSourceIdentity"]})" + more + "]}";
}

std::string ReplaceAll(std::string text, const std::string& what, const std::string& with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
  return text;
}

// As the checks from outside do: a document is given where the role cannot be assumed, and read where it can.
TEST(TrustBookTest, VerdictsAreThoseOfTheBook) {
  const json::value book = *base::ParseJson(golden::ReadAll(CROSSROLE_SOURCE_DIR "/tests/golden/trust-policies.json"));
  const std::string id(book.at("external_id").get_string());
  ASSERT_GE(book.at("cases").get_array().size(), 15U);
  for (const json::value& one : book.at("cases").get_array()) {
    const std::string name(one.at("name").get_string());
    std::array<ProbeOutcome, 5> probes = Probes();
    for (ProbeOutcome& probe : probes) {
      probe.observed =
          ObservedFrom(std::string_view(one.at("probes").at(std::string(NameOf(probe.kind))).get_string()));
    }
    const bool works = probes[0].observed == Observed::kAllowed;
    const std::string document = ReplaceAll(base::PrintJson(one.at("policy")), id, kId);
    const Verdict verdict =
        JudgeTrust(Expected(), Evidence(probes, document, works ? DocumentSource::kRead : DocumentSource::kGiven));
    EXPECT_EQ(verdict.ok, one.at("ok").get_bool()) << name;
    const Set codes = Codes(verdict);
    Set wanted;
    for (const json::value& code : one.at("findings").get_array()) wanted.insert(std::string(code.get_string()));
    for (const std::string& code : wanted) EXPECT_TRUE(codes.contains(code)) << name << " misses " << code;
    if (verdict.ok) EXPECT_EQ(codes, wanted) << name;
  }
}

// While customers move, two principals are ours.
TrustExpectation Moving() {
  const model::Integration integration = SampleIntegration();
  return Must(ExpectationOf(integration, SampleTenantHandle(), Role(), {.calling = kUs, .other = kStranger}, {kId}));
}

TEST(JudgeTrustTest, OurOtherPrincipalIsNoStrangerAsLongAsItNeedsTheExternalIdToo) {
  const TrustExpectation moving = Moving();
  const std::string both = moving.corrected_policy;
  EXPECT_NE(both.find(kStranger), std::string::npos);
  EXPECT_EQ(Codes(JudgeTrust(moving, Evidence(Probes(), both))), Set{});
  EXPECT_EQ(Codes(JudgeTrust(Expected(), Evidence(Probes(), both))), Set{"trust.other_principals"});
  EXPECT_EQ(Codes(JudgeTrust(moving, Evidence(Probes(), Trust()))), Set{}) << "who has not moved yet is safe, too";

  const std::string open = ReplaceAll(both, R"("Statement":[)", R"("Statement":[{"Effect":"Allow","Principal":{"AWS":")" + std::string(kStranger) +
                                                                    R"("},"Action":"sts:AssumeRole"},)");
  const Verdict verdict = JudgeTrust(moving, Evidence(Probes(), open));
  EXPECT_FALSE(verdict.ok) << "no probe can see it: we are not that principal yet";
  EXPECT_EQ(Codes(verdict), Set{"trust.external_id_not_required"});
}

TEST(JudgeTrustTest, WithoutADocumentTheProbesDecide) {
  EXPECT_EQ(Codes(JudgeTrust(Expected(), Unread(Probes()))), Set{"trust.document_unread"});
  EXPECT_TRUE(JudgeTrust(Expected(), Unread(Probes())).ok);
  const auto codes = [](std::array<ProbeOutcome, 5> probes) {
    const Verdict verdict = JudgeTrust(Expected(), Unread(probes));
    EXPECT_FALSE(verdict.ok);
    Set found = Codes(verdict);
    found.erase("trust.document_unread");
    return found;
  };
  EXPECT_EQ(codes(Probes(Observed::kAllowed, Observed::kAllowed)), Set{"trust.external_id_not_required"});
  EXPECT_EQ(codes(With(ProbeKind::kWithoutExternalId, Observed::kAllowed)), Set{"trust.external_id_not_required"});
  EXPECT_EQ(codes(With(ProbeKind::kWrongExternalId, Observed::kAllowed)), Set{"trust.external_id_any_value"});
  EXPECT_EQ(codes(With(ProbeKind::kWithSuffix, Observed::kAllowed)), Set{"trust.external_id_any_value"});
  EXPECT_EQ(codes(With(ProbeKind::kChangedCase, Observed::kAllowed)), Set{"trust.external_id_case_insensitive"});
}

TEST(JudgeTrustTest, ASkippedProbeIsFineAndAnUnknownOneIsNot) {
  EXPECT_TRUE(JudgeTrust(Expected(), Evidence(With(ProbeKind::kChangedCase, Observed::kSkipped), Trust())).ok);
  const Verdict unknown = JudgeTrust(Expected(), Evidence(With(ProbeKind::kChangedCase, Observed::kUnknown), Trust()));
  EXPECT_FALSE(unknown.ok);
  EXPECT_TRUE(unknown.findings.empty());
}

TEST(JudgeTrustTest, ARefusedRoleSaysNothingButThatItWasRefused) {
  TrustEvidence refused = Unread(Probes(Observed::kDenied));
  refused.account.reset();
  const Verdict verdict = JudgeTrust(Expected(), refused);
  EXPECT_FALSE(verdict.ok);
  ASSERT_EQ(Codes(verdict), Set{"trust.not_assumable"});
  EXPECT_EQ(verdict.findings[0].evidence, FindingEvidence::kProbe);
  EXPECT_TRUE(policy::Parse(verdict.findings[0].fix_policy, policy::DocumentKind::kTrust).has_value());
}

// A document that was read before is somebody else's until the role has been assumed.
TEST(JudgeTrustTest, ADocumentThatWasReadIsNotShownBeforeTheRoleIsAssumed) {
  const std::string open = Trust(R"({"StringLike":{"sts:ExternalId":"*"}})");
  EXPECT_EQ(Codes(JudgeTrust(Expected(), Evidence(Probes(Observed::kDenied), open, DocumentSource::kRead))),
            Set{"trust.not_assumable"});
  EXPECT_EQ(Codes(JudgeTrust(Expected(), Evidence(Probes(Observed::kDenied), open, DocumentSource::kGiven))),
            (Set{"trust.not_assumable", "trust.external_id_any_value"}));
}

TEST(JudgeTrustTest, ARefusalWithAGoodDocumentNamesOtherCauses) {
  const Verdict verdict = JudgeTrust(Expected(), Evidence(Probes(Observed::kDenied), Trust(), DocumentSource::kGiven));
  EXPECT_TRUE(Find(verdict, "trust.not_assumable").message.contains("would allow it"));
}

TEST(JudgeTrustTest, AnAnswerThatIsNoneFindsNothing) {
  const Verdict verdict = JudgeTrust(Expected(), Unread(Probes(Observed::kUnknown, Observed::kUnknown)));
  EXPECT_FALSE(verdict.ok);
  EXPECT_TRUE(verdict.findings.empty());
}

TEST(JudgeTrustTest, NegativeProbesThatWaitForThePositiveOneAreNoEmulator) {
  const TrustEvidence evidence = Unread(Probes(Observed::kUnknown, Observed::kNotChecked));
  EXPECT_TRUE(JudgeTrust(Expected(), evidence).findings.empty());
  TrustEvidence off = evidence;
  off.negative_probes_off = true;
  EXPECT_EQ(Codes(JudgeTrust(Expected(), off)), Set{"verification.emulator"});
}

TEST(JudgeTrustTest, ARegionWithoutStsIsNotTheRolesFault) {
  TrustEvidence evidence = Unread(Probes(Observed::kUnknown));
  evidence.probes[0].aws_code = "RegionDisabledException";
  evidence.probes[0].detail = "STS is not activated in this region for account:999999999999";
  const Verdict verdict = JudgeTrust(Expected(), evidence);
  EXPECT_EQ(Codes(verdict), Set{"sts.region_disabled"});
  EXPECT_TRUE(verdict.findings[0].message.contains("999999999999"));
}

TEST(JudgeTrustTest, ProbesSpeakBeforeTheDocument) {
  const std::string like = Trust(R"({"StringLike":{"sts:ExternalId":")" + kId + R"(*"}})");
  const Verdict probed = JudgeTrust(Expected(), Evidence(With(ProbeKind::kWithSuffix, Observed::kAllowed), like));
  EXPECT_EQ(Find(probed, "trust.external_id_any_value").evidence, FindingEvidence::kProbe);
  // IAM may not have spread the change that the document shows already; what it says is an error all the same.
  const Verdict read = JudgeTrust(Expected(), Evidence(Probes(), like));
  EXPECT_EQ(Find(read, "trust.external_id_any_value").evidence, FindingEvidence::kDocument);
  EXPECT_FALSE(read.ok);
}

TEST(JudgeTrustTest, PatternsThatOnlyTheDocumentShowsAreErrors) {
  const Verdict verdict = JudgeTrust(
      Expected(), Evidence(Probes(), Trust(R"({"StringLike":{"sts:ExternalId":"*)" + kId.substr(28) + R"("}})")));
  EXPECT_EQ(Codes(verdict), Set{"trust.external_id_any_value"});
}

TEST(JudgeTrustTest, AnotherWrittenValueIsAWarningThatDoesNotRepeatIt) {
  const Verdict verdict =
      JudgeTrust(Expected(),
                 Evidence(Probes(), Trust(R"({"StringEquals":{"sts:ExternalId":[")" + kId + R"(","legacy-value"]}})")));
  EXPECT_TRUE(verdict.ok);
  EXPECT_EQ(Codes(verdict), Set{"trust.external_id_other_value"});
  EXPECT_FALSE(verdict.findings[0].message.contains("legacy-value"));
}

TEST(JudgeTrustTest, BothValuesOfARotationAreOurs) {
  model::Integration rotating = SampleIntegration();
  rotating.external_ids[0].state = model::ExternalIdState::kPrevious;
  rotating.external_ids.push_back({.value = Must(model::ExternalId::Parse("t_01JD3E9ZK4M7Q2V8R5T6W9XYAB:new"))});
  const std::string both =
      Trust(R"({"StringEquals":{"sts:ExternalId":[")" + kId + R"(","t_01JD3E9ZK4M7Q2V8R5T6W9XYAB:new"]}})");
  const TrustExpectation expected = Expected(rotating, {"t_01JD3E9ZK4M7Q2V8R5T6W9XYAB:new"});
  EXPECT_TRUE(JudgeTrust(expected, Evidence(Probes(), both)).findings.empty());
}

TEST(JudgeTrustTest, WildcardsAreJudgedByWhomTheyLetIn) {
  const auto codes = [](const std::string& conditions) {
    const std::string all = R"({"StringEquals":{"sts:ExternalId":")" + kId + "\"" + conditions + "}";
    return Codes(JudgeTrust(Expected(), Evidence(Probes(), Trust(all, "\"*\""))));
  };
  EXPECT_EQ(codes("}"), Set{"trust.wildcard_principal"});
  EXPECT_EQ(codes(R"(,"aws:PrincipalOrgID":"o-abc123"})"), Set{"trust.wildcard_limited_to_org"});
  EXPECT_EQ(codes(R"(},"IpAddress":{"aws:SourceIp":"203.0.113.0/24"})"), Set{"trust.wildcard_principal"});
  EXPECT_EQ(codes(R"(},"ArnEquals":{"aws:PrincipalArn":")" + kUs + R"("})"), Set{});
  EXPECT_EQ(codes(R"(},"ArnEquals":{"aws:PrincipalArn":[")" + kUs + R"(",")" + kStranger + R"("]})"),
            Set{"trust.other_principals"});
  EXPECT_EQ(codes(R"(,"aws:PrincipalAccount":"999999999999"})"), Set{"trust.account_principal"});
  EXPECT_EQ(codes(R"(,"aws:PrincipalAccount":"888888888888"})"), Set{"trust.other_principals"});
}

TEST(JudgeTrustTest, StrangersAreAWarningAndTheAccountsOwnPrincipalsAreNot) {
  const auto more = [](const std::string& principal) {
    return R"(,{"Effect":"Allow","Principal":)" + principal + R"(,"Action":"sts:AssumeRole"})";
  };
  const Verdict verdict =
      JudgeTrust(Expected(), Evidence(Probes(), Trust().substr(0, Trust().size() - 2) +
                                                    more(R"({"AWS":")" + std::string(kStranger) + R"("})") + "]}"));
  EXPECT_TRUE(verdict.ok);
  EXPECT_EQ(Codes(verdict), Set{"trust.other_principals"});
  EXPECT_TRUE(verdict.findings[0].message.contains(kStranger));
  EXPECT_FALSE(verdict.findings[0].fix_policy.contains(kStranger));
  for (const char* principal : {R"({"AWS":"arn:aws:iam::111122223333:root"})", R"({"Service":"ec2.amazonaws.com"})",
                                R"({"AWS":"arn:aws:iam::111122223333:role/admin"})"}) {
    const std::string document = Trust().substr(0, Trust().size() - 2) + more(principal) + "]}";
    EXPECT_TRUE(JudgeTrust(Expected(), Evidence(Probes(), document)).findings.empty()) << principal;
  }
}

TEST(JudgeTrustTest, DeletedPrincipalsAreErrors) {
  const Verdict verdict =
      JudgeTrust(Expected(), Evidence(Probes(), Trust(R"({"StringEquals":{"sts:ExternalId":")" + kId + R"("}})",
                                                      R"({"AWS":[")" + kUs + R"(","AIDAEXAMPLEEXAMPLE123"]})")));
  EXPECT_FALSE(verdict.ok);
  EXPECT_EQ(Codes(verdict), Set{"trust.dangling_principal"});
  EXPECT_FALSE(verdict.findings[0].fix_policy.contains("AIDA"));
}

TEST(JudgeTrustTest, SessionActionsAreAskedForOnlyWhenTheyAreSwitchedOn) {
  const std::string bare = R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":")" + kUs +
                           R"("},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":")" + kId +
                           R"("}}}})";
  model::Integration integration = SampleIntegration();
  integration.session_tags = false;
  EXPECT_EQ(Codes(JudgeTrust(Expected(integration), Evidence(Probes(Observed::kDenied), bare, DocumentSource::kGiven))),
            (Set{"trust.not_assumable", "trust.source_identity_missing"}));
  integration.source_identity = false;
  EXPECT_TRUE(JudgeTrust(Expected(integration), Evidence(Probes(), bare)).findings.empty());
}

TEST(JudgeTrustTest, TheRoleItselfIsLookedAt) {
  TrustEvidence evidence = Evidence(Probes(), Trust());
  evidence.role_maximum = std::chrono::seconds(3600);
  evidence.capabilities = {{.name = "self_check", .missing_actions = {"iam:ListRolePolicies"}}, {.name = "cost"}};
  TrustExpectation expected = Expected();
  expected.duration = std::chrono::hours(2);
  const Verdict verdict = JudgeTrust(expected, evidence);
  EXPECT_TRUE(verdict.ok);
  EXPECT_EQ(Codes(verdict), (Set{"role.duration_too_short", "capability.missing_actions"}));
  EXPECT_EQ(Find(verdict, "capability.missing_actions").message, "the role lacks iam:ListRolePolicies");
}

TEST(JudgeTrustTest, TheWrongAccountIsAnError) {
  TrustEvidence evidence = Evidence(Probes(), Trust());
  evidence.account = Must(model::AccountId::Parse("444455556666"));
  EXPECT_EQ(Codes(JudgeTrust(Expected(), evidence)), Set{"role.wrong_account"});
  EXPECT_FALSE(JudgeTrust(Expected(), evidence).ok);
  evidence.account = evidence.own_account;
  model::Integration ours = SampleIntegration();
  ours.account_id = evidence.own_account;
  TrustExpectation expected = Expected(ours);
  EXPECT_EQ(Codes(JudgeTrust(expected, evidence)), Set{"role.wrong_account"});
  evidence.own_account_rule = OwnAccount::kAccepted;
  EXPECT_TRUE(JudgeTrust(expected, evidence).ok);
}

TEST(JudgeTrustTest, WithoutNegativeProbesItSaysSo) {
  const Verdict verdict = JudgeTrust(Expected(), Evidence(Probes(Observed::kAllowed, Observed::kNotChecked), Trust()));
  EXPECT_TRUE(verdict.ok);
  EXPECT_EQ(Codes(verdict), Set{"verification.emulator"});
}

TEST(JudgeTrustTest, OfferedPatternsOfPerRunAreSafeAndThoseOfOtherTenantsAreNot) {
  const std::string right = "acme@int_01JD3EB0000000000000000ABC@vpc@read";
  TrustExpectation expected = Expected(fakes::SamplePerRun(), {right});
  TrustEvidence evidence = Evidence(Probes(), "");
  evidence.wrong_id = "zzzz@int_01JD3EB0000000000000000XYZ@vpc@read";
  for (const char* pattern :
       {"acme@int_01JD3EB0000000000000000ABC@*", "acme@int_01JD3EB0000000000000000ABC@vpc@*", "acme@*"}) {
    evidence.document = Trust(R"({"StringLike":{"sts:ExternalId":")" + std::string(pattern) + R"("}})");
    const Verdict verdict = JudgeTrust(expected, evidence);
    EXPECT_TRUE(verdict.ok && verdict.findings.empty()) << pattern;
  }
  evidence.document = Trust(R"({"StringLike":{"sts:ExternalId":"*@vpc@*"}})");
  EXPECT_EQ(Codes(JudgeTrust(expected, evidence)), Set{"trust.external_id_any_value"});
}

TEST(JudgeTrustTest, ACorrectedPolicyKeepsWhatIsNoneOfOurBusinessAndIsItselfFine) {
  const std::string document = R"({"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Principal":{"AWS":")" +
                               kUs + R"("},"Action":"sts:AssumeRole"},
    {"Sid":"Build","Effect":"Allow","Principal":{"Service":"codebuild.amazonaws.com"},"Action":"sts:AssumeRole"},
    {"Sid":"Mfa","Effect":"Deny","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}}]})";
  const Verdict verdict = JudgeTrust(Expected(), Evidence(Probes(Observed::kAllowed, Observed::kAllowed), document));
  const std::string& fix = Find(verdict, "trust.external_id_not_required").fix_policy;
  EXPECT_TRUE(fix.contains("\"Build\"") && fix.contains("\"Mfa\"")) << fix;
  const Verdict again = JudgeTrust(Expected(), Evidence(Probes(), fix));
  EXPECT_TRUE(again.ok);
  EXPECT_TRUE(again.findings.empty());
}

TEST(JudgeTrustTest, ErrorsComeFirst) {
  TrustEvidence evidence = Evidence(Probes(Observed::kAllowed, Observed::kAllowed),
                                    Trust(R"({"StringLike":{"sts:ExternalId":"*"}})", R"({"AWS":"999999999999"})"));
  evidence.role_maximum = std::chrono::seconds(900);
  const Verdict verdict = JudgeTrust(Expected(), evidence);
  ASSERT_GE(verdict.findings.size(), 3U);
  for (std::size_t i = 1; i < verdict.findings.size(); ++i)
    EXPECT_LE(verdict.findings[i - 1].severity, verdict.findings[i].severity);
}

TEST(JudgeTrustTest, ADocumentThatCannotBeReadIsAWarning) {
  EXPECT_EQ(Codes(JudgeTrust(Expected(), Evidence(Probes(), "{\"Version\":"))), Set{"trust.document_unread"});
}

}  // namespace
}  // namespace crossrole::integration
