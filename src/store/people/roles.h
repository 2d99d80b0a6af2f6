// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/ids.h"
#include "store/page.h"
#include "store/transaction.h"

namespace crossrole::store {

/// A set of permissions that a tenant made and named. The built-in roles are not stored.
struct Role {
  model::RoleId id;
  model::TenantId tenant;
  std::string name;                      // of the shape of a handle, unique in the tenant
  std::vector<std::string> permissions;  // names as in tenancy/permissions.h
  std::int64_t version = 1;
  base::Time created_at{};
  base::Time updated_at{};
};

/// Adds a role. Errors: kConflict with field `name`.
base::Status InsertRole(WriteTransaction& tx, const Role& role);
/// Stores name and permissions if `role.version` is still current, and returns the new version.
/// Errors: kConflict with `stale`; kConflict with field `name`.
base::Result<std::int64_t> UpdateRole(WriteTransaction& tx, const Role& role);
/// A role of the transaction's tenant.
base::Result<std::optional<Role>> FindRole(ReadTransaction& tx, const model::RoleId& id);
/// The same by name.
base::Result<std::optional<Role>> FindRoleByName(ReadTransaction& tx, std::string_view name);
/// Roles of the transaction's tenant, in the order of their ids.
base::Result<std::vector<Role>> ListRoles(ReadTransaction& tx, const Page& page = {});
/// Deletes a role. Errors: kNotFound.
base::Status DeleteRole(WriteTransaction& tx, const model::RoleId& id);

}  // namespace crossrole::store
