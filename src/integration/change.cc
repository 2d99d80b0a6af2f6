// SPDX-License-Identifier: Apache-2.0
#include "integration/change.h"

#include <fmt/format.h>

#include <utility>

#include "base/json.h"
#include "integration/find.h"
#include "integration/internal/journal.h"
#include "integration/internal/schedule.h"
#include "integration/notices/notifications.h"
#include "store/integrations.h"

namespace crossrole::integration {
namespace {

// Two JSON objects as one.
std::string Joined(const std::string& first, const std::string& second) {
  if (first == "{}") return second;
  return second == "{}" ? first : first.substr(0, first.size() - 1) + "," + second.substr(1);
}

// Which role was replaced by which one, for the audit record.
std::string RoleReplaced(const model::Integration& before, const model::Integration& after) {
  if (before.role_arn == after.role_arn) return "{}";
  const auto text = [](const auto& role) { return role ? base::JsonQuote(role->text()) : std::string("null"); };
  return fmt::format(R"({{"role_arn":{},"role_arn_before":{}}})", text(after.role_arn), text(before.role_arn));
}

// Which space it left for which one: whoever follows the former is told that it is gone.
std::string SpaceReplaced(const model::Integration& before, const model::Integration& after) {
  if (before.space == after.space) return "{}";
  return fmt::format(R"({{"space":"{}","space_before":"{}"}})", after.space.text(), before.space.text());
}

// Before and after a change.
struct Applied {
  model::Integration before;
  model::Integration after;
};

base::Result<Applied> ApplyWithin(store::WriteTransaction& tx, const Ports& ports, std::string_view id_or_handle, const Change& change,
                                  const Edit& edit) {
  TRY_ASSIGN(model::Integration integration, Load(tx, id_or_handle));
  TRY(CheckVersion(integration, change.if_match));
  model::Integration before = integration;
  TRY(edit(integration));
  if (change.check) TRY(change.check(tx, before, integration));
  const base::Time now = ports.clock.Now();
  integration.updated_at = now;
  if (change.power == Power::kChanged) integration.power_version++;
  TRY_ASSIGN(integration.version, store::UpdateIntegration(tx, integration));
  TRY(WriteConnection(tx, integration, now, ports.random));
  if (change.also) TRY(change.also(tx, integration));
  if (!change.message.empty()) TRY(Note(tx, integration, now, {.event = change.event, .message = change.message}));
  TRY(ScheduleNext(tx, ports, integration));
  return Applied{.before = std::move(before), .after = std::move(integration)};
}

base::Result<Applied> ApplyNow(const Ports& ports, const model::TenantId& tenant, std::string_view id_or_handle, const Change& change,
                               const Edit& edit) {
  return ports.store.Write(tenant, [&](store::WriteTransaction& tx) { return ApplyWithin(tx, ports, id_or_handle, change, edit); });
}

}  // namespace

base::Error StaleVersion() {
  return {.code = base::Code::kConflict,
          .message = "the integration was changed meanwhile",
          .field = "If-Match",
          .fix = "read it again, and repeat the change if it still makes sense",
          .stale = true};
}

base::Status CheckVersion(const model::Integration& integration, std::optional<std::int64_t> if_match) {
  if (if_match && *if_match != integration.version) return base::Fail(StaleVersion());
  return {};
}

base::Result<model::Integration> ApplySilently(const Ports& ports, const model::TenantId& tenant,
                                               std::string_view id_or_handle, const Change& change, const Edit& edit) {
  TRY_ASSIGN(Applied applied, ApplyNow(ports, tenant, id_or_handle, change, edit));
  return std::move(applied.after);
}

base::Result<model::Integration> Apply(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle,
                                       const Change& change, const Edit& edit) {
  TRY_ASSIGN(const model::Integration found, Find(ports, actor, id_or_handle));
  return audit::RecordAround(ports.audit, audit::RecordOf(actor, change.action, found.id.text()),
                             [&](audit::EffectReport& report) -> base::Result<model::Integration> {
                               TRY_ASSIGN(Applied applied, ApplyNow(ports, actor.tenant, found.id.text(), change, edit));
                               const auto& [before, after] = applied;
                               report.details = Joined(Joined(change.details, RoleReplaced(before, after)),
                                                       Joined(SpaceReplaced(before, after), OwnersAdded(before.owners, after.owners)));
                               return std::move(applied.after);
                             });
}

}  // namespace crossrole::integration
