// SPDX-License-Identifier: Apache-2.0
#include "aws/internal/scalar.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cmath>

#include "base/crypto.h"

namespace crossrole::aws::internal {
namespace {

template <typename T>
bool ParseNumber(std::string_view text, void* place) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return false;
  As<T>(place) = value;
  return true;
}

bool ParseTime(std::string_view text, base::Time& time) {
  if (auto parsed = base::ParseRfc3339(text)) {
    time = *parsed;
    return true;
  }
  double seconds = 0;
  if (ParseNumber<double>(text, &seconds)) return TimeFromSeconds(seconds, time);
  auto parsed = base::ParseHttpDate(text);
  if (parsed) time = *parsed;
  return parsed.has_value();
}

std::string PrintHttpDate(base::Time time) {
  const auto days = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{days};
  const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::seconds>(time - days)};
  constexpr std::string_view kDays = "SunMonTueWedThuFriSat";
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                     kDays.substr(std::chrono::weekday{days}.c_encoding() * std::size_t{3}, 3), unsigned{date.day()},
                     kMonths.substr((unsigned{date.month()} - 1) * std::size_t{3}, 3), int{date.year()},
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::string PrintTime(base::Time time, TimeForm form) {
  if (form == TimeForm::kUnix) return PrintUnixTime(time);
  if (form == TimeForm::kRfc822) return PrintHttpDate(time);
  return base::FormatRfc3339(time);
}

}  // namespace

bool IsScalar(Kind kind) {
  return kind != Kind::kStructure && kind != Kind::kList && kind != Kind::kMap && kind != Kind::kDocument;
}

std::string PrintScalar(const Shape& shape, const void* place, TimeForm time) {
  switch (shape.kind) {
    case Kind::kString:
      return As<std::string>(place);
    case Kind::kSecret:
      return std::string(As<base::Secret>(place).Reveal());
    case Kind::kBlob:
      return base::Base64Encode(As<std::string>(place));
    case Kind::kInteger:
      return std::to_string(As<std::int32_t>(place));
    case Kind::kLong:
      return std::to_string(As<std::int64_t>(place));
    case Kind::kDouble:
      return fmt::format("{}", As<double>(place));
    case Kind::kBoolean:
      return As<bool>(place) ? "true" : "false";
    case Kind::kTimestamp:
      return PrintTime(As<base::Time>(place), time);
    case Kind::kStructure:
    case Kind::kList:
    case Kind::kMap:
    case Kind::kDocument:
      break;
  }
  return {};
}

bool ParseScalar(const Shape& shape, std::string_view text, void* place) {
  switch (shape.kind) {
    case Kind::kString:
      As<std::string>(place) = text;
      return true;
    case Kind::kSecret:
      As<base::Secret>(place) = base::Secret(std::string(text));
      return true;
    case Kind::kBlob: {
      const auto bytes = base::Base64Decode(text);
      if (bytes) As<std::string>(place) = *bytes;
      return bytes.has_value();
    }
    case Kind::kInteger:
      return ParseNumber<std::int32_t>(text, place);
    case Kind::kLong:
      return ParseNumber<std::int64_t>(text, place);
    case Kind::kDouble:
      return ParseNumber<double>(text, place);
    case Kind::kBoolean:
      As<bool>(place) = text == "true";
      return text == "true" || text == "false";
    case Kind::kTimestamp:
      return ParseTime(text, As<base::Time>(place));
    case Kind::kStructure:
    case Kind::kList:
    case Kind::kMap:
    case Kind::kDocument:
      break;
  }
  return false;
}

bool TimeFromSeconds(double seconds, base::Time& time) {
  constexpr double kYear10000 = 253402300800.0;
  if (!(std::abs(seconds) < kYear10000)) return false;
  time = base::FromMicros(static_cast<std::int64_t>(std::llround(seconds * 1e6)));
  return true;
}

std::string PrintUnixTime(base::Time time) {
  const auto millis = std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
  if (millis % 1000 == 0) return std::to_string(millis / 1000);
  return fmt::format("{:.3f}", static_cast<double>(millis) / 1000);
}

}  // namespace crossrole::aws::internal
