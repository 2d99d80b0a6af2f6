// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/record.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "model/ids.h"

namespace crossrole::audit {

class CheckpointKey;
class Disk;

/// Where the log is and how it behaves.
struct LogOptions {
  std::string data;                         // the data directory; holds audit/ and keys/audit.key
  const base::Clock* clock = nullptr;       // required
  base::Random* random = nullptr;           // required
  std::size_t queue_limit = 8192;           // records that may wait; more are refused with kUnavailable
  std::size_t queue_limit_per_tenant = 4096;
  Disk* disk = nullptr;                     // the file system; tests pass one that counts and fails
  const CheckpointKey* checkpoint_key = nullptr;  // signs checkpoints; without one there are none
  std::function<void(const base::Error&)> on_fatal{};  // a write or fsync failed; default: log and abort
  // A record is durable; called before its `done`, on the writer's thread: quick, and never waiting.
  std::function<void(const Record&)> on_record{};
  std::function<void(const base::Error&)> on_full{};   // the disk is full; once until there was room again
};

/// What opening found.
struct OpenReport {
  std::uint64_t records = 0;       // in the log
  std::uint64_t advanced = 0;      // complete records behind the head, left by a crash and now under it
  std::uint64_t torn_bytes = 0;    // of an incomplete end, cut off and kept
  std::string torn_file{};         // where they are kept
};

/// Which records are wanted; what is not set does not narrow.
struct Query {
  std::optional<model::TenantId> tenant{};  // none: the installation's chain
  std::string actor{};
  std::string action{};
  std::string target{};
  std::optional<base::Time> from{};
  std::optional<base::Time> to{};           // exclusive
  std::size_t limit = 100;
  std::string after{};                      // `next` of the page before
};

/// Records, newest first.
struct RecordPage {
  std::vector<StoredRecord> records;
  std::optional<std::string> next{};  // what to ask for as `after`; nothing at the end
  std::size_t unreadable = 0;         // lines of the chain that are no records any more: time to verify
};

/// A place between two records of the log.
struct Place {
  std::uint64_t offset = 0;
  std::uint64_t seq = 0;  // of the record before it
  std::string hash{};     // of that record, in hexadecimal; "" at the beginning
};

/// Records in the order of the log, of all chains, each as it is in the file.
struct Lines {
  std::vector<std::string> lines{};
  Place next{};  // behind the last of them
};

/// How much is read at once; one record comes whatever its size.
struct LinesLimit {
  std::size_t records = 500;
  std::size_t bytes = std::size_t{512} << 10;
};

/// What was removed from the beginning of a log.
struct Removal {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
};

/// Counters since the log was opened.
struct LogStatistics {
  std::uint64_t records = 0;
  std::uint64_t commits = 0;  // each one fdatasync of the log and at most one of the head
};

/// The record of what happened: append-only, hash-chained, in a file of its own with a writer of its own. One chain
/// per tenant and one for the installation. A record counts once it is synced; the head, which vouches for the log
/// under a key outside the database, follows at most two commits behind. Thread-safe.
///
/// An I/O error or a failed sync ends the process and is never retried. A full disk refuses records (kUnavailable)
/// until there is room. When the file was moved, deleted or changed under the process, everything is refused from
/// then on. Whoever can put back log and head together wins back an older state: keep copies elsewhere.
class Log {
 public:
  using Done = std::function<void(base::Status)>;

  /// Opens the log, makes it at the first start, and repairs what a crash left.
  /// Errors: kFailedPrecondition with reason `audit.tampered` or `audit.key_missing`; kUnavailable.
  static base::Result<std::unique_ptr<Log>> Open(LogOptions options);
  /// Writes what is queued and closes.
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// An id for a record that others will refer to.
  model::EventId NewId();
  /// Queues a record and returns at once; `done` is called when it is durable, or with kUnavailable when it never
  /// will be. `done` runs on the writer's thread (or here, when the queue is full): it must be quick and may not wait.
  void Append(Record record, Done done);
  /// The same, waiting. Returns the record's id.
  base::Result<model::EventId> AppendAndWait(Record record);
  /// Whether records are accepted; else why not. A full disk counts for half a minute after the last refusal.
  base::Status Health() const;
  /// Waits until everything queued so far is durable and the head vouches for it.
  void Flush();

  /// Records of one chain, newest first. Errors: kInvalidArgument for a bad `after`.
  base::Result<RecordPage> List(const Query& query) const;
  /// Gives every line of one chain to `sink`, oldest first, until it returns false. What comes out can be checked
  /// by `VerifyExport`.
  base::Status Export(const std::optional<model::TenantId>& tenant, const std::function<bool(std::string_view)>& sink) const;

  /// The durable records behind `place`. Errors: kNotFound when it is not one of this log; kUnavailable.
  base::Result<Lines> After(const Place& place, const LinesLimit& limit) const;
  /// The place behind the last durable record.
  Place End() const;

  /// Signs a chain: appends the record of a checkpoint, and waits for it. Without a key it does nothing.
  /// Errors: kUnavailable.
  base::Status Sign(const std::optional<model::TenantId>& tenant);
  /// The same for every chain with records since it was signed last.
  base::Status SignAll();
  /// Removes the records before the first one of `cutoff` or later, and none behind `kept_from`. What is left stays
  /// verifiable: the end of what was removed is kept under the key, and signed in each chain that lost records.
  /// Errors: kFailedPrecondition (no checkpoint key, or what is to be removed was tampered with), kUnavailable.
  base::Result<Removal> RemoveBefore(base::Time cutoff, const Place& kept_from);

  /// What opening found.
  const OpenReport& opened() const;
  /// What happened since.
  LogStatistics Statistics() const;
  /// What verifies the signatures of its checkpoints, base 64 for URLs; "" where none are made.
  std::string PublicKey() const;

 private:
  struct Parts;
  explicit Log(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

/// What an effect returned, for its outcome record.
struct EffectReport {
  std::string details = "{}";  // JSON object
};

/// Records the intent durably, runs `effect` (`Result<T>(EffectReport&)`), and records its outcome durably. Without
/// the intent on disk nothing is done; without the outcome on disk its value is not returned.
/// Errors: those of `effect`; kUnavailable when the log refuses.
template <typename Effect>
auto RecordAround(Log& log, Record record, Effect&& effect) -> std::invoke_result_t<Effect&, EffectReport&> {
  record.phase = RecordPhase::kIntent;
  record.outcome = Outcome::kNone;
  TRY_ASSIGN(const model::EventId intent, log.AppendAndWait(record));
  EffectReport report;
  auto value = effect(report);
  record.phase = RecordPhase::kOutcome;
  record.intent = intent;
  record.id.reset();
  record.outcome = value ? Outcome::kSucceeded : Outcome::kFailed;
  record.details = std::move(report.details);
  if (!value) {
    record.outcome = OutcomeOf(value.error());
    record.reason = ReasonOf(value.error());
  }
  TRY(log.AppendAndWait(std::move(record)));
  return value;
}

}  // namespace crossrole::audit
