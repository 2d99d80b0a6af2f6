// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "model/ids.h"
#include "model/partition.h"
#include "store/organization_tree.h"
#include "store/transaction.h"

namespace crossrole::store {

/// Stores how members are entered now: their connections have the new role, of which nothing is proven; suspended ones stay suspended.
base::Status ChangeMemberRoles(WriteTransaction& tx, const MemberAccess& access, model::Partition partition, base::Time now);

/// Whether a discovered connection is unverified and became so since `when`.
base::Result<bool> HasUnverifiedSince(ReadTransaction& tx, const model::IntegrationId& integration, base::Time when);

/// Gives a connection that its integration had before it was an organization's the role of members, of which nothing is proven.
base::Status TakeOverConnection(WriteTransaction& tx, const model::ConnectionId& id, const std::string& role_arn, const std::string& external_id,
                                base::Time now);

}  // namespace crossrole::store
