// SPDX-License-Identifier: Apache-2.0
#include "sim/cloudtrail/scim_event.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <span>
#include <utility>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "sim/cloudtrail/parameters.h"

namespace crossrole::sim::cloudtrail {
namespace {

namespace json = boost::json;

constexpr std::string_view kMasked = "HIDDEN_DUE_TO_SECURITY_REASONS";

bool IsOneOf(std::string_view name, std::span<const std::string_view> names) { return std::ranges::find(names, name) != names.end(); }

json::string TextOf(std::string_view name, std::string_view text) {
  constexpr auto kTimes = std::to_array<std::string_view>({"created", "lastModified"});
  constexpr auto kShown = std::to_array<std::string_view>({"schemas", "id", "resourceType"});
  if (IsOneOf(name, kShown)) return json::string(text);
  if (name == "op") {
    std::string upper(text);
    std::ranges::transform(upper, upper.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    return json::string(upper);
  }
  const auto time = IsOneOf(name, kTimes) ? base::ParseRfc3339(text) : base::Result<base::Time>(base::Fail(base::Code::kInvalidArgument, ""));
  return json::string(time ? PrintEventTime(*time) : std::string(kMasked));
}

// `name` is that of the member in which the value stands.
json::value Masked(std::string_view name, const json::value& value) {
  if (value.is_string()) return TextOf(name, value.get_string());
  if (value.is_array()) {
    json::array list;
    for (const json::value& each : value.get_array()) list.push_back(Masked(name, each));
    return list;
  }
  if (!value.is_object()) return value;
  json::object object;
  for (const auto& [member, each] : value.get_object()) {
    std::string key(member);
    key.replace(0, 1, base::Lower(key.substr(0, 1)));
    object[key] = Masked(member, each);
  }
  return object;
}

json::value MaskedBody(std::string_view body) {
  const auto value = base::ParseJson(body);
  return value && value->is_object() ? Masked("", *value) : json::value(nullptr);
}

std::string CodeOf(const base::Error& error) {
  constexpr auto kCodes = std::to_array<std::pair<std::string_view, std::string_view>>({{"400", "ValidationException"},
                                                                                         {"403", "AccessDeniedException"},
                                                                                         {"404", "ResourceNotFoundException"},
                                                                                         {"409", "ConflictException"},
                                                                                         {"429", "ThrottlingException"}});
  const auto it = std::ranges::find(kCodes, error.aws_code, &std::pair<std::string_view, std::string_view>::first);
  return std::string(it == kCodes.end() ? "InternalServerException" : it->second);
}

bool IsReading(std::string_view operation) {
  return operation.starts_with("Get") || operation.starts_with("List") || operation == "ServiceProviderConfig";
}

json::value ParametersOf(const ScimHappening& happening) {
  json::object parameters;
  if (!IsReading(happening.operation) && !happening.request.body.empty()) parameters["httpBody"] = MaskedBody(happening.request.body);
  parameters["tenantId"] = happening.tenant;
  if (!happening.id.empty()) parameters["id"] = happening.id;
  return parameters;
}

}  // namespace

std::shared_ptr<const Told> TellOfScim(const ScimHappening& happening, const Account& account) {
  json::object event{{"eventVersion", "1.10"},
                     {"userIdentity", {{"type", "WebIdentityUser"}, {"accountId", account.id}, {"accessKeyId", happening.token_id}}},
                     {"eventSource", "identitystore-scim.amazonaws.com"},
                     {"eventName", happening.operation},
                     {"awsRegion", happening.region},
                     {"sourceIPAddress", happening.request.remote_address},
                     {"userAgent", happening.request.headers.Find("User-Agent").value_or("")}};
  std::string code;
  if (happening.error != nullptr) {
    code = CodeOf(*happening.error);
    event["errorCode"] = code;
    event["errorMessage"] = happening.error->message;
  }
  const bool is_shown = code != "AccessDeniedException" && code != "ThrottlingException";
  event["requestParameters"] = is_shown ? ParametersOf(happening) : json::value(nullptr);
  event["responseElements"] = code.empty() && !IsReading(happening.operation) ? MaskedBody(happening.answer) : json::value(nullptr);
  event["requestID"] = happening.request_id;
  event["readOnly"] = IsReading(happening.operation);
  event["eventType"] = "AwsApiCall";
  event["managementEvent"] = true;
  event["recipientAccountId"] = account.id;
  event["eventCategory"] = "Management";
  return std::make_shared<const Told>(Told{.event = std::move(event), .access_key = happening.token_id});
}

}  // namespace crossrole::sim::cloudtrail
