// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "audit/actions.h"
#include "base/clock.h"
#include "base/result.h"
#include "model/actor.h"
#include "model/ids.h"

namespace crossrole::audit {

/// Whether a record stands alone, announces an effect, or tells what became of one.
enum class RecordPhase : std::uint8_t { kSingle, kIntent, kOutcome };
/// How it went. An intent has no outcome yet.
enum class Outcome : std::uint8_t { kNone, kSucceeded, kRefused, kFailed };

/// The names in the file and the API.
std::string_view NameOf(RecordPhase phase);
std::string_view NameOf(Outcome outcome);

/// Something that happened, or is about to. Never a secret, never an external ID.
struct Record {
  Action action;
  std::optional<model::EventId> id{};        // given by the log when absent
  base::Time time{};                         // given by the log
  std::optional<model::TenantId> tenant{};   // none: the installation's own chain
  std::string actor{};                       // tok_…, op_…, run_… or "system"
  std::string target{};                      // id of what it is about
  RecordPhase phase = RecordPhase::kSingle;
  Outcome outcome = Outcome::kSucceeded;
  std::string reason{};                      // e.g. "integration.quarantined"
  std::optional<model::EventId> intent{};    // of an outcome: the record that announced it
  std::string request_id{};
  std::string remote{};                      // address of the caller
  std::string trace{};                       // W3C traceparent
  std::string details = "{}";                // JSON object
};

/// A record of what `actor` does to `target`.
Record RecordOf(const model::Actor& actor, Action action, std::string target);

/// A record as it is in the file.
struct StoredRecord {
  Record record;
  std::uint64_t seq = 0;        // of the whole log, from 1
  std::string chain;            // the tenant's id, or "installation"
  std::uint64_t chain_seq = 0;  // within the chain, from 1
  std::string line;             // the bytes in the file, without the line end
};

/// How an effect that ended with `error` went: refused when somebody said no, else failed.
Outcome OutcomeOf(const base::Error& error);
/// The reason, AWS code or code of an error: never its text.
std::string ReasonOf(const base::Error& error);

/// Reads one line of the file. Checks its form, not its hashes. Errors: kInvalidArgument.
base::Result<StoredRecord> ParseLine(std::string_view line);

/// The chain of what belongs to no tenant.
inline constexpr std::string_view kInstallationChain = "installation";

}  // namespace crossrole::audit
