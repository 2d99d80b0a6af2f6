// SPDX-License-Identifier: Apache-2.0
#include "policy/lint.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/value.hpp>
#include <set>

#include "base/text.h"
#include "policy/analyse.h"
#include "policy/explain.h"
#include "policy/internal/glob.h"
#include "policy/internal/lean.h"
#include "policy/internal/lint_statements.h"
#include "policy/internal/variables.h"
#include "policy/match.h"
#include "policy/parse.h"

namespace crossrole::policy {
namespace {

namespace json = boost::json;

// Stands for the role that carries the document, of which a file does not speak.
constexpr std::string_view kSomeRole = "arn:aws:iam::000000000000:role/this";

std::string_view NameOf(LintSeverity severity) {
  switch (severity) {
    case LintSeverity::kError:
      return "error";
    case LintSeverity::kWarning:
      return "warning";
    case LintSeverity::kInfo:
      return "info";
  }
  return "";
}

class Linter {
 public:
  Linter(const Document& document, const LintOptions& options) : document_(document), options_(options) {}

  void AddTo(LintReport& report);
  base::Status ReadCallers();

 private:
  struct Caller {
    Principal principal;
    std::string name;
  };

  void Add(LintFinding finding) {
    const auto same = [&](const LintFinding& one) {
      return one.code == finding.code && one.statement == finding.statement && one.message == finding.message;
    };
    if (std::ranges::none_of(report_->findings, same)) report_->findings.push_back(std::move(finding));
  }
  std::vector<std::string> ExternalIds() const;
  void JudgeCaller(const Caller& caller);
  void JudgeValues(const TrustAnalysis& analysis);
  void JudgeMissing(const TrustAnalysis& analysis);
  void JudgePrincipals();
  void JudgePrincipal(const TrustedPrincipal& principal);
  bool HasPrincipal() const { return !options_.principal_arn.empty(); }

  const Document& document_;
  const LintOptions& options_;
  std::vector<Caller> callers_;
  LintReport* report_ = nullptr;
};

// Somebody of whom the principal value is true.
std::optional<Principal> CallerFor(const PrincipalValue& value) {
  if (value.type != PrincipalType::kAws) return std::nullopt;
  std::string account = value.text == "*" ? "100200300400" : value.text;
  std::string partition = "aws";
  if (const auto parts = internal::SplitArn(value.text)) {
    if (parts->at(5) != "root") {
      auto principal = ReadPrincipal(value.text);
      return principal.has_value() ? std::optional(*std::move(principal)) : std::nullopt;
    }
    account = parts->at(4);
    partition = parts->at(1);
  }
  if (account.size() != 12) return std::nullopt;
  return Principal{.kind = CallerKind::kRole,
                   .partition = partition,
                   .account = account,
                   .arn = fmt::format("arn:{}:iam::{}:role/some-role", partition, account)};
}

base::Status Linter::ReadCallers() {
  if (HasPrincipal()) {
    TRY_ASSIGN(Principal principal, ReadPrincipal(options_.principal_arn));
    callers_.push_back({.principal = std::move(principal), .name = options_.principal_arn});
    return {};
  }
  std::set<std::string> seen;
  for (const TrustedPrincipal& trusted : TrustedPrincipals(document_, {}, kSomeRole)) {
    auto principal = CallerFor(trusted.value);
    if (principal.has_value() && seen.insert(trusted.value.text).second) {
      callers_.push_back({.principal = *std::move(principal), .name = trusted.value.text});
    }
  }
  return {};
}

// Without a word from the caller, what the document asks for counts as intended.
std::vector<std::string> Linter::ExternalIds() const {
  if (!options_.external_ids.empty()) return options_.external_ids;
  std::vector<std::string> values;
  for (const Statement& statement : document_.statements) {
    for (const Condition& condition : statement.conditions) {
      if (!base::EqualsIgnoreCase(condition.key, "sts:ExternalId")) continue;
      std::ranges::copy_if(condition.values, std::back_inserter(values),
                           [](const std::string& value) { return !internal::HasWildcard(value) && IsExternalIdText(value); });
    }
  }
  return values;
}

std::string_view CodeOf(OpenBecause because) {
  return because == OpenBecause::kIfExists ? "trust.external_id_if_exists" : "trust.external_id_not_required";
}

std::string_view ReasonOf(OpenBecause because) {
  switch (because) {
    case OpenBecause::kNoCondition:
      return "the statement has no condition on sts:ExternalId";
    case OpenBecause::kIfExists:
      return "an `…IfExists` operator passes when the external ID is left out";
    case OpenBecause::kForAllValues:
      return "`ForAllValues` passes when the external ID is left out";
    case OpenBecause::kNegated:
      return "a negated operator passes when the external ID is left out";
    case OpenBecause::kNullTest:
      return "the `Null` test passes when the external ID is left out";
  }
  return "";
}

void Linter::JudgeCaller(const Caller& caller) {
  const TrustQuestion question{.caller = caller.principal,
                               .role_arn = std::string(kSomeRole),
                               .expected_ids = ExternalIds(),
                               .wrong_id = "some-other-value",
                               .tags = {{"crossrole", "lint"}},
                               .source_identity = "lint"};
  const TrustAnalysis analysis = AnalyseTrust(document_, question);
  for (const OpenStatement& open : analysis.open_statements) {
    Add({.code = std::string(CodeOf(open.because)),
         .severity = LintSeverity::kError,
         .statement = open.index,
         .message = fmt::format("`{}` gets in without an external ID: {}", caller.name, ReasonOf(open.because)),
         .fix = "add `\"Condition\": {\"StringEquals\": {\"sts:ExternalId\": \"…\"}}` to every statement that allows sts:AssumeRole"});
  }
  if (analysis.open_statements.empty()) JudgeValues(analysis);
  if (HasPrincipal()) JudgeMissing(analysis);
}

void Linter::JudgeValues(const TrustAnalysis& analysis) {
  for (const AcceptedValue& accepted : analysis.any_values) {
    Add({.code = "trust.external_id_any_value",
         .severity = LintSeverity::kError,
         .statement = accepted.statements.empty() ? std::nullopt : std::optional(accepted.statements.front()),
         .message = accepted.pattern.empty()
                        ? fmt::format("the external ID `{}` is accepted too", accepted.value)
                        : fmt::format("the pattern `{}` accepts other external IDs, `{}` for one", accepted.pattern, accepted.value),
         .fix = "compare with the exact external ID by `StringEquals`"});
  }
  if (analysis.ignores_case) {
    Add({.code = "trust.external_id_case_insensitive",
         .severity = LintSeverity::kError,
         .message = "the external ID is accepted in any mixture of upper and lower case",
         .fix = "use `StringEquals` instead of `StringEqualsIgnoreCase`"});
  }
  for (const AcceptedValue& accepted : analysis.other_values) {
    Add({.code = "trust.external_id_other_value",
         .severity = LintSeverity::kWarning,
         .statement = accepted.statements.empty() ? std::nullopt : std::optional(accepted.statements.front()),
         .message = fmt::format("the external ID `{}` is accepted too", accepted.value),
         .fix = "remove it unless somebody needs it"});
  }
}

void Linter::JudgeMissing(const TrustAnalysis& analysis) {
  for (const std::string& action : analysis.missing_actions) {
    const bool assume = action == "sts:AssumeRole";
    Add({.code = assume                         ? "trust.not_assumable"
                 : action == "sts:TagSession" ? "trust.tag_session_missing"
                                              : "trust.source_identity_missing",
         .severity = LintSeverity::kError,
         .message = fmt::format("`{}` is not allowed to call {}", options_.principal_arn, action),
         .fix = assume ? "name the principal in a statement that allows sts:AssumeRole"
                       : "allow it for the same principal in a statement without condition on sts:ExternalId"});
  }
}

void Linter::JudgePrincipal(const TrustedPrincipal& principal) {
  LintFinding finding{.statement = principal.statement};
  const std::string& text = principal.value.text;
  switch (principal.relation) {
    case Relation::kEveryone:
      finding.code = principal.limit == WildcardLimit::kNone ? "trust.wildcard_principal" : "trust.wildcard_limited_to_org";
      finding.severity = principal.limit == WildcardLimit::kNone ? LintSeverity::kError : LintSeverity::kWarning;
      finding.message = principal.limit == WildcardLimit::kNone
                            ? "every AWS account may try to assume the role"
                            : "the principal is `*`, held back only by conditions on who calls";
      finding.fix = "name the principal by its ARN";
      break;
    case Relation::kDangling:
      finding.code = "trust.dangling_principal";
      finding.severity = LintSeverity::kError;
      finding.message = fmt::format("`{}` is the ID of a user or role that was deleted", text);
      finding.fix = "name the principal by its ARN again";
      break;
    case Relation::kCallersAccount:
      finding.code = "trust.account_principal";
      finding.severity = LintSeverity::kInfo;
      finding.message = fmt::format("every principal of account {} that its own policies allow may assume the role",
                                    callers_.front().principal.account);
      finding.fix = "name one role instead";
      break;
    case Relation::kStranger:
    case Relation::kCallersFellow:
      if (!HasPrincipal()) return;
      finding.code = "trust.other_principals";
      finding.message = fmt::format("`{}` may assume the role too", text);
      finding.fix = "give it a role of its own";
      break;
    case Relation::kFederated:
      if (principal.subject != SubjectCheck::kMissing && principal.subject != SubjectCheck::kAnyValue) return;
      finding.code = "lint.subject_not_checked";
      finding.severity = LintSeverity::kError;
      finding.message = fmt::format("every identity of `{}` may assume the role, whoever it belongs to", text);
      finding.fix = "demand one subject with `StringEquals` on its `:sub` key";
      break;
    case Relation::kCaller:
    case Relation::kRolesAccount:
    case Relation::kService:
      return;
  }
  Add(std::move(finding));
}

void Linter::JudgePrincipals() {
  const Principal caller = HasPrincipal() ? callers_.front().principal : Principal{};
  for (const TrustedPrincipal& principal : TrustedPrincipals(document_, caller, kSomeRole)) JudgePrincipal(principal);
}

void Linter::AddTo(LintReport& report) {
  report_ = &report;
  for (const Caller& caller : callers_) JudgeCaller(caller);
  JudgePrincipals();
}

void LintText(const Document& document, std::string_view text, DocumentKind kind, LintReport& report) {
  for (const Statement& statement : document.statements) report.statements.push_back(Describe(statement));
  report.size = SizeOf(text, kind);
  if (const std::optional<std::size_t> limit = SizeLimit(kind); limit.has_value() && report.size > *limit) {
    report.findings.push_back({.code = "lint.policy_size",
                               .severity = LintSeverity::kWarning,
                               .message = fmt::format("the policy has {} characters, more than AWS's default of {}", report.size, *limit),
                               .fix = "shorten it, or have the quota raised"});
  }
  if (document.version == Version::k2008 && internal::HasVariable(text)) {
    report.findings.push_back({.code = "lint.variables_are_text",
                               .severity = LintSeverity::kWarning,
                               .message = "in a policy of version 2008-10-17, or of none, `${…}` is text and no variable",
                               .fix = "set `\"Version\": \"2012-10-17\"`"});
  }
}

void AddFindings(std::vector<LintFinding> findings, LintReport& report) {
  std::ranges::move(findings, std::back_inserter(report.findings));
}

}  // namespace

bool LintReport::ok() const {
  return std::ranges::none_of(findings, [](const LintFinding& one) { return one.severity == LintSeverity::kError; });
}

base::Result<LintReport> LintTrust(std::string_view text, const LintOptions& options) {
  TRY_ASSIGN(const Document document, Parse(text, DocumentKind::kTrust));
  LintReport report;
  LintText(document, text, DocumentKind::kTrust, report);
  Linter linter(document, options);
  TRY(linter.ReadCallers());
  linter.AddTo(report);
  AddFindings(internal::LintStatements(document, DocumentKind::kTrust), report);
  return report;
}

base::Result<LintReport> LintPolicy(std::string_view text, DocumentKind kind) {
  if (kind == DocumentKind::kTrust) return LintTrust(text);
  TRY_ASSIGN(const Document document, Parse(text, kind));
  LintReport report;
  LintText(document, text, kind, report);
  AddFindings(internal::LintStatements(document, kind), report);
  return report;
}

base::Result<LintReport> LintIdentity(std::string_view text) { return LintPolicy(text, DocumentKind::kIdentity); }

LintReport ReportOf(const base::Error& malformed) {
  LintReport report;
  report.findings.push_back({.code = "lint.malformed",
                             .severity = LintSeverity::kError,
                             .message = fmt::format("AWS refuses it: {}{}", malformed.message,
                                                    malformed.field.empty() ? "" : " (at " + malformed.field + ")"),
                             .fix = malformed.fix});
  return report;
}

std::string Describe(const LintReport& report) {
  std::string text;
  for (std::size_t i = 0; i < report.statements.size(); ++i) text += fmt::format("statement {}: {}\n", i, report.statements[i]);
  for (const LintFinding& finding : report.findings) {
    text += fmt::format("{}: {}{}: {}; {}\n", NameOf(finding.severity), finding.code,
                        finding.statement.has_value() ? fmt::format(" (statement {})", *finding.statement) : "", finding.message,
                        finding.fix);
  }
  if (report.findings.empty()) text += "nothing to complain about\n";
  return text;
}

json::value ToJson(const LintReport& report) {
  json::array statements;
  for (const std::string& statement : report.statements) statements.emplace_back(json::string(statement));
  json::array findings;
  for (const LintFinding& finding : report.findings) {
    json::object object;
    object["code"] = finding.code;
    object["severity"] = NameOf(finding.severity);
    if (finding.statement.has_value()) object["statement"] = *finding.statement;
    object["message"] = finding.message;
    object["fix"] = finding.fix;
    findings.emplace_back(std::move(object));
  }
  json::object object;
  object["ok"] = report.ok();
  object["size"] = report.size;
  object["statements"] = std::move(statements);
  object["findings"] = std::move(findings);
  return object;
}

}  // namespace crossrole::policy
