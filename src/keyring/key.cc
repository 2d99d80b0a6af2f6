// SPDX-License-Identifier: Apache-2.0
#include "keyring/key.h"

#include <sodium.h>

#include <array>
#include <cstring>
#include <new>

#include "base/crypto.h"
#include "base/text.h"

namespace crossrole::keyring {
namespace {

using base::Code;
using base::Error;
using base::Fail;

constexpr std::size_t kNonceSize = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagSize = crypto_aead_xchacha20poly1305_ietf_ABYTES;
static_assert(kKeySize == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

std::unexpected<Error> Unreadable() {
  return Fail(Error{.code = Code::kFailedPrecondition,
                    .message = "a secret cannot be opened: it is under another key, or was changed or moved",
                    .reason = "keyring.unreadable",
                    .fix = "restore the database and its master key from the same backup"});
}

}  // namespace

Key::Key() {
  CHECK(sodium_init() >= 0);
  // Locking is tried and not required: containers often allow little of it.
  void* const memory = sodium_malloc(kKeySize);
  if (memory == nullptr) throw std::bad_alloc();
  bytes_.reset(memory);
}

void Key::Free::operator()(void* bytes) const { sodium_free(bytes); }

Key Key::Make(base::Random& random) {
  Key key;
  random.Fill({static_cast<std::uint8_t*>(key.bytes_.get()), kKeySize});
  return key;
}

Key Key::From(std::string bytes) {
  CHECK(bytes.size() == kKeySize);
  Key key;
  std::memcpy(key.bytes_.get(), bytes.data(), kKeySize);
  base::Wipe(bytes);
  return key;
}

Key Key::Derive(std::string_view purpose) const {
  base::Digest digest = base::HmacSha256(Reveal(), "crossrole keyring derive\n" + std::string(purpose));
  Key key;
  std::memcpy(key.bytes_.get(), digest.data(), kKeySize);
  sodium_memzero(digest.data(), digest.size());
  return key;
}

std::string Key::Fingerprint() const {
  const base::Digest digest = base::HmacSha256(Reveal(), "crossrole keyring fingerprint");
  return base::HexEncode(base::AsText(digest).substr(0, 8));
}

std::string Authenticate(const Key& key, std::string_view purpose, std::string_view text) {
  return base::HexEncode(base::AsText(base::HmacSha256(key.Derive("authenticate " + std::string(purpose)).Reveal(), text)));
}

bool IsAuthentic(const Key& key, std::string_view purpose, std::string_view text, std::string_view proof) {
  return base::ConstantTimeEqual(Authenticate(key, purpose, text), proof);
}

base::Result<Key> ParseKey(const base::Secret& text) {
  const std::string_view trimmed = base::Trim(text.Reveal());
  auto bytes = trimmed.size() == 2 * kKeySize ? base::HexDecode(trimmed) : base::Base64Decode(trimmed);
  if (!bytes || bytes->size() != kKeySize) {
    if (bytes) base::Wipe(*bytes);
    return Fail(Error{.code = Code::kInvalidArgument,
                      .message = "this is not a master key: 64 hexadecimal digits, or 32 bytes in base 64",
                      .fix = "make one with `openssl rand -hex 32`"});
  }
  return Key::From(*std::move(bytes));
}

base::Status CheckRules(const PassphraseRules& rules) {
  const bool bounded = rules.salt.size() == crypto_pwhash_SALTBYTES && rules.memory_bytes <= kMostArgonMemory &&
                       rules.memory_bytes >= crypto_pwhash_MEMLIMIT_MIN && rules.passes <= kMostArgonPasses && rules.passes >= crypto_pwhash_OPSLIMIT_MIN;
  if (bounded) return {};
  return Fail(Error{.code = Code::kFailedPrecondition,
                    .message = "the rules by which the master key is made from its passphrase were changed",
                    .reason = "keyring.unreadable",
                    .fix = "restore the database from a backup"});
}

base::Result<Key> KeyFromPassphrase(const base::Secret& passphrase, const PassphraseRules& rules) {
  TRY(CheckRules(rules));
  CHECK(sodium_init() >= 0);
  std::string bytes(kKeySize, '\0');
  const std::string_view text = passphrase.Reveal();
  const int done = crypto_pwhash(Bytes(bytes), bytes.size(), text.data(), text.size(), Bytes(rules.salt), rules.passes,
                                 static_cast<std::size_t>(rules.memory_bytes), crypto_pwhash_ALG_ARGON2ID13);
  if (done != 0) {
    return Fail(Error{.code = Code::kUnavailable,
                      .message = "there is not enough memory to derive the master key from its passphrase",
                      .fix = "give the process 512 MiB, or use another `keyring.source`"});
  }
  return Key::From(std::move(bytes));
}

std::string Seal(const Key& key, std::string_view context, const base::Secret& text, base::Random& random) {
  std::array<std::uint8_t, kNonceSize> nonce{};
  random.Fill(nonce);
  const std::string_view plain = text.Reveal();
  std::string sealed(kNonceSize + plain.size() + kTagSize, '\0');
  std::memcpy(sealed.data(), nonce.data(), nonce.size());
  CHECK(crypto_aead_xchacha20poly1305_ietf_encrypt(Bytes(sealed) + kNonceSize, nullptr, Bytes(plain), plain.size(), Bytes(context), context.size(),
                                                   nullptr, nonce.data(), Bytes(key.Reveal())) == 0);
  return base::Base64Encode(sealed);
}

base::Result<base::Secret> Unseal(const Key& key, std::string_view context, std::string_view sealed) {
  const auto bytes = base::Base64Decode(sealed);
  if (!bytes || bytes->size() < kNonceSize + kTagSize) return Unreadable();
  const std::string_view body = std::string_view(*bytes).substr(kNonceSize);
  std::string plain(body.size() - kTagSize, '\0');
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(Bytes(plain), nullptr, nullptr, Bytes(body), body.size(), Bytes(context), context.size(),
                                                 Bytes(*bytes), Bytes(key.Reveal())) != 0) {
    return Unreadable();
  }
  return base::Secret(std::move(plain));
}

}  // namespace crossrole::keyring
