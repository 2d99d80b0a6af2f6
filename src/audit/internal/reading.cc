// SPDX-License-Identifier: Apache-2.0
#include "audit/internal/reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "audit/internal/chain.h"
#include "audit/internal/files.h"
#include "audit/internal/head.h"
#include "audit/internal/scanner.h"

namespace crossrole::audit {
namespace {

using base::Code;
using base::Error;
using base::Fail;

constexpr std::uint64_t kChunk = 256 * 1024;
// Of one call; a page that would need more ends early.
constexpr std::uint64_t kReadAtMost = 64 * 1024 * 1024;

std::string ChainMark(const std::optional<model::TenantId>& tenant) {
  return fmt::format(R"("chain":"{}")", tenant ? std::string_view(tenant->text()) : kInstallationChain);
}

// The mark stands near the beginning of the line; further on, the same text could only be somebody's input.
bool HasMark(std::string_view line, std::string_view mark) {
  const std::size_t comma = line.find(',');
  return comma != std::string_view::npos && line.substr(comma + 1).starts_with(mark);
}

// A line without the zeros before it, which are what was removed while we read.
std::string_view Kept(std::string_view line) {
  const std::size_t first = line.find_first_not_of('\0');
  return first == std::string_view::npos ? std::string_view() : line.substr(first);
}

bool Matches(const StoredRecord& stored, const Query& query) {
  const Record& record = stored.record;
  return (query.actor.empty() || record.actor == query.actor) && (query.action.empty() || record.action.name() == query.action) &&
         (query.target.empty() || record.target == query.target) && (!query.from || record.time >= *query.from) &&
         (!query.to || record.time < *query.to);
}

Error BadPosition() {
  return {.code = Code::kInvalidArgument, .message = "the position in the audit log is not one that was given out", .field = "page_token"};
}

base::Result<std::uint64_t> Position(File& file, const Extent& extent, const std::string& after) {
  if (after.empty()) return extent.end;
  std::uint64_t position = 0;
  const auto [end, error] = std::from_chars(after.data(), after.data() + after.size(), position);
  if (error != std::errc() || end != after.data() + after.size() || position == 0 || position > extent.end) return Fail(BadPosition());
  if (position <= extent.begin) return extent.begin;
  const auto before = ReadUpTo(file, position - 1, 1);
  if (!before || *before != "\n") return Fail(BadPosition());
  return position;
}

// Whether the record before `place` is the one that it names.
base::Status CheckKnown(File& file, const Extent& extent, const Place& place) {
  const auto unknown = [] { return Fail(Code::kNotFound, "the place is not one of this audit log"); };
  if (place.offset > extent.end) return unknown();
  if (place.hash.empty() || place.offset == extent.begin) return {};
  constexpr std::size_t kTail = 160;  // of a record: its hash and its proof
  const std::uint64_t from = place.offset - std::min<std::uint64_t>(kTail, place.offset);
  const auto tail = ReadUpTo(file, from, place.offset - from);
  if (!tail) return Fail(FileError(tail.error(), "audit.jsonl", "read"));
  if (!tail->ends_with("\n") || !tail->contains(fmt::format(R"(,"hash":"{}","mac":")", place.hash))) return unknown();
  return {};
}

// Lines from back to front.
class BackwardLines {
 public:
  BackwardLines(File& file, const Extent& extent, std::uint64_t end) : file_(file), first_(extent.begin), begin_(end), line_(end) {}

  // The line before the last one returned; nothing at the beginning of the file.
  Io<std::optional<std::string>> Next() {
    // The pending bytes end with the line end of the line that is wanted.
    for (;;) {
      const std::size_t newline = pending_.size() < 2 ? std::string::npos : pending_.rfind('\n', pending_.size() - 2);
      if (newline != std::string::npos || (begin_ == first_ && !pending_.empty())) {
        const std::size_t start = newline == std::string::npos ? 0 : newline + 1;
        std::string line = pending_.substr(start, pending_.size() - start - 1);
        line_ = begin_ + start;
        pending_.resize(start);
        return std::optional(std::move(line));
      }
      if (begin_ == first_) return std::optional<std::string>();
      const std::uint64_t size = std::min(kChunk, begin_ - first_);
      const auto chunk = ReadUpTo(file_, begin_ - size, size);
      if (!chunk) return std::unexpected(chunk.error());
      pending_.insert(0, *chunk);
      begin_ -= size;
    }
  }
  // Where the last line returned begins.
  std::uint64_t position() const { return line_; }

 private:
  File& file_;
  const std::uint64_t first_;
  std::uint64_t begin_;  // of the pending bytes in the file
  std::uint64_t line_;
  std::string pending_;
};

}  // namespace

base::Result<RecordPage> ListRecords(File& file, const Extent& extent, const Query& query) {
  TRY_ASSIGN(const std::uint64_t end, Position(file, extent, query.after));
  const std::string mark = ChainMark(query.tenant);
  BackwardLines lines(file, extent, end);
  RecordPage page;
  while (page.records.size() < query.limit && end - lines.position() < kReadAtMost) {
    auto line = lines.Next();
    if (!line) return Fail(FileError(line.error(), "audit.jsonl", "read"));
    if (!*line) return page;
    if (!HasMark(**line, mark)) continue;
    auto stored = ParseLine(Kept(**line));
    if (!stored) {
      ++page.unreadable;
    } else if (Matches(*stored, query)) {
      page.records.push_back(*std::move(stored));
    }
  }
  if (lines.position() > extent.begin) page.next = fmt::format("{}", lines.position());
  return page;
}

base::Status ExportLines(File& file, const Extent& extent, const std::optional<model::TenantId>& tenant,
                         const std::function<bool(std::string_view)>& sink) {
  const std::string mark = ChainMark(tenant);
  const auto read = ForEachLine(file, extent.begin, extent.end, [&](std::uint64_t, std::string_view line) { return !HasMark(line, mark) || sink(Kept(line)); });
  if (!read) return Fail(FileError(read.error(), "audit.jsonl", "read"));
  return {};
}

base::Result<Lines> ReadAfter(File& file, const Extent& extent, const Place& place, const LinesLimit& limit) {
  Lines found{.next = place};
  if (place.offset <= extent.begin) found.next = {.offset = extent.begin, .seq = extent.begin_seq};
  TRY(CheckKnown(file, extent, found.next));
  std::uint64_t bytes = 0;
  const auto read = ForEachLine(file, found.next.offset, extent.end, [&](std::uint64_t, std::string_view line) {
    const auto parts = SplitLine(line);
    found.next.offset += line.size() + 1;
    found.next.seq = parts ? parts->seq : found.next.seq + 1;
    found.next.hash = parts ? base::HexEncode(base::AsText(parts->hash)) : "";
    found.lines.emplace_back(line);
    bytes += line.size();
    return found.lines.size() < limit.records && bytes < limit.bytes;
  });
  if (!read) return Fail(FileError(read.error(), "audit.jsonl", "read"));
  return found;
}

}  // namespace crossrole::audit
