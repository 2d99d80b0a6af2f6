// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "jobs/runner.h"
#include "store/jobs.h"

namespace crossrole::jobs {

/// What an attempt came to.
struct AttemptEnd {
  base::Result<std::string> outcome;
  bool interrupted = false;               // by the end of the runner, not of its own
  std::optional<base::Time> again_at{};   // asked for by the handler
  std::optional<base::Time> put_back_until{};  // asked for by the handler
  bool no_more = false;                   // asked for by the handler
};

/// The rules of a job's life: pure changes of its row.

/// The failure of a job whose process ended, with what only its memory held.
base::Error Interrupted();
/// Begins an attempt under a lease.
void BeginAttempt(store::Job& job, const std::string& owner, base::Time now, std::chrono::milliseconds lease);
/// Judges a job whose owner is gone: back to the queue, or failed when it is transient or out of attempts, or
/// canceled when that was asked for.
void Recover(store::Job& job, base::Time now);
/// Ends a job for good.
void Finish(store::Job& job, store::JobState state, base::Time now);
/// Ends an attempt: finished, or back to the queue with a pause.
void EndAttempt(store::Job& job, const AttemptEnd& end, const KindOptions& options, base::Time now, base::Random& random);
/// The next run of a finished job that repeats; nothing when there is none.
std::optional<store::Job> Successor(const store::Job& finished, const AttemptEnd& end, base::Time now, base::Random& random);
/// `interval` changed by up to a tenth either way, so that jobs made together drift apart.
std::chrono::microseconds Jittered(std::chrono::microseconds interval, base::Random& random);

}  // namespace crossrole::jobs
