// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/ids.h"
#include "model/integration.h"
#include "store/connections.h"
#include "store/organization_tree.h"
#include "store/organization/shares.h"
#include "store/transaction.h"
#include "tenancy/authenticate.h"

namespace crossrole::api {

/// What is shared of an integration: additive, and inherited from a folder to all that is in it.
class Sharing {
 public:
  /// Reads it; reads no folders where nothing is shared.
  static base::Result<Sharing> Read(store::ReadTransaction& tx, const model::IntegrationId& integration);
  /// On what `caller` may be asked besides, for a node (fld_… or con_…) in `folder`: the spaces below `home`, that of the integration,
  /// that it is shared with.
  std::vector<tenancy::Target> TargetsOf(const tenancy::Caller& caller, const model::Integration& integration, const std::string& node,
                                         const std::optional<model::FolderId>& folder) const;

 private:
  std::map<std::string, store::Share> shares_{};
  std::map<model::FolderId, std::optional<model::FolderId>> parents_{};
};

/// Whether a permission counts in spaces that something is shared with: seeing it and getting sessions; nothing that changes it.
bool IsShareable(tenancy::Permission permission);

/// Which connections a caller may see, asked of many. Not thread-safe.
class VisibleConnections {
 public:
  explicit VisibleConnections(const tenancy::Caller& caller) : caller_(caller) {}
  /// Whether the caller may read it.
  base::Result<bool> Has(store::ReadTransaction& tx, const store::Connection& connection);
  /// The integration of a connection that was asked for.
  const model::Integration& OwnerOf(const store::Connection& connection) const { return *known_.at(connection.integration).integration; }

 private:
  struct Known {
    std::optional<model::Integration> integration{};
    bool is_readable = false;
    std::optional<Sharing> sharing{};
  };
  const tenancy::Caller& caller_;
  std::map<model::IntegrationId, Known> known_{};
};

}  // namespace crossrole::api
