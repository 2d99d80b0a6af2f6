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

/// Gives somebody a role in a space.
struct RoleBinding {
  model::RoleBindingId id;
  model::TenantId tenant;
  std::string principal;  // op_… or tok_…
  std::string role;       // name of a built-in role, or role_…
  model::SpaceId space;
  std::int64_t version = 1;
  base::Time created_at{};
  base::Time updated_at{};
};

/// Which bindings are wanted; what is "" does not narrow.
struct RoleBindingFilter {
  std::string_view principal{};
  std::string_view role{};
  std::string_view space{};
};

/// Adds a binding. Errors: kConflict when the same one exists.
base::Status InsertRoleBinding(WriteTransaction& tx, const RoleBinding& binding);
/// A binding of the transaction's tenant.
base::Result<std::optional<RoleBinding>> FindRoleBinding(ReadTransaction& tx, const model::RoleBindingId& id);
/// Bindings of the transaction's tenant, in the order of their ids.
base::Result<std::vector<RoleBinding>> ListRoleBindings(ReadTransaction& tx, const RoleBindingFilter& filter,
                                                        const Page& page = {});
/// Deletes a binding. Errors: kNotFound.
base::Status DeleteRoleBinding(WriteTransaction& tx, const model::RoleBindingId& id);
/// Deletes the bindings of a principal that is going, and returns how many there were.
base::Result<std::int64_t> DeleteRoleBindingsOf(WriteTransaction& tx, std::string_view principal);
/// Deletes the bindings in a space that is going, and returns how many there were.
base::Result<std::int64_t> DeleteRoleBindingsIn(WriteTransaction& tx, const model::SpaceId& space);

}  // namespace crossrole::store
