// SPDX-License-Identifier: Apache-2.0
#include "policy/residual.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "policy/condition.h"
#include "policy/internal/applies.h"
#include "policy/internal/logic.h"
#include "policy/internal/variables.h"

namespace crossrole::policy {
namespace {

using internal::All;
using internal::Any;
using internal::Constant;
using internal::Not;
using Kind = Residual::Kind;

void CollectKeys(const Residual& residual, std::set<std::string>& keys) {
  const auto add_variables = [&](const std::vector<std::string>& texts) {
    if (residual.version == Version::k2008) return;
    for (const std::string& text : texts) {
      for (const std::string_view key : internal::VariableKeys(text)) keys.insert(base::Lower(key));
    }
  };
  if (residual.kind == Kind::kCondition) {
    keys.insert(base::Lower(residual.condition.key));
    if (internal::TakesVariables(internal::FamilyOf(residual.condition.op))) add_variables(residual.condition.values);
  }
  if (residual.kind == Kind::kResource) add_variables(residual.patterns.patterns);
  for (const Residual& part : residual.parts) CollectKeys(part, keys);
}

// When the documents of one layer, or of one of its levels, allow and deny.
struct Verdict {
  bool present = false;
  Residual denies = Constant(false);
  Residual allows = Constant(false);
  Residual allows_as_issuer = Constant(false);  // by the role of a session, by the user of a federated user
  Residual allows_directly = Constant(false);
};

class PartialEvaluation {
 public:
  PartialEvaluation(const PartialQuestion& question, const PolicySets& policies, const Undocumented& choices)
      : asked_(question.request), where_(internal::CircumstancesOf(asked_)), question_(question), policies_(policies), choices_(choices) {}

  PartialDecision Decide();

 private:
  bool IsKnown(std::string_view key) const;
  bool AreVariablesKnown(std::string_view text, Version version) const;
  Residual MayHold(const Condition& condition, const internal::StatementView& statement) const;
  Residual MayCover(const internal::StatementView& statement) const;
  void Read(Layer layer, std::string_view level, const PolicyRef& policy, Verdict& verdict);
  Verdict ReadAll(Layer layer, const std::vector<PolicyRef>& policies);
  Verdict ReadOne(Layer layer, const std::optional<PolicyRef>& policy);
  Verdict ReadLevels(Layer layer, const std::vector<PolicyLevel>& levels);
  Verdict ReadIdentity();
  Residual GrantedToPrincipal(const Verdict& resource, const Verdict& identity, const Verdict& boundary, const Verdict& session) const;
  void Tell(Layer layer, std::string_view level, const Verdict& verdict);

  const internal::Asked asked_;
  const internal::Circumstances where_;
  const PartialQuestion& question_;
  const PolicySets& policies_;
  const Undocumented& choices_;
  PartialDecision out_;
};

bool PartialEvaluation::IsKnown(std::string_view key) const {
  if (asked_.request.context.Find(key) != nullptr) return true;
  return std::ranges::any_of(question_.absent, [&](std::string_view absent) {
    if (!absent.ends_with('*')) return base::EqualsIgnoreCase(absent, key);
    absent.remove_suffix(1);
    return base::EqualsIgnoreCase(key.substr(0, absent.size()), absent);
  });
}

bool PartialEvaluation::AreVariablesKnown(std::string_view text, Version version) const {
  if (version == Version::k2008) return true;
  return std::ranges::all_of(internal::VariableKeys(text), [&](std::string_view key) { return IsKnown(key); });
}

Residual PartialEvaluation::MayHold(const Condition& condition, const internal::StatementView& statement) const {
  const bool takes_variables = condition.op != Operator::kNull && internal::TakesVariables(internal::FamilyOf(condition.op));
  const bool known = IsKnown(condition.key) && std::ranges::all_of(condition.values, [&](const std::string& value) {
                       return !takes_variables || AreVariablesKnown(value, statement.version);
                     });
  if (known) return Constant(Holds(condition, asked_.request.context, statement.version, choices_));
  return {.kind = Kind::kCondition, .version = statement.version, .condition = condition};
}

// Patterns that can be decided are; the whole element remains only if one of the others could change the answer.
Residual PartialEvaluation::MayCover(const internal::StatementView& statement) const {
  const PatternElement& element = statement.written.resource;
  PatternElement known{.form = element.form};
  for (const std::string& pattern : element.patterns) {
    if (AreVariablesKnown(pattern, statement.version)) known.patterns.push_back(pattern);
  }
  if (known.patterns.size() == element.patterns.size()) return Constant(internal::ResourceApplies(statement, asked_));
  Statement decided;
  decided.resource = known;
  const bool applies = internal::ResourceApplies({.written = decided, .version = statement.version}, asked_);
  if (applies == (element.form == Form::kIs)) return Constant(applies);
  return {.kind = Kind::kResource, .version = statement.version, .patterns = element, .resource = asked_.request.resource};
}

void PartialEvaluation::Read(Layer layer, std::string_view level, const PolicyRef& policy, Verdict& verdict) {
  const Boundary boundary = policies_.boundary.has_value() ? Boundary::kPresent : Boundary::kNone;
  internal::ForEachStatement(policy, asked_, [&](const internal::StatementView& statement, std::size_t index) {
    if (!internal::ActionApplies(statement, asked_)) return;
    const Statement& written = statement.written;
    const PrincipalMatch principal = internal::PrincipalApplies(written.principal, layer, asked_.request.principal, boundary);
    if (principal == PrincipalMatch::kNone) return;
    std::vector<Residual> parts = {MayCover(statement)};
    for (const Condition& condition : written.conditions) parts.push_back(MayHold(condition, statement));
    const Residual matches = All(std::move(parts));
    if (matches.kind == Kind::kFalse) return;
    const std::vector<std::uint32_t> itself = {static_cast<std::uint32_t>(index)};
    for (const std::uint32_t place : policy.compiled == nullptr ? itself : policy.compiled->WrittenPlaces(index)) {
      out_.statements.push_back({.match = {.layer = layer,
                                           .policy = std::string(policy.name),
                                           .level = std::string(level),
                                           .index = place,
                                           .sid = written.sid,
                                           .effect = written.effect,
                                           .principal = internal::HasPrincipals(layer) ? principal : PrincipalMatch::kNone},
                                 .if_ = matches});
    }
    if (written.effect == Effect::kDeny) {
      verdict.denies = Any({std::move(verdict.denies), matches});
      return;
    }
    verdict.allows = Any({std::move(verdict.allows), matches});
    const bool issuer = principal == PrincipalMatch::kRole || principal == PrincipalMatch::kUserOfFederatedUser;
    if (issuer) verdict.allows_as_issuer = Any({std::move(verdict.allows_as_issuer), matches});
    if (principal >= PrincipalMatch::kDirect) verdict.allows_directly = Any({std::move(verdict.allows_directly), matches});
  });
}

Verdict PartialEvaluation::ReadAll(Layer layer, const std::vector<PolicyRef>& policies) {
  Verdict verdict{.present = !policies.empty()};
  for (const PolicyRef& policy : policies) Read(layer, "", policy, verdict);
  Tell(layer, "", verdict);
  return verdict;
}

Verdict PartialEvaluation::ReadOne(Layer layer, const std::optional<PolicyRef>& policy) {
  Verdict verdict{.present = policy.has_value()};
  if (policy.has_value()) Read(layer, "", *policy, verdict);
  Tell(layer, "", verdict);
  return verdict;
}

Verdict PartialEvaluation::ReadLevels(Layer layer, const std::vector<PolicyLevel>& levels) {
  Verdict all{.present = !levels.empty(), .allows = Constant(true)};
  for (const PolicyLevel& level : levels) {
    Verdict one;
    for (const PolicyRef& policy : level.policies) Read(layer, level.name, policy, one);
    Tell(layer, level.name, one);
    all.denies = Any({std::move(all.denies), std::move(one.denies)});
    all.allows = All({std::move(all.allows), std::move(one.allows)});
  }
  return all;
}

Verdict PartialEvaluation::ReadIdentity() {
  Verdict verdict{.present = !policies_.identity.empty()};
  for (const PolicyRef& policy : policies_.identity) Read(Layer::kIdentity, "", policy, verdict);
  const bool all = policies_.identity_side == IdentitySide::kTakenAsAllowing || asked_.request.principal.kind == CallerKind::kRootUser;
  if (all) verdict.allows = Constant(true);
  Tell(Layer::kIdentity, "", verdict);
  return verdict;
}

void PartialEvaluation::Tell(Layer layer, std::string_view level, const Verdict& verdict) {
  if (verdict.allows.is_constant() && verdict.denies.is_constant()) return;
  out_.layers.push_back({.layer = layer, .level = std::string(level), .allows_if = verdict.allows, .denies_if = verdict.denies});
}

Residual PartialEvaluation::GrantedToPrincipal(const Verdict& resource, const Verdict& identity, const Verdict& boundary,
                                               const Verdict& session) const {
  const Residual within_boundary = boundary.present ? boundary.allows : Constant(true);
  // A GetFederationToken session without session policies has only what resource policies grant to the session itself.
  const bool bare_federated = !session.present && asked_.request.principal.kind == CallerKind::kFederatedUser;
  const Residual within_session = session.present ? session.allows : Constant(!bare_federated);
  const bool needs_resource = !where_.same_account || where_.needs_explicit_grant;
  const Residual by_identity =
      All({needs_resource ? resource.allows : Constant(true), identity.allows, within_boundary, within_session});
  if (!where_.same_account) return by_identity;
  return Any({resource.allows_directly, All({resource.allows_as_issuer, within_boundary, within_session}), by_identity});
}

PartialDecision PartialEvaluation::Decide() {
  const auto settle = [&](Answer answer) {
    out_.answer = answer;
    out_.allowed_if = Constant(answer == Answer::kAllowed);
    out_.denied_if = Constant(answer == Answer::kExplicitlyDenied);
  };
  if (IsAlwaysAllowed(asked_.request.action)) {
    settle(Answer::kAllowed);
    return std::move(out_);
  }
  const bool own = where_.has_own_policies;
  const std::vector<PolicyLevel> none;
  const Verdict rcp = ReadLevels(Layer::kResourceControl, where_.limited_by_rcp ? policies_.rcp : none);
  const Verdict scp = ReadLevels(Layer::kServiceControl, where_.limited_by_scp ? policies_.scp : none);
  const Verdict endpoint = ReadOne(Layer::kVpcEndpoint, policies_.vpc_endpoint);
  const Verdict resource = ReadAll(Layer::kResource, policies_.resource);
  const Verdict identity = own ? ReadIdentity() : Verdict{};
  const Verdict boundary = own ? ReadOne(Layer::kBoundary, policies_.boundary) : Verdict{};
  const Verdict session = own ? ReadAll(Layer::kSession, policies_.session) : Verdict{};
  out_.denied_if = Any({rcp.denies, scp.denies, endpoint.denies, resource.denies, identity.denies, boundary.denies, session.denies});
  const Residual granted = own ? GrantedToPrincipal(resource, identity, boundary, session) : resource.allows;
  out_.allowed_if = All({Constant(!where_.crosses_partitions), Not(out_.denied_if), rcp.allows, scp.allows,
                         endpoint.present ? endpoint.allows : Constant(true), granted});
  if (out_.denied_if.kind == Kind::kTrue) {
    settle(Answer::kExplicitlyDenied);
  } else if (out_.allowed_if.kind == Kind::kTrue) {
    settle(Answer::kAllowed);
  } else if (out_.allowed_if.kind == Kind::kFalse && out_.denied_if.kind == Kind::kFalse) {
    settle(Answer::kImplicitlyDenied);
  }
  std::set<std::string> keys;
  CollectKeys(out_.allowed_if, keys);
  CollectKeys(out_.denied_if, keys);
  out_.keys.assign(keys.begin(), keys.end());
  return std::move(out_);
}

}  // namespace

bool Holds(const Residual& residual, const ContextMap& context, const Undocumented& choices) {
  const auto holds = [&](const Residual& part) { return Holds(part, context, choices); };
  switch (residual.kind) {
    case Kind::kTrue:
      return true;
    case Kind::kFalse:
      return false;
    case Kind::kCondition:
      return Holds(residual.condition, context, residual.version, choices);
    case Kind::kResource: {
      Statement statement;
      statement.resource = residual.patterns;
      const Request request{.resource = residual.resource, .context = context};
      return internal::ResourceApplies({.written = statement, .version = residual.version}, internal::Asked(request));
    }
    case Kind::kAll:
      return std::ranges::all_of(residual.parts, holds);
    case Kind::kAny:
      return std::ranges::any_of(residual.parts, holds);
    case Kind::kNot:
      return !holds(residual.parts.front());
  }
  return false;
}

std::vector<std::string> KeysOf(const Residual& residual) {
  std::set<std::string> keys;
  CollectKeys(residual, keys);
  return {keys.begin(), keys.end()};
}

PartialDecision EvaluatePartially(const PartialQuestion& question, const PolicySets& policies, const Undocumented& choices) {
  return PartialEvaluation(question, policies, choices).Decide();
}

}  // namespace crossrole::policy
