// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "audit/disk.h"
#include "audit/internal/chain.h"
#include "audit/internal/files.h"
#include "audit/internal/opening.h"
#include "audit/internal/reading.h"
#include "audit/log.h"
#include "base/fair_queue.h"
#include "base/result.h"

namespace crossrole::audit {

/// Writes records and the head. Two threads: one writes and syncs the log, and acknowledges; the other follows with
/// the head, so that a lone record waits for one sync and not for two. The log is never more than two commits ahead.
class Committer {
 public:
  /// A record on its way.
  struct Entry {
    std::string chain;
    std::string members;  // as in its line
    Log::Done done;
    // Of a checkpoint: its details, which are known when the record before it is; `members` ends with none.
    std::function<std::string(const ChainEnd&)> details{};
  };

  Committer(OpenedLog opened, const LogOptions& options, Disk& disk);
  /// Writes what is queued, settles the head, leaves a checkpoint.
  ~Committer();
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  /// Queues an entry, or calls its `done` at once with the reason why not.
  void Submit(Entry entry);
  /// Waits until everything submitted so far is durable and under the head.
  void Flush();
  /// Why nothing is accepted any more, if that is so.
  base::Status Health() const;
  /// The durable part of the log.
  Extent Durable() const;
  /// Behind the last durable record.
  Place End() const;
  /// The chains with records that no checkpoint has signed since the log was opened.
  std::vector<std::string> Unsigned() const;
  /// Where the log begins.
  LogEnd Begin() const;
  /// Where it would begin without the records before `cutoff` and up to `most` bytes.
  /// Errors: kFailedPrecondition when what would be removed was tampered with; kUnavailable.
  base::Result<LogEnd> CutBefore(base::Time cutoff, std::uint64_t most) const;
  /// Makes the log begin there, durably, and forgets what was before. Errors: kUnavailable.
  base::Status MoveBeginning(const LogEnd& begin);
  LogStatistics Statistics() const;
  const OpenReport& report() const { return report_; }
  File& log() const { return *log_; }

 private:
  using Batch = std::vector<Entry>;
  struct Committed {
    std::uint64_t commit = 0;
    Head head{};                      // without its generation
    std::optional<LogEnd> checkpoint{};  // when one is due
  };

  void WriteLoop();
  Batch Take();
  base::Status Commit(const Batch& batch);
  base::Status WriteLines(const std::string& lines);
  base::Status CheckPlace();
  /// Appends the lines of `batch`, moves `end`, and returns the lines.
  std::string Assemble(const Batch& batch, LogEnd& end, std::map<std::string, ChainEnd, std::less<>>& touched) const;
  void Publish();

  void HeadLoop();
  void StoreHead(const Head& head);

  base::Status Unbroken() const;
  void NoteRoom(const base::Error* full);
  base::Error Break(base::Error error);
  [[nodiscard]] base::Error Die(base::Error error);

  const Paths paths_;
  const std::function<void(const base::Error&)> on_fatal_;
  const std::function<void(const base::Error&)> on_full_;
  Disk& disk_;
  const base::Secret key_;
  const std::unique_ptr<File> log_;
  const std::unique_ptr<File> head_file_;
  const OpenReport report_;
  FileFacts place_;  // of the log, size apart

  LogEnd end_;                           // the writer thread's own
  std::uint64_t checkpointed_seq_ = 0;   // the writer thread's own
  Head head_;                            // the head thread's own

  mutable std::mutex mutex_;
  std::condition_variable work_;      // for the writer
  std::condition_variable committed_; // for the head thread
  std::condition_variable progress_;  // for those who wait for either
  base::FairQueue<Entry> queue_;
  bool stopping_ = false;
  bool writer_gone_ = false;
  std::size_t in_flight_ = 0;
  std::uint64_t commits_ = 0;         // durable
  std::uint64_t vouched_ = 0;         // of them, under the head
  std::uint64_t records_ = 0;
  LogEnd begin_;
  Place durable_;
  std::set<std::string, std::less<>> unsigned_;
  std::optional<Committed> to_vouch_;
  std::optional<base::Error> broken_;
  std::optional<base::Error> full_;                  // why the last write was refused
  std::chrono::steady_clock::time_point full_at_{};

  std::thread head_thread_;
  std::thread writer_thread_;
};

}  // namespace crossrole::audit
