// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace crossrole::audit {

/// What is wrong at one place of the log.
enum class Fault : std::uint8_t {
  kChanged,    // the record's bytes are not those that were written
  kForged,     // it fits its hash, but was not written by this installation
  kRemoved,    // records before it are missing
  kInserted,   // it stands where it was not written: added, repeated or moved
  kUnreadable, // not a record at all
  kCutTail,    // the head vouches for records behind the end
  kRewritten,  // every record fits, but together they are not what the head vouches for
  kHead,       // the head itself is missing or not ours
};

/// The name in reports.
std::string_view NameOf(Fault fault);

/// One finding.
struct Problem {
  Fault fault = Fault::kChanged;
  std::uint64_t line = 0;  // from 1; the first line that shows it, or one past the end
  std::uint64_t seq = 0;   // of the record at fault, 0 when unknown
  std::string id{};        // evt_… of the record at that line, "" when unreadable
  std::string message{};   // one sentence
};

/// An intent whose outcome is not in the log: the process ended in between, or it is still under way.
struct Unfinished {
  std::uint64_t seq = 0;
  std::string id{};      // evt_…
  std::string action{};  // e.g. "session.mint"
  std::string target{};
};

/// How far the signed checkpoints of an export reach.
struct SignedPart {
  std::uint64_t chain_seq = 0;  // the last record that is signed
  base::Time at{};              // when
  std::string key{};            // with what, base 64 for URLs
};

/// What a verification found; `problems` and `unfinished` hold the first hundred.
struct Report {
  std::uint64_t records = 0;
  std::uint64_t chains = 0;
  std::uint64_t head_seq = 0;  // how far the head vouches
  std::uint64_t torn_bytes = 0;  // an incomplete end behind the head: a crash, or a write in progress
  std::uint64_t removed = 0;     // records that were removed from the beginning in good order, by retention
  std::optional<SignedPart> signed_part{};  // of an export
  std::vector<Problem> problems{};
  std::vector<Unfinished> unfinished{};
  /// Whether nothing is wrong.
  bool ok() const { return problems.empty(); }
};

/// Checks the whole log of a data directory, also while a server writes to it.
/// Errors: kNotFound (no log there), kFailedPrecondition (`audit.key_missing`), kUnavailable.
base::Result<Report> Verify(const std::string& data);
/// Checks the lines of an export of one chain: hashes, links, order and signed checkpoints, without anything of the
/// installation's. What begins later than at the first record needs a signed record of the removal. Signatures count
/// under `public_key` only (base 64 for URLs), under the key that they name themselves when it is "".
base::Result<Report> VerifyExport(const std::string& file, std::string_view public_key = "");

}  // namespace crossrole::audit
