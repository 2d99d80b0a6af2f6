// SPDX-License-Identifier: Apache-2.0
#include "api/audit_json.h"

#include <boost/json/value.hpp>

#include "base/json.h"

namespace crossrole::api {
namespace {

namespace json = boost::json;

json::value Parsed(std::string_view text) {
  if (text.empty()) return nullptr;
  auto value = base::ParseJson(text);
  return value ? *std::move(value) : json::value(nullptr);
}

json::value TextOrNull(std::string_view text) {
  return text.empty() ? json::value(nullptr) : json::value(json::string_view(text.data(), text.size()));
}

}  // namespace

json::object RecordJson(const audit::Record& record) {
  return {{"id", record.id ? json::value(record.id->text()) : json::value(nullptr)},
          {"time", base::FormatRfc3339(record.time)},
          {"actor", record.actor},
          {"action", record.action.name()},
          {"target", record.target},
          {"phase", audit::NameOf(record.phase)},
          {"outcome", audit::NameOf(record.outcome)},
          {"reason", TextOrNull(record.reason)},
          {"intent", record.intent ? json::value(record.intent->text()) : json::value(nullptr)},
          {"request_id", TextOrNull(record.request_id)},
          {"remote", TextOrNull(record.remote)},
          {"traceparent", TextOrNull(record.trace)},
          {"details", Parsed(record.details)}};
}

}  // namespace crossrole::api
