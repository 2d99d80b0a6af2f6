// SPDX-License-Identifier: Apache-2.0
#include "policy/internal/values.h"

#include <arpa/inet.h>

#include <algorithm>
#include <chrono>

#include "base/text.h"

namespace crossrole::policy::internal {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool AreDigits(std::string_view text) { return !text.empty() && std::ranges::all_of(text, IsDigit); }

std::strong_ordering CompareSizes(const Decimal& a, const Decimal& b) {
  if (const auto order = a.whole.size() <=> b.whole.size(); order != 0) return order;
  if (const int order = a.whole.compare(b.whole); order != 0) return order <=> 0;
  return a.fraction.compare(b.fraction) <=> 0;
}

// Takes up to `count` digits, exactly that many, off the front.
std::optional<int> TakeNumber(std::string_view& text, std::size_t count) {
  if (text.size() < count || !AreDigits(text.substr(0, count))) return std::nullopt;
  int number = 0;
  for (const char c : text.substr(0, count)) number = number * 10 + (c - '0');
  text.remove_prefix(count);
  return number;
}

bool TakeCharacter(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

// `Z`, `+hh:mm` or `-hh:mm`, as minutes east; must be all that is left.
std::optional<int> ReadOffset(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  const int sign = TakeCharacter(text, '+') ? 1 : TakeCharacter(text, '-') ? -1 : 0;
  if (sign == 0) return std::nullopt;
  const auto hours = TakeNumber(text, 2);
  if (!hours.has_value() || !TakeCharacter(text, ':')) return std::nullopt;
  const auto minutes = TakeNumber(text, 2);
  if (!minutes.has_value() || !text.empty() || *hours > 23 || *minutes > 59) return std::nullopt;
  return sign * (*hours * 60 + *minutes);
}

// The part behind `T`, as microseconds of the day in UTC.
std::optional<std::int64_t> ReadTimeOfDay(std::string_view text) {
  const auto hour = TakeNumber(text, 2);
  if (!hour.has_value() || !TakeCharacter(text, ':')) return std::nullopt;
  const auto minute = TakeNumber(text, 2);
  if (!minute.has_value()) return std::nullopt;
  int second = 0;
  std::int64_t micros = 0;
  if (TakeCharacter(text, ':')) {
    const auto read = TakeNumber(text, 2);
    if (!read.has_value()) return std::nullopt;
    second = *read;
    if (TakeCharacter(text, '.')) {
      std::int64_t unit = 100000;
      std::size_t digits = 0;
      for (; !text.empty() && IsDigit(text.front()); text.remove_prefix(1), ++digits, unit /= 10) {
        micros += unit * (text.front() - '0');
      }
      if (digits == 0) return std::nullopt;
    }
  }
  const auto offset = ReadOffset(text);
  if (!offset.has_value() || *hour > 23 || *minute > 59 || second > 60) return std::nullopt;
  const std::int64_t seconds = std::int64_t{*hour} * 3600 + (std::int64_t{*minute} - *offset) * 60 + second;
  return seconds * 1'000'000 + micros;
}

std::optional<std::int64_t> ReadIso(std::string_view text) {
  const auto year = TakeNumber(text, 4);
  if (!year.has_value()) return std::nullopt;
  int month = 1;
  int day = 1;
  bool has_day = false;
  if (TakeCharacter(text, '-')) {
    const auto read_month = TakeNumber(text, 2);
    if (!read_month.has_value()) return std::nullopt;
    month = *read_month;
    if (TakeCharacter(text, '-')) {
      const auto read_day = TakeNumber(text, 2);
      if (!read_day.has_value()) return std::nullopt;
      day = *read_day;
      has_day = true;
    }
  }
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  std::int64_t micros = std::int64_t{std::chrono::sys_days(date).time_since_epoch().count()} * 86'400'000'000;
  if (text.empty()) return micros;
  if (!has_day || !(TakeCharacter(text, 'T') || TakeCharacter(text, 't'))) return std::nullopt;
  const auto time = ReadTimeOfDay(text);
  if (!time.has_value()) return std::nullopt;
  return micros + *time;
}

}  // namespace

std::strong_ordering Decimal::operator<=>(const Decimal& other) const {
  if (negative != other.negative) return negative ? std::strong_ordering::less : std::strong_ordering::greater;
  return negative ? CompareSizes(other, *this) : CompareSizes(*this, other);
}

std::optional<Decimal> ReadDecimal(std::string_view text) {
  Decimal number;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    number.negative = text.front() == '-';
    text.remove_prefix(1);
  }
  const std::size_t point = text.find('.');
  number.whole = text.substr(0, point);
  if (!AreDigits(number.whole)) return std::nullopt;
  if (point != std::string_view::npos) {
    number.fraction = text.substr(point + 1);
    if (!AreDigits(number.fraction)) return std::nullopt;
  }
  while (!number.whole.empty() && number.whole.front() == '0') number.whole.remove_prefix(1);
  while (!number.fraction.empty() && number.fraction.back() == '0') number.fraction.remove_suffix(1);
  if (number.whole.empty() && number.fraction.empty()) number.negative = false;
  return number;
}

std::optional<std::int64_t> ReadDate(std::string_view text) {
  const bool negative = text.starts_with('-');
  const std::string_view digits = negative ? text.substr(1) : text;
  const bool is_epoch = AreDigits(digits) && (negative || digits.size() >= 5);
  if (!is_epoch) return ReadIso(text);
  if (digits.size() > 12) return std::nullopt;
  std::int64_t seconds = 0;
  for (const char c : digits) seconds = seconds * 10 + (c - '0');
  return (negative ? -seconds : seconds) * 1'000'000;
}

std::optional<bool> ReadBool(std::string_view text) {
  if (base::EqualsIgnoreCase(text, "true")) return true;
  if (base::EqualsIgnoreCase(text, "false")) return false;
  return std::nullopt;
}

std::optional<Network> ReadNetwork(std::string_view text) {
  const std::size_t slash = text.find('/');
  std::array<char, 46> address{};
  Network network;
  const std::string_view before = text.substr(0, slash);
  if (before.size() >= address.size()) return std::nullopt;
  std::ranges::copy(before, address.begin());
  // A zero byte inside would end the text early and hide what stands behind it.
  if (before.find('\0') != std::string_view::npos) return std::nullopt;
  if (inet_pton(AF_INET, address.data(), network.bytes.data()) != 1) {
    network.bits = 128;
    if (inet_pton(AF_INET6, address.data(), network.bytes.data()) != 1) return std::nullopt;
  }
  network.prefix = network.bits;
  if (slash == std::string_view::npos) return network;
  const std::string_view digits = text.substr(slash + 1);
  if (!AreDigits(digits) || digits.size() > 3) return std::nullopt;
  network.prefix = 0;
  for (const char c : digits) network.prefix = network.prefix * 10 + static_cast<unsigned>(c - '0');
  if (network.prefix > network.bits) return std::nullopt;
  return network;
}

bool Contains(const Network& network, const Network& address) {
  if (network.bits != address.bits || address.prefix < network.prefix) return false;
  for (unsigned bit = 0; bit < network.prefix; bit += 8) {
    const unsigned left = network.prefix - bit;
    const unsigned mask = left >= 8 ? 0xFFU : (0xFFU << (8 - left)) & 0xFFU;
    if ((network.bytes.at(bit / 8) & mask) != (address.bytes.at(bit / 8) & mask)) return false;
  }
  return true;
}

}  // namespace crossrole::policy::internal
