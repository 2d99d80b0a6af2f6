// SPDX-License-Identifier: Apache-2.0
#include "audit/checkpoint.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <boost/json.hpp>

#include "base/json.h"

namespace crossrole::audit {
namespace {

namespace json = boost::json;

static_assert(crypto_sign_SECRETKEYBYTES == 64);

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string SignedText(const Checkpoint& checkpoint) {
  return fmt::format("crossrole audit checkpoint 1\n{}\n{}\n{}\n{}", checkpoint.chain, checkpoint.chain_seq,
                     base::HexEncode(base::AsText(checkpoint.hash)), base::FormatRfc3339(checkpoint.time));
}

}  // namespace

CheckpointKey::CheckpointKey(const base::Secret& seed) {
  CHECK(::sodium_init() >= 0);
  CHECK(seed.size() == crypto_sign_SEEDBYTES);
  std::array<unsigned char, crypto_sign_PUBLICKEYBYTES> open{};
  CHECK(::crypto_sign_seed_keypair(open.data(), secret_.data(), Bytes(seed.Reveal())) == 0);
  public_key_ = base::Base64UrlEncode({reinterpret_cast<const char*>(open.data()), open.size()});
}

CheckpointKey::~CheckpointKey() { ::sodium_memzero(secret_.data(), secret_.size()); }

std::string CheckpointKey::Details(const Checkpoint& checkpoint, std::string_view members) const {
  const std::string text = SignedText(checkpoint);
  std::array<unsigned char, crypto_sign_BYTES> signature{};
  CHECK(::crypto_sign_detached(signature.data(), nullptr, Bytes(text), text.size(), secret_.data()) == 0);
  return fmt::format(R"({{{}"chain_seq":{},"hash":"{}","at":"{}","key":"{}","signature":"{}"}})", members, checkpoint.chain_seq,
                     base::HexEncode(base::AsText(checkpoint.hash)), base::FormatRfc3339(checkpoint.time), public_key_,
                     base::Base64UrlEncode({reinterpret_cast<const char*>(signature.data()), signature.size()}));
}

std::optional<SignedCheckpoint> ParseCheckpoint(std::string_view chain, std::string_view details) {
  const auto value = base::ParseJson(details);
  if (!value) return std::nullopt;
  try {
    SignedCheckpoint found{.checkpoint = {.chain = std::string(chain), .chain_seq = value->at("chain_seq").to_number<std::uint64_t>()}};
    const auto hash = base::HexDecode(std::string_view(value->at("hash").as_string()));
    const auto time = base::ParseRfc3339(std::string_view(value->at("at").as_string()));
    auto signature = base::Base64UrlDecode(std::string_view(value->at("signature").as_string()));
    found.key = std::string(value->at("key").as_string());
    if (!hash || hash->size() != found.checkpoint.hash.size() || !time || !signature) return std::nullopt;
    std::ranges::transform(*hash, found.checkpoint.hash.begin(), [](char c) { return static_cast<std::uint8_t>(c); });
    found.checkpoint.time = *time;
    found.signature = *std::move(signature);
    return found;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

bool IsSigned(const SignedCheckpoint& checkpoint) {
  const auto key = base::Base64UrlDecode(checkpoint.key);
  if (!key || key->size() != crypto_sign_PUBLICKEYBYTES || checkpoint.signature.size() != crypto_sign_BYTES) return false;
  const std::string text = SignedText(checkpoint.checkpoint);
  return ::crypto_sign_verify_detached(Bytes(checkpoint.signature), Bytes(text), text.size(), Bytes(*key)) == 0;
}

}  // namespace crossrole::audit
