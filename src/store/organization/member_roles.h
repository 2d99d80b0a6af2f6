// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "model/partition.h"
#include "store/organization_tree.h"
#include "store/transaction.h"

namespace crossrole::store {

/// Stores how members are entered now: their connections have the new role, of which nothing is proven; suspended ones stay suspended.
base::Status ChangeMemberRoles(WriteTransaction& tx, const MemberAccess& access, model::Partition partition, base::Time now);

}  // namespace crossrole::store
