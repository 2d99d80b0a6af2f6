// SPDX-License-Identifier: Apache-2.0
#include "http/internal/print_head.h"

#include <fmt/format.h>

#include <array>
#include <iterator>

#include "base/text.h"

namespace crossrole::http::internal {
namespace {

// A console page brings its own Content-Security-Policy and caching; everything else is data that no browser
// should keep, sniff, frame or hand to another site.
constexpr auto kDefaults = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"X-Content-Type-Options", "nosniff"},
    {"Cache-Control", "no-store"},
    {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
});

bool IsFraming(std::string_view name) {
  return base::EqualsIgnoreCase(name, "Content-Length") || base::EqualsIgnoreCase(name, "Transfer-Encoding") ||
         base::EqualsIgnoreCase(name, "Connection");
}

bool IsOneLine(std::string_view text) { return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos; }

void AppendLine(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

std::string FormatHttpDate(base::Time time) {
  constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::seconds>(time - day)};
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[std::chrono::weekday(day).c_encoding()],
                     unsigned{date.day()}, kMonths[unsigned{date.month()} - 1], int{date.year()}, clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count());
}

std::string PrintResponseHead(int status, const Headers& headers, const HeadFacts& facts) {
  std::string out;
  out.reserve(768);
  fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\n", status, ReasonPhrase(status));
  for (const Header& line : headers.lines()) {
    if (!IsFraming(line.name) && IsOneLine(line.name) && IsOneLine(line.value)) AppendLine(out, line.name, line.value);
  }
  for (const auto& [name, value] : kDefaults) {
    if (!headers.Has(name)) AppendLine(out, name, value);
  }
  if (!headers.Has("Date")) AppendLine(out, "Date", FormatHttpDate(facts.now));
  if (!headers.Has("Request-Id") && !facts.request_id.empty()) AppendLine(out, "Request-Id", facts.request_id);
  if (facts.framing == Framing::kLength) fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", facts.body_bytes);
  if (facts.framing == Framing::kChunked) AppendLine(out, "Transfer-Encoding", "chunked");
  if (!facts.keep_alive) {
    AppendLine(out, "Connection", "close");
  } else if (facts.version < 11) {
    AppendLine(out, "Connection", "keep-alive");
  }
  out += "\r\n";
  return out;
}

}  // namespace crossrole::http::internal
