// SPDX-License-Identifier: Apache-2.0
#include "sim/cloudtrail/parameters.h"

#include <fmt/format.h>

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <chrono>
#include <optional>
#include <utility>

#include "aws/sts.h"
#include "base/text.h"

namespace crossrole::sim::cloudtrail {
namespace {

namespace json = boost::json;
using aws::Kind;

// CloudTrail makes the first letter small, whatever follows: `sAMLProviderArn`.
std::string KeyOf(std::string_view name) {
  std::string key(name);
  if (!key.empty()) key[0] = base::Lower(key.substr(0, 1))[0];
  return key;
}

// Nothing for what events do not show: secrets, bytes, empty lists.
std::optional<json::value> Show(const aws::Shape& shape, const void* place);

json::object ShowStructure(const aws::Shape& shape, const void* place) {
  json::object object;
  for (const aws::Field& field : shape.fields) {
    const void* member = aws::Find(field, place);
    if (member == nullptr) continue;
    // Values of a stack's parameters may be hidden ones. Source: CloudFormation User Guide, "Logging AWS CloudFormation API calls".
    if (shape.name == "Parameter" && field.name == "ParameterValue") continue;
    if (auto value = Show(*field.shape, member)) object[KeyOf(field.name)] = *std::move(value);
  }
  return object;
}

json::object ShowMap(const aws::Shape& shape, const void* place) {
  struct Context {
    const aws::Shape& element;
    json::object object{};
  } context{*shape.element};
  shape.map->each(place, &context, [](void* raw, const std::string& key, const void* value) {
    auto& at = *static_cast<Context*>(raw);
    if (auto shown = Show(at.element, value)) at.object[key] = *std::move(shown);
  });
  return std::move(context.object);
}

std::optional<json::value> Show(const aws::Shape& shape, const void* place) {
  switch (shape.kind) {
    case Kind::kSecret:
    case Kind::kBlob:
    case Kind::kDocument: return std::nullopt;
    case Kind::kString: return json::value(aws::As<std::string>(place));
    case Kind::kInteger: return json::value(aws::As<std::int32_t>(place));
    case Kind::kLong: return json::value(aws::As<std::int64_t>(place));
    case Kind::kDouble: return json::value(aws::As<double>(place));
    case Kind::kBoolean: return json::value(aws::As<bool>(place));
    case Kind::kTimestamp: return json::value(PrintEventTime(aws::As<base::Time>(place)));
    case Kind::kStructure: return ShowStructure(shape, place);
    case Kind::kMap: {
      json::object object = ShowMap(shape, place);
      if (object.empty()) return std::nullopt;
      return object;
    }
    case Kind::kList: {
      json::array list;
      for (std::size_t i = 0; i < shape.list->size(place); ++i) {
        if (auto value = Show(*shape.element, shape.list->at(place, i))) list.push_back(*std::move(value));
      }
      if (list.empty()) return std::nullopt;
      return list;
    }
  }
  return std::nullopt;
}

// Tags of a session have a name of their own, and those that its caller handed down stand beside them.
void ShowSessionTags(const Happening& happening, json::object& parameters) {
  if (const json::value* tags = parameters.if_contains("tags")) {
    json::object by_key;
    for (const json::value& tag : tags->as_array()) by_key[tag.at("key").as_string()] = tag.at("value");
    parameters.erase("tags");
    parameters["principalTags"] = std::move(by_key);
  }
  if (!happening.caller->session) return;
  json::object inherited;
  for (const std::string& key : happening.caller->session->transitive_tags) {
    const Tag* tag = FindTag(happening.caller->session->tags, key);
    if (tag != nullptr) inherited[key] = tag->value;
  }
  if (!inherited.empty()) parameters["incomingTransitiveTags"] = std::move(inherited);
}

}  // namespace

std::string PrintEventTime(base::Time time) {
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  const auto hours = clock.hours().count();
  return fmt::format("{} {}, {}, {}:{:02}:{:02} {}", kMonths.at(static_cast<unsigned>(date.month()) - 1),
                     static_cast<unsigned>(date.day()), static_cast<int>(date.year()), hours % 12 == 0 ? 12 : hours % 12,
                     clock.minutes().count(), clock.seconds().count(), hours < 12 ? "AM" : "PM");
}

json::value RequestParameters(const Happening& happening) {
  // AWS shows nothing of what it did not let happen.
  const std::string_view code = happening.error_code;
  const bool denied = code.starts_with("AccessDenied") || code == "ThrottlingException" || code == "TooManyRequestsException";
  if (denied || !happening.carried.input) return nullptr;
  json::object parameters = ShowStructure(*happening.operation->input, happening.carried.input.get());
  if (happening.operation->service == &aws::sts::kServiceFacts) ShowSessionTags(happening, parameters);
  if (parameters.empty()) return nullptr;
  return parameters;
}

json::value ResponseElements(const Happening& happening) {
  if (!happening.carried.output) return nullptr;
  json::object elements = ShowStructure(*happening.operation->output, happening.carried.output.get());
  if (elements.empty()) return nullptr;
  return elements;
}

}  // namespace crossrole::sim::cloudtrail
