// SPDX-License-Identifier: Apache-2.0
#include "sim/internal/identifiers.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <span>

#include "base/crypto.h"

namespace crossrole::sim {
namespace {

constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::string_view kSecretAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
// Real keys carry their account in the first 13 characters behind the prefix: a fixed bit, 40 bits of account, a rest.
constexpr std::uint64_t kAccountMask = (std::uint64_t{1} << 40) - 1;

}  // namespace

std::string MakeUniqueId(std::string_view prefix, base::Random& random) {
  return std::string(prefix) + base::RandomText(random, kBase32, 17);
}

std::string MakeAccessKeyId(std::string_view prefix, std::string_view account_id, base::Random& random) {
  std::uint64_t account = 0;
  std::from_chars(account_id.data(), account_id.data() + account_id.size(), account);
  std::string id(prefix);
  const std::uint64_t head = (account & kAccountMask) << 24 | random.Below(std::uint64_t{1} << 24);
  id += kBase32[(head >> 60 & 15) | 16];
  for (int shift = 55; shift >= 0; shift -= 5) id += kBase32[head >> shift & 31];
  return id + base::RandomText(random, kBase32, 3);
}

std::string AccountOfAccessKey(std::string_view access_key_id) {
  if (access_key_id.size() != 20) return "";
  std::uint64_t head = 0;
  for (const char c : access_key_id.substr(4, 13)) {
    const std::size_t digit = kBase32.find(c);
    if (digit == std::string_view::npos) return "";
    head = head << 5 | digit;
  }
  const std::string digits = std::to_string(head >> 24 & kAccountMask);
  return digits.size() > 12 ? "" : std::string(12 - digits.size(), '0') + digits;
}

std::string MakeSecretKey(base::Random& random) { return base::RandomText(random, kSecretAlphabet, 40); }

std::string MakeUuid(base::Random& random) {
  std::array<std::uint8_t, 16> bytes{};
  random.Fill(bytes);
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
  std::string hex = base::HexEncode({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  for (const std::size_t at : {20U, 16U, 12U, 8U}) hex.insert(at, "-");
  return hex;
}

std::string MakeAccountId(base::Random& random) {
  return base::RandomText(random, "123456789", 1) + base::RandomText(random, "0123456789", 11);
}

}  // namespace crossrole::sim
