// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"

namespace crossrole::sim {

/// How often AWS lets itself be called.
struct Rate {
  std::string_view pool;  // calls of one pool share a bucket
  double per_second = 0;
  double burst = 0;
};

/// The rate that binds an operation. Source: STS quota page; for IAM, whose rates AWS does not publish, values that
/// the community found safe; for CloudFormation our guess.
Rate RateOf(std::string_view service, std::string_view operation);

/// What takes time at AWS, and of which only so many may be under way in one organization, instance of Identity Center, or
/// account and Region.
enum class LongWork : std::uint8_t { kAccountCreation, kAssignmentChange, kProvisioning, kStackInstanceChange };
/// How many of them at once. Source: Organizations User Guide, "Quotas"; Identity Center User Guide, "Quotas"; CloudFormation User
/// Guide, "StackSets quotas".
std::size_t MostAtOnce(LongWork work);

/// Whether published limits on what is under way at once bind.
class Concurrency {
 public:
  /// Nothing binds.
  Concurrency() = default;
  /// Limits are multiplied by `scale`, but for one, which always may.
  explicit Concurrency(double scale) : scale_(scale) {}
  /// Whether one more may begin beside `under_way` others.
  bool Admits(LongWork work, std::size_t under_way) const;

 private:
  double scale_ = 0;  // 0: nothing binds
};

/// Token buckets per pool, account and region. Not thread-safe.
class Buckets {
 public:
  /// Rates are multiplied by `scale`.
  explicit Buckets(double scale) : scale_(scale) {}
  /// Takes one token; false when there is none.
  bool Take(const Rate& rate, std::string_view account, std::string_view region, base::Time now);
  /// Fills every bucket.
  void Reset() { levels_.clear(); }

 private:
  struct Level {
    double tokens;
    base::Time at;
  };
  double scale_;
  std::unordered_map<std::string, Level> levels_;
};

}  // namespace crossrole::sim
