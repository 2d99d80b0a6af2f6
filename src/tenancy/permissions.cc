// SPDX-License-Identifier: Apache-2.0
#include "tenancy/permissions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace crossrole::tenancy {
namespace {

using enum Permission;

// THE table of permissions, in the order of the enumeration.
constexpr auto kPermissions = std::to_array<PermissionFacts>({
    {"public", false, "asks for no identity: health, this description, signing in"},
    {"self.read", false, "whoever is known: asking who one is"},
    {"self.write", false, "whoever is known: signing out, changing the own password"},
    {"installation.manage", false, "tenants; only the administrator of the installation, by no role"},
    {"tenant.own", true, "stands above every space, also those that do not inherit; who has it can give the role `owner`"},
    {"space.read", true, "sees a space and what is next to it in the tree"},
    {"space.write", true, "makes spaces below, renames, moves and deletes"},
    {"operator.read", true, "sees operators"},
    {"operator.write", true, "makes, changes, disables and deletes operators"},
    {"role.read", true, "sees roles and what they allow"},
    {"role.write", true, "makes, changes and deletes roles, as far as one may everything that is in them"},
    {"role_binding.read", true, "sees who has which role in a space"},
    {"role_binding.write", true, "gives and takes roles in a space, as far as one has what is given"},
    {"token.read", true, "sees tokens of a space, never their text"},
    {"token.write", true, "makes, rotates and revokes tokens of a space, as far as one may what they may"},
    {"permission.explain", true, "asks why somebody else may or may not"},
    {"integration.read", true, "sees integrations of a space, their setup, logs and dependents"},
    {"integration.write", true, "makes, connects, changes, verifies, disables and enables integrations"},
    {"integration.delete", true, "deletes and offboards integrations"},
    {"session.mint", true, "gets temporary credentials and console links"},
    {"connection.read", true, "sees the accounts that can be used"},
    {"audit.read", true, "reads and exports the tenant's audit record"},
    {"job.read", true, "sees jobs"},
    {"event.read", true, "follows what happens"},
});
static_assert(kPermissions.size() == kPermissionCount);

constexpr PermissionSet kAsReader = {kSpaceRead, kRoleRead, kIntegrationRead, kConnectionRead, kJobRead, kEventRead};

constexpr PermissionSet With(PermissionSet set, std::initializer_list<Permission> more) {
  set.Add(PermissionSet(more));
  return set;
}

constexpr PermissionSet Everything() {
  PermissionSet all;
  for (std::size_t i = 0; i < kPermissions.size(); ++i) {
    if (kPermissions[i].in_roles) all.Add(static_cast<Permission>(i));
  }
  return all;
}

// Tokens that were made before there were spaces carry `operator` and `reader`: what these allow never shrinks.
constexpr auto kRoles = std::to_array<BuiltInRole>({
    {"owner", Everything(), "everything in the tenant; given in the root space it reaches every space"},
    {"administrator", Everything().Without({kTenantOwn}), "everything but making owners"},
    {"operator", With(kAsReader, {kIntegrationWrite, kSessionMint}), "connects accounts and works with them; deletes nothing"},
    {"requester", {kSpaceRead, kConnectionRead, kJobRead, kEventRead}, "sees what there is to ask for"},
    {"auditor", With(kAsReader, {kAuditRead, kOperatorRead, kRoleBindingRead, kTokenRead, kPermissionExplain}),
     "reads everything, who may what and the audit record too; changes nothing"},
    {"reader", With(kAsReader, {kAuditRead}), "reads integrations, connections and the audit record; changes nothing"},
});

}  // namespace

const PermissionFacts& FactsOf(Permission permission) { return kPermissions.at(static_cast<std::size_t>(permission)); }

std::optional<Permission> PermissionByName(std::string_view name) {
  const auto found = std::ranges::find(kPermissions, name, &PermissionFacts::name);
  if (found == kPermissions.end()) return std::nullopt;
  return static_cast<Permission>(found - kPermissions.begin());
}

std::vector<std::string> PermissionSet::Names() const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kPermissions.size(); ++i) {
    if (Has(static_cast<Permission>(i))) names.emplace_back(kPermissions[i].name);
  }
  return names;
}

base::Result<PermissionSet> PermissionSet::Parse(std::span<const std::string> names) {
  PermissionSet set;
  for (const std::string& name : names) {
    const auto permission = PermissionByName(name);
    if (permission && FactsOf(*permission).in_roles) {
      set.Add(*permission);
      continue;
    }
    std::vector<std::string_view> known;
    for (const std::string& text : Everything().Names()) known.push_back(FactsOf(*PermissionByName(text)).name);
    const std::string nearest = base::NearestName(name, known);
    return base::Fail(base::Error{.code = base::Code::kInvalidArgument,
                                  .message = fmt::format("`{}` is not an action that a role can have", base::Shortened(name, 80)),
                                  .field = "actions",
                                  .fix = nearest.empty() ? "" : fmt::format("did you mean `{}`?", nearest)});
  }
  return set;
}

std::span<const BuiltInRole> BuiltInRoles() { return kRoles; }

const BuiltInRole* FindBuiltInRole(std::string_view name) {
  const auto found = std::ranges::find(kRoles, name, &BuiltInRole::name);
  return found == kRoles.end() ? nullptr : &*found;
}

}  // namespace crossrole::tenancy
