// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/secret.h"

// Signed checkpoints: proof for those who have no key of ours. A checkpoint is a record in a tenant's own chain that signs
// the record before it, and thereby all before that one. Source: RFC 8032 (Ed25519).

namespace crossrole::audit {

/// What a checkpoint says: at this time, record `chain_seq` of the chain had this hash.
struct Checkpoint {
  std::string chain;  // the tenant's id, or "installation"
  std::uint64_t chain_seq = 0;
  base::Digest hash{};
  base::Time time{};
};

/// A checkpoint with its signature.
struct SignedCheckpoint {
  Checkpoint checkpoint;
  std::string key;        // the public key, base 64 for URLs
  std::string signature;  // bytes
};

/// The key that signs checkpoints. Thread-safe.
class CheckpointKey {
 public:
  /// From 32 secret random bytes.
  explicit CheckpointKey(const base::Secret& seed);
  ~CheckpointKey();
  CheckpointKey(const CheckpointKey&) = delete;
  CheckpointKey& operator=(const CheckpointKey&) = delete;

  /// The public half, base 64 for URLs.
  const std::string& public_key() const { return public_key_; }
  /// The details of the record that carries the checkpoint, a JSON object; `members` go in front, each with its comma.
  std::string Details(const Checkpoint& checkpoint, std::string_view members = "") const;

 private:
  std::array<unsigned char, 64> secret_{};
  std::string public_key_;
};

/// Reads the details of a record of `chain`; nothing when they hold no checkpoint.
std::optional<SignedCheckpoint> ParseCheckpoint(std::string_view chain, std::string_view details);
/// Whether the signature is that of the key that the checkpoint names.
bool IsSigned(const SignedCheckpoint& checkpoint);

}  // namespace crossrole::audit
