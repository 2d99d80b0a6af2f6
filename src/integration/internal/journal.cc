// SPDX-License-Identifier: Apache-2.0
#include "integration/internal/journal.h"

#include "integration/members/organization_parts.h"
#include "store/connections.h"
#include "store/integration_logs.h"

namespace crossrole::integration {
namespace {

store::ConnectionState StateFor(model::IntegrationState state) {
  switch (state) {
    case model::IntegrationState::kActive: return store::ConnectionState::kActive;
    case model::IntegrationState::kPending:
    case model::IntegrationState::kVerifying: return store::ConnectionState::kUnverified;
    case model::IntegrationState::kFailed:
    case model::IntegrationState::kQuarantined: return store::ConnectionState::kError;
    case model::IntegrationState::kDisabled: return store::ConnectionState::kSuspended;
  }
  return store::ConnectionState::kError;
}

// What of a connection follows its integration.
void Follow(store::Connection& connection, const model::Integration& integration, base::Time now) {
  const auto role = integration.ExpectedRoleArn();
  const auto* external_id = integration.CurrentExternalId();
  connection.handle = integration.handle;
  connection.name = integration.name;
  connection.state = StateFor(integration.state);
  connection.role_arn = role ? role->text() : "";
  connection.external_id = external_id != nullptr ? external_id->value.text() : "";
  connection.regions = integration.regions;
  if (integration.state == model::IntegrationState::kActive) {
    connection.last_success_at = now;
    connection.last_error.reset();
  }
  connection.updated_at = now;
}

// What an organization's integration had as an account's stays as it is while nothing is said against its trust: until an import takes
// it over, it gives sessions. All other connections of an organization follow its listings.
base::Status WriteFormerConnection(store::WriteTransaction& tx, const model::Integration& integration, base::Time now) {
  if (!integration.account_id) return {};
  const bool is_as_before =
      WaitsForDiscovery(integration) || (integration.state == model::IntegrationState::kFailed && integration.state_reason == kNotManagement);
  if (is_as_before) return {};
  TRY_ASSIGN(auto found, store::ListConnections(tx, {.integration = integration.id, .account_id = integration.account_id}));
  if (found.empty() || found.front().folder) return {};
  Follow(found.front(), integration, now);
  TRY(store::UpdateConnection(tx, found.front()));
  return {};
}

}  // namespace

base::Status Note(store::WriteTransaction& tx, const model::Integration& integration, base::Time now, Line line) {
  TRY_ASSIGN([[maybe_unused]] const std::int64_t seq,
             store::AppendIntegrationLog(tx, integration.id,
                                         {.at = now,
                                          .level = std::move(line.level),
                                          .event = std::string(line.event),
                                          .message = std::move(line.message),
                                          .details = std::move(line.details)}));
  return {};
}

base::Status WriteConnection(store::WriteTransaction& tx, const model::Integration& integration, base::Time now,
                             base::Random& random) {
  if (integration.kind == model::IntegrationKindOf::kOrganization) return WriteFormerConnection(tx, integration, now);
  TRY_ASSIGN(auto existing, store::ListConnections(tx, {.integration = integration.id}));
  for (store::Connection& connection : existing) {
    if (integration.account_id && connection.account_id == *integration.account_id) {
      Follow(connection, integration, now);
      TRY(store::UpdateConnection(tx, connection));
      return {};
    }
    TRY(store::DeleteConnection(tx, connection.id));
  }
  if (!integration.account_id) return {};
  store::Connection connection{.id = model::ConnectionId::Make(now, random),
                               .tenant = integration.tenant,
                               .integration = integration.id,
                               .account_id = *integration.account_id,
                               .handle = integration.handle,
                               .handle_mode = "static",
                               .created_at = now};
  Follow(connection, integration, now);
  return store::InsertConnection(tx, connection);
}

}  // namespace crossrole::integration
