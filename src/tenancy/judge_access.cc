// SPDX-License-Identifier: Apache-2.0
#include "tenancy/judge_access.h"

#include <algorithm>
#include <array>

namespace crossrole::tenancy {
namespace {

// What only the owner of the whole tenant has; it takes no notice of spaces that do not inherit.
bool StandsAbove(const Grant& grant, const SpaceTree& tree) {
  return grant.space == tree.root() && grant.permissions.Has(Permission::kTenantOwn);
}

GrantVerdict VerdictOf(const Grant& grant, const SpaceTree& tree, Permission permission, const model::SpaceId& space) {
  if (!grant.permissions.Has(permission)) return GrantVerdict::kOtherPermissions;
  if (tree.Reaches(grant.space, space) || (StandsAbove(grant, tree) && tree.Has(space))) return GrantVerdict::kAllows;
  return tree.IsWithin(space, grant.space) ? GrantVerdict::kNotInherited : GrantVerdict::kOtherSpace;
}

// The verdict where no grant is asked; nothing where grants decide.
std::optional<Verdict> WithoutGrants(const Authority& authority, Permission permission, const Target& target) {
  if (permission == Permission::kPublic || permission == Permission::kSelfRead || permission == Permission::kSelfWrite) {
    return Verdict::kEverybodys;
  }
  if (authority.installation_admin) return Verdict::kAdministrator;
  if (!FactsOf(permission).in_roles || !target.space) return Verdict::kInstallationOnly;
  if (!authority.integrations) return std::nullopt;
  const bool listed = target.integration && std::ranges::count(*authority.integrations, *target.integration) > 0;
  return listed ? std::nullopt : std::optional(Verdict::kOtherIntegration);
}

}  // namespace

const SpaceTree::Node* SpaceTree::Find(const model::SpaceId& id) const {
  const auto found = nodes_.find(id);
  return found == nodes_.end() ? nullptr : &found->second;
}

bool SpaceTree::IsWithin(const model::SpaceId& below, const model::SpaceId& above) const {
  model::SpaceId here = below;
  for (std::size_t steps = 0; steps <= kDeepestSpace; ++steps) {
    if (here == above) return Has(above);
    const Node* node = Find(here);
    if (node == nullptr) return false;
    here = node->parent;
  }
  return false;
}

std::optional<model::SpaceId> SpaceTree::CutAt(const model::SpaceId& above, const model::SpaceId& below) const {
  model::SpaceId here = below;
  for (std::size_t steps = 0; steps <= kDeepestSpace && here != above; ++steps) {
    const Node* node = Find(here);
    if (node == nullptr) return std::nullopt;
    if (!node->inherit) return here;
    here = node->parent;
  }
  return std::nullopt;
}

bool SpaceTree::Reaches(const model::SpaceId& above, const model::SpaceId& below) const {
  return IsWithin(below, above) && !CutAt(above, below);
}

std::size_t SpaceTree::Depth(const model::SpaceId& id) const {
  std::size_t depth = 0;
  for (const Node* node = Find(id); node != nullptr && depth <= kDeepestSpace; node = Find(node->parent)) ++depth;
  return depth;
}

std::vector<model::SpaceId> SpaceTree::Children(const model::SpaceId& id) const {
  std::vector<model::SpaceId> children;
  for (const auto& [child, node] : nodes_) {
    if (node.parent == id) children.push_back(child);
  }
  return children;
}

bool IsAllowed(const Authority& authority, const SpaceTree& tree, Permission permission, const Target& target) {
  if (const auto verdict = WithoutGrants(authority, permission, target)) return Decision{.verdict = *verdict}.allowed();
  return std::ranges::any_of(authority.grants, [&](const Grant& grant) {
    return VerdictOf(grant, tree, permission, *target.space) == GrantVerdict::kAllows;
  });
}

Decision Explain(const Authority& authority, const SpaceTree& tree, Permission permission, const Target& target) {
  Decision decision;
  if (target.space) {
    for (const Grant& grant : authority.grants) decision.grants.push_back(VerdictOf(grant, tree, permission, *target.space));
  }
  const auto verdict = WithoutGrants(authority, permission, target);
  const bool granted = std::ranges::count(decision.grants, GrantVerdict::kAllows) > 0;
  decision.verdict = verdict ? *verdict : granted ? Verdict::kAllowed : Verdict::kNoGrant;
  return decision;
}

bool IsAllowedSomewhere(const Authority& authority, Permission permission) {
  if (const auto verdict = WithoutGrants({.installation_admin = authority.installation_admin}, permission, {})) {
    if (Decision{.verdict = *verdict}.allowed()) return true;
  }
  return FactsOf(permission).in_roles &&
         std::ranges::any_of(authority.grants, [&](const Grant& grant) { return grant.permissions.Has(permission); });
}

PermissionSet BeyondReach(const Authority& authority, const SpaceTree& tree, PermissionSet wanted, const model::SpaceId& space) {
  PermissionSet beyond;
  for (std::size_t i = 0; i < kPermissionCount; ++i) {
    const auto permission = static_cast<Permission>(i);
    if (wanted.Has(permission) && !IsAllowed(authority, tree, permission, {.space = space})) beyond.Add(permission);
  }
  return beyond;
}

std::string_view NameOf(Verdict verdict) {
  static constexpr auto kNames = std::to_array<std::string_view>(
      {"allowed", "everybody", "installation_administrator", "no_grant", "other_integration", "installation_only"});
  return kNames.at(static_cast<std::size_t>(verdict));
}

std::string_view NameOf(GrantVerdict verdict) {
  static constexpr auto kNames = std::to_array<std::string_view>({"allows", "other_permissions", "other_space", "not_inherited"});
  return kNames.at(static_cast<std::size_t>(verdict));
}

std::vector<std::string> Lost(const Usage& before, const Usage& after) {
  std::vector<std::string> lost;
  for (std::size_t i = 0; i < before.uses.size(); ++i) {
    const bool had = before.tree.Reaches(before.uses[i].above, before.uses[i].below);
    if (had && !after.tree.Reaches(after.uses.at(i).above, after.uses.at(i).below)) lost.push_back(before.uses[i].id);
  }
  return lost;
}

}  // namespace crossrole::tenancy
