// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/account_id.h"
#include "model/handle.h"
#include "model/ids.h"
#include "store/page.h"
#include "store/transaction.h"

namespace crossrole::store {

/// Whether a connection can be used. Source: contract 4.3.
enum class ConnectionState : std::uint8_t { kUnverified, kActive, kError, kSuspended };

/// The name as in the API.
std::string_view NameOf(ConnectionState state);
/// The inverse. Errors: kInvalidArgument.
base::Result<ConnectionState> ParseConnectionState(std::string_view name);

/// What went wrong last.
struct ConnectionError {
  base::Time at{};
  std::string code;
  std::string message;
};

/// One AWS account that can be used.
struct Connection {
  model::ConnectionId id;
  model::TenantId tenant;
  model::IntegrationId integration;
  model::AccountId account_id;
  model::Handle handle;
  std::string name;
  std::string handle_mode = "dynamic";  // or "static": edited by a person
  std::string account_state = "active";
  ConnectionState state = ConnectionState::kUnverified;
  std::string role_arn{};
  std::string external_id{};
  std::vector<std::string> regions{"*"};  // of a discovered one: empty where those of the folder above count
  std::string settings = "{}";  // JSON object
  std::string settings_source = "self";
  std::optional<base::Time> last_success_at{};
  std::optional<ConnectionError> last_error{};
  std::optional<model::FolderId> folder{};  // of a discovered one; written by what organization_tree.h offers
  std::int64_t version = 1;
  base::Time created_at{};
  base::Time updated_at{};
};

/// Which connections are wanted; what is not set does not narrow.
struct ConnectionFilter {
  std::optional<model::IntegrationId> integration{};
  std::optional<model::AccountId> account_id{};
  std::optional<ConnectionState> state{};
  std::optional<model::FolderId> folder{};
};

/// Adds a connection. Errors: kConflict with field `handle`; kConflict when the integration has this account.
base::Status InsertConnection(WriteTransaction& tx, const Connection& connection);
/// Stores everything but id, tenant, integration, account, folder and creation time if `connection.version` is still
/// current, and returns the new version. Errors: kConflict (`stale`, or field `handle`), kNotFound.
base::Result<std::int64_t> UpdateConnection(WriteTransaction& tx, const Connection& connection);
/// A connection of the transaction's tenant.
base::Result<std::optional<Connection>> FindConnection(ReadTransaction& tx, const model::ConnectionId& id);
/// The same by handle.
base::Result<std::optional<Connection>> FindConnectionByHandle(ReadTransaction& tx, const model::Handle& handle);
/// Connections of the transaction's tenant, in the order of their ids.
base::Result<std::vector<Connection>> ListConnections(ReadTransaction& tx, const ConnectionFilter& filter,
                                                      const Page& page = {});
/// Deletes a connection. Errors: kNotFound.
base::Status DeleteConnection(WriteTransaction& tx, const model::ConnectionId& id);

}  // namespace crossrole::store
