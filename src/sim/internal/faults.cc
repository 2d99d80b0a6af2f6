// SPDX-License-Identifier: Apache-2.0
#include "sim/internal/faults.h"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <span>
#include <utility>

#include "base/json.h"
#include "base/text.h"

namespace crossrole::sim {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 8> kEffects = {"throttle", "500",       "timeout",       "reset",
                                                      "truncate", "malformed", "access_denied", "region_disabled"};
constexpr std::array<std::string_view, 7> kFields = {"service",     "operation", "account", "region",
                                                     "probability", "count",     "effect"};

base::Status ReadText(const json::object& object, std::string_view name, std::string& into) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || value->is_null()) return {};
  if (!value->is_string()) {
    return base::Fail({.code = base::Code::kInvalidArgument,
                       .message = "`" + std::string(name) + "` of a fault is not a text",
                       .field = std::string(name)});
  }
  into = std::string(value->get_string());
  return {};
}

base::Result<double> ReadNumber(const json::value& value, std::string_view name) {
  if (!value.is_number()) {
    return base::Fail({.code = base::Code::kInvalidArgument,
                       .message = "`" + std::string(name) + "` of a fault is not a number",
                       .field = std::string(name)});
  }
  return value.to_number<double>();
}

base::Result<Effect> ReadEffect(const json::object& object) {
  const json::value* value = object.if_contains("effect");
  std::string name;
  if (value != nullptr && value->is_string()) name = std::string(value->get_string());
  if (value != nullptr && value->is_int64()) name = std::to_string(value->get_int64());
  const auto it = std::ranges::find(kEffects, name);
  if (it != kEffects.end()) return static_cast<Effect>(it - kEffects.begin());
  return base::Fail({.code = base::Code::kInvalidArgument,
                     .message = "`effect` of a fault is none of throttle, 500, timeout, reset, truncate, malformed, "
                                "access_denied, region_disabled",
                     .field = "effect"});
}

base::Result<FaultRule> ReadRule(const json::value& value) {
  if (!value.is_object()) return base::Fail(base::Code::kInvalidArgument, "a fault is not an object");
  const json::object& object = value.get_object();
  for (const auto& member : object) {
    if (std::ranges::find(kFields, std::string_view(member.key())) != kFields.end()) continue;
    const std::string nearest = base::NearestName(member.key(), kFields);
    return base::Fail({.code = base::Code::kInvalidArgument,
                       .message = "a fault has no field `" + std::string(member.key()) + "`",
                       .field = std::string(member.key()),
                       .fix = nearest.empty() ? "" : "did you mean `" + nearest + "`?"});
  }
  FaultRule rule;
  TRY(ReadText(object, "service", rule.service));
  TRY(ReadText(object, "operation", rule.operation));
  TRY(ReadText(object, "account", rule.account));
  TRY(ReadText(object, "region", rule.region));
  if (const json::value* probability = object.if_contains("probability"); probability && !probability->is_null()) {
    TRY_ASSIGN(rule.probability, ReadNumber(*probability, "probability"));
    if (!(rule.probability >= 0 && rule.probability <= 1)) {
      return base::Fail({.code = base::Code::kInvalidArgument,
                         .message = "`probability` of a fault is not from 0 to 1",
                         .field = "probability"});
    }
  }
  if (const json::value* count = object.if_contains("count"); count && !count->is_null()) {
    TRY_ASSIGN(const double number, ReadNumber(*count, "count"));
    rule.count = static_cast<std::int64_t>(std::clamp(number, 0.0, 1e15));
  }
  TRY_ASSIGN(rule.effect, ReadEffect(object));
  return rule;
}

bool Matches(std::string_view wanted, std::string_view got) { return wanted.empty() || base::EqualsIgnoreCase(wanted, got); }

}  // namespace

base::Result<std::vector<FaultRule>> ParseFaults(std::string_view body) {
  TRY_ASSIGN(const json::value value, base::ParseJson(body));
  const json::value* list = value.is_object() ? value.get_object().if_contains("rules") : nullptr;
  if (list == nullptr || !list->is_array()) {
    return base::Fail({.code = base::Code::kInvalidArgument, .message = "`rules` is missing or no list", .field = "rules"});
  }
  return LoadFaults(*list);
}

base::Result<std::vector<FaultRule>> LoadFaults(const json::value& list) {
  std::vector<FaultRule> rules;
  for (const json::value& item : list.as_array()) {
    TRY_ASSIGN(rules.emplace_back(), ReadRule(item));
  }
  return rules;
}

json::array SaveFaults(const std::vector<FaultRule>& rules) {
  json::array list;
  for (const FaultRule& rule : rules) {
    json::object object{{"effect", kEffects.at(static_cast<std::size_t>(rule.effect))}, {"probability", rule.probability}};
    for (const auto& [name, text] : {std::pair("service", &rule.service), std::pair("operation", &rule.operation),
                                     std::pair("account", &rule.account), std::pair("region", &rule.region)}) {
      if (!text->empty()) object[name] = *text;
    }
    if (rule.count) object["count"] = *rule.count;
    list.push_back(std::move(object));
  }
  return list;
}

std::optional<Effect> Strike(std::vector<FaultRule>& rules, const FaultFacts& facts, base::Random& random) {
  for (FaultRule& rule : rules) {
    if (rule.count == 0) continue;
    if (!Matches(rule.service, facts.service) || !Matches(rule.operation, facts.operation)) continue;
    if (!Matches(rule.region, facts.region)) continue;
    if (!Matches(rule.account, facts.account) && !Matches(rule.account, facts.target_account)) continue;
    if (rule.probability < 1 && random.Unit() >= rule.probability) continue;
    if (rule.count) --*rule.count;
    return rule.effect;
  }
  return std::nullopt;
}

}  // namespace crossrole::sim
