// SPDX-License-Identifier: Apache-2.0
#include "audit/internal/opening.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <optional>

#include "audit/internal/scanner.h"

namespace crossrole::audit {
namespace {

using base::Code;
using base::Error;
using base::Fail;
using base::Result;
using base::Status;

Status MakeFolder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return Fail(FileError(errno, path, "made"));
}

// Turns a failed call on a file into the error of the function around it.
template <typename T>
Result<T> Checked(Io<T> result, const std::string& path, std::string_view what) {
  if (!result) return Fail(FileError(result.error(), path, what));
  if constexpr (std::is_void_v<T>) {
    return {};
  } else {
    return *std::move(result);
  }
}

Status StoreHead(OpenedLog& opened, const Paths& paths) {
  opened.head = HeadOf(opened.end, opened.head.generation + 1);
  TRY(Checked(WriteHead(*opened.head_file, opened.key, opened.head), paths.head, "written"));
  return Checked(opened.head_file->Sync(), paths.head, "synced");
}

// The key comes last: while it is missing, an empty log is an unfinished first start.
Status MakeNewLog(Disk& disk, const Paths& paths, OpenedLog& opened, base::Random& random) {
  opened.key = MakeKey(random);
  TRY_ASSIGN(opened.log, Checked(disk.Open(paths.log, Missing::kCreate), paths.log, "made"));
  TRY_ASSIGN(opened.head_file, Checked(disk.Open(paths.head, Missing::kCreate), paths.head, "made"));
  TRY(Checked(opened.log->Sync(), paths.log, "synced"));
  TRY(Checked(opened.head_file->Resize(kHeadFileSize), paths.head, "written"));
  TRY(StoreHead(opened, paths));
  TRY(Checked(disk.SyncFolder(paths.folder), paths.folder, "synced"));
  return StoreKey(paths, opened.key);
}

// Reads what the head vouches for, from the checkpoint on, then what a crash left behind it.
Status ReadLog(OpenedLog& opened, const Paths& paths, std::uint64_t size) {
  const Head head = opened.head;
  if (size < head.offset) {
    return Fail(Tampered(fmt::format("the head vouches for {} records in {} bytes, but the file has {} bytes", head.seq, head.offset, size)));
  }
  LogEnd begin = ReadCheckpoint(paths.checkpoint, opened.key).value_or(opened.begin);
  if (size > opened.begin.offset) {
    const auto first = ReadUpTo(*opened.log, opened.begin.offset, 1);
    TRY(Checked(first, paths.log, "read"));
    if (*first == std::string(1, '\0')) return Fail(Tampered("it does not begin where it should"));
  }
  if (begin.offset > head.offset || begin.seq > head.seq || begin.offset < opened.begin.offset) begin = opened.begin;
  Scanner scanner(begin, &opened.key, Coverage::kWholeLog);
  opened.end = begin;
  std::optional<Problem> problem;
  const auto vouched = [&] { return scanner.end().seq == head.seq && scanner.end().total == head.total; };
  bool met = begin.offset == head.offset;
  if (met && !vouched()) return Fail(Tampered("the head does not vouch for it"));
  const auto read = ForEachLine(*opened.log, begin.offset, size, [&](std::uint64_t, std::string_view line) {
    problem = scanner.Feed(line);
    if (problem) return false;
    opened.end = scanner.end();
    if (opened.end.offset == head.offset) met = vouched();
    return met || opened.end.offset < head.offset;
  });
  TRY(Checked(read, paths.log, "read"));
  if (problem && opened.end.offset < head.offset) return Fail(Tampered(problem->message));
  if (!met && opened.end.offset >= head.offset) return Fail(Tampered("it is not what the head vouches for"));
  if (!met) return Fail(Tampered(fmt::format("the head vouches for {} records, but only {} are there", head.seq, opened.end.seq)));
  return {};
}

// Puts an incomplete end aside and cuts it off. It was never acknowledged, but it is not ours to destroy.
Status CutTornEnd(Disk& disk, OpenedLog& opened, const Paths& paths, std::uint64_t size, base::Time now) {
  OpenReport& report = opened.report;
  report.torn_bytes = size - opened.end.offset;
  report.torn_file = fmt::format("{}/torn-{}-{}", paths.folder, opened.end.seq + 1, base::ToMicros(now));
  TRY_ASSIGN(const std::string bytes, Checked(ReadUpTo(*opened.log, opened.end.offset, report.torn_bytes), paths.log, "read"));
  TRY_ASSIGN(const auto aside, Checked(disk.Open(report.torn_file, Missing::kCreate), report.torn_file, "made"));
  TRY(Checked(WriteFully(*aside, 0, bytes), report.torn_file, "written"));
  TRY(Checked(aside->Sync(), report.torn_file, "synced"));
  return Checked(opened.log->Resize(opened.end.offset), paths.log, "cut");
}

// A crash may have come between saying that records are gone and making them go.
Status ForgetRemoved(OpenedLog& opened, const Paths& paths) {
  if (opened.begin.offset == 0) return {};
  const auto last = ReadUpTo(*opened.log, opened.begin.offset - 1, 1);
  TRY(Checked(last, paths.log, "read"));
  if (*last == std::string(1, '\0')) return {};
  return Checked(opened.log->Forget(opened.begin.offset), paths.log, "written");
}

Status OpenExisting(Disk& disk, OpenedLog& opened, const Paths& paths, base::Time now) {
  auto log = disk.Open(paths.log, Missing::kFail);
  if (!log && log.error() == ENOENT) return Fail(Tampered("its file is missing"));
  TRY_ASSIGN(opened.log, Checked(std::move(log), paths.log, "opened"));
  auto head_file = disk.Open(paths.head, Missing::kFail);
  if (!head_file && head_file.error() == ENOENT) return Fail(Tampered("its head is missing"));
  TRY_ASSIGN(opened.head_file, Checked(std::move(head_file), paths.head, "opened"));
  TRY_ASSIGN(const auto head, Checked(ReadHead(*opened.head_file, opened.key), paths.head, "read"));
  TRY_ASSIGN(const FileFacts facts, Checked(opened.log->Facts(), paths.log, "read"));
  if (!head) {
    return Fail(Tampered("its head was not written under this key"));
  }
  opened.head = *head;
  auto begin = ReadBeginning(paths, opened.key);
  if (!begin) return Fail(Tampered("the file `beginning` was not written under this key"));
  opened.begin = *std::move(begin);
  TRY(ForgetRemoved(opened, paths));
  TRY(ReadLog(opened, paths, facts.size));
  opened.report.advanced = opened.end.seq - head->seq;
  const bool torn = facts.size > opened.end.offset;
  if (torn) TRY(CutTornEnd(disk, opened, paths, facts.size, now));
  if (!torn && opened.report.advanced == 0) return {};
  // Only now may the head speak for them.
  TRY(Checked(opened.log->Sync(), paths.log, "synced"));
  return StoreHead(opened, paths);
}

}  // namespace

Error Tampered(std::string_view what) {
  return {.code = Code::kFailedPrecondition,
          .message = fmt::format("the audit log is not as it was left: {}", what),
          .reason = "audit.tampered",
          .fix = "run `crossrole audit verify`; then put the log back from a backup, or move the folder `audit` and the file "
                 "`keys/audit.key` aside to begin a new log"};
}

Result<OpenedLog> OpenLog(const LogOptions& options, Disk& disk) {
  const Paths paths(options.data);
  OpenedLog opened;
  TRY(MakeFolder(paths.folder));
  TRY(MakeFolder(paths.keys));
  TRY_ASSIGN(auto key, ReadKey(paths.key));
  if (key) {
    opened.key = *std::move(key);
    TRY(OpenExisting(disk, opened, paths, options.clock->Now()));
  } else {
    const auto facts = disk.FactsOf(paths.log);
    if (facts && facts->size > 0) {
      return Fail(Error{.code = Code::kFailedPrecondition,
                        .message = fmt::format("there is an audit log, but not its key `{}`", paths.key),
                        .reason = "audit.key_missing",
                        .fix = "put the key back from a backup, or move the folder `audit` aside to begin a new log"});
    }
    TRY(MakeNewLog(disk, paths, opened, *options.random));
  }
  opened.report.records = opened.end.seq;
  return opened;
}

}  // namespace crossrole::audit
