// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"

namespace crossrole::aws::internal {

/// How far the machine's clock is from AWS's, learned when AWS refuses a signature for its date. Thread-safe.
class ClockSkew {
 public:
  /// `now` as AWS sees it.
  base::Time Correct(base::Time now) const { return now + offset(); }
  /// What is added to the machine's time; positive when the machine is behind.
  std::chrono::microseconds offset() const { return std::chrono::microseconds(offset_.load()); }
  /// Learns from a refusal: `date` is its `Date` header, `now` the machine's time when it came. Returns the new offset
  /// when `aws_code` may be due to the date and the corrected clock is more than four minutes off; then the request is
  /// worth signing again, once.
  std::optional<std::chrono::microseconds> Learn(std::string_view aws_code, std::string_view date, base::Time now);

 private:
  std::atomic<std::int64_t> offset_{0};
};

}  // namespace crossrole::aws::internal
