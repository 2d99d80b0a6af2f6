// SPDX-License-Identifier: Apache-2.0
#include "integration/rotate.h"

#include <algorithm>

#include "integration/change.h"
#include "integration/internal/schedule.h"

namespace crossrole::integration {
namespace {

using model::ExternalIdState;
using model::Integration;
using model::IssuedExternalId;

base::Error NotNow(std::string message, std::string reason, std::string fix = "") {
  return {.code = base::Code::kFailedPrecondition,
          .message = std::move(message),
          .reason = std::move(reason),
          .fix = std::move(fix)};
}

const IssuedExternalId* InState(const Integration& integration, ExternalIdState state) {
  const auto found = std::ranges::find(integration.external_ids, state, &IssuedExternalId::state);
  return found == integration.external_ids.end() ? nullptr : &*found;
}

}  // namespace

const IssuedExternalId* ExternalIdInUse(const Integration& integration) {
  const IssuedExternalId* current = integration.CurrentExternalId();
  const IssuedExternalId* previous = InState(integration, ExternalIdState::kPrevious);
  return current != nullptr && !current->verified && previous != nullptr ? previous : current;
}

base::Result<Integration> RotateExternalId(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle,
                                           std::optional<std::int64_t> if_match) {
  return Apply(ports, actor, id_or_handle,
               {.action = "external_id.rotate",
                .event = "external_id.rotated",
                .message = "another external ID was issued; the previous one is used until the new one has verified",
                .if_match = if_match},
               [&](Integration& integration) -> base::Status {
                 if (integration.external_id_format != model::ExternalIdFormat::kAccount) {
                   return base::Fail(NotNow("only external IDs of format `account` are rotated", "external_id.format"));
                 }
                 if (InState(integration, ExternalIdState::kPrevious) != nullptr) {
                   return base::Fail(NotNow("a rotation is under way", "external_id.rotating", "retire the previous value first"));
                 }
                 for (IssuedExternalId& issued : integration.external_ids) {
                   if (issued.state == ExternalIdState::kCurrent) issued.state = ExternalIdState::kPrevious;
                 }
                 integration.external_ids.push_back(
                     {.value = model::ExternalId::Generate(integration.tenant, ports.random), .issued_at = ports.clock.Now()});
                 return {};
               });
}

base::Result<Integration> RetireExternalId(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle,
                                           std::optional<std::int64_t> if_match) {
  return Apply(ports, actor, id_or_handle,
               {.action = "external_id.retire",
                .event = "external_id.retired",
                .message = "the previous external ID was dropped for good",
                .if_match = if_match},
               [](Integration& integration) -> base::Status {
                 const IssuedExternalId* current = integration.CurrentExternalId();
                 if (InState(integration, ExternalIdState::kPrevious) == nullptr) {
                   return base::Fail(NotNow("there is no previous external ID", "external_id.none"));
                 }
                 if (current == nullptr || !current->verified) {
                   return base::Fail(NotNow("the new external ID has not verified yet", "external_id.unverified",
                                            "put the new value into the role's trust policy, and verify"));
                 }
                 for (IssuedExternalId& issued : integration.external_ids) {
                   if (issued.state == ExternalIdState::kPrevious) issued.state = ExternalIdState::kRetired;
                 }
                 return {};
               });
}

}  // namespace crossrole::integration
