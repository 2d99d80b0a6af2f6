// SPDX-License-Identifier: Apache-2.0
#include "jobs/internal/work.h"

namespace crossrole::jobs {
namespace {

using base::Result;
using base::Status;
using store::Durability;
using store::Job;
using store::JobState;

// Runs of a repeated job are kept this long; the job itself goes on.
constexpr std::chrono::hours kKeepRuns{1};
constexpr std::size_t kDeleteAtOnce = 500;

bool IsDue(const Job& job, base::Time now) {
  if (job.state == JobState::kQueued) return job.run_at <= now;
  return job.state == JobState::kRunning && (!job.lease_until || *job.lease_until <= now);
}

}  // namespace

Status Work::TakeOver() {
  TRY_ASSIGN(const auto places, queue_.LeasedByOthers());
  for (const store::JobPlace& place : places) {
    TRY(store_.Write(place.tenant, [&](store::WriteTransaction& tx) -> Status {
      TRY_ASSIGN(auto job, store::FindJob(tx, place.id));
      if (!job || store::IsFinished(job->state) || job->lease_owner == queue_.owner()) return {};
      Recover(*job, clock_.Now());
      TRY(store::UpdateJob(tx, *job));
      const auto next = Successor(*job, {}, clock_.Now(), random_);
      return next ? store::InsertJob(tx, *next) : Status();
    }));
  }
  return {};
}

Result<std::shared_ptr<Attempt>> Work::Begin(const store::JobPlace& place) {
  const auto payload = queue_.PayloadOf(place.id);
  return store_.Write(place.tenant, [&](store::WriteTransaction& tx) -> Result<std::shared_ptr<Attempt>> {
    TRY_ASSIGN(auto job, store::FindJob(tx, place.id));
    const base::Time now = clock_.Now();
    if (!job || !IsDue(*job, now)) return nullptr;
    const bool abandoned = job->state == JobState::kRunning;
    const bool waits_for_payload = job->durability == Durability::kTransient && !payload;
    // Committed a moment ago: its payload arrives with the next wake-up.
    if (waits_for_payload && !abandoned && job->lease_owner == queue_.owner()) return nullptr;
    if (abandoned || waits_for_payload) {
      Recover(*job, now);
      if (store::IsFinished(job->state)) {
        TRY(store::UpdateJob(tx, *job));
        if (const auto next = Successor(*job, {}, now, random_)) TRY(store::InsertJob(tx, *next));
        tx.OnCommit([this] { queue_.Wake(); });
        return nullptr;
      }
    }
    BeginAttempt(*job, queue_.owner(), now, options_.lease);
    TRY(store::UpdateJob(tx, *job));
    return std::make_shared<Attempt>(*std::move(job), payload);
  });
}

bool Work::IsOurs(const Job& job, const Attempt& attempt) const {
  return job.state == JobState::kRunning && job.lease_owner == queue_.owner() && job.attempts == attempt.job.attempts;
}

Result<std::optional<Job>> Work::End(const Attempt& attempt, const AttemptEnd& end, const KindOptions& options) {
  return store_.Write(attempt.job.tenant, [&](store::WriteTransaction& tx) -> Result<std::optional<Job>> {
    TRY_ASSIGN(auto job, store::FindJob(tx, attempt.job.id));
    if (!job || !IsOurs(*job, attempt)) return std::nullopt;
    const base::Time now = clock_.Now();
    EndAttempt(*job, end, options, now, random_);
    TRY(store::UpdateJob(tx, *job));
    if (const auto next = Successor(*job, end, now, random_)) {
      TRY(store::InsertJob(tx, *next));
      if (job->unique_key) TRY(store::DeletePredecessors(tx, job->kind, *job->unique_key, now - kKeepRuns));
    }
    return job;
  });
}

Status Work::Renew(Attempt& attempt) {
  TRY_ASSIGN(const bool goes_on, store_.Write(attempt.job.tenant, [&](store::WriteTransaction& tx) -> Result<bool> {
    TRY_ASSIGN(auto job, store::FindJob(tx, attempt.job.id));
    if (!job || !IsOurs(*job, attempt)) return false;
    job->lease_until = clock_.Now() + options_.lease;
    TRY(store::UpdateJob(tx, *job));
    return !job->cancel_requested;
  }));
  if (!goes_on) attempt.stop.request_stop();
  return {};
}

Status Work::RenewHeld() {
  for (const store::JobPlace& place : queue_.Held()) {
    TRY(store_.Write(place.tenant, [&](store::WriteTransaction& tx) -> Status {
      TRY_ASSIGN(auto job, store::FindJob(tx, place.id));
      if (!job || job->state != JobState::kQueued || job->lease_owner != queue_.owner()) return {};
      job->lease_until = clock_.Now() + options_.lease;
      return store::UpdateJob(tx, *job);
    }));
  }
  return {};
}

Status Work::StoreProgress(const Attempt& attempt, const HowFar& progress) {
  return store_.Write(attempt.job.tenant, [&](store::WriteTransaction& tx) -> Status {
    TRY_ASSIGN(auto job, store::FindJob(tx, attempt.job.id));
    if (!job || !IsOurs(*job, attempt)) return {};
    const base::Time now = clock_.Now();
    const auto& [done, total, left] = progress;
    job->done = done;
    job->total = total;
    job->eta.reset();
    if (left && total > done) {
      job->eta = now + *left;
    } else if (done > 0 && total > done && job->started_at) {
      const auto per_unit = static_cast<double>((now - *job->started_at).count()) / static_cast<double>(done);
      job->eta = now + std::chrono::microseconds(static_cast<std::int64_t>(per_unit * static_cast<double>(total - done)));
    }
    job->updated_at = now;
    return store::UpdateJob(tx, *job);
  });
}

Status Work::CleanUp() {
  const base::Time before = clock_.Now() - options_.keep_finished;
  TRY_ASSIGN(const auto tenants, queue_.WithFinished(before));
  for (const model::TenantId& tenant : tenants) {
    for (std::int64_t deleted = kDeleteAtOnce; deleted == static_cast<std::int64_t>(kDeleteAtOnce);) {
      TRY_ASSIGN(deleted, store_.Write(tenant, [&](store::WriteTransaction& tx) { return store::DeleteFinishedJobs(tx, before, kDeleteAtOnce); }));
    }
  }
  return {};
}

}  // namespace crossrole::jobs
