// SPDX-License-Identifier: Apache-2.0
#include "integration/internal/state.h"

#include <algorithm>

#include "integration/members/organization_parts.h"

namespace crossrole::integration {
namespace {

using model::IntegrationState;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr seconds kPollPeriod{10};
constexpr hours kPollFor{48};
constexpr hours kSlowPeriod{1};
// Three of these span the fifteen minutes of the rule.
constexpr seconds kConfirmDenial{460};
constexpr seconds kConfirmOpen{60};
constexpr seconds kRetryVerifying{10};
constexpr seconds kRetryDiscovery{60};  // until somebody has given the role what discovery needs

StateChange Unchanged(const model::Integration& integration) {
  return {.state = integration.state,
          .reason = integration.state_reason,
          .negative_allowed_in_a_row = integration.negative_allowed_in_a_row,
          .positive_denied_at = integration.positive_denied_at};
}

std::string ReasonOf(const CheckSummary& check) {
  if (check.positive == Observed::kDenied) return "not_assumable";
  if (check.negative_allowed) return "trust_open";
  return check.is_elsewhere ? std::string(kNotManagement) : "trust";
}

// First and newest are what the rule asks for; between them one is enough.
void Remember(base::Time now, std::vector<base::Time>& denied) {
  denied.push_back(now);
  if (denied.size() > kDenialsToQuarantine) denied.erase(denied.begin() + 1);
}

StateChange NextActive(const model::Integration& integration, const CheckSummary& check, base::Time now) {
  StateChange next = Unchanged(integration);
  if (check.positive == Observed::kDenied) {
    Remember(now, next.positive_denied_at);
    if (next.positive_denied_at.size() >= kDenialsToQuarantine &&
        now - next.positive_denied_at.front() >= kDenialsSpan) {
      next.state = IntegrationState::kQuarantined;
    }
  } else {
    next.positive_denied_at.clear();
  }
  if (check.negative_allowed) {
    ++next.negative_allowed_in_a_row;
    if (next.negative_allowed_in_a_row >= kNegativesToQuarantine) next.state = IntegrationState::kQuarantined;
  } else if (check.positive == Observed::kAllowed && !check.negative_unknown) {
    next.negative_allowed_in_a_row = 0;
  }
  if (next.state == IntegrationState::kQuarantined) next.reason = ReasonOf(check);
  return next;
}

std::chrono::microseconds Spread(std::chrono::microseconds period, double jitter) {
  const double factor = 0.9 + 0.2 * std::clamp(jitter, 0.0, 1.0);
  return std::chrono::microseconds(static_cast<std::int64_t>(static_cast<double>(period.count()) * factor));
}

}  // namespace

CheckSummary SummaryOf(const std::array<ProbeOutcome, 5>& probes, bool ok) {
  CheckSummary summary{.positive = probes.front().observed, .ok = ok};
  for (const ProbeOutcome& probe : probes) {
    if (probe.kind == policy::ProbeKind::kWithExternalId) continue;
    summary.negative_allowed = summary.negative_allowed || probe.observed == Observed::kAllowed;
    summary.negative_unknown = summary.negative_unknown || probe.observed == Observed::kUnknown;
  }
  return summary;
}

StateChange NextState(const model::Integration& integration, const CheckSummary& check, base::Time now) {
  const IntegrationState state = integration.state;
  if (state == IntegrationState::kDisabled) return Unchanged(integration);
  if (check.ok) return {.state = IntegrationState::kActive};
  const bool decided = check.positive == Observed::kDenied ||
                       (check.positive == Observed::kAllowed && (check.negative_allowed || !check.negative_unknown));
  if (!decided) return Unchanged(integration);
  switch (state) {
    case IntegrationState::kActive:
      return NextActive(integration, check, now);
    case IntegrationState::kQuarantined:
      return Unchanged(integration);
    case IntegrationState::kPending:
      // Nobody said that the role is there yet: AWS answers the same for a role that does not exist.
      if (check.positive == Observed::kDenied && !integration.role_arn) return Unchanged(integration);
      return {.state = IntegrationState::kFailed, .reason = ReasonOf(check)};
    case IntegrationState::kVerifying:
    case IntegrationState::kFailed:
      return {.state = IntegrationState::kFailed, .reason = ReasonOf(check)};
    case IntegrationState::kDisabled:
      break;
  }
  return Unchanged(integration);
}

std::optional<base::Time> NextCheckAt(const model::Integration& integration, base::Time now, seconds interval,
                                      double jitter) {
  const auto after = [&](std::chrono::microseconds period) { return now + Spread(period, jitter); };
  switch (integration.state) {
    case IntegrationState::kDisabled:
      return std::nullopt;
    case IntegrationState::kPending:
      if (!integration.ExpectedRoleArn() || integration.assume_on_worker) return std::nullopt;
      // Exactly ten seconds: people wait for it.
      if (now - integration.created_at < kPollFor) return now + kPollPeriod;
      return after(kSlowPeriod);
    case IntegrationState::kVerifying:
      return now + (WaitsForDiscovery(integration) ? kRetryDiscovery : kRetryVerifying);
    case IntegrationState::kFailed:
    case IntegrationState::kQuarantined:
      return after(std::min<seconds>(interval, kSlowPeriod));
    case IntegrationState::kActive:
      break;
  }
  // A suspicion is confirmed or dropped soon; spreading it less than the rule's span would take a fourth check.
  if (!integration.positive_denied_at.empty()) return now + std::min(interval, kConfirmDenial);
  if (integration.negative_allowed_in_a_row > 0) return now + std::min(interval, kConfirmOpen);
  return after(interval);
}

}  // namespace crossrole::integration
