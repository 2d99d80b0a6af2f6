// SPDX-License-Identifier: Apache-2.0
#include "tenancy/sign_in_limits.h"

#include <fmt/format.h>

#include <algorithm>

namespace crossrole::tenancy {
namespace {

std::string KeyOf(std::string_view person) { return fmt::format("{}\n", person); }
std::string KeyOf(std::string_view person, std::string_view address) { return fmt::format("{}\n{}", person, address); }

}  // namespace

std::chrono::seconds SignInFailures::WaitAfter(int failures, int free) const {
  const int beyond = failures - free;
  if (beyond < 0) return std::chrono::seconds(0);
  if (beyond > 20) return limits_.longest_wait;
  return std::min(limits_.longest_wait, limits_.first_wait * (std::int64_t{1} << beyond));
}

std::optional<std::chrono::seconds> SignInFailures::LeftOf(const Entries& entries, const std::string& key, base::SteadyTime now) const {
  const auto found = entries.find(key);
  if (found == entries.end() || found->second.until <= now) return std::nullopt;
  return std::chrono::ceil<std::chrono::seconds>(found->second.until - now);
}

void SignInFailures::Count(Entries& entries, const std::string& key, int free, base::SteadyTime now) const {
  Entry& entry = entries[key];
  if (entry.failures > 0 && now - entry.last > limits_.forget_after) entry = {};
  ++entry.failures;
  entry.last = now;
  entry.until = now + WaitAfter(entry.failures, free);
  if (entries.size() <= limits_.most_entries) return;
  std::erase_if(entries, [&](const auto& each) { return now - each.second.last > limits_.forget_after; });
  while (entries.size() > limits_.most_entries) {
    entries.erase(std::ranges::min_element(entries, {}, [](const auto& each) { return each.second.last; }));
  }
}

std::optional<std::chrono::seconds> SignInFailures::Begin(std::string_view person, std::string_view address) {
  const base::SteadyTime now = clock_.SteadyNow();
  const std::string here = KeyOf(person, address);
  const std::string everywhere = KeyOf(person);
  return entries_.With([&](Entries& entries) -> std::optional<std::chrono::seconds> {
    const auto wait = std::max(LeftOf(entries, here, now), LeftOf(entries, everywhere, now));
    if (wait) return wait;
    Count(entries, here, limits_.free_from_one_address, now);
    Count(entries, everywhere, limits_.free_from_all, now);
    return std::nullopt;
  });
}

void SignInFailures::Succeeded(std::string_view person, std::string_view address) {
  entries_.With([&](Entries& entries) { entries.erase(KeyOf(person, address)); });
  Dropped(person, address);
}

void SignInFailures::Dropped(std::string_view person, std::string_view address) {
  entries_.With([&](Entries& entries) {
    for (const std::string& key : {KeyOf(person), KeyOf(person, address)}) {
      const auto found = entries.find(key);
      if (found == entries.end()) continue;
      found->second.until = {};
      if (--found->second.failures <= 0) entries.erase(found);
    }
  });
}

}  // namespace crossrole::tenancy
