// SPDX-License-Identifier: Apache-2.0
#include "jobs/internal/life.h"

#include <fmt/format.h>

#include <algorithm>

namespace crossrole::jobs {
namespace {

using base::Code;
using base::Error;
using std::chrono::microseconds;
using store::Durability;
using store::Job;
using store::JobState;

// Whether another attempt may do better. A fault of ours is tried again too: it may depend on the moment.
bool IsWorthRepeating(const Error& error) { return base::FactsOf(error.code).retryable || error.code == Code::kInternal; }

microseconds Pause(const Error& error, int attempts, const KindOptions& options, base::Random& random) {
  const int doublings = std::min(attempts - 1, 20);
  const auto longest = std::min<microseconds>(options.longest_backoff, microseconds(options.backoff) * (std::int64_t{1} << doublings));
  const auto jittered = microseconds(static_cast<std::int64_t>(static_cast<double>(longest.count()) * random.Unit()));
  return std::max<microseconds>(jittered, error.retry_after.value_or(std::chrono::seconds(0)));
}

void Requeue(Job& job, base::Time run_at, base::Time now) {
  job.state = JobState::kQueued;
  job.run_at = run_at;
  job.updated_at = now;
  // A transient job stays with the process that holds its other half.
  if (job.durability == Durability::kDurable) {
    job.lease_owner.clear();
    job.lease_until.reset();
  }
}

}  // namespace

Error Interrupted() {
  return {.code = Code::kUnavailable,
          .message = "the server stopped before the job was done",
          .reason = "job.interrupted",
          .fix = "ask for it again"};
}

void BeginAttempt(Job& job, const std::string& owner, base::Time now, std::chrono::milliseconds lease) {
  job.state = JobState::kRunning;
  ++job.attempts;
  job.lease_owner = owner;
  job.lease_until = now + lease;
  job.started_at = now;
  job.updated_at = now;
  job.done = 0;
  job.total = 0;
  job.eta.reset();
}

void Recover(Job& job, base::Time now) {
  if (job.cancel_requested) return Finish(job, JobState::kCanceled, now);
  if (job.durability == Durability::kTransient) {
    job.error = Interrupted();
    return Finish(job, JobState::kFailed, now);
  }
  if (job.attempts >= job.max_attempts) {
    job.error = Error{.code = Code::kInternal,
                      .message = fmt::format("the server stopped {} times while it ran this job", job.attempts),
                      .reason = "job.poisoned"};
    return Finish(job, JobState::kFailed, now);
  }
  Requeue(job, now, now);
}

void Finish(Job& job, JobState state, base::Time now) {
  job.state = state;
  job.lease_owner.clear();
  job.lease_until.reset();
  job.eta.reset();
  job.finished_at = now;
  job.updated_at = now;
}

void EndAttempt(Job& job, const AttemptEnd& end, const KindOptions& options, base::Time now, base::Random& random) {
  if (end.put_back_until) {
    if (job.cancel_requested) return Finish(job, JobState::kCanceled, now);
    --job.attempts;
    return Requeue(job, *end.put_back_until, now);
  }
  if (end.outcome) {
    job.result = *end.outcome;
    job.error.reset();
    return Finish(job, JobState::kSucceeded, now);
  }
  const Error& error = end.outcome.error();
  if (job.cancel_requested) return Finish(job, JobState::kCanceled, now);
  if (end.interrupted && job.durability == Durability::kDurable) {
    --job.attempts;
    return Requeue(job, now, now);
  }
  job.error = end.interrupted ? Interrupted() : error;
  if (end.interrupted || !IsWorthRepeating(error) || job.attempts >= job.max_attempts) return Finish(job, JobState::kFailed, now);
  Requeue(job, now + Pause(error, job.attempts, options, random), now);
}

std::optional<Job> Successor(const Job& finished, const AttemptEnd& end, base::Time now, base::Random& random) {
  const bool repeats = end.again_at || finished.repeat_every.count() > 0;
  const bool may_repeat = finished.durability == Durability::kDurable && store::IsFinished(finished.state) &&
                          finished.state != JobState::kCanceled && !finished.cancel_requested && !end.no_more;
  if (!repeats || !may_repeat) return std::nullopt;
  return Job{.id = model::JobId::Make(now, random),
             .tenant = finished.tenant,
             .kind = finished.kind,
             .unique_key = finished.unique_key,
             .payload = finished.payload,
             .actor = "system",
             .run_at = end.again_at.value_or(now + Jittered(finished.repeat_every, random)),
             .max_attempts = finished.max_attempts,
             .repeat_every = finished.repeat_every,
             .created_at = now,
             .updated_at = now};
}

microseconds Jittered(microseconds interval, base::Random& random) {
  return microseconds(static_cast<std::int64_t>(static_cast<double>(interval.count()) * (0.9 + 0.2 * random.Unit())));
}

}  // namespace crossrole::jobs
