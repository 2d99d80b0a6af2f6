// SPDX-License-Identifier: Apache-2.0
#include "integration/switch.h"

#include "integration/change.h"
#include "integration/internal/schedule.h"

namespace crossrole::integration {

base::Result<model::Integration> Disable(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle,
                                         std::optional<std::int64_t> if_match) {
  return Apply(ports, actor, id_or_handle,
               {.action = "integration.disable",
                .event = "integration.disabled",
                .message = "minting was stopped; nothing was changed in AWS",
                .if_match = if_match},
               [](model::Integration& integration) -> base::Status {
                 integration.state = model::IntegrationState::kDisabled;
                 integration.state_reason = "operator";
                 integration.next_check_at.reset();
                 return {};
               });
}

base::Result<model::Integration> Enable(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle,
                                        std::optional<std::int64_t> if_match) {
  return Apply(ports, actor, id_or_handle,
               {.action = "integration.enable",
                .event = "integration.enabled",
                .message = "minting is allowed again once the trust is verified",
                .if_match = if_match},
               [&](model::Integration& integration) -> base::Status {
                 if (integration.state != model::IntegrationState::kDisabled) {
                   return base::Fail({.code = base::Code::kFailedPrecondition,
                                      .message = "the integration is not disabled",
                                      .reason = "integration." + std::string(model::NameOf(integration.state))});
                 }
                 Settle(integration, ports.clock.Now());
                 return {};
               });
}

}  // namespace crossrole::integration
