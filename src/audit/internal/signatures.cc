// SPDX-License-Identifier: Apache-2.0
#include "audit/internal/signatures.h"

#include <fmt/format.h>

#include "audit/checkpoint.h"
#include "audit/record.h"

namespace crossrole::audit {

LogEnd Signatures::Begin(std::string_view first_line) {
  const auto parts = SplitLine(first_line);
  if (!parts || parts->chain_seq < 2) return {};
  begin_ = {.seq = parts->chain_seq - 1, .hash = parts->prev};
  LogEnd end;
  end.chains[std::string(parts->chain)] = begin_;
  return end;
}

std::optional<Problem> Signatures::Feed(std::string_view line, std::uint64_t number) {
  // Quotes inside of texts are escaped, so these stand in no text. Parsing every line would take most of the time.
  const bool is_checkpoint = line.contains(R"("action":"audit.checkpoint")");
  if (!is_checkpoint && !line.contains(R"("action":"audit.retention")")) return std::nullopt;
  const auto stored = ParseLine(line);
  const auto parts = SplitLine(line);
  if (!stored || !parts) return std::nullopt;  // told by the scanner
  const auto found = ParseCheckpoint(stored->chain, stored->record.details);
  const auto forged = [&](std::string_view what) {
    return Problem{.fault = Fault::kForged,
                   .line = number,
                   .seq = stored->seq,
                   .id = std::string(parts->id),
                   .message = fmt::format("record {} `{}` {}", stored->seq, parts->id, what)};
  };
  if (!found || !IsSigned(*found)) return forged("carries no valid signature");
  if (!public_key_.empty() && found->key != public_key_) return forged("was signed with another key than the one that was given");
  const Checkpoint& checkpoint = found->checkpoint;
  if (checkpoint.chain_seq == begin_.seq && checkpoint.hash == begin_.hash) begin_signed_ = true;
  if (!is_checkpoint) return std::nullopt;
  if (checkpoint.chain_seq + 1 != parts->chain_seq || checkpoint.hash != parts->prev) return forged("signs another record than the one before it");
  signed_ = SignedPart{.chain_seq = checkpoint.chain_seq, .at = checkpoint.time, .key = found->key};
  return std::nullopt;
}

std::optional<Problem> Signatures::Beginning() const {
  if (begin_.seq == 0 || begin_signed_) return std::nullopt;
  return Problem{.fault = Fault::kRemoved,
                 .line = 1,
                 .message = fmt::format("records 1 to {} of the chain are missing, and no signed record of their removal follows", begin_.seq)};
}

}  // namespace crossrole::audit
