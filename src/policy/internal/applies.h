// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "policy/compile.h"
#include "policy/context.h"
#include "policy/document.h"
#include "policy/evaluate.h"
#include "policy/internal/prepared.h"
#include "policy/principal.h"
#include "policy/undocumented.h"

namespace crossrole::policy::internal {

/// A request with what is read of it once.
struct Asked {
  explicit Asked(const Request& asked);
  const Request& request;
  std::optional<ActionName> action;
  std::optional<ArnParts> resource;
};

/// One statement in force.
struct StatementView {
  const Statement& written;
  const PreparedStatement* prepared = nullptr;  // nullptr: is read as it is needed
  Version version = Version::k2008;
};

/// Calls `visit(view, index)` for the statements of `policy` that may concern the action; `index` counts the written
/// statements of a document, those of the canonical form of a compiled policy.
template <typename Visit>
void ForEachStatement(const PolicyRef& policy, const Asked& asked, Visit visit) {
  if (policy.compiled == nullptr) {
    const Document& document = *policy.document;
    for (std::size_t i = 0; i < document.statements.size(); ++i) {
      visit(StatementView{.written = document.statements[i], .version = document.version}, i);
    }
    return;
  }
  const Core& core = policy.compiled->core();
  for (const std::uint32_t i : core.Candidates(asked.action.has_value() ? asked.action->service : std::string_view())) {
    if (!asked.request.resource.starts_with(core.beginning(i))) continue;
    visit(StatementView{.written = core.document().statements[i], .prepared = &core.statement(i), .version = core.document().version}, i);
  }
}

/// Whether the statement is about the action.
bool ActionApplies(const StatementView& statement, const Asked& asked);

/// Whether one pattern covers the request's resource.
enum class ResourceMatch : std::uint8_t { kNo, kYes, kUnresolved };

/// Variables stand behind the fifth colon only; before it `${` is text. `kUnresolved`: a variable has no value.
ResourceMatch MatchResource(const ArnPattern& pattern, const Asked& asked);

/// Whether the statement is about the resource.
bool ResourceApplies(const StatementView& statement, const Asked& asked);

/// Whether documents of the layer say for whom they are.
bool HasPrincipals(Layer layer);

/// How the statement names the caller; kDirect in layers without principals.
PrincipalMatch PrincipalApplies(const PrincipalElement& element, Layer layer, const Principal& caller, Boundary boundary);

/// Whether all conditions hold.
bool ConditionsHold(const StatementView& statement, const ContextMap& context, const Undocumented& choices);

/// `Holds` for a condition whose values have been read, or have not (nullptr).
bool HoldsPrepared(const Condition& condition, const std::vector<PreparedValue>* prepared, const ContextMap& context,
                   Version version, const Undocumented& choices);

/// What follows from who asks for what, before any document is read.
struct Circumstances {
  bool has_own_policies = false;  // users, roles, root users, federated users
  bool limited_by_rcp = true;
  bool limited_by_scp = true;
  bool same_account = false;
  bool crosses_partitions = false;
  bool needs_explicit_grant = false;  // the resource's policy must allow even in the same account
};

/// The circumstances of a request.
Circumstances CircumstancesOf(const Asked& asked);

}  // namespace crossrole::policy::internal
