// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "integration/ports.h"
#include "integration/update.h"
#include "model/actor.h"

namespace crossrole::integration {

/// The query of `DELETE /v1/integrations/{id}`.
struct RemoveRequest {
  std::string confirm;  // the handle, typed
  std::optional<std::int64_t> if_match{};
};

/// What went with a deleted integration.
struct Removed {
  Consequences consequences{};
  base::Time sessions_live_until{};  // sessions handed out before may live until then
};

/// What uses an integration: its connection. Stacks come with runs. Errors: kNotFound.
base::Result<Consequences> Dependents(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle);

/// Deletes an integration with its connection and log; its external IDs stay burnt. Nothing is changed in AWS.
/// Errors: kNotFound; kConflict (`stale`); kInvalidArgument when `confirm` is not the handle.
base::Result<Removed> Remove(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle,
                             const RemoveRequest& request);

}  // namespace crossrole::integration
