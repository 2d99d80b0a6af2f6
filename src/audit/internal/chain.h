// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/crypto.h"
#include "base/secret.h"

namespace crossrole::audit {

/// Where one chain ends.
struct ChainEnd {
  std::uint64_t seq = 0;  // within the chain
  base::Digest hash{};    // of its last record; zeros before the first
  bool operator==(const ChainEnd&) const = default;
};

/// Where the log ends.
struct LogEnd {
  std::uint64_t seq = 0;     // of the last record
  std::uint64_t offset = 0;  // bytes
  base::Digest total{};      // running hash over the hashes of all records, in order
  std::map<std::string, ChainEnd, std::less<>> chains{};
};

/// One line of the file, taken apart. The views point into the line.
///   {"seq":…,"chain":"…","chain_seq":…,"prev":"…","id":"evt_…", …,"hash":"…","mac":"…"}
/// hash = SHA-256(prev ‖ everything before `,"hash"`); mac = the first half of HMAC-SHA-256(key, hash).
struct LineParts {
  std::uint64_t seq = 0;
  std::string_view chain;
  std::uint64_t chain_seq = 0;
  base::Digest prev{};
  std::string_view id;
  std::string_view body;  // what is hashed
  base::Digest hash{};
  std::string_view mac;
};

/// Takes a line apart; nothing when it does not have the form. Checks no hash.
std::optional<LineParts> SplitLine(std::string_view line);
/// The hash that a record with this `body` must have behind `prev`.
base::Digest RecordHash(const base::Digest& prev, std::string_view body);
/// The proof, in hexadecimal, that a record with this hash was written by this installation.
std::string RecordMac(const base::Secret& key, const base::Digest& hash);
/// The running hash behind one more record.
base::Digest NextTotal(const base::Digest& total, const base::Digest& hash);
/// Appends a line (with its line end) to `lines` and moves `seq`, `total` and `chain_end` behind it. `rest` is the
/// record's own members, `"id":…` first.
void AppendLine(const base::Secret& key, std::string_view chain, std::string_view rest, LogEnd& end, ChainEnd& chain_end,
                std::string& lines);

}  // namespace crossrole::audit
