// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/fwd.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/route.h"
#include "base/result.h"
#include "model/ids.h"
#include "model/integration.h"
#include "organization/edit.h"
#include "store/connections.h"
#include "store/organization/shares.h"
#include "store/organization_tree.h"
#include "store/transaction.h"
#include "tenancy/authenticate.h"

namespace crossrole::api {

/// How far up a walk through folders goes: OUs go five deep, and a row that names itself must not hang us.
inline constexpr int kDeepestFolder = 16;

/// Settings that count, and where they come from.
struct CountedSettings {
  std::string text = "{}";  // JSON object
  std::string from{};       // id of the connection, folder or integration that has them; "" where nobody set any
};

/// Regions that count, with wildcards, and where they come from.
struct CountedRegions {
  std::vector<std::string> list{};
  std::string from{};  // id of the connection, folder or integration that has them
};

/// Where folders are and what is set there. Paths are in names from the root: "/" the root itself, "/Production/Shop" an OU in an OU.
class NodePaths {
 public:
  /// Reads all folders of an integration.
  static base::Result<NodePaths> Read(store::ReadTransaction& tx, const model::IntegrationId& integration);
  /// Reads a folder and those above it: cheaper where one node is asked for.
  static base::Result<NodePaths> ReadAbove(store::ReadTransaction& tx, const model::IntegrationId& integration, const model::FolderId& folder);
  /// The path of a folder; "/" for one that is not there.
  std::string Of(const model::FolderId& folder) const;
  /// The settings that count in a folder: its own, those of the next folder above that has some, or those of the integration.
  CountedSettings SettingsIn(const model::FolderId& folder) const;
  /// The regions that count in it, likewise.
  CountedRegions RegionsIn(const model::FolderId& folder) const;
  /// Whether a folder is `other`, or in it.
  bool IsWithin(const model::FolderId& folder, const model::FolderId& other) const;
  /// With whom a node (fld_… or con_…) in `folder` is shared, `{"spaces","inherited":[{"from","spaces"}]}`: all of it for who may read
  /// the integration's space; else the spaces where `caller` sees it, and no other.
  boost::json::value PermissionsJson(const tenancy::Caller& caller, const std::string& node, const std::optional<model::FolderId>& folder) const;
  /// The integration that the folders are of.
  const model::Integration& integration() const { return integration_; }

 private:
  struct Place {
    std::optional<model::FolderId> parent;
    std::string name;
    std::string settings;
    std::vector<std::string> regions;
  };
  using Places = std::map<model::FolderId, Place>;

  explicit NodePaths(model::Integration integration) : integration_(std::move(integration)) {}
  static base::Result<NodePaths> WithoutFolders(store::ReadTransaction& tx, const model::IntegrationId& integration);
  void Add(const store::Folder& folder);
  /// A folder and those above it, from the bottom.
  std::vector<const Places::value_type*> Upwards(const model::FolderId& folder) const;

  model::Integration integration_;
  std::string defaults_{};
  std::map<std::string, store::Share> shares_{};
  Places places_{};
};

/// Paths by integration, read once for each.
using KnownPaths = std::map<model::IntegrationId, NodePaths>;

/// Those of an integration, read when they are not known.
base::Result<const NodePaths*> Known(store::ReadTransaction& tx, const model::IntegrationId& integration, KnownPaths& paths);

/// The settings that count for a connection.
CountedSettings SettingsOf(const store::Connection& connection, const NodePaths& paths);
/// The regions that count for it.
CountedRegions RegionsOf(const store::Connection& connection, const NodePaths& paths);
/// Where sessions of a connection are used unless they say otherwise.
std::string RegionOf(const store::Connection& connection, const NodePaths& paths);
/// A connection as the API shows it, with its path, what counts for it, and the shares that `caller` may know of.
base::Result<boost::json::value> ConnectionJson(store::ReadTransaction& tx, const store::Connection& connection, KnownPaths& paths,
                                                const tenancy::Caller& caller);
/// A folder as the API shows it.
boost::json::value FolderJson(const store::Folder& folder, const NodePaths& paths, const tenancy::Caller& caller);

/// The body of a PATCH of a folder or connection. Errors: kInvalidArgument with `field`.
base::Result<organization::NodeEdit> ReadNodeEdit(const Call& call);

}  // namespace crossrole::api
