// SPDX-License-Identifier: Apache-2.0
#include "jobs/queue.h"

#include <algorithm>

#include "jobs/internal/life.h"

namespace crossrole::jobs {
namespace {

using base::Code;
using base::Fail;
using base::Result;
using base::Status;
using store::Job;
using store::JobState;

// Until the runner's own lease takes over.
constexpr std::chrono::seconds kFirstLease{60};
// Jobs may also end in another process.
constexpr std::chrono::seconds kLookAgain{1};

}  // namespace

Queue::Queue(store::Store& store, const base::Clock& clock, base::Random& random)
    : store_(store), clock_(clock), random_(random), owner_(base::MakeUlid(clock.Now(), random)) {}

Result<Enqueued> Queue::Enqueue(store::WriteTransaction& tx, const JobSpec& spec) { return EnqueueWith(tx, spec, std::nullopt); }

Result<Enqueued> Queue::EnqueueWith(store::WriteTransaction& tx, const JobSpec& spec, std::optional<TransientPayload> payload) {
  if (spec.unique_key) {
    TRY_ASSIGN(auto open, store::FindOpenJob(tx, spec.kind, *spec.unique_key));
    if (open) return Join(tx, *std::move(open), spec);
  }
  const base::Time now = clock_.Now();
  Job job{.id = model::JobId::Make(now, random_),
          .tenant = tx.tenant(),
          .kind = spec.kind,
          .unique_key = spec.unique_key,
          .payload = spec.payload,
          .actor = spec.actor,
          .request_id = spec.request_id,
          .run_at = spec.run_at.value_or(now),
          .max_attempts = spec.max_attempts,
          .repeat_every = spec.repeat_every,
          .created_at = now,
          .updated_at = now};
  if (payload) {
    job.durability = store::Durability::kTransient;
    job.lease_owner = owner_;
    job.lease_until = now + kFirstLease;
  }
  TRY(store::InsertJob(tx, job));
  tx.OnCommit([this, id = job.id, tenant = job.tenant, payload = std::move(payload)] {
    if (payload) transient_.With([&](auto& held) { held.insert_or_assign(id, Transient{.tenant = tenant, .payload = *payload}); });
    Wake();
  });
  return Enqueued{.id = job.id, .how = Enqueueing::kMade};
}

Result<Enqueued> Queue::Join(store::WriteTransaction& tx, Job open, const JobSpec& spec) {
  const base::Time now = clock_.Now();
  const base::Time wanted = spec.run_at.value_or(now);
  const bool sooner = open.state == JobState::kQueued && wanted < open.run_at;
  const bool other_rhythm = spec.repeat_every.count() > 0 && spec.repeat_every != open.repeat_every;
  if (sooner || other_rhythm) {
    if (sooner) open.run_at = wanted;
    if (other_rhythm) open.repeat_every = spec.repeat_every;
    open.updated_at = now;
    TRY(store::UpdateJob(tx, open));
    tx.OnCommit([this] { Wake(); });
  }
  return Enqueued{.id = open.id, .how = Enqueueing::kJoined};
}

Status Queue::Cancel(store::WriteTransaction& tx, const model::JobId& id) {
  TRY_ASSIGN(auto job, store::FindJob(tx, id));
  if (!job) return Fail(Code::kNotFound, "there is no job `" + id.text() + "`");
  return CancelJob(tx, *std::move(job));
}

Status Queue::Unschedule(store::WriteTransaction& tx, const std::string& kind, const std::string& unique_key) {
  TRY_ASSIGN(auto job, store::FindOpenJob(tx, kind, unique_key));
  return job ? CancelJob(tx, *std::move(job)) : Status();
}

Status Queue::CancelJob(store::WriteTransaction& tx, Job job) {
  if (store::IsFinished(job.state)) return {};
  job.cancel_requested = true;
  job.updated_at = clock_.Now();
  if (job.state == JobState::kQueued) Finish(job, JobState::kCanceled, clock_.Now());
  TRY(store::UpdateJob(tx, job));
  tx.OnCommit([this, id = job.id, ended = store::IsFinished(job.state)] {
    if (ended) {
      Forget(id);
    } else {
      canceled_.With([&](auto& canceled) { canceled.push_back(id); });
    }
    Wake();
  });
  return {};
}

Result<Job> Queue::WaitFor(const model::TenantId& tenant, const model::JobId& id, base::Deadline deadline) {
  for (;;) {
    const std::uint64_t seen = Generation();
    TRY_ASSIGN(auto job, store_.Read(tenant, [&](store::ReadTransaction& tx) { return store::FindJob(tx, id); }));
    if (!job) return Fail(Code::kNotFound, "there is no job `" + id.text() + "`");
    if (store::IsFinished(job->state) || deadline.Passed()) return *std::move(job);
    Await(seen, std::min(deadline.at(), base::Deadline::After(kLookAgain).at()));
  }
}

void Queue::Wake() {
  {
    std::lock_guard lock(mutex_);
    ++generation_;
  }
  changed_.notify_all();
}

std::uint64_t Queue::Generation() {
  std::lock_guard lock(mutex_);
  return generation_;
}

void Queue::Await(std::uint64_t seen, base::SteadyTime until) {
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, until, [&] { return generation_ != seen; });
}

std::optional<TransientPayload> Queue::PayloadOf(const model::JobId& id) {
  return transient_.With([&](auto& held) -> std::optional<TransientPayload> {
    const auto found = held.find(id);
    return found == held.end() ? std::nullopt : std::optional(found->second.payload);
  });
}

std::vector<store::JobPlace> Queue::Held() {
  return transient_.With([](auto& held) {
    std::vector<store::JobPlace> places;
    for (const auto& [id, transient] : held) places.push_back({.tenant = transient.tenant, .id = id});
    return places;
  });
}

void Queue::Forget(const model::JobId& id) {
  transient_.With([&](auto& held) { held.erase(id); });
}

std::vector<model::JobId> Queue::TakeCanceled() {
  return canceled_.With([](auto& canceled) { return std::exchange(canceled, {}); });
}

Result<std::vector<store::JobPlace>> Queue::Due(const std::string& kind, std::size_t each) {
  return store_.ReadAll(store::AllTenants(), [&](store::ReadTransaction& tx) { return store::DueJobs(tx, kind, owner_, clock_.Now(), each); });
}

Result<std::optional<base::Time>> Queue::NextDue() {
  return store_.ReadAll(store::AllTenants(), [&](store::ReadTransaction& tx) { return store::NextDue(tx); });
}

Result<std::vector<store::JobPlace>> Queue::LeasedByOthers() {
  return store_.ReadAll(store::AllTenants(), [&](store::ReadTransaction& tx) { return store::JobsLeasedByOthers(tx, owner_); });
}

Result<std::vector<model::TenantId>> Queue::WithFinished(base::Time before) {
  return store_.ReadAll(store::AllTenants(), [&](store::ReadTransaction& tx) { return store::TenantsWithFinishedJobs(tx, before); });
}

}  // namespace crossrole::jobs
