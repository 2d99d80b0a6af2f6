// SPDX-License-Identifier: Apache-2.0
#include "integration/endpoint_change.h"

#include <string>
#include <vector>

#include "integration/internal/journal.h"
#include "integration/internal/schedule.h"
#include "store/integrations.h"
#include "store/people/tenants.h"
#include "store/settings.h"

namespace crossrole::integration {
namespace {

std::string TextOf(const aws::EndpointOverrides& endpoints) {
  std::string text = endpoints.for_all;
  for (const auto& [variable, url] : endpoints.by_variable) text += "\n" + variable + "=" + url;
  return text;
}

// Why everything is proven again.
struct Cause {
  std::string_view reason;  // of the state
  std::string_view event;
  std::string_view message;
};
constexpr Cause kEndpointChanged = {"endpoint_changed", "endpoint.changed", "the AWS endpoint changed; the trust is verified anew"};
constexpr Cause kFromBackup = {"restored", "backup.restored", "this installation was restored from a backup; the trust is verified anew"};

base::Status ResetOne(store::WriteTransaction& tx, const Ports& ports, const Cause& cause, model::Integration integration) {
  const base::Time now = ports.clock.Now();
  integration.endpoint_version++;
  if (integration.state != model::IntegrationState::kDisabled) {
    Settle(integration, now);
    integration.state = model::IntegrationState::kPending;
    integration.state_reason = std::string(cause.reason);
  }
  integration.updated_at = now;
  TRY(store::UpdateIntegration(tx, integration));
  TRY(WriteConnection(tx, integration, now, ports.random));
  TRY(Note(tx, integration, now, {.event = std::string(cause.event), .message = std::string(cause.message), .level = "warning"}));
  return ScheduleNext(tx, ports, integration);
}

base::Status ResetTenant(const Ports& ports, const Cause& cause, const model::TenantId& tenant) {
  store::Page page{.limit = 100};
  for (;;) {
    TRY_ASSIGN(const auto integrations, ports.store.Read(tenant, [&](store::ReadTransaction& tx) {
      return store::ListIntegrations(tx, {}, page);
    }));
    if (integrations.empty()) return {};
    page.after = integrations.back().id.text();
    TRY(ports.store.BulkWrite(tenant, integrations.size(), [&](store::WriteTransaction& tx, std::size_t index) {
      return ResetOne(tx, ports, cause, integrations[index]);
    }));
  }
}

base::Status ResetAll(const Ports& ports, const Cause& cause) {
  TRY_ASSIGN(const auto tenants, ports.store.ReadInstallation([](store::ReadTransaction& tx) {
    return store::ListTenants(tx, {.limit = 100'000});
  }));
  for (const store::Tenant& tenant : tenants) TRY(ResetTenant(ports, cause, tenant.id));
  return {};
}

}  // namespace

base::Status NoticeRestore(const Ports& ports) {
  TRY_ASSIGN(const auto restored, ports.store.ReadInstallation([](store::ReadTransaction& tx) {
    return store::FindSetting(tx, store::kRestored);
  }));
  if (!restored) return {};
  TRY(ResetAll(ports, kFromBackup));
  return ports.store.WriteInstallation([](store::WriteTransaction& tx) { return store::DeleteSetting(tx, store::kRestored); });
}

base::Status NoticeEndpointChange(const Ports& ports, const aws::EndpointOverrides& endpoints) {
  const std::string now_in_force = TextOf(endpoints);
  TRY_ASSIGN(const auto before, ports.store.ReadInstallation([](store::ReadTransaction& tx) {
    return store::FindSetting(tx, store::kEndpointOverrides);
  }));
  if (before && *before == now_in_force) return {};
  if (before) TRY(ResetAll(ports, kEndpointChanged));
  return ports.store.WriteInstallation([&](store::WriteTransaction& tx) {
    return store::PutSetting(tx, store::kEndpointOverrides, now_in_force, ports.clock.Now());
  });
}

}  // namespace crossrole::integration
