// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "base/result.h"
#include "model/arn.h"
#include "model/ids.h"
#include "store/transaction.h"

namespace crossrole::store {

/// Whether a role belongs to this tenant now.
enum class RoleClaim : std::uint8_t { kOurs, kElsewhere };

/// Claims a role for the transaction's tenant, on behalf of an integration whose verification has succeeded.
/// Several integrations of one tenant may hold it; no two tenants ever do.
base::Result<RoleClaim> ClaimRole(WriteTransaction& tx, const model::IntegrationId& integration,
                                  const model::RoleArn& role, base::Time now);
/// Whether the transaction's tenant holds `role`.
base::Result<bool> HoldsRole(ReadTransaction& tx, const model::RoleArn& role);
/// Gives up every role that an integration holds and nobody else in the tenant does.
base::Status ReleaseRoles(WriteTransaction& tx, const model::IntegrationId& integration);

}  // namespace crossrole::store
