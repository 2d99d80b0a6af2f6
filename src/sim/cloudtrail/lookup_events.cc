// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <ranges>
#include <utility>

#include "aws/cloudtrail.h"
#include "sim/cloudtrail/event.h"
#include "sim/cloudtrail/operations.h"
#include "sim/internal/refuse.h"

namespace crossrole::sim::cloudtrail {
namespace {

namespace api = aws::cloudtrail;

constexpr std::size_t kPage = 50;
constexpr std::size_t kLongestValue = 2000;
constexpr std::chrono::days kKept{90};

std::optional<std::string> OrNothing(std::string text) {
  if (text.empty()) return std::nullopt;
  return text;
}

std::unexpected<base::Error> BadAttribute(std::string message) {
  return Refuse("InvalidLookupAttributesException", std::move(message));
}

// AWS counts these characters twice.
std::size_t LengthOf(std::string_view value) {
  return value.size() + static_cast<std::size_t>(std::ranges::count_if(value, [](char c) { return c == '_' || c == ' ' || c == ',' || c == '\n'; }));
}

base::Status CheckAttributes(const std::vector<api::LookupAttribute>& attributes) {
  if (attributes.empty()) return {};
  if (attributes.size() > 1) return BadAttribute("You can specify only one lookup attribute.");
  const api::LookupAttribute& attribute = attributes.front();
  constexpr std::array<std::string_view, 8> kKeys = {"EventId",      "EventName",    "ReadOnly",    "Username",
                                                     "ResourceType", "ResourceName", "EventSource", "AccessKeyId"};
  if (std::ranges::find(kKeys, attribute.attribute_key) == kKeys.end()) {
    return BadAttribute(fmt::format("Lookup attribute key {} is not valid.", attribute.attribute_key));
  }
  const std::string& value = attribute.attribute_value;
  if (value.empty() || LengthOf(value) > kLongestValue) return BadAttribute("The length of the attribute value is not valid.");
  if (attribute.attribute_key == "ReadOnly" && value != "true" && value != "false") {
    return BadAttribute("The value of the lookup attribute ReadOnly must be true or false.");
  }
  return {};
}

// Everything that must stay the same from page to page.
std::uint64_t PrintOf(const Call& call, const api::LookupEventsInput& input) {
  std::string text = fmt::format("{}|{}", call.account().id, call.region);
  for (const api::LookupAttribute& attribute : input.lookup_attributes) {
    text += fmt::format("|{}={}", attribute.attribute_key, attribute.attribute_value);
  }
  for (const auto& time : {input.start_time, input.end_time}) text += fmt::format("|{}", time ? base::ToMicros(*time) : -1);
  return std::hash<std::string>()(text);
}

// The number of the call that the page before ended with; 0 for the first page.
base::Result<std::uint64_t> ReadToken(const std::optional<std::string>& token, std::uint64_t print) {
  if (!token) return 0;
  const std::size_t dash = token->find('-');
  std::uint64_t number = 0;
  const char* end = token->data() + std::min(dash, token->size());
  const auto [stop, error] = std::from_chars(token->data(), end, number, 16);
  if (error != std::errc() || stop != end || *token != fmt::format("{:x}-{:016x}", number, print)) {
    return Refuse("InvalidNextTokenException", "The token is not valid, or was used with other parameters before.");
  }
  return number;
}

base::Status CheckInput(const api::LookupEventsInput& input) {
  TRY(CheckAttributes(input.lookup_attributes));
  if (input.event_category && *input.event_category != "insight") {
    return Refuse("InvalidEventCategoryException", "The event category is not valid. Specify insight, or none.");
  }
  if (input.max_results && (*input.max_results < 1 || *input.max_results > static_cast<std::int32_t>(kPage))) {
    return Refuse("InvalidMaxResultsException", "The maximum number of results is not from 1 to 50.");
  }
  if (input.start_time && input.end_time && *input.start_time > *input.end_time) {
    return Refuse("InvalidTimeRangeException", "The start time is after the end time.");
  }
  return {};
}

bool Fits(const Trail& trail, const Entry& entry, const api::LookupAttribute& attribute) {
  const Happening& happening = *entry.happening;
  const std::string& value = attribute.attribute_value;
  if (attribute.attribute_key == "EventId") return trail.EventId(entry) == value;
  if (attribute.attribute_key == "EventName") return NameOf(entry) == value;
  if (attribute.attribute_key == "ReadOnly") return ReadsOnly(entry) == (value == "true");
  if (attribute.attribute_key == "Username") return UsernameOf(entry) == value;
  if (attribute.attribute_key == "EventSource") return SourceOf(entry) == value;
  if (attribute.attribute_key == "AccessKeyId") return AccessKeyOf(entry) == value;
  const auto member = attribute.attribute_key == "ResourceName" ? &Touched::name : &Touched::type;
  return std::ranges::any_of(TouchedBy(happening), [&](const Touched& touched) { return touched.*member == value; });
}

// Events tell whole seconds.
bool IsWithin(base::Time at, const api::LookupEventsInput& input) {
  using std::chrono::seconds;
  const auto second = std::chrono::floor<seconds>(at);
  if (input.start_time && second < std::chrono::floor<seconds>(*input.start_time)) return false;
  return !input.end_time || second <= *input.end_time;
}

api::Event Show(const Setting& setting, const Entry& entry) {
  const Happening& happening = *entry.happening;
  api::Event event{.event_id = setting.trail.EventId(entry),
                   .event_name = NameOf(entry),
                   .read_only = ReadsOnly(entry) ? "true" : "false",
                   .access_key_id = OrNothing(AccessKeyOf(entry)),
                   .event_time = std::chrono::floor<std::chrono::seconds>(happening.at - setting.advance),
                   .event_source = SourceOf(entry),
                   .username = OrNothing(UsernameOf(entry)),
                   .cloud_trail_event = PrintEvent(setting, entry)};
  for (Touched& touched : TouchedBy(happening)) {
    event.resources.push_back({.resource_type = std::move(touched.type), .resource_name = std::move(touched.name)});
  }
  return event;
}

base::Result<api::LookupEventsOutput> LookupEvents(Call& call, const api::LookupEventsInput& input) {
  TRY(CheckInput(input));
  const std::uint64_t print = PrintOf(call, input);
  TRY_ASSIGN(const std::uint64_t before, ReadToken(input.next_token, print));
  api::LookupEventsOutput output;
  const std::deque<Entry>* entries = call.trail == nullptr ? nullptr : call.trail->Of(call.account());
  // Nothing here is unusual enough to be an insight.
  if (entries == nullptr || input.event_category) return output;
  const Setting setting{.world = call.world, .trail = *call.trail, .reader = call.account(), .advance = call.advance};
  const std::size_t page = static_cast<std::size_t>(input.max_results.value_or(kPage));
  std::uint64_t last = 0;
  for (const Entry& entry : *entries | std::views::reverse) {
    const Happening& happening = *entry.happening;
    if (before != 0 && happening.number >= before) continue;
    if (happening.at < call.now() - kKept) break;
    if (happening.region != call.region || !IsWithin(call.Shown(happening.at), input)) continue;
    if (!input.lookup_attributes.empty() && !Fits(*call.trail, entry, input.lookup_attributes.front())) continue;
    if (output.events.size() == page) {
      output.next_token = fmt::format("{:x}-{:016x}", last, print);
      break;
    }
    output.events.push_back(Show(setting, entry));
    last = happening.number;
  }
  return output;
}

}  // namespace

void AddOperations(OperationTable& table) {
  table.Add<api::LookupEvents>([](const Call&, const api::LookupEventsInput&) { return Ask{}; }, LookupEvents);
}

}  // namespace crossrole::sim::cloudtrail
