// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/ids.h"
#include "store/page.h"
#include "store/transaction.h"

namespace crossrole::store {

/// The life of a job. Source: contract 4.7.
enum class JobState : std::uint8_t { kQueued, kRunning, kSucceeded, kFailed, kCanceled };

/// The name as in the API.
std::string_view NameOf(JobState state);
/// Whether nothing will happen to a job any more.
constexpr bool IsFinished(JobState state) { return state > JobState::kRunning; }

/// Whether everything a job needs is in its row, or part of it (a secret) only in the memory of its process.
enum class Durability : std::uint8_t { kDurable, kTransient };

/// Work to be done once, later, or again and again.
struct Job {
  model::JobId id;
  model::TenantId tenant;
  std::string kind;                     // e.g. "integration.verify"
  std::optional<std::string> unique_key{};  // at most one open job of this kind and key
  std::string payload = "{}";           // JSON object; never a secret
  Durability durability = Durability::kDurable;
  std::string actor{};                  // who asked: tok_…, op_… or "system"
  std::string request_id{};             // the request that asked, or ""
  JobState state = JobState::kQueued;
  base::Time run_at{};                  // not before
  int attempts = 0;                     // begun so far
  int max_attempts = 5;
  std::chrono::microseconds repeat_every{0};  // 0: once
  std::string lease_owner{};            // the runner that has it, or ""
  std::optional<base::Time> lease_until{};
  bool cancel_requested = false;
  std::int64_t done = 0;                // progress
  std::int64_t total = 0;               // 0 while unknown
  std::optional<base::Time> eta{};
  std::string result{};                 // JSON of what came of it; "" until it succeeded
  std::optional<base::Error> error{};   // why the last attempt failed
  std::int64_t version = 1;
  base::Time created_at{};
  base::Time updated_at{};
  std::optional<base::Time> started_at{};
  std::optional<base::Time> finished_at{};
};

/// Adds a job. Errors: kConflict when an open one of its kind and key exists.
base::Status InsertJob(WriteTransaction& tx, const Job& job);
/// A job of the transaction's tenant.
base::Result<std::optional<Job>> FindJob(ReadTransaction& tx, const model::JobId& id);
/// The queued or running job of that kind and key.
base::Result<std::optional<Job>> FindOpenJob(ReadTransaction& tx, std::string_view kind, std::string_view unique_key);
/// Stores what changes in a job's life if `job.version` is still current, and raises `job.version`.
/// Errors: kConflict with `stale`.
base::Status UpdateJob(WriteTransaction& tx, Job& job);
/// Deletes up to `limit` jobs that finished before `before`, and returns how many went.
base::Result<std::int64_t> DeleteFinishedJobs(WriteTransaction& tx, base::Time before, std::size_t limit);
/// Deletes the jobs of that kind and key that finished before `before`: runs of a repeated job whose time is over.
base::Status DeletePredecessors(WriteTransaction& tx, std::string_view kind, std::string_view unique_key, base::Time before);

/// Where a job is, for those who look across tenants.
struct JobPlace {
  model::TenantId tenant;
  model::JobId id;
};

/// Jobs of `kind` that may run now (queued and due, or their lease has run out), the oldest `each` of every tenant;
/// in an all-tenants transaction. Transient jobs of other owners are included only when their lease has run out.
base::Result<std::vector<JobPlace>> DueJobs(ReadTransaction& tx, std::string_view kind, std::string_view owner,
                                            base::Time now, std::size_t each);
/// The earliest moment at which a job of any kind becomes due; in an all-tenants transaction.
base::Result<std::optional<base::Time>> NextDue(ReadTransaction& tx);
/// Jobs that are running, or transient, under a lease of somebody other than `owner`; in an all-tenants transaction.
base::Result<std::vector<JobPlace>> JobsLeasedByOthers(ReadTransaction& tx, std::string_view owner);
/// Tenants that have jobs which finished before `before`; in an all-tenants transaction.
base::Result<std::vector<model::TenantId>> TenantsWithFinishedJobs(ReadTransaction& tx, base::Time before);

}  // namespace crossrole::store
