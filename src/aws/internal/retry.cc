// SPDX-License-Identifier: Apache-2.0
#include "aws/internal/retry.h"

#include <algorithm>

#include "aws/transport.h"

namespace crossrole::aws::internal {

using std::chrono::microseconds;

Failure JudgeTransportError(const base::Error& error) {
  if (error.reason != "aws.unreachable" && error.reason != "aws.timeout") return {};
  return {.kind = FailureKind::kLost, .processed = NothingSent(error) ? Processed::kNo : Processed::kMaybe};
}

Failure JudgeAnswer(int status, const base::Error& error) {
  if (error.code == base::Code::kThrottled) {
    return {.kind = FailureKind::kThrottled, .processed = Processed::kNo, .retry_after = error.retry_after};
  }
  // STS could not reach the identity provider in time: its documentation asks to repeat.
  const bool provider_slow = error.aws_code == "IDPCommunicationError";
  if (status >= 500 || error.code == base::Code::kUnavailable || provider_slow) {
    return {.kind = FailureKind::kServer, .processed = Processed::kMaybe, .retry_after = error.retry_after};
  }
  return {};
}

std::optional<microseconds> DelayBeforeRetry(const RetryRules& rules, const RetryState& state) {
  if (state.failure.kind == FailureKind::kFinal || state.attempts_made >= rules.max_attempts) return std::nullopt;
  if (state.repeat == Repeat::kOnce && state.failure.processed == Processed::kMaybe) return std::nullopt;
  const microseconds base = state.failure.kind == FailureKind::kThrottled ? rules.throttled_base : rules.base;
  const int doublings = std::clamp(state.attempts_made - 1, 0, 30);
  const microseconds bound = std::min(rules.cap, base * (std::int64_t{1} << doublings));
  microseconds delay(static_cast<std::int64_t>(state.unit * static_cast<double>(bound.count())));
  if (state.failure.retry_after) delay += std::min<microseconds>(*state.failure.retry_after, rules.cap);
  if (delay >= state.left) return std::nullopt;
  return delay;
}

}  // namespace crossrole::aws::internal
