// SPDX-License-Identifier: Apache-2.0
#include "api/internal/sharing.h"

#include <algorithm>
#include <utility>

#include "store/integrations.h"

namespace crossrole::api {
namespace {

constexpr int kDeepest = 16;  // OUs go five deep; a row that names itself must not hang us

}  // namespace

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
  std::optional<model::FolderId> at = folder;
  for (int depth = 0; depth < kDeepest && at; ++depth) {
    add_share(at->text());
    const auto parent = parents_.find(*at);
    at = parent == parents_.end() ? std::nullopt : parent->second;
  }
  return targets;
}

bool IsShareable(tenancy::Permission permission) {
  return permission == tenancy::Permission::kConnectionRead || permission == tenancy::Permission::kSessionMint;
}

base::Result<bool> VisibleConnections::Has(store::ReadTransaction& tx, const store::Connection& connection) {
  const auto [at, is_new] = known_.try_emplace(connection.integration);
  Known& known = at->second;
  if (is_new) {
    TRY_ASSIGN(known.integration, store::FindIntegration(tx, connection.integration));
    known.is_readable = known.integration && caller_.May(tenancy::Permission::kConnectionRead,
                                                         {.space = known.integration->space, .integration = known.integration->id});
  }
  if (known.is_readable || !known.integration || !connection.folder) return known.is_readable;
  if (!known.sharing) {
    TRY_ASSIGN(known.sharing, Sharing::Read(tx, connection.integration));
  }
  const auto targets = known.sharing->TargetsOf(caller_, *known.integration, connection.id.text(), connection.folder);
  return std::ranges::any_of(targets, [&](const tenancy::Target& target) { return caller_.May(tenancy::Permission::kConnectionRead, target); });
}

}  // namespace crossrole::api
