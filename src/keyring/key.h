// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"

namespace crossrole::keyring {

/// Bytes of every key here.
inline constexpr std::size_t kKeySize = 32;

/// A key in pages of its own: never swapped out where the system allows to lock them, between pages that nobody may touch,
/// wiped when it dies. It cannot be copied, compared or formatted; callers of `Reveal` are listed by `tools/tidy.py`.
class Key {
 public:
  /// A new key.
  static Key Make(base::Random& random);
  /// Takes over `bytes`, which must be `kKeySize` long, and wipes them.
  static Key From(std::string bytes);

  /// The bytes; valid as long as this object.
  std::string_view Reveal() const { return {static_cast<const char*>(bytes_.get()), kKeySize}; }
  /// Another key that follows from this one, for one purpose. Nothing is learnt from it about this one.
  Key Derive(std::string_view purpose) const;
  /// Tells keys apart: 16 hexadecimal digits of a hash that gives nothing away.
  std::string Fingerprint() const;

 private:
  struct Free {
    void operator()(void* bytes) const;
  };
  Key();
  std::unique_ptr<void, Free> bytes_;
};

/// The proof that whoever has `key` wrote `text`: HMAC-SHA-256 under a key of its own for that purpose; hexadecimal.
std::string Authenticate(const Key& key, std::string_view purpose, std::string_view text);
/// Whether `proof` is that of `text`; in constant time.
bool IsAuthentic(const Key& key, std::string_view purpose, std::string_view text, std::string_view proof);

/// Reads a key as people write it: 64 hexadecimal digits, or base 64 of 32 bytes. Errors: kInvalidArgument, which never
/// quotes the text.
base::Result<Key> ParseKey(const base::Secret& text);

/// What a passphrase's key is made with at most: what stands in a database or a backup must not exhaust the machine.
inline constexpr std::uint64_t kMostArgonMemory = std::uint64_t{512} << 20;
inline constexpr std::uint64_t kMostArgonPasses = 10;

/// The key that belongs to a passphrase.
struct PassphraseRules {
  std::string salt;                          // 16 bytes
  std::uint64_t passes = 3;                  // Argon2id's
  std::uint64_t memory_bytes = 256u << 20;   // Argon2id's
};
/// Whether the rules are ones that somebody here could have written. Errors: kFailedPrecondition, `keyring.unreadable`.
base::Status CheckRules(const PassphraseRules& rules);
/// Argon2id. Errors: those of `CheckRules`, before anything is computed; kUnavailable when there is not so much memory.
base::Result<Key> KeyFromPassphrase(const base::Secret& passphrase, const PassphraseRules& rules);

/// Encrypts `text` under `key` so that it opens only with the same `context`: XChaCha20-Poly1305 with a random nonce; base 64.
std::string Seal(const Key& key, std::string_view context, const base::Secret& text, base::Random& random);
/// The inverse. Errors: kFailedPrecondition with reason `keyring.unreadable`: another key, another context, or changed.
base::Result<base::Secret> Unseal(const Key& key, std::string_view context, std::string_view sealed);

}  // namespace crossrole::keyring
