// SPDX-License-Identifier: Apache-2.0
#include "api/internal/sharing.h"

#include <algorithm>
#include <boost/json/value.hpp>
#include <utility>

#include "api/internal/node_paths.h"
#include "base/text.h"
#include "store/integrations.h"

namespace crossrole::api {
base::Result<Sharing> Sharing::Read(store::ReadTransaction& tx, const model::IntegrationId& integration) {
  Sharing sharing;
  TRY_ASSIGN(sharing.shares_, store::ListShares(tx, integration));
  if (sharing.shares_.empty()) return sharing;
  TRY_ASSIGN(const auto folders, store::ListFolders(tx, integration));
  for (const store::Folder& folder : folders) sharing.parents_.emplace(folder.id, folder.parent);
  return sharing;
}

std::vector<tenancy::Target> Sharing::TargetsOf(const tenancy::Caller& caller, const model::Integration& integration, const std::string& node,
                                                const std::optional<model::FolderId>& folder) const {
  std::vector<tenancy::Target> targets;
  const auto add = [&](const model::SpaceId& space) {
    // An integration that was moved has left behind what is not below it any more.
    if (caller.spaces->IsWithin(space, integration.space)) targets.push_back({.space = space, .integration = integration.id});
  };
  const auto add_share = [&](const std::string& id) {
    const auto found = shares_.find(id);
    if (found == shares_.end()) return;
    for (const model::SpaceId& space : found->second.spaces) add(space);
    if (!found->second.all) return;
    for (const tenancy::Grant& grant : caller.authority->grants) add(grant.space);
  };
  if (shares_.empty()) return targets;
  add_share(node);
  if (node != integration.id.text()) add_share(integration.id.text());
  std::optional<model::FolderId> at = folder;
  for (int depth = 0; depth < kDeepestFolder && at; ++depth) {
    add_share(at->text());
    const auto parent = parents_.find(*at);
    at = parent == parents_.end() ? std::nullopt : parent->second;
  }
  return targets;
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
