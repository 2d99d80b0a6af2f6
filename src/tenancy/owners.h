// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/result.h"
#include "model/ids.h"
#include "store/people/role_bindings.h"
#include "store/transaction.h"

namespace crossrole::tenancy {

// Whoever owns a space can give every right there. Where no owner is left, only the administrator of the installation can.

/// The built-in role of owners.
inline constexpr std::string_view kOwnerRole = "owner";

/// Why an ownership is not taken.
inline constexpr std::string_view kLastOwner = "role_binding.last_owner";

/// Whether a binding makes an operator an owner.
bool IsOwnership(const store::RoleBinding& binding);

/// Refuses that `leaving` (op_…) ceases to own `space` while no other operator who may come in owns it. Asked within the
/// transaction that takes the ownership, so that two cannot go at once.
/// Errors: kFailedPrecondition with reason `role_binding.last_owner`.
base::Status CheckOwnerRemains(store::ReadTransaction& tx, const model::SpaceId& space, std::string_view leaving);

/// The same for every space that an operator owns, before he is disabled or deleted.
base::Status CheckOwnersRemain(store::ReadTransaction& tx, const model::OperatorId& leaving);

}  // namespace crossrole::tenancy
