// SPDX-License-Identifier: Apache-2.0
#include "store/integrations.h"

#include <algorithm>

#include "store/external_ids.h"
#include "store/internal/columns.h"
#include "store/internal/integration_details.h"
#include "store/role_claims.h"

namespace crossrole::store {
namespace {

using base::Fail;
using base::Result;
using base::Status;
using model::Integration;
using model::IntegrationId;

Result<Integration> IntegrationFrom(const Row& row) {
  TRY_ASSIGN(auto tenant, row.Parsed<model::TenantId>(0));
  TRY_ASSIGN(auto id, row.Parsed<IntegrationId>(1));
  TRY_ASSIGN(auto handle, row.Parsed<model::Handle>(2));
  TRY_ASSIGN(auto space, row.Parsed<model::SpaceId>(4));
  TRY_ASSIGN(const auto kind, Row::Checked(model::ParseIntegrationKind(row.TextView(5)), 5));
  TRY_ASSIGN(const auto state, Row::Checked(model::ParseIntegrationState(row.TextView(6)), 6));
  TRY_ASSIGN(const auto partition, Row::Checked(model::ParsePartition(row.TextView(8)), 8));
  TRY_ASSIGN(const auto format, Row::Checked(model::ParseExternalIdFormat(row.TextView(11)), 11));
  Integration integration{.id = std::move(id),
                          .tenant = std::move(tenant),
                          .space = std::move(space),
                          .handle = std::move(handle),
                          .name = row.Text(3),
                          .kind = kind,
                          .partition = partition,
                          .external_id_format = format,
                          .state = state,
                          .state_reason = row.Text(7),
                          .next_check_at = row.OptionalTime(12),
                          .version = row.Int(14),
                          .created_at = row.Time(15),
                          .updated_at = row.Time(16)};
  if (!row.IsNull(9)) {
    TRY_ASSIGN(integration.account_id, row.Parsed<model::AccountId>(9));
  }
  if (!row.IsNull(10)) {
    TRY_ASSIGN(integration.role_arn, row.Parsed<model::RoleArn>(10));
  }
  TRY(ReadDetails(row.TextView(13), integration));
  return integration;
}

// What lies in tables of its own.
Status LoadRest(ReadTransaction& tx, Integration& integration) {
  TRY_ASSIGN(integration.external_ids, ListExternalIds(tx, integration.id));
  TRY_ASSIGN(integration.labels, tx.All(R"sql(
    SELECT label FROM integration_labels WHERE tenant_id = $1 AND integration_id = $2 ORDER BY position)sql",
                                        {integration.id}, [](const Row& row) -> Result<std::string> { return row.Text(0); }));
  return {};
}

Result<std::optional<Integration>> Loaded(ReadTransaction& tx, Result<std::optional<Integration>> found) {
  if (found && *found) TRY(LoadRest(tx, **found));
  return found;
}

Status StoreLabels(WriteTransaction& tx, const Integration& integration) {
  TRY(tx.Execute(R"sql(DELETE FROM integration_labels WHERE tenant_id = $1 AND integration_id = $2)sql", {integration.id}));
  for (std::size_t i = 0; i < integration.labels.size(); ++i) {
    TRY(tx.Execute(R"sql(
      INSERT INTO integration_labels (tenant_id, integration_id, label, position) VALUES ($1, $2, $3, $4)
      ON CONFLICT DO NOTHING)sql",
                   {integration.id, integration.labels[i], i}));
  }
  return {};
}

Status StoreExternalIds(WriteTransaction& tx, const Integration& integration) {
  TRY_ASSIGN(const auto known, ListExternalIds(tx, integration.id));
  for (const model::IssuedExternalId& issued : integration.external_ids) {
    const bool is_known = std::ranges::any_of(known, [&](const auto& other) { return other.value == issued.value; });
    if (is_known) {
      TRY(UpdateExternalId(tx, integration.id, issued));
    } else {
      TRY(InsertExternalId(tx, integration.id, issued, integration.external_id_format));
    }
  }
  return {};
}

Status CheckHandle(ReadTransaction& tx, const Integration& integration) {
  TRY_ASSIGN(const auto other, tx.One(R"sql(SELECT id FROM integrations WHERE tenant_id = $1 AND handle = $2)sql",
                                      {integration.handle.text()}, [](const Row& row) -> Result<std::string> { return row.Text(0); }));
  if (other && *other != integration.id.text()) return Fail(HandleTaken(integration.handle.text()));
  return {};
}

std::optional<std::string> AccountOf(const Integration& integration) {
  return integration.account_id ? std::optional(integration.account_id->text()) : std::nullopt;
}

std::optional<std::string> RoleOf(const Integration& integration) {
  return integration.role_arn ? std::optional(integration.role_arn->text()) : std::nullopt;
}

}  // namespace

Status InsertIntegration(WriteTransaction& tx, const Integration& integration) {
  CHECK(integration.tenant == tx.tenant());
  TRY(CheckHandle(tx, integration));
  TRY(tx.Execute(R"sql(
    INSERT INTO integrations (tenant_id, id, handle, name, space, kind, state, state_reason, partition_name, account_id,
                              role_arn, external_id_format, next_check_at, details, version, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1, $15, $15))sql",
                 {integration.id, integration.handle.text(), integration.name, integration.space, model::NameOf(integration.kind),
                  model::NameOf(integration.state), integration.state_reason, model::FactsOf(integration.partition).name,
                  AccountOf(integration), RoleOf(integration), model::NameOf(integration.external_id_format),
                  integration.next_check_at, PrintDetails(integration), integration.created_at}));
  TRY(StoreLabels(tx, integration));
  return StoreExternalIds(tx, integration);
}

Result<std::optional<Integration>> FindIntegration(ReadTransaction& tx, const IntegrationId& id) {
  return Loaded(tx, tx.One(R"sql(
    SELECT tenant_id, id, handle, name, space, kind, state, state_reason, partition_name, account_id, role_arn,
           external_id_format, next_check_at, details, version, created_at, updated_at
    FROM integrations WHERE tenant_id = $1 AND id = $2)sql",
                           {id}, IntegrationFrom));
}

Result<std::optional<Integration>> FindIntegrationByHandle(ReadTransaction& tx, const model::Handle& handle) {
  return Loaded(tx, tx.One(R"sql(
    SELECT tenant_id, id, handle, name, space, kind, state, state_reason, partition_name, account_id, role_arn,
           external_id_format, next_check_at, details, version, created_at, updated_at
    FROM integrations WHERE tenant_id = $1 AND handle = $2)sql",
                           {handle.text()}, IntegrationFrom));
}

Result<std::vector<Integration>> ListIntegrations(ReadTransaction& tx, const IntegrationFilter& filter, const Page& page) {
  const auto kind = filter.kind ? std::optional(model::NameOf(*filter.kind)) : std::nullopt;
  const auto state = filter.state ? std::optional(model::NameOf(*filter.state)) : std::nullopt;
  TRY_ASSIGN(auto integrations, tx.All(R"sql(
    SELECT tenant_id, id, handle, name, space, kind, state, state_reason, partition_name, account_id, role_arn,
           external_id_format, next_check_at, details, version, created_at, updated_at
    FROM integrations i
    WHERE i.tenant_id = $1 AND i.id > $2
      AND (CAST($4 AS TEXT) IS NULL OR i.kind = $4)
      AND (CAST($5 AS TEXT) IS NULL OR i.state = $5)
      AND (CAST($6 AS TEXT) IS NULL OR i.space = $6)
      AND (CAST($7 AS TEXT) IS NULL OR EXISTS (
        SELECT 1 FROM integration_labels l WHERE l.tenant_id = $1 AND l.integration_id = i.id AND l.label = $7))
    ORDER BY i.id LIMIT $3)sql",
                                       {page.after, page.limit, kind, state, filter.space, filter.label}, IntegrationFrom));
  for (Integration& integration : integrations) TRY(LoadRest(tx, integration));
  return integrations;
}

Result<std::int64_t> UpdateIntegration(WriteTransaction& tx, const Integration& integration) {
  TRY(CheckHandle(tx, integration));
  TRY_ASSIGN(const auto changed, tx.Execute(R"sql(
    UPDATE integrations SET handle = $4, name = $5, space = $6, kind = $7, state = $8, state_reason = $9,
      partition_name = $10, account_id = $11, role_arn = $12, next_check_at = $13, details = $14, updated_at = $15,
      version = version + 1
    WHERE tenant_id = $1 AND id = $2 AND version = $3)sql",
                                            {integration.id, integration.version, integration.handle.text(), integration.name,
                                             integration.space, model::NameOf(integration.kind), model::NameOf(integration.state),
                                             integration.state_reason, model::FactsOf(integration.partition).name,
                                             AccountOf(integration), RoleOf(integration), integration.next_check_at,
                                             PrintDetails(integration), integration.updated_at}));
  if (changed == 0) {
    TRY_ASSIGN(const auto found, FindIntegration(tx, integration.id));
    return Fail(found ? StaleVersion() : NoSuch("integration", integration.id.text()));
  }
  TRY(StoreLabels(tx, integration));
  TRY(StoreExternalIds(tx, integration));
  return integration.version + 1;
}

Status DeleteIntegration(WriteTransaction& tx, const IntegrationId& id) {
  TRY(ReleaseRoles(tx, id));
  TRY(RetireExternalIds(tx, id));
  TRY_ASSIGN(const auto deleted, tx.Execute(R"sql(DELETE FROM integrations WHERE tenant_id = $1 AND id = $2)sql", {id}));
  if (deleted == 0) return Fail(NoSuch("integration", id.text()));
  return {};
}

}  // namespace crossrole::store
