// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/body.h"
#include "audit/record.h"
#include "base/result.h"
#include "model/ids.h"
#include "model/integration.h"
#include "store/connections.h"
#include "store/organization_tree.h"
#include "store/organization/shares.h"
#include "store/transaction.h"
#include "tenancy/authenticate.h"

namespace crossrole::api {

/// What is shared of an integration: additive, and inherited from the whole and from a folder to all that is in it.
class Sharing {
 public:
  /// Reads it; reads no folders where nothing is shared.
  static base::Result<Sharing> Read(store::ReadTransaction& tx, const model::IntegrationId& integration);
  /// On what `caller` may be asked besides, for a node (fld_…, con_…, or int_… for the whole) in `folder`: the spaces below `home`, that of the integration,
  /// that it is shared with.
  std::vector<tenancy::Target> TargetsOf(const tenancy::Caller& caller, const model::Integration& integration, const std::string& node,
                                         const std::optional<model::FolderId>& folder) const;
  /// The shares that count for a node: its own, those of the folders above, and that of the whole.
  std::vector<const store::Share*> Of(const model::IntegrationId& integration, const std::string& node,
                                      const std::optional<model::FolderId>& folder) const;

 private:
  std::map<std::string, store::Share> shares_{};
  std::map<model::FolderId, std::optional<model::FolderId>> parents_{};
};

/// What a folder or connection is shared with, itself and with what it is in. It may be gone: then with what it was in.
struct NodeShares {
  model::SpaceId home;  // of the integration
  model::IntegrationId integration;
  std::vector<store::Share> shares{};
};
/// That of the folder or connection that a record is about; nothing for other records, and where nothing is shared.
base::Result<std::optional<NodeShares>> NodeSharesOf(store::ReadTransaction& tx, const audit::Record& record);
/// Whether `caller` sees the node through a share, and has `permission` there too.
bool SeesShared(const tenancy::Caller& caller, tenancy::Permission permission, const NodeShares& node);

/// Spaces as a body names them.
struct SpacesWish {
  bool all = false;
  std::vector<std::string> ids{};
};
/// The member `spaces` of a body: "all", or a list of ids. What it cannot be is refused by the body.
SpacesWish ReadSpaces(Body& body);
/// A share with them; each must be within `home`, the space of the integration. Errors: kInvalidArgument with `field`.
base::Result<store::Share> ShareWithin(const tenancy::Caller& caller, const model::SpaceId& home, const SpacesWish& wish, std::string_view field);

/// Whether a permission counts in spaces that something is shared with: seeing it and getting sessions; nothing that changes it.
bool IsShareable(tenancy::Permission permission);

/// Which connections a caller may see, asked of many. Not thread-safe.
class VisibleConnections {
 public:
  explicit VisibleConnections(const tenancy::Caller& caller) : caller_(caller) {}
  /// Whether the caller may read it.
  base::Result<bool> Has(store::ReadTransaction& tx, const store::Connection& connection);
  /// Whether the caller may see all that is in a folder.
  base::Result<bool> Has(store::ReadTransaction& tx, const store::Folder& folder);
  /// Whether the caller may see all connections of an integration, if it is there.
  base::Result<bool> Has(store::ReadTransaction& tx, const model::IntegrationId& integration);
  /// The integration of a connection that was asked for.
  const model::Integration& OwnerOf(const store::Connection& connection) const { return *known_.at(connection.integration).integration; }

 private:
  struct Known {
    std::optional<model::Integration> integration{};
    bool is_readable = false;
    std::optional<Sharing> sharing{};
  };
  base::Result<Known*> Look(store::ReadTransaction& tx, const model::IntegrationId& integration);
  base::Result<bool> HasNode(store::ReadTransaction& tx, Known& known, const std::string& node, const std::optional<model::FolderId>& folder);

  const tenancy::Caller& caller_;
  std::map<model::IntegrationId, Known> known_{};
};

}  // namespace crossrole::api
