// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace crossrole::base {

/// A moment of wall-clock time, in microseconds since 1970 UTC.
using Time = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;
/// A moment of the monotonic clock; for deadlines and measuring, never stored.
using SteadyTime = std::chrono::steady_clock::time_point;

/// Where code gets the time from; tests pass a `FakeClock`.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Wall-clock time.
  virtual Time Now() const = 0;
  /// Monotonic time.
  virtual SteadyTime SteadyNow() const = 0;
};

/// The machine's clock.
class SystemClock final : public Clock {
 public:
  Time Now() const override;
  SteadyTime SteadyNow() const override;
};

/// `2026-01-02T03:04:05Z`, with `.ffffff` only when there are microseconds. Source: RFC 3339.
std::string FormatRfc3339(Time time);
/// `2026-01-02T03:04:05Z`, fractions cut off: the only form every AWS SDK reads.
std::string FormatRfc3339Seconds(Time time);
/// `20260102T030405Z`, the form of `X-Amz-Date`.
std::string FormatAmzDate(Time time);
/// Reads RFC 3339 with `Z` or an offset. Errors: kInvalidArgument.
Result<Time> ParseRfc3339(std::string_view text);
/// Reads `20260102T030405Z`. Errors: kInvalidArgument.
Result<Time> ParseAmzDate(std::string_view text);
/// Reads the `Date` header of HTTP (`Fri, 02 Jan 2026 03:04:05 GMT`). Errors: kInvalidArgument.
Result<Time> ParseHttpDate(std::string_view text);
/// Microseconds since 1970, as stored in the database.
std::int64_t ToMicros(Time time);
/// The inverse of `ToMicros`.
Time FromMicros(std::int64_t micros);

}  // namespace crossrole::base
