// SPDX-License-Identifier: Apache-2.0
#include "model/handle.h"

#include <fmt/format.h>

#include <cstdint>

#include "base/text.h"

namespace crossrole::model {
namespace {

using base::Code;
using base::Error;
using base::Fail;

bool IsLowerOrDigit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool IsHandle(std::string_view text) {
  if (text.empty() || text.size() > 39 || text[0] < 'a' || text[0] > 'z') return false;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const bool inner_underscore = text[i] == '_' && i + 1 < text.size() && IsLowerOrDigit(text[i + 1]);
    if (!IsLowerOrDigit(text[i]) && !inner_underscore) return false;
  }
  return true;
}

bool IsForbidden(std::uint32_t point) {
  const bool control = point < 0x20 || (point >= 0x7f && point < 0xa0);
  const bool bidirectional = (point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069) ||
                             point == 0x200e || point == 0x200f || point == 0x61c;
  return control || bidirectional || point == 0x2028 || point == 0x2029 || point == 0xfeff;
}

}  // namespace

base::Result<Handle> Handle::Parse(std::string_view text) {
  if (!IsHandle(text)) {
    return Fail(Error{.code = Code::kInvalidArgument,
                      .message = fmt::format("`{}` is not a handle", base::Shortened(text, 80)),
                      .field = "handle",
                      .fix = "use 1 to 39 lower-case letters, digits and single underscores, beginning with a letter"});
  }
  return Handle(std::string(text));
}

bool IsStackSlug(std::string_view text) {
  if (text.empty() || text.size() > 63 || text.front() == '-' || text.back() == '-') return false;
  for (const char c : text) {
    if (!IsLowerOrDigit(c) && c != '-') return false;
  }
  return true;
}

base::Status CheckName(std::string_view text, std::string_view field) {
  const auto refuse = [&](std::string_view why) {
    return Fail(Error{.code = Code::kInvalidArgument,
                      .message = fmt::format("`{}` {}", field, why),
                      .field = std::string(field)});
  };
  if (!base::IsUtf8(text)) return refuse("is not valid UTF-8");
  std::size_t points = 0;
  for (std::size_t i = 0; i < text.size(); ++points) {
    const auto lead = static_cast<std::uint8_t>(text[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    std::uint32_t point = length == 1 ? lead : lead & (0xffU >> (length + 1));
    for (std::size_t k = 1; k < length; ++k) point = point << 6 | (static_cast<std::uint8_t>(text[i + k]) & 0x3fU);
    if (IsForbidden(point)) return refuse("has a control or bidirectional character");
    i += length;
  }
  if (points < 1 || points > 128) return refuse("must have 1 to 128 characters");
  return {};
}

}  // namespace crossrole::model
