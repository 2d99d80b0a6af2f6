// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/disk.h"
#include "audit/internal/chain.h"
#include "audit/verify.h"
#include "base/secret.h"

namespace crossrole::audit {

/// Whether every record of the log is there, or those of one chain only.
enum class Coverage : std::uint8_t { kWholeLog, kOneChain };

/// Reads a log line by line and finds what does not fit. After a finding it goes on in such a way that one change
/// is reported at its own place and not again at every later record.
class Scanner {
 public:
  /// Begins behind `end`. Without `key` it cannot tell forged records.
  Scanner(LogEnd end, const base::Secret* key, Coverage coverage);

  /// Checks the next line (without its line end); what is wrong with it, if anything.
  std::optional<Problem> Feed(std::string_view line);
  /// Where the log stands behind what was fed.
  const LogEnd& end() const { return end_; }
  /// Lines fed.
  std::uint64_t lines() const { return lines_; }

 private:
  std::optional<Problem> CheckItself(const LineParts& parts) const;
  std::optional<Problem> CheckPlace(const LineParts& parts);
  void Advance(const LineParts& parts);

  LogEnd end_;
  const base::Secret* key_;
  Coverage coverage_;
  std::uint64_t lines_ = 0;
  std::uint64_t gaps_ = 0;                                       // places where records are missing or changed
  std::map<std::string, std::uint64_t, std::less<>> gaps_seen_;  // by chain: how many of them it has got over
};

/// Calls `visit` for each complete line between two offsets until it returns false; returns where it stopped:
/// behind the last complete line visited.
Io<std::uint64_t> ForEachLine(File& file, std::uint64_t begin, std::uint64_t end,
                              const std::function<bool(std::uint64_t offset, std::string_view line)>& visit);

}  // namespace crossrole::audit
