// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "audit/sinks.h"
#include "base/clock.h"
#include "http/certificate.h"

// What `crossrole doctor` says, and how it judges what can be measured: pure.

namespace crossrole::app {

/// How one thing is.
enum class Health : std::uint8_t { kOk, kWarning, kProblem };
/// The name in reports.
std::string_view NameOf(Health health);

/// One thing that was looked at.
struct Finding {
  std::string name;      // e.g. "database"
  Health health = Health::kOk;
  std::string message{}; // one sentence
  std::string fix{};     // what to do; "" when nothing is to be done
};

/// Whether so many free bytes are enough for the data directory.
Finding JudgeSpace(std::uint64_t free);
/// Whether a certificate counts now, and for how long yet; `host` is what people call the server, "": not known.
Finding JudgeCertificate(const http::CertificateFacts& facts, base::Time now, std::string_view host);
/// What is known of an audit sink.
struct SinkFacts {
  std::string name;
  std::string failure{};                 // why it cannot be reached; "" when it can
  std::optional<audit::SinkLag> lag{};   // none: there is no log to be behind of
  bool server_runs = true;
};
/// Whether a sink gets the records. One that can be reached and still takes nothing hangs, or refuses.
Finding JudgeSink(const SinkFacts& facts, base::Time now);
/// Whether this machine's clock is right; `behind` the time that AWS said.
Finding JudgeClock(std::chrono::seconds behind);

}  // namespace crossrole::app
