// SPDX-License-Identifier: Apache-2.0
#include "jobs/payload.h"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/json.h"

namespace crossrole::jobs {

std::string PayloadAbout(const model::IntegrationId& integration) { return fmt::format(R"({{"integration":"{}"}})", integration.text()); }

std::string TextIn(const store::Job& job, std::string_view key) {
  const auto parsed = base::ParseJson(job.payload);
  if (!parsed || !parsed->is_object()) return "";
  const boost::json::value* value = parsed->get_object().if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

std::string IntegrationIn(const store::Job& job) { return TextIn(job, "integration"); }

}  // namespace crossrole::jobs
