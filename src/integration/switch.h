// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "integration/ports.h"
#include "model/actor.h"
#include "model/integration.h"

namespace crossrole::integration {

/// Stops minting at once; touches nothing in AWS. Errors: kNotFound, kConflict (`stale`).
base::Result<model::Integration> Disable(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle,
                                         std::optional<std::int64_t> if_match);
/// Allows minting again, after a verification. Errors: kNotFound; kConflict (`stale`); kFailedPrecondition when it is
/// not disabled.
base::Result<model::Integration> Enable(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle,
                                        std::optional<std::int64_t> if_match);

}  // namespace crossrole::integration
