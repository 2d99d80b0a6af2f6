// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "audit/internal/chain.h"
#include "audit/verify.h"

namespace crossrole::audit {

/// Checks the signed checkpoints of an export of one chain while it is read.
class Signatures {
 public:
  /// Signatures count under this key only, under the one that they name when it is "".
  explicit Signatures(std::string public_key) : public_key_(std::move(public_key)) {}

  /// Where the chain stood before its first line: at the beginning, or where that line says. Called once, first.
  LogEnd Begin(std::string_view first_line);
  /// Looks at the next line, number `number`; what is wrong with the checkpoint that it carries, if anything.
  std::optional<Problem> Feed(std::string_view line, std::uint64_t number);
  /// What is wrong with the beginning, after the last line: records are missing, and no signature accounts for them.
  std::optional<Problem> Beginning() const;
  /// Records that were removed from the beginning, signed.
  std::uint64_t removed() const { return begin_signed_ ? begin_.seq : 0; }
  /// How far checkpoints reach.
  const std::optional<SignedPart>& signed_part() const { return signed_; }

 private:
  const std::string public_key_;
  ChainEnd begin_{};
  bool begin_signed_ = false;
  std::optional<SignedPart> signed_{};
};

}  // namespace crossrole::audit
