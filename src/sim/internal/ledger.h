// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

namespace crossrole::sim {

/// How a call ended, for counting.
enum class Outcome : std::uint8_t { kAnswered, kRefused, kThrottled };

/// Counts calls by service, operation and the caller's account. Not thread-safe.
class Ledger {
 public:
  /// Counts one call.
  void Count(std::string_view service, std::string_view operation, std::string_view account, Outcome outcome);
  /// `[{service, operation, account, count, refused, throttled}]`, sorted.
  std::string Print() const;
  /// Forgets all counts.
  void Clear() { calls_.clear(); }

 private:
  struct Numbers {
    std::uint64_t count = 0;
    std::uint64_t refused = 0;
    std::uint64_t throttled = 0;
  };
  std::map<std::tuple<std::string, std::string, std::string>, Numbers> calls_;
};

}  // namespace crossrole::sim
