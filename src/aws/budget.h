// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/deadline.h"
#include "base/result.h"

namespace crossrole::aws {

/// What a call is for; whoever waits in an earlier lane goes first, and of the last several go together.
enum class Lane : std::uint8_t { kMint, kVerify, kSchedule };

/// Calls that AWS counts together.
struct PoolKey {
  std::string pool;   // e.g. "sts", "organizations.ListAccounts"
  std::string scope;  // whose calls: an identity, and the region where AWS counts by region
  auto operator<=>(const PoolKey&) const = default;
};

/// How many calls a pool allows.
struct Rate {
  double per_second = 0;
  double burst = 0;
};

/// The pool of a call made by `identity` (whoever AWS charges; any stable name of it) in `region`, from the table of
/// published and community rates. Every operation has one.
PoolKey PoolOf(std::string_view service, std::string_view operation, std::string_view identity, std::string_view region);
/// The rate of a pool of the table; unknown pools get that of unknown services.
Rate RateOf(std::string_view pool);

/// Who asks for one call.
struct BudgetRequest {
  PoolKey pool;
  Lane lane = Lane::kSchedule;
  std::string tenant{};
  base::Deadline deadline;
};

/// Lets calls through no faster than AWS allows them, even when some are a fifth of a second longer on their way than others: a
/// token bucket a pool, its burst smaller by what that makes; lanes in their order, tenants of a lane in turn. Kept in this process
/// only. Thread-safe.
class Budgets {
 public:
  using Granted = std::function<void(base::Status)>;
  /// Who looks whether something is due.
  enum class Drive : std::uint8_t {
    kThread,  // a thread of its own grants what is due
    kCaller,  // `Poll` does, for tests with a clock of their own
  };
  /// Scale and bounds.
  struct Options {
    double rate_scale = 1;  // multiplies every rate (configuration `aws.rate_scale`)
    std::size_t queue_limit = 20'000;           // waiting calls of one lane of one pool
    std::size_t queue_limit_per_tenant = 2'000;
    Drive drive = Drive::kThread;
  };
  /// `clock` outlives the budgets.
  Budgets(const base::Clock& clock, Options options);
  explicit Budgets(const base::Clock& clock);
  /// Refuses whoever still waits with kUnavailable.
  ~Budgets();

  /// Calls `granted` exactly once: at once on this thread when there is a token and nobody waits, else on the
  /// budgets' thread. It must not block. Errors: kThrottled with reason `aws.budget` when the deadline passes first;
  /// kUnavailable with reason `aws.budget_full` when too many wait already, `aws.stopped` at the end.
  void Acquire(BudgetRequest request, Granted granted);
  /// Waits for a token.
  base::Status AcquireAndWait(BudgetRequest request);
  /// Says that AWS throttled a call of `pool`: nothing is granted there for a moment.
  void OnThrottled(const PoolKey& pool);
  /// Multiplies every rate of the table by `rate_scale` from now on, for pools in use too.
  void SetRateScale(double rate_scale);
  /// Grants and refuses what is due now; returns when to call again. For `Drive::kCaller`.
  base::SteadyTime Poll();
  /// Calls that wait now, all pools together.
  std::size_t Waiting() const;

 private:
  class Pools;
  std::unique_ptr<Pools> pools_;
};

}  // namespace crossrole::aws
