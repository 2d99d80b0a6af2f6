// SPDX-License-Identifier: Apache-2.0
#include "store/jobs.h"

#include <array>

#include "store/internal/columns.h"

namespace crossrole::store {
namespace {

using base::Fail;
using base::Result;
using base::Status;

constexpr std::array<std::string_view, 5> kStates = {"queued", "running", "succeeded", "failed", "canceled"};

JobState StateFrom(std::string_view name) {
  for (std::size_t i = 0; i < kStates.size(); ++i) {
    if (kStates[i] == name) return static_cast<JobState>(i);
  }
  return JobState::kFailed;
}

Result<Job> JobFrom(const Row& row) {
  TRY_ASSIGN(auto tenant, row.Parsed<model::TenantId>(0));
  TRY_ASSIGN(auto id, row.Parsed<model::JobId>(1));
  Job job{.id = std::move(id),
          .tenant = std::move(tenant),
          .kind = row.Text(2),
          .unique_key = row.OptionalText(3),
          .payload = row.Text(4),
          .durability = row.Flag(5) ? Durability::kTransient : Durability::kDurable,
          .actor = row.Text(6),
          .request_id = row.Text(7),
          .state = StateFrom(row.TextView(8)),
          .run_at = row.Time(9),
          .attempts = static_cast<int>(row.Int(10)),
          .max_attempts = static_cast<int>(row.Int(11)),
          .repeat_every = std::chrono::microseconds(row.Int(12)),
          .lease_owner = row.Text(13),
          .lease_until = row.OptionalTime(14),
          .cancel_requested = row.Flag(15),
          .done = row.Int(16),
          .total = row.Int(17),
          .eta = row.OptionalTime(18),
          .result = row.Text(19),
          .version = row.Int(21),
          .created_at = row.Time(22),
          .updated_at = row.Time(23),
          .started_at = row.OptionalTime(24),
          .finished_at = row.OptionalTime(25)};
  if (!row.IsNull(20)) {
    TRY_ASSIGN(job.error, ParseError(row.TextView(20)));
  }
  return job;
}

Result<JobPlace> PlaceFrom(const Row& row) {
  TRY_ASSIGN(auto tenant, row.Parsed<model::TenantId>(0));
  TRY_ASSIGN(auto id, row.Parsed<model::JobId>(1));
  return JobPlace{.tenant = std::move(tenant), .id = std::move(id)};
}

std::optional<std::string> ErrorColumn(const Job& job) { return job.error ? std::optional(PrintError(*job.error)) : std::nullopt; }

}  // namespace

std::string_view NameOf(JobState state) { return kStates.at(static_cast<std::size_t>(state)); }

Status InsertJob(WriteTransaction& tx, const Job& job) {
  CHECK(job.tenant == tx.tenant());
  TRY(tx.Execute(R"sql(
    INSERT INTO jobs (tenant_id, id, kind, unique_key, payload, transient, actor, request_id, state, run_at, attempts,
                      max_attempts, repeat_every, lease_owner, lease_until, cancel_requested, done, total, eta, result,
                      error, version, created_at, updated_at, started_at, finished_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, 1, $22, $22,
            $23, $24))sql",
                 {job.id, job.kind, job.unique_key, job.payload, job.durability == Durability::kTransient, job.actor,
                  job.request_id, NameOf(job.state), job.run_at, job.attempts, job.max_attempts, job.repeat_every.count(),
                  job.lease_owner, job.lease_until, job.cancel_requested, job.done, job.total, job.eta, job.result,
                  ErrorColumn(job), job.created_at, job.started_at, job.finished_at}));
  return {};
}

Result<std::optional<Job>> FindJob(ReadTransaction& tx, const model::JobId& id) {
  return tx.One(R"sql(
    SELECT tenant_id, id, kind, unique_key, payload, transient, actor, request_id, state, run_at, attempts,
           max_attempts, repeat_every, lease_owner, lease_until, cancel_requested, done, total, eta, result, error,
           version, created_at, updated_at, started_at, finished_at
    FROM jobs WHERE tenant_id = $1 AND id = $2)sql",
                {id}, JobFrom);
}

Result<std::optional<Job>> FindOpenJob(ReadTransaction& tx, std::string_view kind, std::string_view unique_key) {
  return tx.One(R"sql(
    SELECT tenant_id, id, kind, unique_key, payload, transient, actor, request_id, state, run_at, attempts,
           max_attempts, repeat_every, lease_owner, lease_until, cancel_requested, done, total, eta, result, error,
           version, created_at, updated_at, started_at, finished_at
    FROM jobs WHERE tenant_id = $1 AND kind = $2 AND unique_key = $3 AND state IN ('queued', 'running'))sql",
                {kind, unique_key}, JobFrom);
}

Status UpdateJob(WriteTransaction& tx, Job& job) {
  TRY_ASSIGN(const auto changed, tx.Execute(R"sql(
    UPDATE jobs SET state = $4, run_at = $5, attempts = $6, max_attempts = $7, repeat_every = $8, lease_owner = $9,
      lease_until = $10, cancel_requested = $11, done = $12, total = $13, eta = $14, result = $15, error = $16,
      updated_at = $17, started_at = $18, finished_at = $19, version = version + 1
    WHERE tenant_id = $1 AND id = $2 AND version = $3)sql",
                                            {job.id, job.version, NameOf(job.state), job.run_at, job.attempts, job.max_attempts,
                                             job.repeat_every.count(), job.lease_owner, job.lease_until, job.cancel_requested,
                                             job.done, job.total, job.eta, job.result, ErrorColumn(job), job.updated_at,
                                             job.started_at, job.finished_at}));
  if (changed == 0) return Fail(StaleVersion());
  ++job.version;
  return {};
}

Result<std::int64_t> DeleteFinishedJobs(WriteTransaction& tx, base::Time before, std::size_t limit) {
  return tx.Execute(R"sql(
    DELETE FROM jobs WHERE tenant_id = $1 AND id IN (
      SELECT j.id FROM jobs j WHERE j.tenant_id = $1 AND j.finished_at < $2 ORDER BY j.finished_at LIMIT $3))sql",
                    {before, limit});
}

Status DeletePredecessors(WriteTransaction& tx, std::string_view kind, std::string_view unique_key, base::Time before) {
  TRY(tx.Execute(R"sql(
    DELETE FROM jobs WHERE tenant_id = $1 AND kind = $2 AND unique_key = $3 AND finished_at < $4)sql",
                 {kind, unique_key, before}));
  return {};
}

Result<std::vector<JobPlace>> DueJobs(ReadTransaction& tx, std::string_view kind, std::string_view owner, base::Time now,
                                      std::size_t each) {
  return tx.All(R"sql(
    SELECT tenant_id, id FROM (
      SELECT tenant_id, id, run_at, ROW_NUMBER() OVER (PARTITION BY tenant_id ORDER BY run_at, id) AS turn
      FROM jobs
      WHERE kind = $1
        AND ((state = 'queued' AND run_at <= $3 AND (transient = 0 OR lease_owner = $2 OR lease_until <= $3))
          OR (state = 'running' AND lease_until <= $3))) due
    WHERE turn <= $4 ORDER BY turn, run_at)sql",
                {kind, owner, now, each}, PlaceFrom);
}

Result<std::optional<base::Time>> NextDue(ReadTransaction& tx) {
  TRY_ASSIGN(const auto next, tx.One(R"sql(
    SELECT MIN(CASE WHEN state = 'running' THEN lease_until ELSE run_at END) FROM jobs
    WHERE state IN ('queued', 'running'))sql",
                                     {}, [](const Row& row) -> Result<std::optional<base::Time>> { return row.OptionalTime(0); }));
  return next.value_or(std::nullopt);
}

Result<std::vector<JobPlace>> JobsLeasedByOthers(ReadTransaction& tx, std::string_view owner) {
  return tx.All(R"sql(
    SELECT tenant_id, id FROM jobs
    WHERE state IN ('queued', 'running') AND lease_owner <> '' AND lease_owner <> $1 ORDER BY id)sql",
                {owner}, PlaceFrom);
}

Result<std::vector<model::TenantId>> TenantsWithFinishedJobs(ReadTransaction& tx, base::Time before) {
  return tx.All(R"sql(SELECT DISTINCT tenant_id FROM jobs WHERE finished_at < $1)sql", {before},
                [](const Row& row) { return row.Parsed<model::TenantId>(0); });
}

}  // namespace crossrole::store
