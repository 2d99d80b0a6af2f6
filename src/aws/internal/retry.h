// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "aws/client.h"
#include "aws/http_message.h"
#include "base/result.h"

namespace crossrole::aws::internal {

/// Whether and why an attempt may be worth repeating.
enum class FailureKind : std::uint8_t {
  kThrottled,  // AWS said "too fast"
  kServer,     // 5xx, or AWS said that it failed on its own side
  kLost,       // no connection, or no answer
  kFinal,      // an answer that will not change
};

/// Whether the failed attempt may have had its effect nevertheless.
enum class Processed : std::uint8_t { kNo, kMaybe };

/// One failed attempt.
struct Failure {
  FailureKind kind = FailureKind::kFinal;
  Processed processed = Processed::kMaybe;
  std::optional<std::chrono::seconds> retry_after{};  // what AWS asked for
};

/// What `error` of a transport means.
Failure JudgeTransportError(const base::Error& error);
/// What an answer means that has `status` (not 200) and was read as `error`.
Failure JudgeAnswer(int status, const base::Error& error);

/// What is known when an attempt has failed.
struct RetryState {
  Failure failure{};
  Repeat repeat = Repeat::kOnce;
  int attempts_made = 1;
  double unit = 0;                    // random, in [0, 1)
  std::chrono::microseconds left{0};  // until the deadline
};

/// How long to wait before the next attempt, or nothing when there must be none. Full jitter: a uniform part of a
/// bound that doubles with every attempt. What must happen once is repeated only when nothing was processed.
/// Source: AWS Architecture Blog "Exponential Backoff And Jitter".
std::optional<std::chrono::microseconds> DelayBeforeRetry(const RetryRules& rules, const RetryState& state);

}  // namespace crossrole::aws::internal
