// SPDX-License-Identifier: Apache-2.0
#include "tenancy/authority.h"

#include <fmt/format.h>

#include "base/text.h"
#include "store/people/bearers.h"
#include "store/people/role_bindings.h"
#include "store/people/roles.h"
#include "store/people/spaces.h"
#include "store/people/tenants.h"
#include "tenancy/principals/principals.h"

namespace crossrole::tenancy {
namespace {

// What names are no permissions any more gives nothing.
PermissionSet PermissionsOf(const store::Role& role) {
  PermissionSet set;
  for (const std::string& name : role.permissions) {
    const auto permission = PermissionByName(name);
    if (permission && FactsOf(*permission).in_roles) set.Add(*permission);
  }
  return set;
}

// A role that is gone allows nothing.
base::Result<PermissionSet> PermissionsOf(store::ReadTransaction& tx, std::string_view key) {
  if (const BuiltInRole* role = FindBuiltInRole(key)) return role->permissions;
  const auto id = model::RoleId::Parse(key);
  if (!id) return PermissionSet();
  TRY_ASSIGN(const auto role, store::FindRole(tx, *id));
  return role ? PermissionsOf(*role) : PermissionSet();
}

}  // namespace

base::Result<SpaceTree> LoadSpaces(store::ReadTransaction& tx) {
  TRY_ASSIGN(const auto spaces, store::ListSpaces(tx));
  SpaceTree tree(spaces.front().id);
  for (const store::Space& space : spaces) {
    if (space.parent) tree.Add(space.id, *space.parent, space.inherit);
  }
  return tree;
}

base::Result<Authority> LoadAuthority(store::ReadTransaction& tx, std::string_view principal) {
  Authority authority;
  store::Page page{.limit = store::kLongPage};
  while (true) {
    TRY_ASSIGN(const auto bindings, store::ListRoleBindings(tx, {.principal = principal}, page));
    for (const store::RoleBinding& binding : bindings) {
      TRY_ASSIGN(const PermissionSet permissions, PermissionsOf(tx, binding.role));
      authority.grants.push_back(
          {.role = binding.role, .permissions = permissions, .space = binding.space, .source = binding.id.text()});
    }
    if (bindings.size() < store::kLongPage) return authority;
    page.after = bindings.back().id.text();
  }
}

base::Result<Authority> LoadAuthorityOf(store::ReadTransaction& tx, const store::Token& token) {
  if (token.power == store::TokenPower::kAdministrator) return Authority{.installation_admin = true};
  TRY_ASSIGN(Authority authority, LoadAuthority(tx, token.operator_id ? token.operator_id->text() : token.id.text()));
  authority.integrations = token.integrations;
  if (token.operator_id) return authority;
  TRY_ASSIGN(const store::Tenant tenant, store::OwnTenant(tx));
  TRY_ASSIGN(const PermissionSet permissions, PermissionsOf(tx, token.role));
  authority.grants.insert(authority.grants.begin(), {.role = token.role,
                                                     .permissions = permissions,
                                                     .space = token.space.value_or(tenant.root_space),
                                                     .source = token.id.text()});
  TRY_ASSIGN(const auto bearer, store::FindBearer(tx, token.id));
  if (!bearer) return authority;
  for (Grant& grant : authority.grants) grant.permissions = WithinKind(grant.permissions, *bearer);
  return authority;
}

base::Result<ResolvedRole> FindRoleToGive(store::ReadTransaction& tx, std::string_view name_or_id) {
  if (const BuiltInRole* role = FindBuiltInRole(name_or_id)) {
    return ResolvedRole{.key = std::string(name_or_id), .name = std::string(name_or_id), .permissions = role->permissions};
  }
  std::optional<store::Role> found;
  if (const auto id = model::RoleId::Parse(name_or_id)) {
    TRY_ASSIGN(found, store::FindRole(tx, *id));
  } else {
    TRY_ASSIGN(found, store::FindRoleByName(tx, name_or_id));
  }
  if (found) return ResolvedRole{.key = found->id.text(), .name = found->name, .permissions = PermissionsOf(*found)};
  return base::Fail(base::Error{.code = base::Code::kInvalidArgument,
                                .message = fmt::format("there is no role `{}`", base::Shortened(name_or_id, 80)),
                                .field = "role",
                                .fix = "`GET /v1/roles` lists the roles"});
}

}  // namespace crossrole::tenancy
