// SPDX-License-Identifier: Apache-2.0
#include "base/crypto.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <fmt/format.h>

#include <array>

namespace crossrole::base {
namespace {

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

// Looked up once: by name, at each call, it takes longer than the hashing.
const EVP_MD* Sha256Method() {
  static const EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  CHECK(method != nullptr);
  return method;
}

// The same; each use takes a copy.
EVP_MAC_CTX* HmacSha256Prototype() {
  static EVP_MAC_CTX* const prototype = [] {
    EVP_MAC* const mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    EVP_MAC_CTX* const context = EVP_MAC_CTX_new(mac);
    EVP_MAC_free(mac);
    std::array<char, 7> digest{"SHA256"};
    const std::array<OSSL_PARAM, 2> parameters{OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
                                               OSSL_PARAM_construct_end()};
    CHECK(context != nullptr && EVP_MAC_CTX_set_params(context, parameters.data()) == 1);
    return context;
  }();
  return prototype;
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

Digest Sha256(std::string_view data) {
  Digest digest;
  CHECK(EVP_Digest(data.data(), data.size(), digest.data(), nullptr, Sha256Method(), nullptr) == 1);
  return digest;
}

Digest HmacSha256(std::string_view key, std::string_view data) {
  Digest digest;
  std::size_t size = 0;
  EVP_MAC_CTX* const context = EVP_MAC_CTX_dup(HmacSha256Prototype());
  // Without a key at all, the prototype's would be taken.
  const bool done = EVP_MAC_init(context, Bytes(key.empty() ? std::string_view("") : key), key.size(), nullptr) == 1 &&
                    EVP_MAC_update(context, Bytes(data), data.size()) == 1 &&
                    EVP_MAC_final(context, digest.data(), &size, digest.size()) == 1;
  EVP_MAC_CTX_free(context);
  CHECK(done && size == digest.size());
  return digest;
}

bool ConstantTimeEqual(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string HexEncode(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    text += kDigits[static_cast<std::uint8_t>(c) >> 4];
    text += kDigits[static_cast<std::uint8_t>(c) & 15];
  }
  return text;
}

std::string_view AsText(const Digest& digest) { return {reinterpret_cast<const char*>(digest.data()), digest.size()}; }

Result<std::string> HexDecode(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    const int high = HexValue(text[i]);
    const int low = HexValue(text[i + 1]);
    if (high < 0 || low < 0) return Fail(Code::kInvalidArgument, "not hexadecimal");
    bytes += static_cast<char>(high * 16 + low);
  }
  if (text.size() % 2 != 0) return Fail(Code::kInvalidArgument, "not hexadecimal");
  return bytes;
}

std::string Base64Encode(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4, '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), Bytes(bytes), static_cast<int>(bytes.size()));
  return text;
}

Result<std::string> Base64Decode(std::string_view text) {
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  std::string bytes;
  std::uint32_t buffer = 0;
  int bits = 0;
  for (const char c : text) {
    const auto value = kBase64.find(c);
    if (value == std::string_view::npos) return Fail(Code::kInvalidArgument, "not base 64");
    buffer = buffer << 6 | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes += static_cast<char>(buffer >> bits & 0xff);
    }
  }
  return bytes;
}

std::string Base64UrlEncode(std::string_view bytes) {
  std::string text = Base64Encode(bytes);
  while (!text.empty() && text.back() == '=') text.pop_back();
  for (char& c : text) {
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  return text;
}

Result<std::string> Base64UrlDecode(std::string_view text) {
  std::string standard(text);
  for (char& c : standard) {
    if (c == '+' || c == '/' || c == '=') return Fail(Code::kInvalidArgument, "not base 64 for URLs");
    if (c == '-') c = '+';
    if (c == '_') c = '/';
  }
  return Base64Decode(standard);
}

}  // namespace crossrole::base
