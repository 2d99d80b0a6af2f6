// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/ids.h"
#include "store/transaction.h"

namespace crossrole::store {

/// Which spaces may use one folder or connection, or all of an integration, besides that of the integration.
struct Share {
  bool all = false;  // every space below the integration's, those to come too
  std::vector<model::SpaceId> spaces{};
  bool operator==(const Share&) const = default;
};

/// All shares of an integration, by fld_… or con_…, or int_… for the integration as a whole.
base::Result<std::map<std::string, Share>> ListShares(ReadTransaction& tx, const model::IntegrationId& integration);
/// Replaces that of one folder or connection, or of the whole.
base::Status PutShare(WriteTransaction& tx, const model::IntegrationId& integration, const std::string& node, const Share& share);

/// Takes a space out of all shares of the tenant: it is going to be deleted.
base::Status DeleteSharesWith(WriteTransaction& tx, const model::SpaceId& space);

}  // namespace crossrole::store
