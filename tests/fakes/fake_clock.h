// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

#include "base/clock.h"

namespace crossrole::fakes {

/// A clock that stands still until a test moves it. The monotonic time begins at the machine's, so that a
/// `base::Deadline::After(…)` made in a test lies ahead of it. Thread-safe.
class FakeClock final : public base::Clock {
 public:
  /// Begins at `start`, by default 2026-01-02T03:04:05Z.
  explicit FakeClock(base::Time start = base::FromMicros(1'767'323'045'000'000))
      : start_(start), steady_start_(std::chrono::steady_clock::now()) {}

  base::Time Now() const override { return start_ + std::chrono::microseconds(passed_ + shifted_); }
  base::SteadyTime SteadyNow() const override { return steady_start_ + std::chrono::microseconds(passed_); }

  /// Lets time pass on both clocks.
  void Advance(std::chrono::microseconds time) { passed_ += time.count(); }
  /// Sets the wall clock as an operator would; the monotonic clock does not notice.
  void SetWall(base::Time time) { shifted_ = (time - start_).count() - passed_; }

 private:
  const base::Time start_;
  const base::SteadyTime steady_start_;
  std::atomic<std::int64_t> passed_{0};
  std::atomic<std::int64_t> shifted_{0};
};

}  // namespace crossrole::fakes
