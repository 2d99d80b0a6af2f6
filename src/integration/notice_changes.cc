// SPDX-License-Identifier: Apache-2.0
#include "integration/notice_changes.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "integration/aws_access.h"
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

// Why a trust is proven again.
struct Cause {
  std::string_view reason;  // of the state pending; "" for integrations that are verified as after any change
  std::string_view event;
  std::string_view message;
};
constexpr Cause kEndpointChanged = {"endpoint_changed", "endpoint.changed", "the AWS endpoint changed; the trust is verified anew"};
constexpr Cause kPrincipalChanged = {"", "principal.changed", "our principal changed; the trust is verified anew"};
constexpr Cause kFromBackup = {"restored", "backup.restored", "this installation was restored from a backup; the trust is verified anew"};

base::Status ResetOne(store::WriteTransaction& tx, const Ports& ports, const Cause& cause, model::Integration integration) {
  const base::Time now = ports.clock.Now();
  integration.endpoint_version++;
  if (integration.state != model::IntegrationState::kDisabled) {
    Settle(integration, now);
    if (!cause.reason.empty()) {
      integration.state = model::IntegrationState::kPending;
      integration.state_reason = std::string(cause.reason);
    }
  }
  integration.updated_at = now;
  TRY(store::UpdateIntegration(tx, integration));
  TRY(WriteConnection(tx, integration, now, ports.random));
  TRY(Note(tx, integration, now, {.event = std::string(cause.event), .message = std::string(cause.message), .level = "warning"}));
  return ScheduleNext(tx, ports, integration);
}

using NoticedEdit = std::function<base::Status(store::WriteTransaction&, const model::Integration&)>;

base::Status EditTenant(const Ports& ports, const model::TenantId& tenant, const NoticedEdit& edit) {
  store::Page page{.limit = 100};
  for (;;) {
    TRY_ASSIGN(const auto integrations, ports.store.Read(tenant, [&](store::ReadTransaction& tx) {
      return store::ListIntegrations(tx, {}, page);
    }));
    if (integrations.empty()) return {};
    page.after = integrations.back().id.text();
    TRY(ports.store.BulkWrite(tenant, integrations.size(),
                              [&](store::WriteTransaction& tx, std::size_t index) { return edit(tx, integrations[index]); }));
  }
}

base::Status EditAll(const Ports& ports, const NoticedEdit& edit) {
  return store::ForEachTenant(ports.store, {}, [&](const store::Tenant& tenant) { return EditTenant(ports, tenant.id, edit); });
}

base::Status ResetAll(const Ports& ports, const Cause& cause) {
  return EditAll(ports, [&](store::WriteTransaction& tx, const model::Integration& integration) { return ResetOne(tx, ports, cause, integration); });
}

base::Status NoticePrincipal(const Ports& ports, model::Partition partition) {
  const auto principal = ports.aws.ProvenPrincipal(partition);
  if (!principal) return {};
  const std::string setting = store::PrincipalSetting(partition);
  TRY_ASSIGN(const auto before, ports.store.ReadInstallation([&](store::ReadTransaction& tx) { return store::FindSetting(tx, setting); }));
  if (before == *principal) return {};
  TRY(EditAll(ports, [&](store::WriteTransaction& tx, model::Integration integration) -> base::Status {
    if (integration.partition != partition || integration.principal_arn == *principal) return {};
    integration.principal_arn = *principal;
    return ResetOne(tx, ports, kPrincipalChanged, std::move(integration));
  }));
  return ports.store.WriteInstallation(
      [&](store::WriteTransaction& tx) { return store::PutSetting(tx, setting, *principal, ports.clock.Now()); });
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

base::Status NoticePrincipals(const Ports& ports) {
  for (const model::Partition partition : ports.aws.Partitions()) TRY(NoticePrincipal(ports, partition));
  return {};
}

}  // namespace crossrole::integration
