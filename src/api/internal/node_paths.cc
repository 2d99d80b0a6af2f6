// SPDX-License-Identifier: Apache-2.0
#include "api/internal/node_paths.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string_view>
#include <utility>

#include "api/body.h"
#include "base/clock.h"
#include "base/json.h"
#include "integration/describe.h"
#include "organization/settings.h"
#include "store/integrations.h"
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

std::string_view SourceOf(std::string_view from, std::string_view id) { return from == id ? "self" : "inherited"; }

// The part of a share that counts and that `caller` may know of; nothing where that is none of it. An integration that was moved has left
// behind spaces that are not below it any more.
std::optional<json::value> KnownPart(const tenancy::Caller& caller, const model::Integration& integration, const store::Share& share) {
  const bool sees_all = caller.May(tenancy::Permission::kConnectionRead, {.space = integration.space, .integration = integration.id});
  const auto sees_in = [&](const model::SpaceId& space) {
    if (!caller.spaces->IsWithin(space, integration.space)) return false;
    return sees_all || caller.May(tenancy::Permission::kConnectionRead, {.space = space, .integration = integration.id});
  };
  if (share.all) return integration::ToJson(share).at("spaces");
  json::array spaces;
  for (const model::SpaceId& space : share.spaces) {
    if (sees_in(space)) spaces.emplace_back(space.text());
  }
  if (spaces.empty()) return std::nullopt;
  return json::value(std::move(spaces));
}

}  // namespace

base::Result<NodePaths> NodePaths::WithoutFolders(store::ReadTransaction& tx, const model::IntegrationId& integration) {
  TRY_ASSIGN(auto found, store::FindIntegration(tx, integration));
  if (!found) return base::Fail(base::Code::kNotFound, "the integration of this folder is gone");
  NodePaths paths(*std::move(found));
  TRY_ASSIGN(paths.defaults_, store::FindDefaultSettings(tx, integration));
  TRY_ASSIGN(paths.shares_, store::ListShares(tx, integration));
  return paths;
}

base::Result<NodePaths> NodePaths::Read(store::ReadTransaction& tx, const model::IntegrationId& integration) {
  TRY_ASSIGN(NodePaths paths, WithoutFolders(tx, integration));
  TRY_ASSIGN(const auto folders, store::ListFolders(tx, integration));
  for (const store::Folder& folder : folders) paths.Add(folder);
  return paths;
}

base::Result<NodePaths> NodePaths::ReadAbove(store::ReadTransaction& tx, const model::IntegrationId& integration,
                                             const model::FolderId& folder) {
  TRY_ASSIGN(NodePaths paths, WithoutFolders(tx, integration));
  std::optional<model::FolderId> at = folder;
  for (int depth = 0; depth < kDeepestFolder && at; ++depth) {
    TRY_ASSIGN(const auto found, store::FindFolder(tx, *at));
    if (!found) break;
    paths.Add(*found);
    at = found->parent;
  }
  return paths;
}

void NodePaths::Add(const store::Folder& folder) {
  places_.emplace(folder.id,
                  Place{.parent = folder.parent, .name = folder.name, .settings = folder.settings, .regions = folder.regions});
}

std::vector<const NodePaths::Places::value_type*> NodePaths::Upwards(const model::FolderId& folder) const {
  std::vector<const Places::value_type*> chain;
  auto at = places_.find(folder);
  for (int depth = 0; depth < kDeepestFolder && at != places_.end(); ++depth) {
    chain.push_back(&*at);
    if (!at->second.parent) break;
    at = places_.find(*at->second.parent);
  }
  return chain;
}

std::string NodePaths::Of(const model::FolderId& folder) const {
  std::string path;
  for (const auto* place : Upwards(folder)) {
    if (place->second.parent) path.insert(0, "/" + place->second.name);
  }
  return path.empty() ? "/" : path;
}

CountedSettings NodePaths::SettingsIn(const model::FolderId& folder) const {
  for (const auto* place : Upwards(folder)) {
    if (place->second.settings != kNone) return {.text = place->second.settings, .from = place->first.text()};
  }
  return {.text = defaults_, .from = defaults_ == kNone ? "" : integration_.id.text()};
}

CountedRegions NodePaths::RegionsIn(const model::FolderId& folder) const {
  for (const auto* place : Upwards(folder)) {
    if (!place->second.regions.empty()) return {.list = place->second.regions, .from = place->first.text()};
  }
  return {.list = integration_.regions, .from = integration_.id.text()};
}

bool NodePaths::IsWithin(const model::FolderId& folder, const model::FolderId& other) const {
  for (const auto* place : Upwards(folder)) {
    if (place->first == other) return true;
  }
  return false;
}

json::value NodePaths::PermissionsJson(const tenancy::Caller& caller, const std::string& node,
                                       const std::optional<model::FolderId>& folder) const {
  const auto part = [&](const std::string& id) -> std::optional<json::value> {
    const auto share = shares_.find(id);
    return share == shares_.end() ? std::nullopt : KnownPart(caller, integration_, share->second);
  };
  json::array inherited;
  const auto inherit = [&](const std::string& from) {
    if (auto spaces = part(from)) inherited.push_back(json::object{{"from", from}, {"spaces", *std::move(spaces)}});
  };
  if (folder) {
    for (const auto* place : Upwards(*folder)) inherit(place->first.text());
  }
  inherit(integration_.id.text());
  return json::object{{"spaces", part(node).value_or(json::array())}, {"inherited", std::move(inherited)}};
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

CountedRegions RegionsOf(const store::Connection& connection, const NodePaths& paths) {
  if (!connection.regions.empty()) return {.list = connection.regions, .from = connection.id.text()};
  if (connection.folder) return paths.RegionsIn(*connection.folder);
  return {.list = paths.integration().regions, .from = paths.integration().id.text()};
}

std::string RegionOf(const store::Connection& connection, const NodePaths& paths) {
  // An account's is used where its integration says.
  if (!connection.folder) return paths.integration().region;
  const CountedRegions regions = RegionsOf(connection, paths);
  const CountedSettings settings = SettingsOf(connection, paths);
  return organization::RegionFor({.partition = paths.integration().partition,
                                  .home = paths.integration().region,
                                  .regions = regions.list,
                                  .settings = settings.text});
}

base::Result<json::value> ConnectionJson(store::ReadTransaction& tx, const store::Connection& connection, KnownPaths& paths,
                                         const tenancy::Caller& caller) {
  json::value value = integration::ToJson(connection);
  json::object& object = value.as_object();
  if (!connection.folder) {
    // It follows its integration, and is where that is.
    object["regions_source"] = "inherited";
    object["regions_from"] = connection.integration.text();
    object["permissions"] = json::object{{"spaces", json::array()}, {"inherited", json::array()}};
    return value;
  }
  TRY_ASSIGN(const NodePaths* known, Known(tx, connection.integration, paths));
  object["path"] = known->Of(*connection.folder);
  const CountedSettings settings = SettingsOf(connection, *known);
  object["settings"] = Parsed(settings.text);
  object["settings_from"] = TextOrNull(settings.from);
  const CountedRegions regions = RegionsOf(connection, *known);
  object["regions"] = json::array(regions.list.begin(), regions.list.end());
  object["regions_source"] = SourceOf(regions.from, connection.id.text());
  object["regions_from"] = regions.from;
  object["permissions"] = known->PermissionsJson(caller, connection.id.text(), connection.folder);
  return value;
}

json::value FolderJson(const store::Folder& folder, const NodePaths& paths, const tenancy::Caller& caller) {
  const CountedSettings settings = paths.SettingsIn(folder.id);
  const CountedRegions regions = paths.RegionsIn(folder.id);
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
                      {"regions", json::array(regions.list.begin(), regions.list.end())},
                      {"regions_source", SourceOf(regions.from, folder.id.text())},
                      {"regions_from", regions.from},
                      {"settings", Parsed(settings.text)},
                      {"settings_source", folder.settings == kNone ? "inherited" : "self"},
                      {"settings_from", TextOrNull(settings.from)},
                      {"permissions", paths.PermissionsJson(caller, folder.id.text(), folder.parent)}};
}

base::Result<organization::NodeEdit> ReadNodeEdit(const Call& call) {
  TRY_ASSIGN(Body body, Body::Parse(call.request.body));
  organization::NodeEdit edit{.handle = body.Text("handle"), .regions = body.Texts("regions"), .settings = ReadSettings(body)};
  TRY(body.Finish());
  TRY_ASSIGN(edit.if_match, call.IfMatch());
  return edit;
}

}  // namespace crossrole::api
