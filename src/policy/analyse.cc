// SPDX-License-Identifier: Apache-2.0
#include "policy/analyse.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "policy/condition.h"
#include "policy/internal/lean.h"
#include "policy/internal/variables.h"
#include "policy/match.h"

namespace crossrole::policy {
namespace {

using internal::kAssumeRole;
using internal::Lean;

constexpr std::string_view kExternalId = "sts:ExternalId";

bool IsExternalId(const Condition& condition) { return base::EqualsIgnoreCase(condition.key, kExternalId); }

enum class CallForm { kFull, kWeakest };

AssumeRoleCall CallOf(const TrustQuestion& question, std::optional<std::string> external_id, CallForm form) {
  AssumeRoleCall call{.caller = question.caller,
                      .role_arn = question.role_arn,
                      .session_name = question.session_name,
                      .external_id = std::move(external_id),
                      .context = question.context};
  if (form == CallForm::kFull) {
    call.tags = question.tags;
    call.source_identity = question.source_identity;
  }
  return call;
}

// Keys that AWS fills from the call itself, so that their absence is known too.
bool IsOfTheCall(std::string_view key) {
  constexpr std::array<std::string_view, 9> kKeys = {
      kExternalId,     "sts:SourceIdentity", "sts:TransitiveTagKeys", "aws:TagKeys",       "aws:ResourceAccount",
      "aws:SourceArn", "aws:SourceAccount",  "aws:SourceOrgID",       "aws:SourceOrgPaths"};
  const bool listed = std::ranges::any_of(kKeys, [&](std::string_view one) { return base::EqualsIgnoreCase(one, key); });
  return listed || base::Lower(key).starts_with("aws:requesttag/");
}

class Judge {
 public:
  Judge(const Document& trust, const TrustQuestion& question) : original_(trust), question_(question) {
    ContextMap context = question.context;
    AddPrincipalKeys(context, question.caller);
    if (!question.session_name.empty()) context.Set("sts:RoleSessionName", question.session_name);
    is_known_ = [context](std::string_view key) { return IsOfTheCall(key) || context.Find(key) != nullptr; };
    possible_ = internal::TakeUnknown(trust, Lean::kTowardsAllow, is_known_);
    certain_ = internal::TakeUnknown(trust, Lean::kTowardsDeny, is_known_);
  }

  TrustAnalysis Analyse();

 private:
  TrustDecision Decide(const Document& trust, const std::optional<std::string>& external_id, CallForm form) const {
    return EvaluateTrust(trust, CallOf(question_, external_id, form), {.undocumented = question_.undocumented});
  }
  ProbeAnswer Probe(ProbeKind kind, std::optional<std::string> external_id) const;
  bool IsOurs(const std::string& value) const;
  void FindOpenStatements(TrustAnalysis& out) const;
  void FindAcceptedValues(TrustAnalysis& out) const;
  void Accept(const std::string& candidate, const std::string& pattern, TrustAnalysis& out) const;
  std::set<std::string> WrittenValues() const;
  void AddNearby(std::vector<std::string>& out) const;

  const Document& original_;
  const TrustQuestion& question_;
  internal::IsKnown is_known_;
  Document possible_;  // unknown keys are in favour of the call
  Document certain_;   // … and against it
};

std::vector<std::size_t> AllowingStatements(const TrustDecision& decision) {
  std::vector<std::size_t> indexes;
  for (const StatementMatch& match : decision.parts.front().second.statements) {
    if (match.effect == Effect::kAllow) indexes.push_back(match.index);
  }
  return indexes;
}

ProbeAnswer Judge::Probe(ProbeKind kind, std::optional<std::string> external_id) const {
  ProbeAnswer answer{.kind = kind, .external_id = external_id};
  const bool negative = kind != ProbeKind::kWithExternalId;
  const TrustDecision full = Decide(possible_, external_id, CallForm::kFull);
  const TrustDecision weakest = Decide(possible_, external_id, CallForm::kWeakest);
  answer.full_call = full.allowed();
  answer.weakest_call = weakest.allowed();
  answer.allowed = answer.full_call || (negative && answer.weakest_call);
  if (!answer.allowed) return answer;
  answer.statements = AllowingStatements(answer.full_call ? full : weakest);
  answer.certain = Decide(certain_, external_id, CallForm::kFull).allowed() ||
                   (negative && Decide(certain_, external_id, CallForm::kWeakest).allowed());
  return answer;
}

// Whether the value may work: one of the expected, or covered by a pattern we hand out.
bool Judge::IsOurs(const std::string& value) const {
  return std::ranges::find(question_.expected_ids, value) != question_.expected_ids.end() ||
         std::ranges::any_of(question_.offered_patterns,
                             [&](const std::string& pattern) { return MatchGlob(pattern, value); });
}

OpenBecause WhyOpen(const Statement& statement) {
  OpenBecause because = OpenBecause::kNoCondition;
  for (const Condition& condition : statement.conditions) {
    if (!IsExternalId(condition)) continue;
    if (condition.when_absent == WhenAbsent::kMatches) return OpenBecause::kIfExists;
    if (condition.set == SetOperator::kForAllValues) because = OpenBecause::kForAllValues;
    if (condition.set == SetOperator::kNone && IsNegated(condition.op)) because = OpenBecause::kNegated;
    if (condition.op == Operator::kNull) because = OpenBecause::kNullTest;
  }
  return because;
}

void Judge::FindOpenStatements(TrustAnalysis& out) const {
  const ProbeAnswer* absent = out.Find(ProbeKind::kWithoutExternalId);
  std::vector<std::size_t> certain;
  if (absent->certain) certain = AllowingStatements(Decide(certain_, std::nullopt, CallForm::kWeakest));
  for (const std::size_t index : absent->statements) {
    out.open_statements.push_back({.index = index,
                                   .because = WhyOpen(original_.statements[index]),
                                   .certain = std::ranges::find(certain, index) != certain.end()});
  }
}

// Values that the call must equal as they stand: in an Allow that holds for them, in a Deny that holds for all others.
std::set<std::string> Judge::WrittenValues() const {
  std::set<std::string> written;
  for (const Statement& statement : original_.statements) {
    for (const Condition& condition : statement.conditions) {
      if (!IsExternalId(condition) || condition.op == Operator::kNull) continue;
      if (IsNegated(condition.op) != (statement.effect == Effect::kDeny)) continue;
      const bool like = condition.op == Operator::kStringLike || condition.op == Operator::kStringNotLike;
      for (const std::string& value : condition.values) {
        if (!like || !internal::HasWildcard(value)) written.insert(value);
      }
    }
  }
  return written;
}

void Judge::Accept(const std::string& candidate, const std::string& pattern, TrustAnalysis& out) const {
  if (!IsExternalIdText(candidate) || IsOurs(candidate)) return;
  const ProbeAnswer answer = Probe(ProbeKind::kWrongExternalId, candidate);
  if (!answer.allowed) return;
  AcceptedValue accepted{.value = candidate, .pattern = pattern, .statements = answer.statements, .certain = answer.certain};
  const bool written = pattern.empty() && WrittenValues().contains(candidate);
  (written ? out.other_values : out.any_values).push_back(std::move(accepted));
}

// Values that a sloppy comparison would let through.
void Judge::AddNearby(std::vector<std::string>& out) const {
  out.emplace_back("crossrole-arbitrary-value-7f3a");
  out.push_back(question_.wrong_id);
  for (const std::string& id : question_.expected_ids) {
    out.push_back(id + "x");
    out.push_back("x" + id);
    if (!id.empty()) out.push_back(id.substr(0, id.size() - 1));
  }
}

// The document itself says where other values could pass: at its own values, and around its patterns.
void Judge::FindAcceptedValues(TrustAnalysis& out) const {
  std::set<std::string> values;
  std::set<std::string> patterns;
  for (const Statement& statement : original_.statements) {
    for (const Condition& condition : statement.conditions) {
      if (!IsExternalId(condition)) continue;
      const bool like = condition.op == Operator::kStringLike || condition.op == Operator::kStringNotLike;
      for (const std::string& value : condition.values) {
        const bool variable = original_.version == Version::k2012 && internal::HasVariable(value);
        (variable || (like && internal::HasWildcard(value)) ? patterns : values).insert(value);
      }
    }
  }
  for (const std::string& value : values) Accept(value, "", out);
  const ContextMap context = RequestsOf(CallOf(question_, std::nullopt, CallForm::kFull)).front().context;
  for (const std::string& pattern : patterns) {
    const std::size_t before = out.any_values.size();
    const auto expanded = internal::Expand(pattern, context, internal::Stars::kAreText);
    for (const std::string& witness : internal::Witnesses(expanded.value_or(pattern))) {
      if (out.any_values.size() == before) Accept(witness, pattern, out);
    }
  }
  std::vector<std::string> nearby;
  AddNearby(nearby);
  for (const std::string& value : nearby) {
    if (out.any_values.empty()) Accept(value, "", out);
  }
}

TrustAnalysis Judge::Analyse() {
  TrustAnalysis out;
  std::optional<std::string> first;
  if (!question_.expected_ids.empty()) first = question_.expected_ids.front();
  const std::string right = first.value_or("");
  out.probes.push_back(Probe(ProbeKind::kWithExternalId, first));
  out.probes.push_back(Probe(ProbeKind::kWithoutExternalId, std::nullopt));
  if (!question_.wrong_id.empty()) out.probes.push_back(Probe(ProbeKind::kWrongExternalId, question_.wrong_id));
  if (const std::string swapped = SwapCase(right); swapped != right && !IsOurs(swapped)) {
    out.probes.push_back(Probe(ProbeKind::kChangedCase, swapped));
  }
  if (!right.empty() && !IsOurs(right + "x")) out.probes.push_back(Probe(ProbeKind::kWithSuffix, right + "x"));
  for (const auto& [action, decision] : Decide(possible_, first, CallForm::kFull).parts) {
    if (!decision.allowed()) out.missing_actions.push_back(action);
  }
  FindOpenStatements(out);
  FindAcceptedValues(out);
  const ProbeAnswer* changed_case = out.Find(ProbeKind::kChangedCase);
  out.ignores_case = changed_case != nullptr && changed_case->allowed && out.any_values.empty();
  for (std::size_t i = 0; i < original_.statements.size(); ++i) {
    for (const Condition& condition : original_.statements[i].conditions) {
      if (!IsExternalId(condition)) continue;
      out.external_id_conditions.push_back({.statement = i, .effect = original_.statements[i].effect, .condition = condition});
    }
  }
  out.principals = TrustedPrincipals(original_, question_.caller, question_.role_arn);
  out.unknown_keys = internal::UnknownKeys(original_, is_known_);
  return out;
}

}  // namespace

const ProbeAnswer* TrustAnalysis::Find(ProbeKind kind) const {
  const auto found = std::ranges::find(probes, kind, &ProbeAnswer::kind);
  return found == probes.end() ? nullptr : &*found;
}

TrustAnalysis AnalyseTrust(const Document& trust, const TrustQuestion& question) { return Judge(trust, question).Analyse(); }

std::string SwapCase(std::string_view text) {
  std::string swapped(text);
  for (char& c : swapped) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) c = static_cast<char>(c ^ 0x20);
  }
  return swapped;
}

bool IsExternalIdText(std::string_view text) {
  return text.size() >= 2 && text.size() <= 1224 && std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  std::string_view("_+=,.@:/-").find(c) != std::string_view::npos;
         });
}

Document BuildTrust(const TrustDesign& design) {
  PrincipalElement principal{.form = Form::kIs};
  for (const std::string& arn : design.principal_arns) principal.values.push_back({.type = PrincipalType::kAws, .text = arn});
  Condition condition{.op = design.external_patterns.empty() ? Operator::kStringEquals : Operator::kStringLike,
                      .key = std::string(kExternalId),
                      .values = design.external_ids};
  condition.values.insert(condition.values.end(), design.external_patterns.begin(), design.external_patterns.end());
  Document document{.version = Version::k2012};
  document.statements.push_back({.sid = "AssumeWithExternalId",
                                 .effect = Effect::kAllow,
                                 .principal = principal,
                                 .action = {.form = Form::kIs, .patterns = {std::string(kAssumeRole)}},
                                 .conditions = {condition}});
  if (design.session_actions.empty()) return document;
  document.statements.push_back({.sid = "TagSession",
                                 .effect = Effect::kAllow,
                                 .principal = principal,
                                 .action = {.form = Form::kIs, .patterns = design.session_actions}});
  return document;
}

}  // namespace crossrole::policy
