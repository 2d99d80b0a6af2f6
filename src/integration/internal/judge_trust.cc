// SPDX-License-Identifier: Apache-2.0
#include "integration/internal/judge_trust.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "base/json.h"
#include "integration/internal/blueprint.h"
#include "integration/internal/correct_trust.h"
#include "policy/analyse.h"
#include "policy/parse.h"
#include "policy/print.h"

namespace crossrole::integration {
namespace {

using policy::ProbeKind;
using policy::Relation;

constexpr std::string_view kRegionDisabled = "RegionDisabledException";

class Judge {
 public:
  Judge(const TrustExpectation& expected, const TrustEvidence& evidence) : expected_(expected), evidence_(evidence) {
    if (evidence.source == DocumentSource::kUnread || evidence.document.empty()) return;
    auto parsed = policy::Parse(evidence.document, policy::DocumentKind::kTrust);
    auto caller = policy::ReadPrincipal(expected.principal_arn);
    if (!parsed || !caller) return;
    document_ = *std::move(parsed);
    analysis_ = policy::AnalyseTrust(*document_, QuestionFor(*std::move(caller)));
    if (auto other = policy::ReadPrincipal(expected.other_principal_arn)) other_analysis_ = policy::AnalyseTrust(*document_, QuestionFor(*std::move(other)));
  }

  Verdict Run();

 private:
  policy::TrustQuestion QuestionFor(policy::Principal caller) const;
  Observed Saw(ProbeKind kind) const { return evidence_.probes.at(static_cast<std::size_t>(kind)).observed; }
  bool SawAllowed(ProbeKind kind) const { return Saw(kind) == Observed::kAllowed; }
  void Add(std::string_view code, FindingEvidence by, std::string message);
  void AddWithFix(std::string_view code, FindingEvidence by, std::string message);
  void JudgeRefusal();
  void JudgeExternalIdByProbes();
  void JudgeExternalIdByDocument(const policy::TrustAnalysis& analysis);
  void JudgeOpenStatements(const policy::TrustAnalysis& analysis);
  void JudgePrincipals();
  void JudgeWildcard(const policy::TrustedPrincipal& principal);
  void JudgeSessionActions();
  void JudgeRole();

  const TrustExpectation& expected_;
  const TrustEvidence& evidence_;
  std::optional<policy::Document> document_;
  std::optional<policy::TrustAnalysis> analysis_;
  std::optional<policy::TrustAnalysis> other_analysis_;  // as our other principal sees it: no probe can
  std::vector<Finding> findings_;
};

policy::TrustQuestion Judge::QuestionFor(policy::Principal caller) const {
  policy::TrustQuestion question{.caller = std::move(caller),
                                 .role_arn = expected_.role_arn,
                                 .expected_ids = expected_.external_ids,
                                 .offered_patterns = expected_.offered_patterns,
                                 .wrong_id = evidence_.wrong_id};
  // Which tags and which identity does not matter to what the document can say about them.
  if (expected_.session_tags) question.tags = {{"crossrole:integration", "x"}};
  if (expected_.source_identity) question.source_identity = "x";
  return question;
}

// The first finding of a code stands: a probe speaks before the document does.
void Judge::Add(std::string_view code, FindingEvidence by, std::string message) {
  if (std::ranges::find(findings_, code, &Finding::code) != findings_.end()) return;
  findings_.push_back(MakeFinding(code, by, std::move(message)));
}

void Judge::AddWithFix(std::string_view code, FindingEvidence by, std::string message) {
  if (std::ranges::find(findings_, code, &Finding::code) != findings_.end()) return;
  std::string fixed = document_ ? CorrectTrust(*document_, expected_) : expected_.corrected_policy;
  findings_.push_back(MakeFinding(code, by, std::move(message), std::move(fixed)));
}

void Judge::JudgeRefusal() {
  const ProbeOutcome& positive = evidence_.probes.front();
  // It says nothing about the role, so what was observed is `unknown`.
  if (positive.aws_code == kRegionDisabled) {
    Add("sts.region_disabled", FindingEvidence::kProbe,
        positive.detail.empty() ? "STS is not activated in the region of the integration" : positive.detail);
    return;
  }
  if (positive.observed != Observed::kDenied) return;
  const policy::ProbeAnswer* said = analysis_ ? analysis_->Find(ProbeKind::kWithExternalId) : nullptr;
  const std::string_view hint = said == nullptr ? "the role may not exist, may not trust our principal with this "
                                                  "external ID, or IAM may not have spread a change yet"
                                : said->allowed ? "the given trust policy would allow it: the role may not exist, may "
                                                  "have another trust policy, or IAM may not have spread a change yet"
                                                : "the given trust policy does not allow it";
  AddWithFix("trust.not_assumable", FindingEvidence::kProbe,
             fmt::format("AWS refused the call with the right external ID; {}", hint));
}

void Judge::JudgeOpenStatements(const policy::TrustAnalysis& analysis) {
  const FindingEvidence by =
      SawAllowed(ProbeKind::kWithoutExternalId) ? FindingEvidence::kProbe : FindingEvidence::kDocument;
  for (const policy::OpenStatement& open : analysis.open_statements) {
    const bool if_exists = open.because == policy::OpenBecause::kIfExists;
    AddWithFix(
        if_exists ? "trust.external_id_if_exists" : "trust.external_id_not_required", by,
        if_exists
            ? fmt::format(
                  "statement {} lets us in when the external ID is left out: its condition holds only if one exists",
                  open.index + 1)
            : fmt::format("statement {} lets us in without an external ID", open.index + 1));
  }
}

void Judge::JudgeExternalIdByProbes() {
  if (SawAllowed(ProbeKind::kWithoutExternalId)) {
    if (analysis_) JudgeOpenStatements(*analysis_);
    if (!analysis_ || analysis_->open_statements.empty()) {
      AddWithFix("trust.external_id_not_required", FindingEvidence::kProbe,
                 "the role was assumed without an external ID");
    }
    return;
  }
  if (SawAllowed(ProbeKind::kWrongExternalId)) {
    AddWithFix("trust.external_id_any_value", FindingEvidence::kProbe,
               "the role was assumed with an external ID that nobody issued");
  } else if (SawAllowed(ProbeKind::kWithSuffix)) {
    AddWithFix("trust.external_id_any_value", FindingEvidence::kProbe,
               "the role was assumed with the external ID and a letter behind it");
  } else if (SawAllowed(ProbeKind::kChangedCase)) {
    // Some patterns take the changed value too; then the document says so, and that is the worse one.
    const bool pattern = analysis_ && !analysis_->any_values.empty();
    AddWithFix(pattern ? "trust.external_id_any_value" : "trust.external_id_case_insensitive", FindingEvidence::kProbe,
               "the role was assumed with the external ID in other capital letters");
  }
}

void Judge::JudgeExternalIdByDocument(const policy::TrustAnalysis& analysis) {
  JudgeOpenStatements(analysis);
  const auto is_open = [&](std::size_t index) {
    return std::ranges::find(analysis.open_statements, index, &policy::OpenStatement::index) != analysis.open_statements.end();
  };
  // A statement that asks for nothing takes any value too; that is said already.
  const auto adds_something = [&](const policy::AcceptedValue& accepted) {
    return !std::ranges::all_of(accepted.statements, is_open);
  };
  if (std::ranges::any_of(analysis.any_values, adds_something)) {
    AddWithFix("trust.external_id_any_value", FindingEvidence::kDocument,
               "the trust policy accepts external IDs that were not issued for this role");
  }
  if (analysis.ignores_case && analysis.open_statements.empty()) {
    AddWithFix("trust.external_id_case_insensitive", FindingEvidence::kDocument,
               "the trust policy compares the external ID without regard to case");
  }
  // Values are not repeated: one may have been issued to somebody else.
  if (!analysis.other_values.empty()) {
    AddWithFix("trust.external_id_other_value", FindingEvidence::kDocument,
               fmt::format("the trust policy accepts {} other external ID{}", analysis.other_values.size(),
                           analysis.other_values.size() == 1 ? "" : "s"));
  }
}

void Judge::JudgeWildcard(const policy::TrustedPrincipal& principal) {
  switch (principal.limit) {
    case policy::WildcardLimit::kNone:
      AddWithFix("trust.wildcard_principal", FindingEvidence::kDocument,
                 fmt::format("statement {} names every principal of every account", principal.statement + 1));
      return;
    case policy::WildcardLimit::kOrganization:
      AddWithFix("trust.wildcard_limited_to_org", FindingEvidence::kDocument,
                 fmt::format("statement {} names every principal and is limited to an organization only",
                             principal.statement + 1));
      return;
    case policy::WildcardLimit::kAccount:
    case policy::WildcardLimit::kPrincipal:
      break;
    case policy::WildcardLimit::kOther:
      return;
  }
  switch (WhoPassesWildcard(*document_, principal, expected_)) {
    case WildcardReach::kUs:
      return;
    case WildcardReach::kOurAccount:
      AddWithFix("trust.account_principal", FindingEvidence::kDocument, "the trust policy lets in our whole account");
      return;
    case WildcardReach::kOthers:
      AddWithFix("trust.other_principals", FindingEvidence::kDocument,
                 fmt::format("statement {} names every principal, and its conditions let in more than us",
                             principal.statement + 1));
      return;
  }
}

void Judge::JudgePrincipals() {
  std::vector<std::string> others;
  for (const policy::TrustedPrincipal& principal : analysis_->principals) {
    if (principal.relation == Relation::kEveryone) JudgeWildcard(principal);
    if (principal.relation == Relation::kCallersAccount) {
      AddWithFix("trust.account_principal", FindingEvidence::kDocument, "the trust policy names our whole account");
    }
    const bool other = principal.relation == Relation::kStranger || principal.relation == Relation::kCallersFellow;
    if (other && principal.value.text != expected_.other_principal_arn && std::ranges::find(others, principal.value.text) == others.end())
      others.push_back(principal.value.text);
  }
  const std::vector<std::string> dangling = DanglingPrincipals(*document_, expected_.principal_arn);
  if (!dangling.empty()) {
    AddWithFix("trust.dangling_principal", FindingEvidence::kDocument,
               fmt::format("the trust policy names `{}`, whose user or role is gone", fmt::join(dangling, "`, `")));
  }
  if (!others.empty()) {
    AddWithFix("trust.other_principals", FindingEvidence::kDocument,
               fmt::format("the trust policy also lets in `{}`", fmt::join(others, "`, `")));
  }
}

// Only of a given document: once the call has passed, its actions are allowed.
void Judge::JudgeSessionActions() {
  const auto misses = [&](std::string_view action) {
    return std::ranges::find(analysis_->missing_actions, action) != analysis_->missing_actions.end();
  };
  if (misses("sts:TagSession")) {
    AddWithFix("trust.tag_session_missing", FindingEvidence::kDocument,
               "the trust policy does not let us pass session tags");
  }
  if (misses("sts:SetSourceIdentity")) {
    AddWithFix("trust.source_identity_missing", FindingEvidence::kDocument,
               "the trust policy does not let us pass a source identity");
  }
}

void Judge::JudgeRole() {
  if (evidence_.account && expected_.account && *evidence_.account != *expected_.account) {
    Add("role.wrong_account", FindingEvidence::kProbe,
        fmt::format("the role is in account {}, not in {}", evidence_.account->text(), expected_.account->text()));
  } else if (evidence_.account && *evidence_.account == evidence_.own_account &&
             evidence_.own_account_rule == OwnAccount::kRefused) {
    Add("role.wrong_account", FindingEvidence::kProbe, "the role is in our own account");
  }
  if (!document_) {
    Add("trust.document_unread", FindingEvidence::kProbe,
        evidence_.source == DocumentSource::kUnread ? "the role may not read its own trust policy"
                                                    : "the trust policy is of a form that we cannot read");
  }
  if (evidence_.role_maximum && *evidence_.role_maximum < expected_.duration) {
    Add("role.duration_too_short", FindingEvidence::kDocument,
        fmt::format("the role allows sessions of {} s, the integration asks for {} s", evidence_.role_maximum->count(),
                    expected_.duration.count()));
  }
  std::set<std::string> missing;
  for (const CapabilityResult& capability : evidence_.capabilities) {
    missing.insert(capability.missing_actions.begin(), capability.missing_actions.end());
  }
  if (!missing.empty()) {
    Add("capability.missing_actions", FindingEvidence::kProbe,
        fmt::format("the role lacks {}", fmt::join(missing, ", ")));
  }
}

Verdict Judge::Run() {
  const bool passed = SawAllowed(ProbeKind::kWithExternalId);
  // They are not sent either before the positive one has passed; that is no warning.
  const bool unchecked = std::ranges::any_of(
      evidence_.probes, [](const ProbeOutcome& probe) { return probe.observed == Observed::kNotChecked; });
  if (evidence_.negative_probes_off || (passed && unchecked)) {
    Add("verification.emulator", FindingEvidence::kProbe,
        "negative probes are switched off, so the trust is not proven");
  }
  if (passed) {
    JudgeExternalIdByProbes();
    JudgeRole();
  } else {
    JudgeRefusal();
  }
  if (analysis_ && (passed || evidence_.source == DocumentSource::kGiven)) {
    if (!passed) JudgeSessionActions();
    JudgeExternalIdByDocument(*analysis_);
    if (other_analysis_) JudgeExternalIdByDocument(*other_analysis_);
    JudgePrincipals();
  }
  std::ranges::sort(findings_, {}, [](const Finding& finding) { return std::pair(finding.severity, finding.code); });
  const bool clean =
      std::ranges::none_of(findings_, [](const Finding& finding) { return finding.severity == Severity::kError; });
  const bool right_account = !expected_.account || (evidence_.account && *evidence_.account == *expected_.account);
  return {.ok = passed && std::ranges::all_of(evidence_.probes, IsAsExpected) && right_account && clean,
          .findings = std::move(findings_)};
}

}  // namespace

std::string_view NameOf(DocumentSource source) {
  switch (source) {
    case DocumentSource::kRead:
      return "read";
    case DocumentSource::kGiven:
      return "given";
    case DocumentSource::kUnread:
      break;
  }
  return "unread";
}

base::Result<TrustExpectation> ExpectationOf(const model::Integration& integration, const model::Handle& tenant,
                                             const model::RoleArn& role, const OurPrincipals& ours, std::vector<std::string> probed) {
  TRY_ASSIGN(const AcceptedExternalIds accepted, AcceptedExternalIdsOf(integration, tenant, {}));
  TrustExpectation expected{.principal_arn = ours.calling,
                            .other_principal_arn = ours.other,
                            .role_arn = role.text(),
                            .external_ids = std::move(probed),
                            .session_tags = integration.session_tags,
                            .source_identity = integration.source_identity,
                            .duration = integration.duration,
                            .account = integration.account_id ? *integration.account_id : role.account(),
                            .corrected_policy = policy::Print(TrustDocument(integration, accepted, ours.other))};
  if (integration.external_id_format == model::ExternalIdFormat::kPerRun) {
    // What is bound to the tenant is safe from other tenants, whatever else it lets in.
    expected.offered_patterns = {tenant.text() + "@*"};
  } else {
    for (const std::string& value : accepted.values) {
      const bool known = std::ranges::find(expected.external_ids, value) != expected.external_ids.end();
      if (!known) expected.external_ids.push_back(value);
    }
  }
  return expected;
}

Verdict JudgeTrust(const TrustExpectation& expected, const TrustEvidence& evidence) {
  return Judge(expected, evidence).Run();
}

}  // namespace crossrole::integration
