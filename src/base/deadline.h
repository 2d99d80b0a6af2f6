// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace crossrole::base {

/// The monotonic moment at which whoever waits gives up. Everything that can wait takes one.
class Deadline {
 public:
  using Clock = std::chrono::steady_clock;
  /// `duration` from now.
  static Deadline After(Clock::duration duration) { return Deadline(Clock::now() + duration); }
  /// The earlier of two deadlines.
  static Deadline Earlier(Deadline a, Deadline b) { return a.at_ < b.at_ ? a : b; }

  explicit Deadline(Clock::time_point at) : at_(at) {}
  /// The moment itself.
  Clock::time_point at() const { return at_; }
  /// Time left; never negative.
  Clock::duration Left() const {
    const auto left = at_ - Clock::now();
    return left.count() > 0 ? left : Clock::duration::zero();
  }
  /// Whether it has passed.
  bool Passed() const { return Clock::now() >= at_; }

 private:
  Clock::time_point at_;
};

}  // namespace crossrole::base
