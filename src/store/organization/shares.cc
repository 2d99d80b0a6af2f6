// SPDX-License-Identifier: Apache-2.0
#include "store/organization/shares.h"

#include <string_view>
#include <utility>

#include "store/internal/columns.h"

namespace crossrole::store {
namespace {

using base::Result;
using base::Status;

constexpr std::string_view kAll = "all";

Result<std::pair<std::string, std::string>> PairFrom(const Row& row) { return std::pair(row.Text(0), row.Text(1)); }

Status Insert(WriteTransaction& tx, const model::IntegrationId& integration, const std::string& node, std::string_view space) {
  TRY(tx.Execute(R"sql(
    INSERT INTO shares (tenant_id, integration_id, node_id, space_id) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING)sql",
                 {integration, node, space}));
  return {};
}

}  // namespace

Result<std::map<std::string, Share>> ListShares(ReadTransaction& tx, const model::IntegrationId& integration) {
  TRY_ASSIGN(const auto rows, tx.All(R"sql(
    SELECT node_id, space_id FROM shares WHERE tenant_id = $1 AND integration_id = $2 ORDER BY node_id, space_id)sql",
                                     {integration}, PairFrom));
  std::map<std::string, Share> shares;
  for (const auto& [node, space] : rows) {
    Share& share = shares[node];
    if (space == kAll) {
      share.all = true;
      continue;
    }
    TRY_ASSIGN(model::SpaceId id, model::SpaceId::Parse(space));
    share.spaces.push_back(std::move(id));
  }
  return shares;
}

Status PutShare(WriteTransaction& tx, const model::IntegrationId& integration, const std::string& node, const Share& share) {
  TRY(tx.Execute(R"sql(DELETE FROM shares WHERE tenant_id = $1 AND integration_id = $2 AND node_id = $3)sql", {integration, node}));
  if (share.all) return Insert(tx, integration, node, kAll);
  for (const model::SpaceId& space : share.spaces) TRY(Insert(tx, integration, node, space.text()));
  return {};
}

Status DeleteSharesWith(WriteTransaction& tx, const model::SpaceId& space) {
  TRY(tx.Execute(R"sql(DELETE FROM shares WHERE tenant_id = $1 AND space_id = $2)sql", {space}));
  return {};
}

}  // namespace crossrole::store
