// SPDX-License-Identifier: Apache-2.0
#include "store/external_ids.h"

#include "store/internal/columns.h"

namespace crossrole::store {
namespace {

using base::Fail;
using base::Result;
using base::Status;
using model::IssuedExternalId;

Result<IssuedExternalId> IssuedFrom(const Row& row) {
  TRY_ASSIGN(auto value, row.Parsed<model::ExternalId>(0));
  TRY_ASSIGN(const auto state, Row::Checked(model::ParseExternalIdState(row.TextView(1)), 1));
  return IssuedExternalId{.value = std::move(value), .state = state, .issued_at = row.Time(2), .verified = row.Flag(3)};
}

}  // namespace

Status InsertExternalId(WriteTransaction& tx, const model::IntegrationId& integration, const IssuedExternalId& issued,
                        model::ExternalIdFormat format) {
  // A custom value comes from outside: that another tenant has it too must not show.
  const std::string unique = format == model::ExternalIdFormat::kCustom ? tx.tenant().text() + " " + issued.value.text()
                                                                        : issued.value.text();
  TRY_ASSIGN(const auto inserted, tx.Execute(R"sql(
    INSERT INTO external_ids (tenant_id, value, unique_value, integration_id, state, verified, issued_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING)sql",
                                             {issued.value.text(), unique, integration, model::NameOf(issued.state), issued.verified,
                                              issued.issued_at}));
  if (inserted == 1) return {};
  return Fail(base::Error{.code = base::Code::kConflict,
                          .message = "this external ID was used before",
                          .reason = "external_id.used",
                          .field = "external_id"});
}

Status UpdateExternalId(WriteTransaction& tx, const model::IntegrationId& integration, const IssuedExternalId& issued) {
  TRY_ASSIGN(const auto changed, tx.Execute(R"sql(
    UPDATE external_ids SET state = $4, verified = $5
    WHERE tenant_id = $1 AND value = $2 AND integration_id = $3)sql",
                                            {issued.value.text(), integration, model::NameOf(issued.state), issued.verified}));
  if (changed == 0) return Fail(base::Code::kNotFound, "this external ID was not issued for this integration");
  return {};
}

Result<std::vector<IssuedExternalId>> ListExternalIds(ReadTransaction& tx, const model::IntegrationId& integration) {
  return tx.All(R"sql(
    SELECT value, state, issued_at, verified FROM external_ids
    WHERE tenant_id = $1 AND integration_id = $2 ORDER BY issued_at, value)sql",
                {integration}, IssuedFrom);
}

Status RetireExternalIds(WriteTransaction& tx, const model::IntegrationId& integration) {
  TRY(tx.Execute(R"sql(
    UPDATE external_ids SET state = 'retired' WHERE tenant_id = $1 AND integration_id = $2)sql",
                 {integration}));
  return {};
}

Result<bool> WasExternalIdIssued(ReadTransaction& tx, const model::ExternalId& value) {
  TRY_ASSIGN(const auto found, tx.One(R"sql(SELECT 1 FROM external_ids WHERE tenant_id = $1 AND value = $2)sql",
                                      {value.text()}, [](const Row& row) -> Result<std::int64_t> { return row.Int(0); }));
  return found.has_value();
}

}  // namespace crossrole::store
