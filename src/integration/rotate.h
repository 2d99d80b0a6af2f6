// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "integration/ports.h"
#include "model/actor.h"
#include "model/integration.h"

namespace crossrole::integration {

/// Issues another external ID. Sessions go on with the previous value until the new one has verified, so that minting
/// never stops. Errors: kNotFound; kConflict (`stale`); kFailedPrecondition for per_run and custom formats, and while a
/// rotation is under way.
base::Result<model::Integration> RotateExternalId(const Ports& ports, const model::Actor& actor,
                                                  std::string_view id_or_handle, std::optional<std::int64_t> if_match);
/// Drops the previous value for good, once the new one has verified. Errors: kNotFound; kConflict (`stale`);
/// kFailedPrecondition when nothing is to be retired or the new value has not verified.
base::Result<model::Integration> RetireExternalId(const Ports& ports, const model::Actor& actor,
                                                  std::string_view id_or_handle, std::optional<std::int64_t> if_match);

/// The value that new sessions send: the current one, or during a rotation the previous one until the current one has
/// verified; nullptr for per_run.
const model::IssuedExternalId* ExternalIdInUse(const model::Integration& integration);

}  // namespace crossrole::integration
