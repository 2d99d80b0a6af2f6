// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "audit/disk.h"
#include "audit/internal/chain.h"
#include "base/crypto.h"
#include "base/secret.h"

namespace crossrole::audit {

/// What vouches for the log: how far it went and what it came to, under the key.
struct Head {
  std::uint64_t generation = 0;  // of the head itself; the higher one counts
  std::uint64_t seq = 0;
  std::uint64_t offset = 0;
  base::Digest total{};
};

/// The head file has two slots, far enough apart never to share a block. They are written in turn, so that a write
/// that a crash tears leaves the other one.
inline constexpr std::uint64_t kSlotDistance = 4096;
inline constexpr std::uint64_t kHeadFileSize = 2 * kSlotDistance;

/// The head behind `end`.
Head HeadOf(const LogEnd& end, std::uint64_t generation);
/// The text of a slot, of fixed size.
std::string PrintHead(const base::Secret& key, const Head& head);
/// Reads a slot; nothing when it is not ours.
std::optional<Head> ParseHead(const base::Secret& key, std::string_view slot);
/// Writes a head into the slot of its generation; not synced.
Io<void> WriteHead(File& file, const base::Secret& key, const Head& head);
/// The newest head of a file; nothing when neither slot is ours.
Io<std::optional<Head>> ReadHead(File& file, const base::Secret& key);

/// Writes all of `bytes`.
Io<void> WriteFully(File& file, std::uint64_t offset, std::string_view bytes);
/// Reads until `size` bytes or the end.
Io<std::string> ReadUpTo(File& file, std::uint64_t offset, std::size_t size);

}  // namespace crossrole::audit
