// SPDX-License-Identifier: Apache-2.0
#include "store/connections.h"

#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "store/internal/columns.h"

namespace crossrole::store {
namespace {

using base::Fail;
using base::Result;
using base::Status;

constexpr std::array<std::string_view, 4> kStates = {"unverified", "active", "error", "suspended"};

Result<Connection> ConnectionFrom(const Row& row) {
  TRY_ASSIGN(auto tenant, row.Parsed<model::TenantId>(0));
  TRY_ASSIGN(auto id, row.Parsed<model::ConnectionId>(1));
  TRY_ASSIGN(auto integration, row.Parsed<model::IntegrationId>(2));
  TRY_ASSIGN(auto account, row.Parsed<model::AccountId>(3));
  TRY_ASSIGN(auto handle, row.Parsed<model::Handle>(4));
  TRY_ASSIGN(const auto state, Row::Checked(ParseConnectionState(row.TextView(8)), 8));
  TRY_ASSIGN(auto regions, ParseList(row.TextView(11)));
  Connection connection{.id = std::move(id),
                        .tenant = std::move(tenant),
                        .integration = std::move(integration),
                        .account_id = std::move(account),
                        .handle = std::move(handle),
                        .name = row.Text(5),
                        .handle_mode = row.Text(6),
                        .account_state = row.Text(7),
                        .state = state,
                        .role_arn = row.Text(9),
                        .external_id = row.Text(10),
                        .regions = std::move(regions),
                        .settings = row.Text(12),
                        .settings_source = row.Text(13),
                        .last_success_at = row.OptionalTime(14),
                        .version = row.Int(18),
                        .created_at = row.Time(19),
                        .updated_at = row.Time(20)};
  if (const auto at = row.OptionalTime(15)) {
    connection.last_error = ConnectionError{.at = *at, .code = row.Text(16), .message = row.Text(17)};
  }
  if (!row.IsNull(21)) {
    TRY_ASSIGN(connection.folder, row.Parsed<model::FolderId>(21));
  }
  return connection;
}

// The parts of `last_error` as columns.
struct ErrorColumns {
  std::optional<base::Time> at;
  std::optional<std::string> code, message;
};

ErrorColumns ColumnsOf(const std::optional<ConnectionError>& error) {
  if (!error) return {};
  return {.at = error->at, .code = error->code, .message = error->message};
}

Status CheckHandle(ReadTransaction& tx, const Connection& connection) {
  TRY_ASSIGN(const auto other, FindConnectionByHandle(tx, connection.handle));
  if (other && other->id != connection.id) return Fail(HandleTaken(connection.handle.text()));
  return {};
}

}  // namespace

std::string_view NameOf(ConnectionState state) { return kStates.at(static_cast<std::size_t>(state)); }

Result<ConnectionState> ParseConnectionState(std::string_view name) {
  for (std::size_t i = 0; i < kStates.size(); ++i) {
    if (kStates[i] == name) return static_cast<ConnectionState>(i);
  }
  return Fail(base::Error{.code = base::Code::kInvalidArgument,
                          .message = fmt::format("`{}` is not a state of connections", base::Shortened(name, 80)),
                          .field = "state"});
}

Status InsertConnection(WriteTransaction& tx, const Connection& connection) {
  CHECK(connection.tenant == tx.tenant());
  TRY(CheckHandle(tx, connection));
  const ErrorColumns error = ColumnsOf(connection.last_error);
  TRY(tx.Execute(R"sql(
    INSERT INTO connections (tenant_id, id, integration_id, account_id, handle, name, handle_mode, account_state, state,
                             role_arn, external_id, regions, settings, settings_source, last_success_at, error_at,
                             error_code, error_message, version, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, 1, $19, $19))sql",
                 {connection.id, connection.integration, connection.account_id.text(), connection.handle.text(), connection.name,
                  connection.handle_mode, connection.account_state, NameOf(connection.state), connection.role_arn,
                  connection.external_id, PrintList(connection.regions), connection.settings, connection.settings_source,
                  connection.last_success_at, error.at, error.code, error.message, connection.created_at}));
  return {};
}

Result<std::int64_t> UpdateConnection(WriteTransaction& tx, const Connection& connection) {
  TRY(CheckHandle(tx, connection));
  const ErrorColumns error = ColumnsOf(connection.last_error);
  TRY_ASSIGN(const auto changed, tx.Execute(R"sql(
    UPDATE connections SET handle = $4, name = $5, handle_mode = $6, account_state = $7, state = $8, role_arn = $9,
      external_id = $10, regions = $11, settings = $12, settings_source = $13, last_success_at = $14, error_at = $15,
      error_code = $16, error_message = $17, updated_at = $18, version = version + 1
    WHERE tenant_id = $1 AND id = $2 AND version = $3)sql",
                                            {connection.id, connection.version, connection.handle.text(), connection.name,
                                             connection.handle_mode, connection.account_state, NameOf(connection.state),
                                             connection.role_arn, connection.external_id, PrintList(connection.regions),
                                             connection.settings, connection.settings_source, connection.last_success_at, error.at,
                                             error.code, error.message, connection.updated_at}));
  if (changed == 1) return connection.version + 1;
  TRY_ASSIGN(const auto found, FindConnection(tx, connection.id));
  return Fail(found ? StaleVersion() : NoSuch("connection", connection.id.text()));
}

Result<std::optional<Connection>> FindConnection(ReadTransaction& tx, const model::ConnectionId& id) {
  return tx.One(R"sql(
    SELECT tenant_id, id, integration_id, account_id, handle, name, handle_mode, account_state, state, role_arn,
           external_id, regions, settings, settings_source, last_success_at, error_at, error_code, error_message,
           version, created_at, updated_at, folder_id
    FROM connections WHERE tenant_id = $1 AND id = $2)sql",
                {id}, ConnectionFrom);
}

Result<std::optional<Connection>> FindConnectionByHandle(ReadTransaction& tx, const model::Handle& handle) {
  return tx.One(R"sql(
    SELECT tenant_id, id, integration_id, account_id, handle, name, handle_mode, account_state, state, role_arn,
           external_id, regions, settings, settings_source, last_success_at, error_at, error_code, error_message,
           version, created_at, updated_at, folder_id
    FROM connections WHERE tenant_id = $1 AND handle = $2)sql",
                {handle.text()}, ConnectionFrom);
}

Result<std::vector<Connection>> ListConnections(ReadTransaction& tx, const ConnectionFilter& filter, const Page& page) {
  const auto account = filter.account_id ? std::optional(filter.account_id->text()) : std::nullopt;
  const auto state = filter.state ? std::optional(NameOf(*filter.state)) : std::nullopt;
  return tx.All(R"sql(
    SELECT tenant_id, id, integration_id, account_id, handle, name, handle_mode, account_state, state, role_arn,
           external_id, regions, settings, settings_source, last_success_at, error_at, error_code, error_message,
           version, created_at, updated_at, folder_id
    FROM connections
    WHERE tenant_id = $1 AND id > $2
      AND (CAST($4 AS TEXT) IS NULL OR integration_id = $4)
      AND (CAST($5 AS TEXT) IS NULL OR account_id = $5)
      AND (CAST($6 AS TEXT) IS NULL OR state = $6)
      AND (CAST($7 AS TEXT) IS NULL OR folder_id = $7)
    ORDER BY id LIMIT $3)sql",
                {page.after, page.limit, filter.integration, account, state, filter.folder}, ConnectionFrom);
}

Status DeleteConnection(WriteTransaction& tx, const model::ConnectionId& id) {
  TRY_ASSIGN(const auto deleted, tx.Execute(R"sql(DELETE FROM connections WHERE tenant_id = $1 AND id = $2)sql", {id}));
  if (deleted == 0) return Fail(NoSuch("connection", id.text()));
  return {};
}

}  // namespace crossrole::store
