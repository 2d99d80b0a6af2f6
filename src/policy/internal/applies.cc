// SPDX-License-Identifier: Apache-2.0
#include "policy/internal/applies.h"

#include <algorithm>

#include "policy/internal/glob.h"
#include "policy/internal/variables.h"

namespace crossrole::policy::internal {
namespace {

// Calls `found` with each pattern, read beforehand or now, until it returns true; whether it did.
template <typename Pattern, typename Prepare, typename Found>
bool AnyPattern(const std::vector<std::string>& written, const std::vector<Pattern>* prepared, Prepare prepare, Found found) {
  if (prepared != nullptr) return std::ranges::any_of(*prepared, found);
  return std::ranges::any_of(written, [&](const std::string& text) { return found(prepare(text)); });
}

// The colons of an ARN are where they are in its pattern, so that a pattern that begins otherwise up to its first wildcard
// is told without taking either apart.
bool MayBeCovered(std::string_view beginning, const Asked& asked) { return asked.request.resource.starts_with(beginning); }

bool PartsMatch(const ArnPattern& pattern, const ArnParts& given, std::size_t count) {
  for (std::size_t i = count; i-- > 0;) {
    if (!Glob(pattern.parts.at(i), given.at(i), kWritten)) return false;
  }
  return true;
}

bool IsSameAccount(const Asked& asked) {
  const Request& request = asked.request;
  if (!request.resource_account.empty()) return request.resource_account == request.principal.account;
  const bool in_arn = asked.resource.has_value() && !asked.resource->at(4).empty();
  return !in_arn || asked.resource->at(4) == request.principal.account;
}

bool CrossesPartitions(const Asked& asked) {
  const Request& request = asked.request;
  if (request.principal.account.empty()) return false;
  if (!request.partition.empty()) return request.partition != request.principal.partition;
  return asked.resource.has_value() && asked.resource->at(1) != request.principal.partition;
}

}  // namespace

Asked::Asked(const Request& asked)
    : request(asked), action(SplitAction(asked.action)), resource(SplitArn(asked.resource)) {}

bool ActionApplies(const StatementView& statement, const Asked& asked) {
  const PatternElement& element = statement.written.action;
  if (element.form == Form::kAbsent) return false;
  const bool covered = AnyPattern(element.patterns, statement.prepared == nullptr ? nullptr : &statement.prepared->actions,
                                  PrepareAction, [&](const ActionPattern& pattern) { return Covers(pattern, asked.action); });
  return covered == (element.form == Form::kIs);
}

ResourceMatch MatchResource(const ArnPattern& pattern, const Asked& asked) {
  const auto answer = [](bool matches) { return matches ? ResourceMatch::kYes : ResourceMatch::kNo; };
  if (pattern.shape == ArnPattern::Shape::kEverything) return ResourceMatch::kYes;
  if (pattern.shape == ArnPattern::Shape::kNothing || !asked.resource.has_value()) return ResourceMatch::kNo;
  if (pattern.shape == ArnPattern::Shape::kLiteral) return answer(pattern.text == asked.request.resource);
  const ArnParts& given = *asked.resource;
  if (!pattern.has_variable && !MayBeCovered(pattern.beginning, asked)) return ResourceMatch::kNo;
  if (!pattern.has_variable) return answer(PartsMatch(pattern, given, given.size()));
  if (!PartsMatch(pattern, given, given.size() - 1)) return ResourceMatch::kNo;
  const Expansion expanded(pattern.parts[5], asked.request.context, Stars::kAreWildcards);
  if (!expanded.is_complete()) return ResourceMatch::kUnresolved;
  return answer(Glob(expanded.text(), given[5], kExpanded));
}

bool ResourceApplies(const StatementView& statement, const Asked& asked) {
  const PatternElement& element = statement.written.resource;
  if (element.form == Form::kAbsent) return true;  // a trust policy: its own role
  bool unresolved = false;
  const bool covered = AnyPattern(
      element.patterns, statement.prepared == nullptr ? nullptr : &statement.prepared->resources,
      [&](const std::string& text) {
        // With a variable it matters whether the pattern differs or cannot be known.
        const std::string_view beginning = std::string_view(text).substr(0, text.find_first_of("*?"));
        const bool differs = !HasVariable(text) && !MayBeCovered(beginning, asked);
        return differs ? ArnPattern{} : PrepareArn(text, statement.version);
      },
      [&](const ArnPattern& pattern) {
        const ResourceMatch match = MatchResource(pattern, asked);
        unresolved = unresolved || match == ResourceMatch::kUnresolved;
        return match == ResourceMatch::kYes;
      });
  if (covered) return element.form == Form::kIs;
  return element.form == Form::kIsNot && !unresolved;
}

bool HasPrincipals(Layer layer) {
  return layer == Layer::kResource || layer == Layer::kResourceControl || layer == Layer::kVpcEndpoint;
}

PrincipalMatch PrincipalApplies(const PrincipalElement& element, Layer layer, const Principal& caller, Boundary boundary) {
  if (!HasPrincipals(layer)) return PrincipalMatch::kDirect;
  if (element.form == Form::kIs) return Match(element, caller);
  if (element.form == Form::kAbsent) return PrincipalMatch::kNone;
  return IsSpared(element, caller, boundary) ? PrincipalMatch::kNone : PrincipalMatch::kEveryone;
}

bool ConditionsHold(const StatementView& statement, const ContextMap& context, const Undocumented& choices) {
  const std::vector<Condition>& conditions = statement.written.conditions;
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    const auto* prepared = statement.prepared == nullptr ? nullptr : &statement.prepared->conditions[i];
    if (!HoldsPrepared(conditions[i], prepared, context, statement.version, choices)) return false;
  }
  return true;
}

Circumstances CircumstancesOf(const Asked& asked) {
  const CallerKind kind = asked.request.principal.kind;
  const bool service_linked = IsServiceLinkedRole(asked.request.principal);
  const bool own = kind != CallerKind::kAnonymous && kind != CallerKind::kService && kind != CallerKind::kFederated;
  return {.has_own_policies = own,
          .limited_by_rcp = !service_linked,
          .limited_by_scp = own && !service_linked,
          .same_account = IsSameAccount(asked),
          .crosses_partitions = CrossesPartitions(asked),
          .needs_explicit_grant = NeedsExplicitGrant(asked.request.action, asked.request.resource)};
}

}  // namespace crossrole::policy::internal
