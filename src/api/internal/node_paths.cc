// SPDX-License-Identifier: Apache-2.0
#include "api/internal/node_paths.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/json.h"
#include "integration/describe.h"

namespace crossrole::api {
namespace {

namespace json = boost::json;

constexpr int kDeepest = 16;  // OUs go five deep; a row that names itself must not hang us
constexpr std::string_view kNone = "{}";

json::value Parsed(const std::string& text) {
  auto value = base::ParseJson(text);
  return value ? *std::move(value) : json::value(nullptr);
}

}  // namespace

NodePaths::NodePaths(const std::vector<store::Folder>& folders) {
  for (const store::Folder& folder : folders) places_.emplace(folder.id, Place{.parent = folder.parent, .name = folder.name, .settings = folder.settings});
}

base::Result<NodePaths> NodePaths::Read(store::ReadTransaction& tx, const model::IntegrationId& integration) {
  TRY_ASSIGN(const auto folders, store::ListFolders(tx, integration));
  return NodePaths(folders);
}

std::string NodePaths::Of(const model::FolderId& folder) const {
  std::string path;
  auto at = places_.find(folder);
  for (int depth = 0; depth < kDeepest && at != places_.end() && at->second.parent; ++depth) {
    path.insert(0, "/" + at->second.name);
    at = places_.find(*at->second.parent);
  }
  return path.empty() ? "/" : path;
}

std::string NodePaths::SettingsIn(const model::FolderId& folder) const {
  auto at = places_.find(folder);
  for (int depth = 0; depth < kDeepest && at != places_.end(); ++depth) {
    if (at->second.settings != kNone) return at->second.settings;
    if (!at->second.parent) break;
    at = places_.find(*at->second.parent);
  }
  return std::string(kNone);
}

base::Result<const NodePaths*> Known(store::ReadTransaction& tx, const model::IntegrationId& integration, KnownPaths& paths) {
  auto known = paths.find(integration);
  if (known == paths.end()) {
    TRY_ASSIGN(NodePaths read, NodePaths::Read(tx, integration));
    known = paths.emplace(integration, std::move(read)).first;
  }
  return &known->second;
}

std::string SettingsOf(const store::Connection& connection, const NodePaths& paths) {
  return connection.settings_source == "inherited" && connection.folder ? paths.SettingsIn(*connection.folder) : connection.settings;
}

base::Result<json::value> ConnectionJson(store::ReadTransaction& tx, const store::Connection& connection, KnownPaths& paths) {
  json::value value = integration::ToJson(connection);
  if (!connection.folder) return value;
  TRY_ASSIGN(const NodePaths* known, Known(tx, connection.integration, paths));
  value.as_object()["path"] = known->Of(*connection.folder);
  value.as_object()["settings"] = Parsed(SettingsOf(connection, *known));
  return value;
}

json::value FolderJson(const store::Folder& folder, const NodePaths& paths) {
  return json::object{{"id", folder.id.text()},
                      {"version", folder.version},
                      {"created_at", base::FormatRfc3339(folder.created_at)},
                      {"updated_at", base::FormatRfc3339(folder.updated_at)},
                      {"integration", folder.integration.text()},
                      {"ou_id", folder.ou_id},
                      {"parent", folder.parent ? json::value(folder.parent->text()) : json::value(nullptr)},
                      {"name", folder.name},
                      {"handle", folder.handle.text()},
                      {"handle_mode", folder.handle_mode},
                      {"path", paths.Of(folder.id)},
                      {"settings", Parsed(paths.SettingsIn(folder.id))},
                      {"settings_source", folder.settings == kNone ? "inherited" : "self"}};
}

}  // namespace crossrole::api
