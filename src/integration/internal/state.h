// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "integration/internal/probes.h"
#include "model/integration.h"

namespace crossrole::integration {

/// What one verification means for the state of its integration.
struct CheckSummary {
  Observed positive = Observed::kUnknown;
  bool negative_allowed = false;  // a negative probe was allowed
  bool negative_unknown = false;  // a negative probe got no answer
  bool ok = false;                // of the verdict
  bool is_elsewhere = false;      // all that is wrong is that the account may not list its organization
};

/// The summary of five probes and their verdict.
CheckSummary SummaryOf(const std::array<ProbeOutcome, 5>& probes, bool ok);

/// The part of an integration that a verification changes.
struct StateChange {
  model::IntegrationState state = model::IntegrationState::kPending;
  std::string reason{};  // "" for active; "no_role", "trust", "trust_open", "not_assumable", "not_management_account"
  int negative_allowed_in_a_row = 0;
  std::vector<base::Time> positive_denied_at{};
};

/// Two checks in a row that allow a negative probe quarantine an active integration.
inline constexpr int kNegativesToQuarantine = 2;
/// So do three checks in a row that deny the positive one, when first and last lie this far apart.
inline constexpr std::size_t kDenialsToQuarantine = 3;
inline constexpr std::chrono::minutes kDenialsSpan{15};

/// The state after a verification at `now`:
///   pending, verifying, failed, quarantined → active, when it was ok
///   pending → pending, while the role cannot be assumed and its ARN was never given; else → failed
///   verifying → failed, when it was not ok
///   active → quarantined, by the two rules above; else it stays active
///   disabled stays disabled; an unknown answer never changes a state nor a counter
StateChange NextState(const model::Integration& integration, const CheckSummary& check, base::Time now);

/// When to verify next, if at all: pending with a known account every 10 s in the first 48 h, then hourly; active at
/// `interval`, spread by a tenth to both sides, but soon while a denial or an open probe waits for confirmation;
/// failed and quarantined at `interval`, hourly at most; verifying after 10 s, or after a minute while an account's role is to become
/// an organization's. `jitter` is in [0, 1).
std::optional<base::Time> NextCheckAt(const model::Integration& integration, base::Time now,
                                      std::chrono::seconds interval, double jitter);

}  // namespace crossrole::integration
