// SPDX-License-Identifier: Apache-2.0
#include "sim/cloudtrail/saved.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/value.hpp>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/text.h"
#include "sim/cloudtrail/event.h"
#include "sim/internal/snapshot_parts.h"

namespace crossrole::sim::cloudtrail {
namespace {

namespace json = boost::json;
using saved::Broken;
using saved::Text;

// What clients send may be any bytes; a state is JSON, and JSON is UTF-8.
std::string Utf8(std::string text) {
  if (!base::IsUtf8(text)) std::ranges::replace_if(text, [](char c) { return (c & 0x80) != 0; }, '?');
  return text;
}

// The event is a text: it is nobody's to be looked into, and in a large state most of what there is.
json::object SaveEntry(const Setting& setting, const Entry& entry) {
  json::array touched;
  for (const Touched& each : TouchedBy(*entry.happening)) touched.push_back(json::object{{"type", each.type}, {"name", Utf8(each.name)}});
  return {{"number", entry.happening->number},
          {"at", base::ToMicros(entry.happening->at)},
          {"username", Utf8(UsernameOf(entry))},
          {"access_key", AccessKeyOf(entry)},
          {"touched", std::move(touched)},
          {"event", Utf8(PrintEvent(setting, entry))}};
}

base::Result<Happening> LoadEntry(const json::object& object) {
  const auto event = base::ParseJson(Text(object, "event"), {.bytes = std::size_t{1} << 26, .depth = 96});
  if (!event || !event->is_object()) return Broken("`event` is no object");
  Told told{.event = event->get_object(), .username = Text(object, "username"), .access_key = Text(object, "access_key")};
  for (const std::string_view name : {"eventID", "eventName", "eventSource"}) {
    if (Text(told.event, name).empty()) return Broken(fmt::format("`{}` of the event is empty", name));
  }
  TRY(saved::Each(object, "touched", [&](const json::object& each) -> base::Status {
    told.touched.push_back({.type = Text(each, "type"), .name = Text(each, "name")});
    return {};
  }));
  constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max() / 2;
  Happening happening{.number = static_cast<std::uint64_t>(saved::Number(object, "number", 1, kLast)),
                      .at = saved::Moment(object, "at"),
                      .region = Text(told.event, "awsRegion")};
  happening.told = std::make_shared<const Told>(std::move(told));
  return happening;
}

// The number of the oldest call that is kept.
std::uint64_t OldestKept(const World& world, const Trail& trail) {
  std::vector<std::uint64_t> numbers;
  for (const auto& account : world.accounts()) {
    const std::deque<Entry>* entries = trail.Of(*account);
    if (entries == nullptr) continue;
    for (const Entry& entry : *entries) numbers.push_back(entry.happening->number);
  }
  if (numbers.size() <= kSavedEvents) return 0;
  std::ranges::nth_element(numbers, numbers.begin() + static_cast<std::ptrdiff_t>(kSavedEvents) - 1, std::greater<>());
  return numbers[kSavedEvents - 1];
}

}  // namespace

json::array SaveTrail(const World& world, const Trail& trail) {
  const std::uint64_t oldest = OldestKept(world, trail);
  json::array accounts;
  for (const auto& account : world.accounts()) {
    const std::deque<Entry>* entries = trail.Of(*account);
    if (entries == nullptr) continue;
    // Times as the simulation has them: they are shown by the clock of whoever reads them.
    const Setting setting{.world = world, .trail = trail, .reader = *account, .advance = std::chrono::microseconds(0)};
    json::array events;
    for (const Entry& entry : *entries) {
      if (entry.happening->number >= oldest) events.push_back(SaveEntry(setting, entry));
    }
    if (!events.empty()) accounts.push_back(json::object{{"account", account->id}, {"events", std::move(events)}});
  }
  return accounts;
}

base::Status LoadTrail(const World& world, Trail& trail, const json::object& root) {
  return saved::Each(root, "trail", [&](const json::object& each) -> base::Status {
    const Account& account = saved::AccountOf(world, each, "account");
    if (trail.Of(account) != nullptr) return Broken(fmt::format("the trail of `{}` is there twice", account.id));
    return saved::Each(each, "events", [&](const json::object& event) -> base::Status {
      TRY_ASSIGN(Happening happening, LoadEntry(event));
      if (!trail.Restore(account, std::move(happening))) return Broken("the events are not in their order");
      return {};
    });
  });
}

}  // namespace crossrole::sim::cloudtrail
