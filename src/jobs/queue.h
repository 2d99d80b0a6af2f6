// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <typeindex>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/deadline.h"
#include "base/guarded.h"
#include "base/random.h"
#include "base/result.h"
#include "model/ids.h"
#include "store/jobs.h"
#include "store/store.h"

namespace crossrole::jobs {

/// What is to be done. `payload` is kept in the database and never holds a secret.
struct JobSpec {
  std::string kind;
  std::optional<std::string> unique_key{};    // one open job per kind and key: the next one joins it
  std::string payload = "{}";                 // JSON object
  std::optional<base::Time> run_at{};         // not before; nothing: now
  std::chrono::microseconds repeat_every{0};  // again after this long, ±10 %; 0: once
  int max_attempts = 5;
  std::string actor = "system";
  std::string request_id{};
};

class Work;

/// Whether a job was made or an open one of the same kind and key was found.
enum class Enqueueing : std::uint8_t { kMade, kJoined };

/// The answer of `Enqueue`.
struct Enqueued {
  model::JobId id;
  Enqueueing how = Enqueueing::kMade;
};

/// Something that only the memory of this process holds, such as a key that is used once.
struct TransientPayload {
  std::type_index type;
  std::shared_ptr<void> value;
};

/// The durable queue: knows no feature. One per process; a `Runner` does its work. Thread-safe.
class Queue {
 public:
  Queue(store::Store& store, const base::Clock& clock, base::Random& random);

  /// Adds a job, or joins the open one of that kind and key: a queued one then runs no later than asked here, and
  /// repeats as asked here. The runner wakes up after the commit.
  base::Result<Enqueued> Enqueue(store::WriteTransaction& tx, const JobSpec& spec);
  /// The same for a job that needs `payload`, which stays in memory and is let go when the job ends. If the process
  /// dies first, the job fails with reason `job.interrupted` and may be asked for again. `payload` is dropped when
  /// an open job is joined.
  template <typename T>
  base::Result<Enqueued> EnqueueTransient(store::WriteTransaction& tx, const JobSpec& spec, std::shared_ptr<T> payload) {
    return EnqueueWith(tx, spec, TransientPayload{.type = typeid(T), .value = std::move(payload)});
  }
  /// Cancels a queued job at once and asks a running one to stop; a finished one stays as it is.
  /// Errors: kNotFound.
  base::Status Cancel(store::WriteTransaction& tx, const model::JobId& id);
  /// Cancels the open job of that kind and key, if there is one; a repeated job then has no successor.
  base::Status Unschedule(store::WriteTransaction& tx, const std::string& kind, const std::string& unique_key);
  /// The job as soon as it is finished, or as it is when `deadline` passes. Errors: kNotFound.
  base::Result<store::Job> WaitFor(const model::TenantId& tenant, const model::JobId& id, base::Deadline deadline);

  /// Makes the runner and everybody in `WaitFor` look again.
  void Wake();
  /// The name under which this process takes leases.
  const std::string& owner() const { return owner_; }

 private:
  friend class Work;  // what the runner does to the queue, in internal/
  struct Transient {
    model::TenantId tenant;
    TransientPayload payload;
  };

  base::Result<Enqueued> EnqueueWith(store::WriteTransaction& tx, const JobSpec& spec,
                                     std::optional<TransientPayload> payload);
  base::Result<Enqueued> Join(store::WriteTransaction& tx, store::Job open, const JobSpec& spec);
  base::Status CancelJob(store::WriteTransaction& tx, store::Job job);

  std::uint64_t Generation();
  /// Waits until somebody calls `Wake` after `seen`, or until `until`.
  void Await(std::uint64_t seen, base::SteadyTime until);
  std::optional<TransientPayload> PayloadOf(const model::JobId& id);
  std::vector<store::JobPlace> Held();
  void Forget(const model::JobId& id);
  std::vector<model::JobId> TakeCanceled();

  base::Result<std::vector<store::JobPlace>> Due(const std::string& kind, std::size_t each);
  base::Result<std::optional<base::Time>> NextDue();
  base::Result<std::vector<store::JobPlace>> LeasedByOthers();
  base::Result<std::vector<model::TenantId>> WithFinished(base::Time before);

  store::Store& store_;
  const base::Clock& clock_;
  base::Random& random_;
  const std::string owner_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t generation_ = 0;
  base::Guarded<std::map<model::JobId, Transient>> transient_;
  base::Guarded<std::vector<model::JobId>> canceled_;
};

}  // namespace crossrole::jobs
