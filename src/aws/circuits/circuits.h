// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace crossrole::aws {

/// Where calls go, and which account they are about.
struct CircuitKey {
  std::string service{};  // e.g. "sts"
  std::string region{};
  std::string account{};  // whose fault a failure may be, in any words; "" of a call is nobody's, of a circuit the whole region
  auto operator<=>(const CircuitKey&) const = default;
};

/// What one attempt says about the region that it went to.
enum class Sign : std::uint8_t {
  kAnswered,     // any answer that is not AWS's own failure: throttling and refusals, too
  kFailed,       // a 5xx, or a connection that broke
  kTimedOut,     // no answer for a good while
  kUnreachable,  // no connection, which is nobody's account's fault
  kNothing,      // nothing: ours was too short a time, or we ended it
};

/// Leave for one attempt.
struct Pass {
  bool tries_region = false;   // the attempt shows whether the region is back
  bool tries_account = false;  // the attempt shows whether the account is back
};

/// Stops calls to what does not answer, so that nobody waits in vain and nothing piles up: after repeated failures without a good
/// answer between them calls are refused at once for a second; then one goes through, and its answer lets the others through
/// again, or the next one follows after twice the time, 8 s at most. A region's circuit opens only where calls about several accounts failed, or none could connect; else only that of the
/// account. Kept in this process only. Thread-safe.
class Circuits {
 public:
  /// Called when a circuit opens (true) or closes, on any thread; must not block.
  using OnChange = std::function<void(const CircuitKey&, bool is_open)>;

  /// `clock` outlives the circuits.
  explicit Circuits(const base::Clock& clock, OnChange on_change = nullptr);
  ~Circuits();

  /// Whether an attempt would be refused now. Errors: kUnavailable with reason `aws.circuit_open` and `retry_after`.
  base::Status Look(const CircuitKey& key) const;
  /// Leave to make an attempt now, which `Note` is told of in any case. Errors: those of `Look`.
  base::Result<Pass> Admit(const CircuitKey& key);
  /// What became of an attempt.
  void Note(const CircuitKey& key, const Pass& pass, Sign sign);

  /// The circuits that are open; without those that nobody has tried for a minute.
  std::vector<CircuitKey> Open() const;
  /// Attempts that were refused so far.
  std::uint64_t Refused() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace crossrole::aws
