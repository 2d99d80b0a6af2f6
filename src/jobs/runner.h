// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/deadline.h"
#include "base/log.h"
#include "base/random.h"
#include "base/result.h"
#include "jobs/queue.h"
#include "store/jobs.h"

namespace crossrole::jobs {

/// What a job's function sees of the job. Lives as long as the call.
class JobContext {
 public:
  struct Parts;
  explicit JobContext(Parts& parts) : parts_(parts) {}

  /// The job as it was when this attempt began.
  const store::Job& job() const;
  /// What `EnqueueTransient` was given; nothing for durable jobs and other types.
  template <typename T>
  std::shared_ptr<T> Transient() const {
    return std::static_pointer_cast<T>(TransientOf(typeid(T)));
  }
  /// Stops when the job is canceled, its lease is lost, or the runner stops.
  std::stop_token stop() const;
  /// Tells how far the work is; written to the database at most twice a second. `total` 0: unknown. `left` says how long the rest takes;
  /// without it that is reckoned from what is done.
  void Progress(std::int64_t done, std::int64_t total, std::optional<std::chrono::microseconds> left = std::nullopt);
  /// Runs the job again at `time` once this run has ended, whatever `repeat_every` says.
  void RunAgainAt(base::Time time);
  /// Gives the place to others: the same job runs again at `time`, and this attempt counts for nothing, whatever it returns.
  void PutBackUntil(base::Time time);
  /// Makes this the last run of a repeated job.
  void RunNoMore();

 private:
  std::shared_ptr<void> TransientOf(std::type_index type) const;
  Parts& parts_;
};

/// The work of one kind of job: returns its result as JSON. A retryable error (unavailable, throttled, internal) is
/// tried again with growing pauses until the attempts are used up; any other one fails the job at once.
using Handler = std::function<base::Result<std::string>(JobContext&)>;

/// Limits of one kind of job.
struct KindOptions {
  std::size_t concurrency = 4;               // jobs of this kind at the same time
  std::chrono::milliseconds backoff{1000};   // before the second attempt; doubles, full jitter
  std::chrono::seconds longest_backoff{300};
};

/// Whether other processes may hold leases on this database.
enum class Company : std::uint8_t { kAlone, kOthers };

/// How a runner works.
struct RunnerOptions {
  std::size_t threads = 8;                       // jobs of all kinds at the same time
  std::chrono::milliseconds lease{60'000};       // how long a silent owner keeps a job
  std::chrono::milliseconds heartbeat{20'000};   // how often leases are renewed
  std::chrono::seconds keep_finished{24 * 3600}; // then finished jobs are deleted
  Company company = Company::kAlone;             // kAlone: what the last process left behind is taken over at once
  const base::Log* log = nullptr;                // nothing is logged without one
  std::function<void(const store::Job&)> on_change{};  // called when a job starts or ends; quick
};

/// Runs the jobs of a queue on threads of its own: leases them, renews, retries, repeats, cleans up. At least once:
/// a job whose process died runs again, so a handler must be able to begin anew.
class Runner {
 public:
  Runner(store::Store& store, Queue& queue, const base::Clock& clock, base::Random& random, RunnerOptions options = {});
  /// Stops with a deadline of zero.
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  /// Says how jobs of `kind` are done; before `Start`.
  void Register(std::string kind, Handler handler, KindOptions options = {});
  /// Calls `work` about every `interval` (±10 %) in this process; nothing about it is kept. Before `Start`.
  void Every(std::string name, std::chrono::milliseconds interval, std::function<void(std::stop_token)> work);
  /// Begins to work.
  void Start();
  /// Takes no more jobs, lets running ones finish until `deadline`, then asks them to stop and waits. A job stopped
  /// so goes back to the queue without losing an attempt. Idempotent.
  void Stop(base::Deadline deadline);
  /// Jobs that are running now.
  std::size_t Running() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace crossrole::jobs
