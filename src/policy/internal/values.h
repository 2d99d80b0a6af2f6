// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

namespace crossrole::policy::internal {

/// A decimal number as text: exact whatever its length.
struct Decimal {
  bool negative = false;
  std::string_view whole;     // without leading zeros
  std::string_view fraction;  // without trailing zeros
  /// Numeric order.
  std::strong_ordering operator<=>(const Decimal& other) const;
  bool operator==(const Decimal& other) const { return (*this <=> other) == std::strong_ordering::equal; }
};

/// Reads `-12.50`: digits, at most one sign and one point, nothing else (no exponent, no blanks, no trailing text).
std::optional<Decimal> ReadDecimal(std::string_view text);

/// Microseconds since 1970 of a W3C ISO 8601 date (`2026`, `2026-01`, `2026-01-02`, `2026-01-02T03:04Z`,
/// `…:05.678+01:00`) or of epoch seconds (whole, at least five digits or negative, never milliseconds).
std::optional<std::int64_t> ReadDate(std::string_view text);

/// `true` and `false` without regard to case.
std::optional<bool> ReadBool(std::string_view text);

/// An address with the length of its network prefix.
struct Network {
  std::array<std::uint8_t, 16> bytes{};  // IPv4 in the first four
  unsigned bits = 32;                    // width of the family
  unsigned prefix = 32;
};

/// Reads an IPv4 or IPv6 address, with `/prefix` or without.
std::optional<Network> ReadNetwork(std::string_view text);

/// Whether `address` lies in `network`; numbers are compared, not text.
bool Contains(const Network& network, const Network& address);

}  // namespace crossrole::policy::internal
