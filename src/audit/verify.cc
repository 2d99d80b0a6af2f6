// SPDX-License-Identifier: Apache-2.0
#include "audit/verify.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>

#include "audit/disk.h"
#include "audit/internal/files.h"
#include "audit/internal/head.h"
#include "audit/internal/scanner.h"
#include "audit/internal/signatures.h"
#include "audit/internal/unfinished.h"

namespace crossrole::audit {
namespace {

using base::Code;
using base::Error;
using base::Fail;
using base::Result;

constexpr std::size_t kProblemsKept = 100;
constexpr std::array<std::string_view, 8> kFaults = {"changed",    "forged",   "removed",   "inserted",
                                                     "unreadable", "cut_tail", "rewritten", "head"};

void Keep(Report& report, Problem problem) {
  if (report.problems.size() < kProblemsKept) report.problems.push_back(std::move(problem));
}

Result<std::unique_ptr<File>> OpenFile(const std::string& path) {
  PosixDisk disk;
  auto file = disk.Open(path, Missing::kFail);
  if (file) return *std::move(file);
  if (file.error() == ENOENT) return Fail(Code::kNotFound, fmt::format("there is no audit log `{}`", path));
  return Fail(FileError(file.error(), path, "opened"));
}

// What the head of a data directory says; a problem in the report when there is none.
Result<std::optional<Head>> HeadFor(const Paths& paths, const base::Secret& key, Report& report) {
  std::optional<Head> head;
  PosixDisk disk;
  if (auto file = disk.Open(paths.head, Missing::kFail)) {
    auto read = ReadHead(**file, key);
    if (!read) return Fail(FileError(read.error(), paths.head, "read"));
    head = *read;
  }
  if (!head) Keep(report, {.fault = Fault::kHead, .message = "the head of the log is missing, or was not written under this key"});
  if (head) report.head_seq = head->seq;
  return head;
}

// Where the log begins; a problem in the report when the file that says so is not ours.
LogEnd BeginningFor(const Paths& paths, const base::Secret& key, Report& report) {
  auto begin = ReadBeginning(paths, key);
  if (!begin) Keep(report, {.fault = Fault::kHead, .message = "the file that says where the log begins was not written under this key"});
  report.removed = begin ? begin->seq : 0;
  return begin.value_or(LogEnd{});
}

// Compares what was read with what the head vouches for. `total` is the log's at the head's place, if it was met.
void CompareWithHead(const Head& head, const Scanner& scanner, const std::optional<base::Digest>& total, Report& report) {
  const LogEnd& end = scanner.end();
  if (end.seq < head.seq) {
    Keep(report, {.fault = Fault::kCutTail,
                  .line = scanner.lines() + 1,
                  .seq = end.seq + 1,
                  .message = fmt::format("records {} to {} are missing at the end", end.seq + 1, head.seq)});
  } else if (report.ok() && total != head.total) {
    Keep(report, {.fault = Fault::kRewritten,
                  .seq = head.seq,
                  .message = fmt::format("the records up to {} are not those that the head vouches for", head.seq)});
  }
}

}  // namespace

std::string_view NameOf(Fault fault) { return kFaults.at(static_cast<std::size_t>(fault)); }

Result<Report> Verify(const std::string& data) {
  const Paths paths(data);
  TRY_ASSIGN(const auto key, ReadKey(paths.key));
  if (!key) {
    return Fail(Error{.code = Code::kFailedPrecondition,
                      .message = fmt::format("the audit key `{}` is missing", paths.key),
                      .reason = "audit.key_missing",
                      .fix = "put it back from a backup"});
  }
  Report report;
  // The head first: what is appended meanwhile lies behind it.
  TRY_ASSIGN(const auto head, HeadFor(paths, *key, report));
  auto file = OpenFile(paths.log);
  if (!file && file.error().code == Code::kNotFound && head) {
    Keep(report, {.fault = Fault::kCutTail, .line = 1, .seq = 1, .message = "the log itself is missing"});
    return report;
  }
  if (!file) return Fail(file.error());
  const auto facts = (*file)->Facts();
  if (!facts) return Fail(FileError(facts.error(), paths.log, "read"));
  const LogEnd begin = BeginningFor(paths, *key, report);
  Scanner scanner(begin, &*key, Coverage::kWholeLog);
  Intents intents;
  std::optional<base::Digest> total = head && head->seq == begin.seq ? std::optional(begin.total) : std::nullopt;
  const auto read = ForEachLine(**file, begin.offset, facts->size, [&](std::uint64_t, std::string_view line) {
    if (auto problem = scanner.Feed(line)) Keep(report, *std::move(problem));
    intents.Feed(line);
    if (head && scanner.end().offset == head->offset && scanner.end().seq == head->seq) total = scanner.end().total;
    return true;
  });
  if (!read) return Fail(FileError(read.error(), paths.log, "read"));
  if (head) CompareWithHead(*head, scanner, total, report);
  report.records = scanner.lines();
  report.chains = scanner.end().chains.size();
  report.unfinished = intents.Unfinished(kProblemsKept);
  report.torn_bytes = facts->size - *read;
  return report;
}

Result<Report> VerifyExport(const std::string& path, std::string_view public_key) {
  TRY_ASSIGN(const auto file, OpenFile(path));
  const auto facts = file->Facts();
  if (!facts) return Fail(FileError(facts.error(), path, "read"));
  Report report;
  std::optional<Scanner> scanner;
  Signatures signatures{std::string(public_key)};
  Intents intents;
  const auto read = ForEachLine(*file, 0, facts->size, [&](std::uint64_t, std::string_view line) {
    if (!scanner) scanner.emplace(signatures.Begin(line), nullptr, Coverage::kOneChain);
    if (auto problem = scanner->Feed(line)) Keep(report, *std::move(problem));
    if (auto problem = signatures.Feed(line, scanner->lines())) Keep(report, *std::move(problem));
    intents.Feed(line);
    return true;
  });
  if (!read) return Fail(FileError(read.error(), path, "read"));
  if (!scanner) scanner.emplace(LogEnd{}, nullptr, Coverage::kOneChain);
  if (auto problem = signatures.Beginning()) report.problems.insert(report.problems.begin(), *std::move(problem));
  if (*read < facts->size) Keep(report, {.fault = Fault::kUnreadable, .line = scanner->lines() + 1, .message = "the last line is incomplete"});
  report.records = scanner->lines();
  report.chains = scanner->end().chains.size();
  report.removed = signatures.removed();
  report.signed_part = signatures.signed_part();
  report.unfinished = intents.Unfinished(kProblemsKept);
  return report;
}

}  // namespace crossrole::audit
