// SPDX-License-Identifier: Apache-2.0
#include "api/internal/sharing.h"

#include <algorithm>
#include <boost/json/value.hpp>
#include <utility>

#include "api/internal/node_paths.h"
#include "base/json.h"
#include "base/text.h"
#include "store/integrations.h"

namespace crossrole::api {
namespace {

// Adds on what `caller` may be asked by a share: the spaces below `home` that it names, or where he has something.
void AddTargets(const tenancy::Caller& caller, const model::SpaceId& home, const model::IntegrationId& integration, const store::Share& share,
                std::vector<tenancy::Target>& targets) {
  const auto add = [&](const model::SpaceId& space) {
    // An integration that was moved has left behind what is not below it any more.
    if (caller.spaces->IsWithin(space, home)) targets.push_back({.space = space, .integration = integration});
  };
  for (const model::SpaceId& space : share.spaces) add(space);
  if (!share.all) return;
  for (const tenancy::Grant& grant : caller.authority->grants) add(grant.space);
}

std::string MemberText(const base::Result<boost::json::value>& object, std::string_view name) {
  const auto* value = object && object->is_object() ? object->get_object().if_contains(name) : nullptr;
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

// Where a node is now, by its row: the folder it is in, or nothing when it is gone.
base::Result<std::optional<std::optional<model::FolderId>>> PlaceOf(store::ReadTransaction& tx, const std::string& node) {
  std::optional<std::optional<model::FolderId>> place;
  if (const auto connection = model::ConnectionId::Parse(node)) {
    TRY_ASSIGN(const auto found, store::FindConnection(tx, *connection));
    if (found) place = found->folder;
  } else if (const auto folder = model::FolderId::Parse(node)) {
    TRY_ASSIGN(const auto found, store::FindFolder(tx, *folder));
    if (found) place = found->parent;
  }
  return place;
}

// A node, what it is in up to the root, and the integration, by our ids. What is gone is found by what it was in, `parent` (an OU).
base::Result<std::vector<std::string>> NodesAbove(store::ReadTransaction& tx, const model::IntegrationId& integration, const std::string& node,
                                                  std::string parent) {
  std::vector<std::string> nodes = {node, integration.text()};
  TRY_ASSIGN(const auto place, PlaceOf(tx, node));
  std::optional<model::FolderId> at = place.value_or(std::nullopt);
  for (int depth = 0; depth < kDeepestFolder && !place && !at && !parent.empty(); ++depth) {
    TRY_ASSIGN(const auto folder, store::FindFolderOfOu(tx, integration, parent));
    if (folder) {
      at = folder->id;
      break;
    }
    TRY_ASSIGN(const auto removed, store::FindRemoved(tx, integration, parent));
    if (!removed) break;
    nodes.push_back(removed->id);
    parent = removed->parent_aws_id;
  }
  for (int depth = 0; depth < kDeepestFolder && at; ++depth) {
    nodes.push_back(at->text());
    TRY_ASSIGN(const auto folder, store::FindFolder(tx, *at));
    at = folder ? folder->parent : std::nullopt;
  }
  return nodes;
}

}  // namespace

base::Result<Sharing> Sharing::Read(store::ReadTransaction& tx, const model::IntegrationId& integration) {
  Sharing sharing;
  TRY_ASSIGN(sharing.shares_, store::ListShares(tx, integration));
  if (sharing.shares_.empty()) return sharing;
  TRY_ASSIGN(const auto folders, store::ListFolders(tx, integration));
  for (const store::Folder& folder : folders) sharing.parents_.emplace(folder.id, folder.parent);
  return sharing;
}

std::vector<const store::Share*> Sharing::Of(const model::IntegrationId& integration, const std::string& node,
                                             const std::optional<model::FolderId>& folder) const {
  std::vector<const store::Share*> found;
  const auto add = [&](const std::string& id) {
    if (const auto share = shares_.find(id); share != shares_.end()) found.push_back(&share->second);
  };
  if (shares_.empty()) return found;
  add(node);
  if (node != integration.text()) add(integration.text());
  std::optional<model::FolderId> at = folder;
  for (int depth = 0; depth < kDeepestFolder && at; ++depth) {
    add(at->text());
    const auto parent = parents_.find(*at);
    at = parent == parents_.end() ? std::nullopt : parent->second;
  }
  return found;
}

std::vector<tenancy::Target> Sharing::TargetsOf(const tenancy::Caller& caller, const model::Integration& integration, const std::string& node,
                                                const std::optional<model::FolderId>& folder) const {
  std::vector<tenancy::Target> targets;
  for (const store::Share* share : Of(integration.id, node, folder)) AddTargets(caller, integration.space, integration.id, *share, targets);
  return targets;
}

base::Result<std::optional<NodeShares>> NodeSharesOf(store::ReadTransaction& tx, const audit::Record& record) {
  const auto details = base::ParseJson(record.details);
  const auto id = model::IntegrationId::Parse(MemberText(details, "integration"));
  const std::string_view kind = record.action.facts().target;
  if (!id || (kind != "folder" && kind != "connection")) return std::optional<NodeShares>();
  TRY_ASSIGN(const auto shares, store::ListShares(tx, *id));
  if (shares.empty()) return std::optional<NodeShares>();
  TRY_ASSIGN(const auto integration, store::FindIntegration(tx, *id));
  if (!integration) return std::optional<NodeShares>();
  NodeShares node{.home = integration->space, .integration = integration->id};
  TRY_ASSIGN(const auto above, NodesAbove(tx, integration->id, record.target, MemberText(details, "parent_aws_id")));
  for (const std::string& each : above) {
    if (const auto share = shares.find(each); share != shares.end()) node.shares.push_back(share->second);
  }
  if (node.shares.empty()) return std::optional<NodeShares>();
  return std::optional(std::move(node));
}

bool SeesShared(const tenancy::Caller& caller, tenancy::Permission permission, const NodeShares& node) {
  std::vector<tenancy::Target> targets;
  for (const store::Share& share : node.shares) AddTargets(caller, node.home, node.integration, share, targets);
  return std::ranges::any_of(targets, [&](const tenancy::Target& target) {
    return caller.May(permission, target) && caller.May(tenancy::Permission::kConnectionRead, target);
  });
}

SpacesWish ReadSpaces(Body& body) {
  const boost::json::value* given = body.Any("spaces");
  if (given != nullptr && given->is_string() && given->get_string() == "all") return {.all = true};
  if (given != nullptr && given->is_array()) return {.ids = body.Texts("spaces").value_or(std::vector<std::string>())};
  body.Refuse("spaces", "`spaces` must be \"all\" or a list of ids");
  return {};
}

base::Result<store::Share> ShareWithin(const tenancy::Caller& caller, const model::SpaceId& home, const SpacesWish& wish,
                                       std::string_view field) {
  store::Share share{.all = wish.all};
  for (const std::string& text : wish.ids) {
    const auto space = model::SpaceId::Parse(text);
    if (!space || !caller.spaces->Has(*space) || !caller.spaces->IsWithin(*space, home)) {
      return base::Fail(base::Error{.code = base::Code::kInvalidArgument,
                                    .message = "there is no space `" + std::string(base::Shortened(text, 80)) + "` below that of the integration",
                                    .field = std::string(field)});
    }
    share.spaces.push_back(*space);
  }
  return share;
}

bool IsShareable(tenancy::Permission permission) {
  return permission == tenancy::Permission::kConnectionRead || permission == tenancy::Permission::kSessionMint;
}

base::Result<VisibleConnections::Known*> VisibleConnections::Look(store::ReadTransaction& tx, const model::IntegrationId& integration) {
  const auto [at, is_new] = known_.try_emplace(integration);
  Known& known = at->second;
  if (is_new) {
    TRY_ASSIGN(known.integration, store::FindIntegration(tx, integration));
    known.is_readable = known.integration && caller_.May(tenancy::Permission::kConnectionRead,
                                                         {.space = known.integration->space, .integration = known.integration->id});
  }
  return &known;
}

base::Result<bool> VisibleConnections::Has(store::ReadTransaction& tx, const store::Connection& connection) {
  TRY_ASSIGN(Known* known, Look(tx, connection.integration));
  if (!connection.folder) return known->is_readable;
  return HasNode(tx, *known, connection.id.text(), connection.folder);
}

base::Result<bool> VisibleConnections::Has(store::ReadTransaction& tx, const store::Folder& folder) {
  TRY_ASSIGN(Known* known, Look(tx, folder.integration));
  return HasNode(tx, *known, folder.id.text(), folder.parent);
}

base::Result<bool> VisibleConnections::Has(store::ReadTransaction& tx, const model::IntegrationId& integration) {
  TRY_ASSIGN(Known* known, Look(tx, integration));
  return HasNode(tx, *known, integration.text(), std::nullopt);
}

base::Result<bool> VisibleConnections::HasNode(store::ReadTransaction& tx, Known& known, const std::string& node,
                                               const std::optional<model::FolderId>& folder) {
  if (known.is_readable || !known.integration) return known.is_readable;
  if (!known.sharing) {
    TRY_ASSIGN(known.sharing, Sharing::Read(tx, known.integration->id));
  }
  const auto targets = known.sharing->TargetsOf(caller_, *known.integration, node, folder);
  return std::ranges::any_of(targets, [&](const tenancy::Target& target) { return caller_.May(tenancy::Permission::kConnectionRead, target); });
}

}  // namespace crossrole::api
