// SPDX-License-Identifier: Apache-2.0
#include "api/internal/node_paths.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/json.h"
#include "integration/describe.h"
#include "store/organization/defaults.h"

namespace crossrole::api {
namespace {

namespace json = boost::json;

constexpr std::string_view kNone = "{}";

json::value Parsed(const std::string& text) {
  auto value = base::ParseJson(text);
  return value ? *std::move(value) : json::value(nullptr);
}

json::value TextOrNull(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); }

}  // namespace

NodePaths::NodePaths(const model::IntegrationId& integration, std::string defaults, const std::vector<store::Folder>& folders)
    : integration_(integration.text()), defaults_(std::move(defaults)) {
  for (const store::Folder& folder : folders) places_.emplace(folder.id, Place{.parent = folder.parent, .name = folder.name, .settings = folder.settings});
}

base::Result<NodePaths> NodePaths::Read(store::ReadTransaction& tx, const model::IntegrationId& integration) {
  TRY_ASSIGN(const auto folders, store::ListFolders(tx, integration));
  TRY_ASSIGN(std::string defaults, store::FindDefaultSettings(tx, integration));
  return NodePaths(integration, std::move(defaults), folders);
}

std::string NodePaths::Of(const model::FolderId& folder) const {
  std::string path;
  auto at = places_.find(folder);
  for (int depth = 0; depth < kDeepestFolder && at != places_.end() && at->second.parent; ++depth) {
    path.insert(0, "/" + at->second.name);
    at = places_.find(*at->second.parent);
  }
  return path.empty() ? "/" : path;
}

CountedSettings NodePaths::SettingsIn(const model::FolderId& folder) const {
  auto at = places_.find(folder);
  for (int depth = 0; depth < kDeepestFolder && at != places_.end(); ++depth) {
    if (at->second.settings != kNone) return {.text = at->second.settings, .from = at->first.text()};
    if (!at->second.parent) break;
    at = places_.find(*at->second.parent);
  }
  return {.text = defaults_, .from = defaults_ == kNone ? "" : integration_};
}

bool NodePaths::IsWithin(const model::FolderId& folder, const model::FolderId& other) const {
  auto at = places_.find(folder);
  for (int depth = 0; depth < kDeepestFolder && at != places_.end(); ++depth) {
    if (at->first == other) return true;
    if (!at->second.parent) break;
    at = places_.find(*at->second.parent);
  }
  return false;
}

base::Result<const NodePaths*> Known(store::ReadTransaction& tx, const model::IntegrationId& integration, KnownPaths& paths) {
  auto known = paths.find(integration);
  if (known == paths.end()) {
    TRY_ASSIGN(NodePaths read, NodePaths::Read(tx, integration));
    known = paths.emplace(integration, std::move(read)).first;
  }
  return &known->second;
}

CountedSettings SettingsOf(const store::Connection& connection, const NodePaths& paths) {
  if (connection.settings_source == "inherited" && connection.folder) return paths.SettingsIn(*connection.folder);
  return {.text = connection.settings, .from = connection.settings == kNone ? "" : connection.id.text()};
}

base::Result<json::value> ConnectionJson(store::ReadTransaction& tx, const store::Connection& connection, KnownPaths& paths) {
  json::value value = integration::ToJson(connection);
  if (!connection.folder) return value;
  TRY_ASSIGN(const NodePaths* known, Known(tx, connection.integration, paths));
  value.as_object()["path"] = known->Of(*connection.folder);
  const CountedSettings settings = SettingsOf(connection, *known);
  value.as_object()["settings"] = Parsed(settings.text);
  value.as_object()["settings_from"] = TextOrNull(settings.from);
  return value;
}

json::value FolderJson(const store::Folder& folder, const NodePaths& paths) {
  const CountedSettings settings = paths.SettingsIn(folder.id);
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
                      {"settings", Parsed(settings.text)},
                      {"settings_source", folder.settings == kNone ? "inherited" : "self"},
                      {"settings_from", TextOrNull(settings.from)}};
}

}  // namespace crossrole::api
