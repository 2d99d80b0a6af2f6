// SPDX-License-Identifier: Apache-2.0
#include "audit/internal/committer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include "audit/internal/scanner.h"
#include "base/fault_point.h"

namespace crossrole::audit {
namespace {

using base::Code;
using base::Error;
using base::Fail;
using base::Status;

constexpr std::string_view kNoDetails = "{}";
constexpr std::size_t kBatchRecords = 1024;
constexpr std::size_t kBatchBytes = std::size_t{1} << 20;
constexpr std::uint64_t kCommitsAhead = 2;
constexpr std::uint64_t kRecordsBetweenCheckpoints = 16384;
// Then the older slot, which vouches for less, is overwritten too.
constexpr std::chrono::milliseconds kSettleAfter{100};

// Who looks at readiness sends nothing to a server that is not ready: the next attempt must come from somewhere.
constexpr std::chrono::seconds kFullFor{30};

// When the record of a line was made; its members begin with id and time.
std::optional<base::Time> TimeOf(std::string_view line) {
  constexpr std::string_view kTime = R"(","time":")";
  const auto parts = SplitLine(line);
  if (!parts) return std::nullopt;
  std::string_view rest = line.substr(static_cast<std::size_t>(parts->id.data() + parts->id.size() - line.data()));
  if (!rest.starts_with(kTime)) return std::nullopt;
  rest.remove_prefix(kTime.size());
  const auto time = base::ParseRfc3339(rest.substr(0, rest.find('"')));
  return time ? std::optional(*time) : std::nullopt;
}

bool IsFull(int error) { return error == ENOSPC || error == EDQUOT || error == EFBIG; }

}  // namespace

Committer::Committer(OpenedLog opened, const LogOptions& options, Disk& disk)
    : paths_(options.data),
      on_fatal_(options.on_fatal),
      on_full_(options.on_full),
      disk_(disk),
      key_(std::move(opened.key)),
      log_(std::move(opened.log)),
      head_file_(std::move(opened.head_file)),
      report_(std::move(opened.report)),
      place_(log_->Facts().value_or(FileFacts{})),
      end_(std::move(opened.end)),
      checkpointed_seq_(end_.seq),
      head_(opened.head),
      queue_(options.queue_limit, options.queue_limit_per_tenant),
      begin_(std::move(opened.begin)),
      durable_{.offset = end_.offset, .seq = end_.seq},
      head_thread_([this] { HeadLoop(); }),
      writer_thread_([this] { WriteLoop(); }) {}

Committer::~Committer() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_all();
  writer_thread_.join();
  {
    std::lock_guard lock(mutex_);
    writer_gone_ = true;
  }
  committed_.notify_all();
  head_thread_.join();
  if (!broken_) WriteCheckpoint(paths_.checkpoint, key_, end_);
}

void Committer::Submit(Entry entry) {
  Error refusal;
  {
    std::lock_guard lock(mutex_);
    const std::string chain = entry.chain;
    if (broken_) {
      refusal = *broken_;
    } else if (!stopping_ && queue_.Push(chain, std::move(entry))) {
      work_.notify_one();
      return;
    } else {
      refusal = {.code = Code::kUnavailable,
                 .message = "too many records wait for the audit log",
                 .reason = "audit.queue_full",
                 .retry_after = std::chrono::seconds(1)};
    }
  }
  entry.done(Fail(std::move(refusal)));
}

void Committer::Flush() {
  std::unique_lock lock(mutex_);
  progress_.wait(lock, [&] { return broken_ || (queue_.empty() && in_flight_ == 0 && vouched_ == commits_); });
}

Status Committer::Unbroken() const {
  std::lock_guard lock(mutex_);
  if (broken_) return Fail(*broken_);
  return {};
}

Status Committer::Health() const {
  TRY(Unbroken());
  std::lock_guard lock(mutex_);
  if (full_ && std::chrono::steady_clock::now() - full_at_ < kFullFor) return Fail(*full_);
  return {};
}

void Committer::NoteRoom(const Error* full) {
  bool first = false;
  {
    std::lock_guard lock(mutex_);
    first = full != nullptr && !full_;
    full_ = full == nullptr ? std::nullopt : std::optional(*full);
    full_at_ = std::chrono::steady_clock::now();
  }
  if (first && on_full_) on_full_(*full);
}

Extent Committer::Durable() const {
  std::lock_guard lock(mutex_);
  return {.begin = begin_.offset, .begin_seq = begin_.seq, .end = durable_.offset};
}

Place Committer::End() const {
  std::lock_guard lock(mutex_);
  return durable_;
}

std::vector<std::string> Committer::Unsigned() const {
  std::lock_guard lock(mutex_);
  return {unsigned_.begin(), unsigned_.end()};
}

LogEnd Committer::Begin() const {
  std::lock_guard lock(mutex_);
  return begin_;
}

base::Result<LogEnd> Committer::CutBefore(base::Time cutoff, std::uint64_t most) const {
  const LogEnd begin = Begin();
  Scanner scanner(begin, &key_, Coverage::kWholeLog);
  LogEnd cut = begin;
  std::optional<Problem> problem;
  const std::uint64_t end = std::min(most, Durable().end);
  const auto read = ForEachLine(*log_, begin.offset, end, [&](std::uint64_t, std::string_view line) {
    const auto time = TimeOf(line);
    if (!time || *time >= cutoff) return false;
    problem = scanner.Feed(line);
    if (!problem) cut = scanner.end();
    return !problem;
  });
  if (!read) return Fail(FileError(read.error(), paths_.log, "read"));
  // What shows that somebody was there is not removed.
  if (problem) return Fail(Tampered(problem->message));
  return cut;
}

Status Committer::MoveBeginning(const LogEnd& begin) {
  TRY(StoreBeginning(paths_, key_, begin));
  base::FaultPoint("audit.after_beginning");
  {
    std::lock_guard lock(mutex_);
    begin_ = begin;
  }
  if (const auto forgotten = log_->Forget(begin.offset); !forgotten) return Fail(FileError(forgotten.error(), paths_.log, "cut"));
  return {};
}

LogStatistics Committer::Statistics() const {
  std::lock_guard lock(mutex_);
  return {.records = records_, .commits = commits_};
}

Committer::Batch Committer::Take() {
  std::unique_lock lock(mutex_);
  work_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
  Batch batch;
  std::size_t bytes = 0;
  while (!queue_.empty() && batch.size() < kBatchRecords && bytes < kBatchBytes) {
    batch.push_back(*queue_.Pop());
    bytes += batch.back().members.size();
  }
  in_flight_ = batch.size();
  // The head may fall behind, but not far: what it does not vouch for yet could be cut off unnoticed.
  progress_.wait(lock, [&] { return broken_ || commits_ - vouched_ < kCommitsAhead; });
  return batch;
}

void Committer::WriteLoop() {
  for (Batch batch = Take(); !batch.empty(); batch = Take()) {
    const Status status = Commit(batch);
    for (const Entry& entry : batch) entry.done(status);
    {
      std::lock_guard lock(mutex_);
      in_flight_ = 0;
    }
    progress_.notify_all();
  }
}

Status Committer::Commit(const Batch& batch) {
  TRY(Unbroken());
  TRY(CheckPlace());
  LogEnd end{.seq = end_.seq, .offset = end_.offset, .total = end_.total};
  std::map<std::string, ChainEnd, std::less<>> touched;
  const std::string lines = Assemble(batch, end, touched);
  TRY(WriteLines(lines));
  if (const auto synced = log_->Sync(); !synced) return Fail(Die(FileError(synced.error(), paths_.log, "synced")));
  base::FaultPoint("audit.after_write");
  end_.seq = end.seq;
  end_.offset = end.offset + lines.size();
  end_.total = end.total;
  for (auto& [chain, chain_end] : touched) end_.chains[chain] = chain_end;
  // Again: what was synced counts only if it is what people find under that name.
  TRY(CheckPlace());
  {
    std::lock_guard lock(mutex_);
    records_ += batch.size();
    for (const Entry& entry : batch) {
      if (entry.details) {
        unsigned_.erase(entry.chain);
      } else {
        unsigned_.insert(entry.chain);
      }
    }
  }
  Publish();
  return {};
}

std::string Committer::Assemble(const Batch& batch, LogEnd& end, std::map<std::string, ChainEnd, std::less<>>& touched) const {
  std::string lines;
  for (const Entry& entry : batch) {
    auto chain = touched.find(entry.chain);
    if (chain == touched.end()) {
      const auto known = end_.chains.find(entry.chain);
      chain = touched.emplace(entry.chain, known == end_.chains.end() ? ChainEnd{} : known->second).first;
    }
    if (entry.details) {
      const std::string_view bare = std::string_view(entry.members).substr(0, entry.members.size() - kNoDetails.size());
      AppendLine(key_, entry.chain, std::string(bare) + entry.details(chain->second), end, chain->second, lines);
    } else {
      AppendLine(key_, entry.chain, entry.members, end, chain->second, lines);
    }
  }
  return lines;
}

Status Committer::WriteLines(const std::string& lines) {
  const auto written = WriteFully(*log_, end_.offset, lines);
  if (written) {
    NoteRoom(nullptr);
    return {};
  }
  const Error error = FileError(written.error(), paths_.log, "written");
  if (!IsFull(written.error())) return Fail(Die(error));
  // Nothing of it was synced, so it may go: the log stays as if nobody had asked.
  if (const auto cut = log_->Resize(end_.offset); !cut) return Fail(Die(FileError(cut.error(), paths_.log, "cut")));
  NoteRoom(&error);
  return Fail(error);
}

Status Committer::CheckPlace() {
  const auto facts = disk_.FactsOf(paths_.log);
  const bool same = facts && facts->device == place_.device && facts->inode == place_.inode && facts->size == end_.offset;
  if (same) return {};
  return Fail(Break({.code = Code::kUnavailable,
                     .message = fmt::format("the audit log `{}` was moved, deleted or changed by somebody else", paths_.log),
                     .reason = "audit.file_replaced",
                     .fix = "put the file back and start again"}));
}

void Committer::Publish() {
  const bool due = end_.seq - checkpointed_seq_ >= kRecordsBetweenCheckpoints;
  if (due) checkpointed_seq_ = end_.seq;
  {
    std::lock_guard lock(mutex_);
    ++commits_;
    durable_ = {.offset = end_.offset, .seq = end_.seq};
    std::optional<LogEnd> checkpoint = to_vouch_ ? std::move(to_vouch_->checkpoint) : std::nullopt;
    if (due) checkpoint = end_;
    to_vouch_ = Committed{.commit = commits_, .head = HeadOf(end_, 0), .checkpoint = std::move(checkpoint)};
  }
  committed_.notify_one();
}

void Committer::HeadLoop() {
  bool settled = false;
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto wanted = [&] { return to_vouch_ || writer_gone_; };
    if (settled) {
      committed_.wait(lock, wanted);
    } else {
      committed_.wait_for(lock, kSettleAfter, wanted);
    }
    if (broken_) return;
    const std::optional<Committed> next = std::exchange(to_vouch_, std::nullopt);
    const bool last = !next && writer_gone_;
    if (!next && settled && last) return;
    lock.unlock();
    if (next) base::FaultPoint("audit.before_head");
    StoreHead(next ? next->head : head_);
    if (next && next->checkpoint) WriteCheckpoint(paths_.checkpoint, key_, *next->checkpoint);
    lock.lock();
    settled = !next;
    if (next) vouched_ = next->commit;
    progress_.notify_all();
    if (last) return;
  }
}

void Committer::StoreHead(const Head& head) {
  const std::uint64_t generation = head_.generation + 1;
  head_ = head;
  head_.generation = generation;
  Io<void> stored = WriteHead(*head_file_, key_, head_);
  if (stored) stored = head_file_->Sync();
  if (!stored) static_cast<void>(Die(FileError(stored.error(), paths_.head, "written")));
}

Error Committer::Break(Error error) {
  {
    std::lock_guard lock(mutex_);
    broken_ = error;
  }
  progress_.notify_all();
  committed_.notify_all();
  return error;
}

Error Committer::Die(Error error) {
  error.code = Code::kUnavailable;
  error.reason = "audit.failed";
  on_fatal_(error);
  return Break(std::move(error));
}

}  // namespace crossrole::audit
