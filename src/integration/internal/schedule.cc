// SPDX-License-Identifier: Apache-2.0
#include "integration/internal/schedule.h"

#include "integration/members/roles.h"
#include "jobs/payload.h"
#include "store/organization_tree.h"

namespace crossrole::integration {

void Settle(model::Integration& integration, base::Time now) {
  integration.negative_allowed_in_a_row = 0;
  integration.positive_denied_at.clear();
  if (integration.assume_on_worker) {
    integration.state = model::IntegrationState::kPending;
    integration.state_reason = "worker_needed";
    integration.next_check_at.reset();
  } else if (integration.role_arn) {
    integration.state = model::IntegrationState::kVerifying;
    integration.state_reason.clear();
    integration.next_check_at = now;
  } else {
    integration.state = model::IntegrationState::kPending;
    integration.state_reason = "no_role";
    integration.next_check_at.reset();
    if (integration.account_id) integration.next_check_at = now;
  }
}

base::Status ScheduleNext(store::WriteTransaction& tx, const Ports& ports, const model::Integration& integration) {
  if (!integration.next_check_at) {
    return ports.jobs.Unschedule(tx, std::string(kVerifyJob), integration.id.text());
  }
  TRY(ports.jobs.Enqueue(tx, {.kind = std::string(kVerifyJob),
                              .unique_key = integration.id.text(),
                              .payload = jobs::PayloadAbout(integration.id),
                              .run_at = integration.next_check_at}));
  return {};
}

base::Status BeginMembers(store::WriteTransaction& tx, const Ports& ports, const model::Integration& integration) {
  if (integration.kind != model::IntegrationKindOf::kOrganization) return {};
  TRY(store::UnverifyDiscovered(tx, integration.id, ports.clock.Now()));
  TRY(ports.jobs.Enqueue(tx, {.kind = std::string(kSyncJob),
                              .unique_key = integration.id.text(),
                              .payload = jobs::PayloadAbout(integration.id)}));
  return {};
}

}  // namespace crossrole::integration
