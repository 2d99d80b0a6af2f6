// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/log.h"
#include "audit/sink.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"

namespace crossrole::audit {

/// How a sink is doing.
struct SinkState {
  std::string name;
  std::uint64_t delivered = 0;  // records since the start, those sent again included
  std::uint64_t failures = 0;   // deliveries since the start
  std::uint64_t behind = 0;     // durable records that it does not have yet
  bool failing = false;         // the last delivery failed
};

/// What following the log needs, and how patient it is.
struct SinksOptions {
  const Log& log;
  std::string data;             // the data directory; cursors are in sinks/
  const base::Log& journal;     // where failures are told
  std::chrono::milliseconds first_pause{1'000};  // after a failure; twice as long after each further one
  std::chrono::milliseconds longest_pause{60'000};
  std::chrono::milliseconds last_effort{2'000};  // for what is left at the end
};

/// Where a sink without a cursor begins.
enum class SinkBegins : std::uint8_t { kOldest, kNow };

/// Carries copies of durable records to sinks: each has a thread and a durable cursor of its own, so that one that hangs
/// delays nobody, and one that was away gets what it missed. A record arrives at least once, in the order of the log.
class Sinks {
 public:
  explicit Sinks(SinksOptions options);
  ~Sinks();
  Sinks(const Sinks&) = delete;
  Sinks& operator=(const Sinks&) = delete;

  /// Adds a sink; before `Start`. It goes on where one of that name stopped, else as `begins` says.
  /// Errors: kInvalidArgument (name, given twice), kUnavailable.
  base::Status Add(std::string name, std::chrono::seconds deadline, std::unique_ptr<Sink> sink, SinkBegins begins = SinkBegins::kOldest);
  /// Begins to deliver.
  void Start();
  /// There are new records. Quick.
  void Wake();
  /// The end is near: no delivery that begins from now on takes longer than the last effort.
  void Hasten();
  /// Makes a last effort with what is left, and ends. Waits for a delivery that is under way. Idempotent.
  void Stop();

  /// How each sink is doing, in the order in which they were added.
  std::vector<SinkState> States() const;
  /// Behind what every sink has; behind everything when there are none.
  Place Delivered() const;

 private:
  class Follower;
  const SinksOptions options_;
  std::vector<std::unique_ptr<Follower>> followers_;
};

/// How far a sink is behind, as its cursor says, which is stored about once a second.
struct SinkLag {
  std::uint64_t behind = 0;               // records that it does not have yet
  std::optional<base::Time> since{};      // when the oldest of them was made
  std::optional<base::Time> progress{};   // when its cursor moved last; none: it has none of this log
};
/// Reads it from a data directory, also while a server writes there. Errors: kInvalidArgument (name), kFailedPrecondition
/// (no audit log that can be read), kUnavailable.
base::Result<SinkLag> LagOf(const std::string& data, std::string_view name);

}  // namespace crossrole::audit
