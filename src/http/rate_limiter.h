// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace crossrole::http {

/// How often somebody may ask.
struct RateLimiterOptions {
  std::uint64_t per_second = 1000;  // at least 1; as many may come at once after a pause
  std::size_t sets = 1024;          // of eight keys each, a power of two; the memory is taken at once and never grows
};

/// A token bucket for each key. What has not been asked for lately is forgotten to make room; where too many keys ask at
/// once for that, newcomers share a bucket with whoever of a set has most left, so that made-up keys win nothing. One
/// atomic word a key: no lock, no allocation. Thread-safe.
class RateLimiter {
 public:
  RateLimiter(const base::Clock& clock, const RateLimiterOptions& options);

  /// Takes one from the bucket of `key`; nothing when there was one, else how long to wait, in whole seconds.
  std::optional<std::chrono::seconds> Take(std::string_view key);
  /// The same for a client's address; an IPv6 address counts as its /64.
  std::optional<std::chrono::seconds> TakeAddress(const std::string& address);
  /// Replaces the rate; buckets keep what was taken from them.
  void SetRate(std::uint64_t per_second);
  /// How often the answer was to wait.
  std::uint64_t Refused() const { return refused_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::size_t kWays = 8;
  // When the bucket will be full again, in microseconds since `epoch_`, below the bits that tell keys of a set apart.
  using Slot = std::atomic<std::uint64_t>;
  struct alignas(64) Set {
    std::array<Slot, kWays> slots{};
  };

  const base::Clock& clock_;
  const base::SteadyTime epoch_;
  std::array<unsigned char, 16> secret_{};  // so that nobody can choose keys that meet
  std::atomic<std::uint64_t> interval_;     // microseconds that one request takes from a bucket
  std::vector<Set> sets_;
  std::atomic<std::uint64_t> refused_{0};
};

}  // namespace crossrole::http
