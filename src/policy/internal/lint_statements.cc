// SPDX-License-Identifier: Apache-2.0
#include "policy/internal/lint_statements.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.h"
#include "policy/internal/prepared.h"
#include "policy/internal/variables.h"

namespace crossrole::policy::internal {
namespace {

// Source: IAM User Guide, "AWS global condition context keys": those of type ArrayOf….
constexpr std::array<std::string_view, 8> kMultivaluedKeys = {
    "aws:CalledVia",        "aws:PrincipalOrgPaths", "aws:PrincipalServiceNamesList", "aws:ResourceOrgPaths", "aws:SourceOrgPaths",
    "aws:TagKeys",          "sts:TransitiveTagKeys", "saml:edupersonaffiliation"};
constexpr std::array<std::string_view, 5> kSourceKeys = {"aws:SourceArn", "aws:SourceAccount", "aws:SourceOrgID", "aws:SourceOrgPaths",
                                                         "aws:SourceOwner"};

template <std::size_t n>
bool IsOneOf(std::string_view key, const std::array<std::string_view, n>& keys) {
  return std::ranges::any_of(keys, [&](std::string_view one) { return base::EqualsIgnoreCase(one, key); });
}

bool IsEverything(const PatternElement& element) {
  return element.form == Form::kIs && std::ranges::find(element.patterns, "*") != element.patterns.end();
}

bool NamesEveryone(const PrincipalElement& element) {
  return element.form == Form::kIs && std::ranges::any_of(element.values, [](const PrincipalValue& value) {
           return value.type == PrincipalType::kAws && value.text == "*";
         });
}

bool NamesService(const PrincipalElement& element) {
  return element.form == Form::kIs &&
         std::ranges::any_of(element.values, [](const PrincipalValue& value) { return value.type == PrincipalType::kService; });
}

std::string_view WordFor(Family family) {
  switch (family) {
    case Family::kNumber:
      return "a number";
    case Family::kDate:
      return "a date";
    case Family::kBool:
      return "`true` or `false`";
    case Family::kBinary:
      return "base 64";
    case Family::kAddress:
      return "an address or network";
    case Family::kArn:
      return "an ARN";
    case Family::kString:
      break;
  }
  return "text";
}

class StatementLinter {
 public:
  StatementLinter(const Document& document, DocumentKind kind, std::size_t index)
      : document_(document), kind_(kind), index_(index), statement_(document.statements[index]) {}

  std::vector<LintFinding> Findings();

 private:
  void Add(std::string_view code, LintSeverity severity, std::string message, std::string fix) {
    findings_.push_back({.code = std::string(code), .severity = severity, .statement = index_, .message = std::move(message), .fix = std::move(fix)});
  }
  bool allows() const { return statement_.effect == Effect::kAllow; }
  void JudgeElements();
  void JudgePrincipals();
  void JudgeCondition(const Condition& condition);
  void JudgeValues(const Condition& condition);
  bool DemandsPresence(std::string_view key) const;

  const Document& document_;
  DocumentKind kind_;
  std::size_t index_;
  const Statement& statement_;
  std::vector<LintFinding> findings_;
};

void StatementLinter::JudgeElements() {
  if (allows() && statement_.action.form == Form::kIsNot) {
    Add("lint.allow_not_action", LintSeverity::kWarning, "`NotAction` allows every other action, those of services to come included",
        "list what is allowed in `Action`");
  }
  if (allows() && statement_.resource.form == Form::kIsNot) {
    Add("lint.allow_not_resource", LintSeverity::kWarning, "`NotResource` allows every other resource, those of services to come included",
        "list what is allowed in `Resource`");
  }
  const bool grants = kind_ == DocumentKind::kIdentity || kind_ == DocumentKind::kResource;
  if (grants && allows() && statement_.conditions.empty() && IsEverything(statement_.action) && IsEverything(statement_.resource)) {
    Add("lint.allow_everything", LintSeverity::kWarning, "every action is allowed on everything", "name the actions and resources that are needed");
  }
  const bool whole = IsEverything(statement_.action) && IsEverything(statement_.resource) && statement_.conditions.empty();
  if (kind_ == DocumentKind::kResourceControl && allows() && !whole) {
    Add("lint.rcp_allows", LintSeverity::kError, "AWS takes no Allow statement in a resource control policy but that of RCPFullAWSAccess",
        "write what is forbidden, with `\"Effect\": \"Deny\"`");
  }
}

void StatementLinter::JudgePrincipals() {
  if (statement_.principal.form == Form::kIsNot) {
    Add("lint.not_principal", LintSeverity::kWarning,
        "`NotPrincipal` spares only who is listed together with its account and, for sessions, its role; nobody with a permissions boundary",
        "use `\"Principal\": \"*\"` with `ArnNotLike` on aws:PrincipalArn");
  }
  if (kind_ != DocumentKind::kResource || !allows()) return;
  if (NamesEveryone(statement_.principal) && statement_.conditions.empty()) {
    Add("lint.public", LintSeverity::kError, "everyone is allowed, without signing in too", "name principals, or demand aws:PrincipalOrgID");
  }
  const bool has_source = std::ranges::any_of(statement_.conditions, [](const Condition& one) { return IsOneOf(one.key, kSourceKeys); });
  if (NamesService(statement_.principal) && !has_source) {
    Add("lint.service_without_source", LintSeverity::kWarning, "the service is allowed on behalf of any of its customers",
        "demand aws:SourceArn or aws:SourceAccount");
  }
}

// Whether another condition of the statement holds only if the key is there.
bool StatementLinter::DemandsPresence(std::string_view key) const {
  return std::ranges::any_of(statement_.conditions, [&](const Condition& one) {
    if (!base::EqualsIgnoreCase(one.key, key) || one.when_absent == WhenAbsent::kMatches) return false;
    if (one.op == Operator::kNull) return std::ranges::none_of(one.values, [](const std::string& value) { return base::EqualsIgnoreCase(value, "true"); });
    return one.set == SetOperator::kForAnyValue || (one.set == SetOperator::kNone && !IsNegated(one.op));
  });
}

void StatementLinter::JudgeCondition(const Condition& condition) {
  if (condition.op == Operator::kNull) return;
  if (condition.set == SetOperator::kNone && IsOneOf(condition.key, kMultivaluedKeys)) {
    Add("lint.several_values", LintSeverity::kWarning,
        fmt::format("{} may have several values, for which `{}` is not defined", condition.key, NameOf(condition)),
        "put `ForAnyValue:` or `ForAllValues:` in front of the operator");
  }
  if (base::EqualsIgnoreCase(condition.key, "aws:MultiFactorAuthPresent") && !allows() && condition.op == Operator::kBool &&
      condition.when_absent == WhenAbsent::kOperatorDecides) {
    Add("lint.mfa_key_absent", LintSeverity::kWarning, "requests with long-term keys have no aws:MultiFactorAuthPresent, so they are not denied",
        "use `BoolIfExists`");
  }
  if (!allows() || DemandsPresence(condition.key)) return;
  if (condition.set == SetOperator::kForAllValues) {
    Add("lint.for_all_values_absent", LintSeverity::kWarning, fmt::format("`ForAllValues` also holds when {} is absent", condition.key),
        fmt::format("add `\"Null\": {{\"{}\": \"false\"}}`", condition.key));
  } else if (condition.set == SetOperator::kNone && IsNegated(condition.op)) {
    Add("lint.negated_absent", LintSeverity::kWarning, fmt::format("`{}` also holds when {} is absent", NameOf(condition), condition.key),
        fmt::format("add `\"Null\": {{\"{}\": \"false\"}}`, or say what is allowed", condition.key));
  }
}

void StatementLinter::JudgeValues(const Condition& condition) {
  if (condition.op == Operator::kNull) return;
  const Family family = FamilyOf(condition.op);
  const bool like = condition.op == Operator::kStringLike || condition.op == Operator::kStringNotLike;
  for (const std::string& value : condition.values) {
    const PreparedValue read = PrepareValue(family, value, document_.version);
    if (family == Family::kString) {
      if (like || read.has_variable || value.find_first_of("*?") == std::string::npos) continue;
      Add("lint.wildcard_is_text", LintSeverity::kWarning, fmt::format("`{}` compares `{}` as it stands, with its `*` or `?`", NameOf(condition), value),
          "use `StringLike` if it is meant as a pattern");
    } else if (!read.has_variable && value != "*" && std::holds_alternative<std::monostate>(read.reading)) {
      Add("lint.value_never_matches", LintSeverity::kWarning,
          fmt::format("`{}` of {} is not {}, so `{}` never matches it", value, condition.key, WordFor(family), NameOf(condition)),
          "correct the value or the operator");
    }
  }
}

std::vector<LintFinding> StatementLinter::Findings() {
  JudgeElements();
  JudgePrincipals();
  for (const Condition& condition : statement_.conditions) {
    const bool of_trust = kind_ == DocumentKind::kTrust && base::EqualsIgnoreCase(condition.key, "sts:ExternalId");
    if (of_trust) continue;
    JudgeCondition(condition);
    JudgeValues(condition);
  }
  return std::move(findings_);
}

}  // namespace

std::vector<LintFinding> LintStatements(const Document& document, DocumentKind kind) {
  std::vector<LintFinding> findings;
  for (std::size_t i = 0; i < document.statements.size(); ++i) {
    std::ranges::move(StatementLinter(document, kind, i).Findings(), std::back_inserter(findings));
  }
  return findings;
}

}  // namespace crossrole::policy::internal
