// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "jobs/internal/life.h"
#include "jobs/queue.h"
#include "jobs/runner.h"
#include "store/store.h"

namespace crossrole::jobs {

/// A job that is running here.
struct Attempt {
  explicit Attempt(store::Job begun, std::optional<TransientPayload> held) : job(std::move(begun)), payload(std::move(held)) {}

  const store::Job job;
  const std::optional<TransientPayload> payload;
  std::stop_source stop{};
  std::atomic<bool> interrupted = false;          // stopped because the runner stops
  std::atomic<std::int64_t> last_progress_us = 0; // of the monotonic clock; 0: none so far
  std::mutex mutex{};
  std::optional<base::Time> again_at{};        // under the mutex
  std::optional<base::Time> put_back_until{};  // under the mutex
  bool no_more = false;                        // under the mutex
};

/// How far a job is.
struct HowFar {
  std::int64_t done = 0;
  std::int64_t total = 0;                           // 0: unknown
  std::optional<std::chrono::microseconds> left{};  // how long the rest takes, where the job knows
};

/// What a runner does to the database: one transaction per step, each rechecked against the row as it is then.
class Work {
 public:
  Work(store::Store& store, Queue& queue, const base::Clock& clock, base::Random& random, const RunnerOptions& options)
      : store_(store), queue_(queue), clock_(clock), random_(random), options_(options) {}

  /// Takes over what other owners left: after a crash, when nobody else can be alive.
  base::Status TakeOver();
  /// Where due jobs of a kind are: the oldest `each` of every tenant.
  base::Result<std::vector<store::JobPlace>> Due(const std::string& kind, std::size_t each) { return queue_.Due(kind, each); }
  /// When the next job becomes due.
  base::Result<std::optional<base::Time>> NextDue() { return queue_.NextDue(); }
  /// Leases a job that is still due; nothing when it is not, or when it had to be ended instead.
  base::Result<std::shared_ptr<Attempt>> Begin(const store::JobPlace& place);
  /// Stores what an attempt came to; nothing when the lease was lost meanwhile.
  base::Result<std::optional<store::Job>> End(const Attempt& attempt, const AttemptEnd& end, const KindOptions& options);
  /// Renews the lease of a running job; stops it when the lease was lost or it was canceled.
  base::Status Renew(Attempt& attempt);
  /// Renews the leases of transient jobs that wait.
  base::Status RenewHeld();
  /// Stores how far a job is.
  base::Status StoreProgress(const Attempt& attempt, const HowFar& progress);
  /// Deletes jobs that finished long ago.
  base::Status CleanUp();
  /// Jobs of this process that somebody canceled since the last call.
  std::vector<model::JobId> TakeCanceled() { return queue_.TakeCanceled(); }
  /// How often `Wake` was called.
  std::uint64_t Generation() { return queue_.Generation(); }
  /// Waits for the next `Wake` after `seen`, or until `until`.
  void Await(std::uint64_t seen, base::SteadyTime until) { queue_.Await(seen, until); }
  /// Lets go of what a transient job needed.
  void Forget(const model::JobId& id) { queue_.Forget(id); }

 private:
  bool IsOurs(const store::Job& job, const Attempt& attempt) const;

  store::Store& store_;
  Queue& queue_;
  const base::Clock& clock_;
  base::Random& random_;
  const RunnerOptions& options_;
};

}  // namespace crossrole::jobs
