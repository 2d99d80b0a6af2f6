// SPDX-License-Identifier: Apache-2.0
#include "app/maintenance/finding.h"

#include <fmt/format.h>

namespace crossrole::app {
namespace {

using enum Health;

constexpr std::uint64_t kLittleSpace = std::uint64_t{1} << 30;
constexpr std::uint64_t kNoSpace = std::uint64_t{64} << 20;
constexpr std::chrono::days kRenewal{21};
// AWS refuses what was signed five minutes away from its own time.
constexpr std::chrono::seconds kRefused{300};
constexpr std::chrono::seconds kAway{30};

}  // namespace

std::string_view NameOf(Health health) { return health == kOk ? "ok" : health == kWarning ? "warning" : "problem"; }

Finding JudgeSpace(std::uint64_t free) {
  Finding finding{.name = "space", .message = fmt::format("{} MiB are free for the data directory", free >> 20)};
  if (free >= kLittleSpace) return finding;
  finding.health = free < kNoSpace ? kProblem : kWarning;
  finding.fix = free < kNoSpace ? "make room: without a record on disk no session is given"
                                : "make room before it is full: without a record on disk no session is given";
  return finding;
}

Finding JudgeCertificate(const http::CertificateFacts& facts, base::Time now, std::string_view host) {
  constexpr std::string_view kRenew = "put a new certificate in its place and send the server SIGHUP";
  const std::string until = base::FormatRfc3339Seconds(facts.not_after);
  Finding finding{.name = "certificate", .message = fmt::format("it is valid until {}, and the key belongs to it", until)};
  if (now >= facts.not_after) return {finding.name, kProblem, fmt::format("it has not been valid since {}", until), std::string(kRenew)};
  if (now < facts.not_before) {
    return {finding.name, kProblem, fmt::format("it is not valid before {}", base::FormatRfc3339Seconds(facts.not_before)),
            "set this machine's clock, or take a certificate that is valid now"};
  }
  if (!facts.is_of_host && !host.empty()) {
    return {finding.name, kProblem, fmt::format("it is not one for `{}`, which `server.public_url` names", host),
            "take a certificate for that name, or correct `server.public_url`"};
  }
  if (facts.not_after - now < kRenewal) return {finding.name, kWarning, fmt::format("it is valid only until {}", until), std::string(kRenew)};
  return finding;
}

Finding JudgeClock(std::chrono::seconds behind) {
  const std::chrono::seconds away = std::chrono::abs(behind);
  if (away <= kAway) return {.name = "clock", .message = "this machine's clock and that of AWS agree"};
  return {.name = "clock",
          .health = away >= kRefused ? kProblem : kWarning,
          .message = fmt::format("this machine's clock is {} seconds {} that of AWS", away.count(), behind.count() > 0 ? "behind" : "ahead of"),
          .fix = "let an NTP client set it: AWS refuses requests that are five minutes away, and times in records and tokens are wrong"};
}

}  // namespace crossrole::app
