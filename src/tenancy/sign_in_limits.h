// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/guarded.h"

namespace crossrole::tenancy {

/// How many wrong passwords are free, and how the wait grows.
struct SignInLimits {
  int free_from_one_address = 5;  // for one person, from one network address
  int free_from_all = 50;         // for one person, from everywhere: slows down whoever has many addresses
  std::chrono::seconds first_wait{1};
  std::chrono::seconds longest_wait{900};
  std::chrono::seconds forget_after{24 * 3600};
  std::size_t most_entries = 65'536;  // the oldest is forgotten first
};

/// Counts wrong passwords, in memory, whether or not there is such a person: whoever asks learns nothing from it. Each
/// wrong password beyond the free ones doubles the wait. One address cannot lock a person out who comes from another,
/// until very many failed. Thread-safe.
class SignInFailures {
 public:
  explicit SignInFailures(const base::Clock& clock, SignInLimits limits = {}) : clock_(clock), limits_(limits) {}

  /// How long this person has to wait from this address; nothing when a try is free. The failures count from the start
  /// of a try, so that many at once do not slip through: `Succeeded` takes them back.
  std::optional<std::chrono::seconds> Begin(std::string_view person, std::string_view address);
  /// Forgets what failed from this address, and this one try.
  void Succeeded(std::string_view person, std::string_view address);
  /// Forgets one try that never came to an answer.
  void Dropped(std::string_view person, std::string_view address);

 private:
  struct Entry {
    int failures = 0;
    base::SteadyTime last{};
    base::SteadyTime until{};
  };
  using Entries = std::map<std::string, Entry, std::less<>>;

  std::chrono::seconds WaitAfter(int failures, int free) const;
  std::optional<std::chrono::seconds> LeftOf(const Entries& entries, const std::string& key, base::SteadyTime now) const;
  void Count(Entries& entries, const std::string& key, int free, base::SteadyTime now) const;

  const base::Clock& clock_;
  const SignInLimits limits_;
  base::Guarded<Entries> entries_{};
};

}  // namespace crossrole::tenancy
