// SPDX-License-Identifier: Apache-2.0
#include "audit/record.h"

#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>

#include "audit/internal/chain.h"
#include "audit/internal/record_text.h"
#include "base/json.h"
#include "base/text.h"

namespace crossrole::audit {
namespace {

namespace json = boost::json;
using base::Code;
using base::Fail;

constexpr std::array<std::string_view, 3> kPhases = {"single", "intent", "outcome"};
constexpr std::array<std::string_view, 4> kOutcomes = {"none", "succeeded", "refused", "failed"};

// Texts from outside (an address, a header) must not make a line that cannot be read back.
std::string Quoted(std::string_view text) {
  if (base::IsUtf8(text)) return base::JsonQuote(text);
  std::string ascii(text);
  for (char& c : ascii) {
    if (static_cast<unsigned char>(c) >= 0x80) c = '?';
  }
  return base::JsonQuote(ascii);
}

template <std::size_t Size>
std::size_t IndexOf(const std::array<std::string_view, Size>& names, std::string_view name) {
  std::size_t index = 0;
  while (index < Size && names[index] != name) ++index;
  return index;
}

std::string TextAt(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value == nullptr ? std::string() : std::string(value->as_string());
}

base::Result<StoredRecord> RecordFrom(const json::object& object, const LineParts& parts) {
  StoredRecord stored{.record = {.action = Action::FindOrUnknown(TextAt(object, "action"))}, .seq = parts.seq, .chain = std::string(parts.chain), .chain_seq = parts.chain_seq};
  Record& record = stored.record;
  TRY_ASSIGN(record.id, model::EventId::Parse(parts.id));
  TRY_ASSIGN(record.time, base::ParseRfc3339(TextAt(object, "time")));
  if (parts.chain != kInstallationChain) {
    TRY_ASSIGN(record.tenant, model::TenantId::Parse(parts.chain));
  }
  const std::size_t phase = IndexOf(kPhases, TextAt(object, "phase"));
  const std::size_t outcome = IndexOf(kOutcomes, TextAt(object, "outcome"));
  if (phase == kPhases.size() || outcome == kOutcomes.size()) return Fail(Code::kInvalidArgument, "the record has an unknown phase or outcome");
  record.phase = static_cast<RecordPhase>(phase);
  record.outcome = static_cast<Outcome>(outcome);
  record.actor = TextAt(object, "actor");
  record.target = TextAt(object, "target");
  record.reason = TextAt(object, "reason");
  record.request_id = TextAt(object, "request_id");
  record.remote = TextAt(object, "remote");
  record.trace = TextAt(object, "trace");
  if (object.contains("intent")) {
    TRY_ASSIGN(record.intent, model::EventId::Parse(TextAt(object, "intent")));
  }
  record.details = base::PrintJson(object.at("details"));
  return stored;
}

}  // namespace

std::string_view NameOf(RecordPhase phase) { return kPhases.at(static_cast<std::size_t>(phase)); }
std::string_view NameOf(Outcome outcome) { return kOutcomes.at(static_cast<std::size_t>(outcome)); }

Record RecordOf(const model::Actor& actor, Action action, std::string target) {
  return {.action = action,
          .tenant = actor.tenant,
          .actor = actor.id,
          .target = std::move(target),
          .request_id = actor.request_id,
          .remote = actor.remote,
          .trace = actor.traceparent};
}

Outcome OutcomeOf(const base::Error& error) {
  switch (error.code) {
    case Code::kThrottled:
    case Code::kInternal:
    case Code::kUnavailable:
      return Outcome::kFailed;
    default:
      return Outcome::kRefused;
  }
}

std::string ReasonOf(const base::Error& error) {
  if (!error.reason.empty()) return error.reason;
  if (!error.aws_code.empty()) return error.aws_code;
  return std::string(base::FactsOf(error.code).name);
}

std::string_view ChainOf(const Record& record) {
  return record.tenant ? std::string_view(record.tenant->text()) : kInstallationChain;
}

base::Result<std::string> PrintMembers(const Record& record) {
  if (record.details.size() > kLongestRecord) return Fail(Code::kTooLarge, "the details of an audit record are too long");
  const bool is_object = record.details.starts_with('{') && base::CheckJson(record.details);
  if (!is_object) return Fail(Code::kInternal, "the details of an audit record are not a JSON object");
  std::string text = fmt::format(R"("id":"{}","time":"{}","action":"{}","actor":{},"target":{},"phase":"{}","outcome":"{}")",
                                 record.id->text(), base::FormatRfc3339(record.time), record.action.name(), Quoted(record.actor),
                                 Quoted(record.target), NameOf(record.phase), NameOf(record.outcome));
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) text += fmt::format(R"(,"{}":{})", name, Quoted(value));
  };
  add("reason", record.reason);
  if (record.intent) add("intent", record.intent->text());
  add("request_id", record.request_id);
  add("remote", record.remote);
  add("trace", record.trace);
  text += R"(,"details":)";
  if (record.details.find_first_of("\r\n") == std::string::npos) {
    text += record.details;
  } else {
    TRY_ASSIGN(const auto details, base::ParseJson(record.details));
    text += base::PrintJson(details);
  }
  if (text.size() > kLongestRecord) return Fail(Code::kTooLarge, "the audit record is too long");
  return text;
}

base::Result<StoredRecord> ParseLine(std::string_view line) {
  const auto parts = SplitLine(line);
  if (!parts) return Fail(Code::kInvalidArgument, "the line is not an audit record");
  TRY_ASSIGN(const json::value value, base::ParseJson(line));
  try {
    TRY_ASSIGN(StoredRecord stored, RecordFrom(value.as_object(), *parts));
    stored.line = std::string(line);
    return stored;
  } catch (const std::exception&) {
    return Fail(Code::kInvalidArgument, "the line is not an audit record");
  }
}

}  // namespace crossrole::audit
