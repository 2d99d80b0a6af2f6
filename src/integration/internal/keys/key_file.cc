// SPDX-License-Identifier: Apache-2.0
#include "integration/internal/keys/key_file.h"

#include <array>
#include <cstdint>
#include <utility>

#include "base/text.h"

namespace crossrole::integration {
namespace {

using base::Code;
using base::Error;
using base::Fail;

constexpr std::array<std::pair<std::string_view, KeyPart>, 19> kNames = {{
    {"accesskeyid", KeyPart::kAccessKeyId},
    {"awsaccesskeyid", KeyPart::kAccessKeyId},
    {"accesskey", KeyPart::kAccessKeyId},
    {"secretaccesskey", KeyPart::kSecret},
    {"awssecretaccesskey", KeyPart::kSecret},
    {"secretkey", KeyPart::kSecret},
    {"awssecretkey", KeyPart::kSecret},
    {"sessiontoken", KeyPart::kSessionToken},
    {"awssessiontoken", KeyPart::kSessionToken},
    {"securitytoken", KeyPart::kSessionToken},
    {"awssecuritytoken", KeyPart::kSessionToken},
    {"token", KeyPart::kSessionToken},
    {"username", KeyPart::kUser},
    {"user", KeyPart::kUser},
    {"profile", KeyPart::kUser},
    {"password", KeyPart::kPassword},
    {"consoleloginlink", KeyPart::kPassword},
    {"consolesigninurl", KeyPart::kPassword},
    {"consolesigninlink", KeyPart::kPassword},
}};

std::string LettersOf(std::string_view name) {
  std::string letters;
  for (const char c : base::Lower(name)) {
    if (c >= 'a' && c <= 'z') letters += c;
  }
  return letters;
}

void AppendUtf8(std::uint32_t code, std::string& out) {
  const auto add = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    add(code);
  } else if (code < 0x800) {
    add(0xc0 | (code >> 6));
    add(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    add(0xe0 | (code >> 12));
    add(0x80 | ((code >> 6) & 0x3f));
    add(0x80 | (code & 0x3f));
  } else {
    add(0xf0 | (code >> 18));
    add(0x80 | ((code >> 12) & 0x3f));
    add(0x80 | ((code >> 6) & 0x3f));
    add(0x80 | (code & 0x3f));
  }
}

enum class Utf16Order : std::uint8_t { kNone, kLittle, kBig };

Utf16Order OrderOf(std::string_view bytes) {
  if (bytes.starts_with("\xff\xfe")) return Utf16Order::kLittle;
  if (bytes.starts_with("\xfe\xff")) return Utf16Order::kBig;
  // Without a mark: such files are of ASCII, so every other byte is zero.
  if (bytes.size() >= 4 && bytes.size() % 2 == 0) {
    if (bytes[0] != 0 && bytes[1] == 0 && bytes[3] == 0) return Utf16Order::kLittle;
    if (bytes[0] == 0 && bytes[1] != 0 && bytes[2] == 0) return Utf16Order::kBig;
  }
  return Utf16Order::kNone;
}

void DecodeUtf16(std::string_view bytes, Utf16Order order, std::string& out) {
  const auto unit = [&](std::size_t at) {
    const auto a = static_cast<std::uint8_t>(bytes[at]);
    const auto b = static_cast<std::uint8_t>(bytes[at + 1]);
    return static_cast<std::uint32_t>(order == Utf16Order::kLittle ? a | (b << 8) : b | (a << 8));
  };
  for (std::size_t at = 0; at + 1 < bytes.size(); at += 2) {
    std::uint32_t code = unit(at);
    if (code >= 0xd800 && code < 0xdc00 && at + 3 < bytes.size() && unit(at + 2) >= 0xdc00 && unit(at + 2) < 0xe000) {
      code = 0x10000 + ((code - 0xd800) << 10) + (unit(at + 2) - 0xdc00);
      at += 2;
    } else if (code >= 0xd800 && code < 0xe000) {
      code = 0xfffd;
    }
    if (code != 0xfeff) AppendUtf8(code, out);
  }
}

}  // namespace

KeyPart ReadKeyPart(std::string_view name) {
  if (name.size() > 64) return KeyPart::kNone;
  const std::string letters = LettersOf(name);
  for (const auto& [known, part] : kNames) {
    if (known == letters) return part;
  }
  return KeyPart::kNone;
}

void DecodeText(std::string_view bytes, std::string& room) {
  // Latin-1 doubles at most, UTF-16 grows by half: the text never moves, so no copy of it stays behind.
  room.clear();
  room.reserve(bytes.size() * 2 + 4);
  if (const Utf16Order order = OrderOf(bytes); order != Utf16Order::kNone) {
    DecodeUtf16(bytes, order, room);
    return;
  }
  if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
  if (base::IsUtf8(bytes)) {
    room.append(bytes);
  } else {
    for (const char c : bytes) AppendUtf8(static_cast<std::uint8_t>(c), room);
  }
}

std::unexpected<Error> Unreadable(std::string what) {
  return Fail(Error{.code = Code::kInvalidArgument,
                    .message = std::move(what),
                    .reason = "csv.unreadable",
                    .fix = "give the file as the AWS console or the AWS CLI made it"});
}

}  // namespace crossrole::integration
