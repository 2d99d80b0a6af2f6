// SPDX-License-Identifier: Apache-2.0
#include "audit/internal/scanner.h"

#include <fmt/format.h>

#include "audit/internal/head.h"

namespace crossrole::audit {
namespace {

constexpr std::size_t kScannedAtOnce = std::size_t{1} << 20;

Problem Finding(Fault fault, const LineParts& parts, std::string message) {
  return {.fault = fault, .seq = parts.seq, .id = std::string(parts.id), .message = std::move(message)};
}

}  // namespace

Scanner::Scanner(LogEnd end, const base::Secret* key, Coverage coverage)
    : end_(std::move(end)), key_(key), coverage_(coverage) {}

std::optional<Problem> Scanner::Feed(std::string_view line) {
  ++lines_;
  end_.offset += line.size() + 1;
  const auto parts = SplitLine(line);
  std::optional<Problem> problem;
  if (!parts) {
    ++gaps_;
    problem = Problem{.fault = Fault::kUnreadable, .message = fmt::format("line {} is not a record", lines_)};
  } else if (problem = CheckItself(*parts); problem) {
    // Whatever it says about itself, its place may be true: then the next one is checked from there.
    ++gaps_;
    if (problem->fault == Fault::kChanged && parts->seq == end_.seq + 1) end_.seq = parts->seq;
  } else {
    problem = CheckPlace(*parts);
    if (!problem || problem->fault != Fault::kInserted) Advance(*parts);
  }
  if (problem) problem->line = lines_;
  return problem;
}

std::optional<Problem> Scanner::CheckItself(const LineParts& parts) const {
  if (RecordHash(parts.prev, parts.body) != parts.hash) {
    return Finding(Fault::kChanged, parts, fmt::format("record {} `{}` was changed", parts.seq, parts.id));
  }
  if (key_ != nullptr && !base::ConstantTimeEqual(RecordMac(*key_, parts.hash), parts.mac)) {
    return Finding(Fault::kForged, parts, fmt::format("record {} `{}` was not written by this installation", parts.seq, parts.id));
  }
  return std::nullopt;
}

std::optional<Problem> Scanner::CheckPlace(const LineParts& parts) {
  if (coverage_ == Coverage::kWholeLog && parts.seq != end_.seq + 1) {
    if (parts.seq <= end_.seq) {
      return Finding(Fault::kInserted, parts, fmt::format("record {} `{}` stands behind record {}", parts.seq, parts.id, end_.seq));
    }
    ++gaps_;
    return Finding(Fault::kRemoved, parts,
                   fmt::format("records {} to {} are missing before record {} `{}`", end_.seq + 1, parts.seq - 1, parts.seq, parts.id));
  }
  const auto found = end_.chains.find(parts.chain);
  const ChainEnd chain = found == end_.chains.end() ? ChainEnd{} : found->second;
  if (coverage_ == Coverage::kOneChain && parts.chain_seq <= chain.seq) {
    return Finding(Fault::kInserted, parts, fmt::format("record {} `{}` stands behind record {} of its chain", parts.seq, parts.id, chain.seq));
  }
  if (parts.chain_seq == chain.seq + 1 && parts.prev == chain.hash) return std::nullopt;
  // Records of this chain may be among those found missing or changed since its last one.
  const auto seen = gaps_seen_.find(parts.chain);
  if ((seen == gaps_seen_.end() ? 0 : seen->second) < gaps_) return std::nullopt;
  return Finding(Fault::kRemoved, parts,
                 fmt::format("record {} `{}` does not follow the record before it in the chain `{}`", parts.seq, parts.id, parts.chain));
}

void Scanner::Advance(const LineParts& parts) {
  end_.seq = parts.seq;
  end_.total = NextTotal(end_.total, parts.hash);
  end_.chains[std::string(parts.chain)] = {.seq = parts.chain_seq, .hash = parts.hash};
  gaps_seen_[std::string(parts.chain)] = gaps_;
}

Io<std::uint64_t> ForEachLine(File& file, std::uint64_t begin, std::uint64_t end,
                              const std::function<bool(std::uint64_t, std::string_view)>& visit) {
  std::string pending;
  std::uint64_t line_start = begin;
  for (std::uint64_t at = begin; at < end;) {
    const auto chunk = ReadUpTo(file, at, static_cast<std::size_t>(std::min<std::uint64_t>(kScannedAtOnce, end - at)));
    if (!chunk) return std::unexpected(chunk.error());
    if (chunk->empty()) break;
    at += chunk->size();
    pending += *chunk;
    std::size_t used = 0;
    for (std::size_t newline = pending.find('\n'); newline != std::string::npos; newline = pending.find('\n', used)) {
      if (!visit(line_start, std::string_view(pending).substr(used, newline - used))) return line_start;
      line_start += newline + 1 - used;
      used = newline + 1;
    }
    pending.erase(0, used);
  }
  return line_start;
}

}  // namespace crossrole::audit
