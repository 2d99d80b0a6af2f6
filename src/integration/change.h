// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "audit/actions.h"
#include "base/result.h"
#include "integration/ports.h"
#include "model/actor.h"
#include "model/integration.h"
#include "store/transaction.h"

namespace crossrole::integration {

/// Whether a change alters what a session may do: then cached sessions of the old power are never used again.
enum class Power : std::uint8_t { kSame, kChanged };

/// A change of one integration.
struct Change {
  audit::Action action;                     // what the audit record calls it
  std::string_view event;                   // what the log of the integration calls it
  std::string message;                      // one sentence for that log
  Power power = Power::kChanged;
  std::optional<std::int64_t> if_match{};   // the version that the caller has seen
  // Asked within the transaction whether `before` may become `after`; may run again.
  std::function<base::Status(store::ReadTransaction&, const model::Integration& before, const model::Integration& after)> check{};
  // Done within the transaction once the integration is stored; may run again.
  std::function<base::Status(store::WriteTransaction&, const model::Integration& after)> also{};
  std::string details = "{}";               // JSON object, for the audit record
};

/// Edits an integration in memory; may run again.
using Edit = std::function<base::Status(model::Integration&)>;

/// Somebody else has changed the integration since it was read.
base::Error StaleVersion();
/// Whether `integration` still has the version that the caller has seen. Errors: kConflict (`stale`).
base::Status CheckVersion(const model::Integration& integration, std::optional<std::int64_t> if_match);

/// Records the intent, loads the integration, checks its version, runs `edit`, stores the result with its connection,
/// log line and next check, and records the outcome. Errors: kNotFound; kConflict (`stale`); those of `edit`.
base::Result<model::Integration> Apply(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle,
                                       const Change& change, const Edit& edit);

/// The same without audit records, for what the server notices by itself within a recorded verification.
base::Result<model::Integration> ApplySilently(const Ports& ports, const model::TenantId& tenant,
                                               std::string_view id_or_handle, const Change& change, const Edit& edit);

}  // namespace crossrole::integration
