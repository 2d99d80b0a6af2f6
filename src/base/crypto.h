// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace crossrole::base {

/// 32 bytes of a SHA-256 hash or MAC.
using Digest = std::array<std::uint8_t, 32>;

/// SHA-256 of `data`.
Digest Sha256(std::string_view data);
/// HMAC-SHA-256 of `data` under `key`.
Digest HmacSha256(std::string_view key, std::string_view data);
/// Equality whose time does not depend on the contents.
bool ConstantTimeEqual(std::string_view a, std::string_view b);
/// Lower-case hexadecimal.
std::string HexEncode(std::string_view bytes);
/// The bytes of a digest as text, for functions that take text.
std::string_view AsText(const Digest& digest);
/// Errors: kInvalidArgument.
Result<std::string> HexDecode(std::string_view text);
/// Standard base 64 with padding.
std::string Base64Encode(std::string_view bytes);
/// Standard base 64, padding optional. Errors: kInvalidArgument.
Result<std::string> Base64Decode(std::string_view text);
/// URL-safe base 64 without padding. Source: RFC 4648 section 5.
std::string Base64UrlEncode(std::string_view bytes);
/// The same the other way round; padding is refused. Errors: kInvalidArgument.
Result<std::string> Base64UrlDecode(std::string_view text);

}  // namespace crossrole::base
