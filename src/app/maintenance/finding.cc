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
// Longer than the longest deadline of a delivery and the longest pause after one that failed.
constexpr std::chrono::seconds kNoProgress{120};

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

Finding JudgeSink(const SinkFacts& facts, base::Time now) {
  Finding finding{.name = fmt::format("audit sink {}", facts.name), .message = "it can be reached"};
  const std::uint64_t behind = facts.lag ? facts.lag->behind : 0;
  const std::string waiting = behind == 0 || !facts.lag->since
                                  ? fmt::format("{} records wait for it", behind)
                                  : fmt::format("{} records wait for it, the oldest since {}", behind, base::FormatRfc3339Seconds(*facts.lag->since));
  if (!facts.failure.empty()) {
    finding.health = kProblem;
    finding.message = fmt::format("it cannot be reached: {}; {}", facts.failure, waiting);
    finding.fix = "correct `[[audit.sink]]`, or bring the listener back; until then the records wait here";
    return finding;
  }
  if (!facts.lag) return finding;
  finding.message += behind == 0 ? " and has every record" : "; " + waiting;
  const bool is_late = behind > 0 && facts.lag->since && now - *facts.lag->since >= kNoProgress;
  if (!is_late) return finding;
  if (!facts.server_runs) {
    finding.health = kWarning;
    finding.fix = "start the server: it delivers them";
  } else if (!facts.lag->progress) {
    finding.health = kWarning;
    finding.message = "it can be reached, but got nothing yet: " + waiting;
    finding.fix = "start the server again if it does not know this sink yet; else see in its log (audit.sink_failed) why the listener takes nothing";
  } else if (now - *facts.lag->progress >= kNoProgress) {
    finding.health = kProblem;
    finding.message = fmt::format("it can be reached, but takes nothing since {}: {}", base::FormatRfc3339Seconds(*facts.lag->progress), waiting);
    finding.fix = "see why the listener does not take a delivery within `deadline_seconds` (audit.sink_failed in the server's log); nothing is lost meanwhile";
  } else {
    finding.message = "it can be reached and catches up: " + waiting;
  }
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
