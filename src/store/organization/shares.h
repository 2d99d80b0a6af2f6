// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/ids.h"
#include "store/transaction.h"

namespace crossrole::store {

/// Which spaces may use one folder or connection besides that of its integration.
struct Share {
  bool all = false;  // every space below the integration's, those to come too
  std::vector<model::SpaceId> spaces{};
  bool operator==(const Share&) const = default;
};

/// All shares of an integration, by fld_… or con_….
base::Result<std::map<std::string, Share>> ListShares(ReadTransaction& tx, const model::IntegrationId& integration);
/// Replaces that of one folder or connection.
base::Status PutShare(WriteTransaction& tx, const model::IntegrationId& integration, const std::string& node, const Share& share);

}  // namespace crossrole::store
