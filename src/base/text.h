// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace crossrole::base {

/// `text` without blanks, tabs and line ends at both sides.
std::string_view Trim(std::string_view text);
/// The parts of `text` between `separator`s; "" gives one empty part.
std::vector<std::string_view> Split(std::string_view text, char separator);
/// The parts joined by `separator`.
std::string Join(std::span<const std::string> parts, std::string_view separator);
/// ASCII lower case.
std::string Lower(std::string_view text);
/// Equality without regard to ASCII case.
bool EqualsIgnoreCase(std::string_view a, std::string_view b);
/// Percent-encodes everything but unreserved characters (and `/` if `keep_slash`). Source: RFC 3986.
enum class Slash : bool { kEncode, kKeep };
std::string PercentEncode(std::string_view text, Slash slash = Slash::kEncode);
/// Decodes `%xx`; `+` stays. Malformed escapes stay as they are.
std::string PercentDecode(std::string_view text);
/// The entry of `known` nearest to `text` by edit distance, or "" when none is near.
std::string NearestName(std::string_view text, std::span<const std::string_view> known);
/// The beginning of `text`, at most `bytes` long and not cut inside of a character of UTF-8.
std::string_view Shortened(std::string_view text, std::size_t bytes);
/// Whether `text` is well-formed UTF-8.
bool IsUtf8(std::string_view text);

}  // namespace crossrole::base
