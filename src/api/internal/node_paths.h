// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/fwd.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/ids.h"
#include "store/connections.h"
#include "store/organization_tree.h"
#include "store/transaction.h"

namespace crossrole::api {

/// How far up a walk through folders goes: OUs go five deep, and a row that names itself must not hang us.
inline constexpr int kDeepestFolder = 16;

/// Settings that count, and where they come from.
struct CountedSettings {
  std::string text = "{}";  // JSON object
  std::string from{};       // id of the connection, folder or integration that has them; "" where nobody set any
};

/// Where folders are and what is set there. Paths are in names from the root: "/" the root itself, "/Production/Shop" an OU in an OU.
class NodePaths {
 public:
  /// Of folders of an integration; `defaults` are its own settings.
  NodePaths(const model::IntegrationId& integration, std::string defaults, const std::vector<store::Folder>& folders);
  /// Reads the folders of an integration.
  static base::Result<NodePaths> Read(store::ReadTransaction& tx, const model::IntegrationId& integration);
  /// The path of a folder; "/" for one that is not there.
  std::string Of(const model::FolderId& folder) const;
  /// The settings that count in a folder: its own, those of the next folder above that has some, or those of the integration.
  CountedSettings SettingsIn(const model::FolderId& folder) const;
  /// Whether a folder is `other`, or in it.
  bool IsWithin(const model::FolderId& folder, const model::FolderId& other) const;

 private:
  struct Place {
    std::optional<model::FolderId> parent;
    std::string name;
    std::string settings;
  };
  std::string integration_;
  std::string defaults_;
  std::map<model::FolderId, Place> places_;
};

/// Paths by integration, read once for each.
using KnownPaths = std::map<model::IntegrationId, NodePaths>;

/// Those of an integration, read when they are not known.
base::Result<const NodePaths*> Known(store::ReadTransaction& tx, const model::IntegrationId& integration, KnownPaths& paths);

/// The settings that count for a connection.
CountedSettings SettingsOf(const store::Connection& connection, const NodePaths& paths);
/// A connection as the API shows it, with its path and the settings that count.
base::Result<boost::json::value> ConnectionJson(store::ReadTransaction& tx, const store::Connection& connection, KnownPaths& paths);
/// A folder as the API shows it.
boost::json::value FolderJson(const store::Folder& folder, const NodePaths& paths);

}  // namespace crossrole::api
