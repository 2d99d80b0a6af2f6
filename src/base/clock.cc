// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>

namespace crossrole::base {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

struct Parts {
  int year, month, day, hour, minute, second;
  std::int64_t micros;
};

Parts Split(Time time) {
  const auto days = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{days};
  const auto rest = time - days;
  const auto secs = std::chrono::duration_cast<seconds>(rest).count();
  return {int{date.year()},
          static_cast<int>(unsigned{date.month()}),
          static_cast<int>(unsigned{date.day()}),
          static_cast<int>(secs / 3600),
          static_cast<int>(secs / 60 % 60),
          static_cast<int>(secs % 60),
          (rest - seconds(secs)).count()};
}

std::optional<int> Digits(std::string_view text, std::size_t from, std::size_t count) {
  if (text.size() < from + count) return std::nullopt;
  int value = 0;
  for (std::size_t i = from; i < from + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

std::optional<Time> Join(std::optional<int> y, std::optional<int> mo, std::optional<int> d,
                         std::optional<int> h, std::optional<int> mi, std::optional<int> s) {
  if (!y || !mo || !d || !h || !mi || !s) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*y}, std::chrono::month{static_cast<unsigned>(*mo)},
                                         std::chrono::day{static_cast<unsigned>(*d)}};
  if (!date.ok() || *h > 23 || *mi > 59 || *s > 60) return std::nullopt;
  return Time(std::chrono::sys_days{date}) + std::chrono::hours(*h) + std::chrono::minutes(*mi) + seconds(*s);
}

Error NotATime(std::string_view text) {
  return Error{.code = Code::kInvalidArgument, .message = fmt::format("`{}` is not a time", text)};
}

}  // namespace

Time SystemClock::Now() const {
  return std::chrono::time_point_cast<microseconds>(std::chrono::system_clock::now());
}

SteadyTime SystemClock::SteadyNow() const { return std::chrono::steady_clock::now(); }

std::string FormatRfc3339(Time time) {
  const Parts p = Split(time);
  const std::string fraction = p.micros == 0 ? "" : fmt::format(".{:06}", p.micros);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}Z", p.year, p.month, p.day, p.hour, p.minute,
                     p.second, fraction);
}

std::string FormatRfc3339Seconds(Time time) {
  return FormatRfc3339(std::chrono::floor<seconds>(time));
}

std::string FormatAmzDate(Time time) {
  const Parts p = Split(time);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", p.year, p.month, p.day, p.hour, p.minute, p.second);
}

Result<Time> ParseRfc3339(std::string_view text) {
  const auto whole = Join(Digits(text, 0, 4), Digits(text, 5, 2), Digits(text, 8, 2), Digits(text, 11, 2),
                          Digits(text, 14, 2), Digits(text, 17, 2));
  if (!whole || text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != 't' && text[10] != ' ') ||
      text[13] != ':' || text[16] != ':') {
    return Fail(NotATime(text));
  }
  std::size_t at = 19;
  std::int64_t micros = 0;
  if (at < text.size() && text[at] == '.') {
    std::int64_t unit = 100000;
    const std::size_t first = ++at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit /= 10) micros += (text[at] - '0') * unit;
    if (at == first) return Fail(NotATime(text));
  }
  if (at + 1 == text.size() && (text[at] == 'Z' || text[at] == 'z')) return *whole + microseconds(micros);
  const auto hours = Digits(text, at + 1, 2);
  const auto minutes = Digits(text, at + 4, 2);
  if (at + 6 != text.size() || (text[at] != '+' && text[at] != '-') || text[at + 3] != ':' || !hours || !minutes) {
    return Fail(NotATime(text));
  }
  const auto offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return *whole + microseconds(micros) - (text[at] == '-' ? -offset : offset);
}

Result<Time> ParseAmzDate(std::string_view text) {
  const auto time = Join(Digits(text, 0, 4), Digits(text, 4, 2), Digits(text, 6, 2), Digits(text, 9, 2),
                         Digits(text, 11, 2), Digits(text, 13, 2));
  if (!time || text.size() != 16 || text[8] != 'T' || text[15] != 'Z') return Fail(NotATime(text));
  return *time;
}

Result<Time> ParseHttpDate(std::string_view text) {
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() < 29) return Fail(NotATime(text));
  std::optional<int> month;
  for (std::size_t i = 0; i < kMonths.size(); ++i) {
    if (text.substr(8, 3) == kMonths[i]) month = static_cast<int>(i) + 1;
  }
  const auto time = Join(Digits(text, 12, 4), month, Digits(text, 5, 2), Digits(text, 17, 2), Digits(text, 20, 2),
                         Digits(text, 23, 2));
  if (!time) return Fail(NotATime(text));
  return *time;
}

std::int64_t ToMicros(Time time) { return time.time_since_epoch().count(); }

Time FromMicros(std::int64_t micros) { return Time(microseconds(micros)); }

}  // namespace crossrole::base
