// SPDX-License-Identifier: Apache-2.0
#include "store/internal/integration_details.h"

#include <boost/json.hpp>

#include "base/json.h"

namespace crossrole::store {
namespace {

namespace json = boost::json;
using TextMap = std::map<std::string, std::string>;
using TextList = std::vector<std::string>;

json::value Print(const TextList& list) {
  json::array array;
  for (const std::string& text : list) array.emplace_back(text);
  return array;
}

json::value Print(const TextMap& map) {
  json::object object;
  for (const auto& [name, text] : map) object[name] = text;
  return object;
}

json::value Print(const std::vector<base::Time>& times) {
  json::array array;
  for (const base::Time time : times) array.emplace_back(base::ToMicros(time));
  return array;
}

json::value Print(const std::vector<model::CapabilityChoice>& choices) {
  json::array array;
  for (const model::CapabilityChoice& choice : choices) {
    array.push_back(json::object{{"name", choice.name}, {"parameters", Print(choice.parameters)}});
  }
  return array;
}

json::value Print(const model::RoleSpecification& role) {
  return json::object{{"role_name", role.role_name},
                      {"role_path", role.role_path},
                      {"policy_name", role.policy_name},
                      {"description", role.description},
                      {"tags", Print(role.tags)},
                      {"permissions_boundary_arn", role.permissions_boundary_arn},
                      {"managed_policy_arns", Print(role.managed_policy_arns)},
                      {"policy_document", role.policy_document}};
}

void Read(const json::value& value, std::string& text) { text = std::string(value.as_string()); }
void Read(const json::value& value, bool& flag) { flag = value.as_bool(); }
void Read(const json::value& value, int& number) { number = value.to_number<int>(); }
void Read(const json::value& value, std::chrono::seconds& seconds) { seconds = std::chrono::seconds(value.to_number<std::int64_t>()); }

void Read(const json::value& value, TextList& list) {
  list.clear();
  for (const json::value& entry : value.as_array()) list.emplace_back(entry.as_string());
}

void Read(const json::value& value, TextMap& map) {
  map.clear();
  for (const auto& [name, text] : value.as_object()) map[name] = std::string(text.as_string());
}

void Read(const json::value& value, std::vector<base::Time>& times) {
  times.clear();
  for (const json::value& entry : value.as_array()) times.push_back(base::FromMicros(entry.to_number<std::int64_t>()));
}

void Read(const json::value& value, std::vector<model::CapabilityChoice>& choices);
void Read(const json::value& value, model::RoleSpecification& role);

// Reads the member `name` into `target` if it is there.
template <typename T>
void ReadMember(const json::object& object, std::string_view name, T& target) {
  if (const json::value* value = object.if_contains(name)) Read(*value, target);
}

void Read(const json::value& value, std::vector<model::CapabilityChoice>& choices) {
  choices.clear();
  for (const json::value& entry : value.as_array()) {
    model::CapabilityChoice& choice = choices.emplace_back();
    ReadMember(entry.as_object(), "name", choice.name);
    ReadMember(entry.as_object(), "parameters", choice.parameters);
  }
}

void Read(const json::value& value, model::RoleSpecification& role) {
  const json::object& object = value.as_object();
  ReadMember(object, "role_name", role.role_name);
  ReadMember(object, "role_path", role.role_path);
  ReadMember(object, "policy_name", role.policy_name);
  ReadMember(object, "description", role.description);
  ReadMember(object, "tags", role.tags);
  ReadMember(object, "permissions_boundary_arn", role.permissions_boundary_arn);
  ReadMember(object, "managed_policy_arns", role.managed_policy_arns);
  ReadMember(object, "policy_document", role.policy_document);
}

}  // namespace

std::string PrintDetails(const model::Integration& integration) {
  return base::PrintJson(json::object{{"preset", model::NameOf(integration.preset)},
                                      {"owners", Print(integration.owners)},
                                      {"autoattach", integration.autoattach},
                                      {"account_from_arn", integration.account_from_arn},
                                      {"role", Print(integration.role)},
                                      {"capabilities", Print(integration.capabilities)},
                                      {"duration_seconds", integration.duration.count()},
                                      {"region", integration.region},
                                      {"regions", Print(integration.regions)},
                                      {"assume_on_worker", integration.assume_on_worker},
                                      {"session_tags", integration.session_tags},
                                      {"source_identity", integration.source_identity},
                                      {"principal_arn", integration.principal_arn},
                                      {"endpoint_version", integration.endpoint_version},
                                      {"power_version", integration.power_version},
                                      {"negative_allowed_in_a_row", integration.negative_allowed_in_a_row},
                                      {"positive_denied_at", Print(integration.positive_denied_at)},
                                      {"given_trust_policy", integration.given_trust_policy}});
}

base::Status ReadDetails(std::string_view text, model::Integration& integration) {
  const auto value = base::ParseJson(text);
  if (!value) return base::Fail(base::Code::kInternal, "the stored details of an integration are unreadable");
  try {
    const json::object& object = value->as_object();
    std::string preset;
    ReadMember(object, "preset", preset);
    if (const auto parsed = model::ParsePreset(preset)) integration.preset = *parsed;
    ReadMember(object, "owners", integration.owners);
    ReadMember(object, "autoattach", integration.autoattach);
    ReadMember(object, "account_from_arn", integration.account_from_arn);
    ReadMember(object, "role", integration.role);
    ReadMember(object, "capabilities", integration.capabilities);
    ReadMember(object, "duration_seconds", integration.duration);
    ReadMember(object, "region", integration.region);
    ReadMember(object, "regions", integration.regions);
    ReadMember(object, "assume_on_worker", integration.assume_on_worker);
    ReadMember(object, "session_tags", integration.session_tags);
    ReadMember(object, "source_identity", integration.source_identity);
    ReadMember(object, "principal_arn", integration.principal_arn);
    ReadMember(object, "endpoint_version", integration.endpoint_version);
    ReadMember(object, "power_version", integration.power_version);
    ReadMember(object, "negative_allowed_in_a_row", integration.negative_allowed_in_a_row);
    ReadMember(object, "positive_denied_at", integration.positive_denied_at);
    ReadMember(object, "given_trust_policy", integration.given_trust_policy);
    return {};
  } catch (const std::exception&) {
    return base::Fail(base::Code::kInternal, "the stored details of an integration are unreadable");
  }
}

}  // namespace crossrole::store
