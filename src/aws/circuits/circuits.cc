// SPDX-License-Identifier: Apache-2.0
#include "aws/circuits/circuits.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

namespace crossrole::aws {
namespace {

using std::chrono::seconds;

// Two calls with all their attempts, so that one call alone stops nobody.
constexpr int kEnough = 10;
// Who waited in vain has lost more than who was refused at once.
constexpr int kForTimeout = 4;
// Failures further apart than this are not one outage.
constexpr seconds kMemory{60};
// Doubled with each trial that fails.
constexpr seconds kShortestRest{1};
constexpr seconds kLongestRest{8};
// By which an account rests longer than its region, whose trial it made in vain: the fault may be its own, so another makes the next one.
constexpr seconds kTurn{1};
// Beyond so many circuits those that are too old to count are forgotten.
constexpr std::size_t kMany = 1000;

struct Circuit {
  int points = 0;
  std::string account{};  // the first that failed
  bool is_shared = false;  // no single account can be at fault
  base::SteadyTime failed_at{};
  seconds rest{0};
  std::optional<base::SteadyTime> rests_until{};  // while open
  bool on_trial = false;
};

bool Refuses(const Circuit& circuit, base::SteadyTime now) { return circuit.rests_until && (circuit.on_trial || now < *circuit.rests_until); }

base::Error Refusal(const CircuitKey& key, const Circuit& circuit, base::SteadyTime now) {
  const auto left = circuit.on_trial ? seconds(1) : std::chrono::ceil<seconds>(*circuit.rests_until - now);
  return {.code = base::Code::kUnavailable,
          .message = key.account.empty() ? fmt::format("{} in `{}` does not answer", key.service, key.region)
                                         : fmt::format("{} in `{}` does not answer for `{}`", key.service, key.region, key.account),
          .reason = "aws.circuit_open",
          .fix = "nothing was sent; try again in a moment",
          .retry_after = std::max(left, seconds(1))};
}

CircuitKey RegionOf(const CircuitKey& key) { return {.service = key.service, .region = key.region}; }

}  // namespace

class Circuits::State {
 public:
  State(const base::Clock& clock, OnChange on_change) : clock_(clock), on_change_(std::move(on_change)) {}

  base::Status Look(const CircuitKey& key) const {
    const std::lock_guard lock(mutex_);
    return Ask(key);
  }

  base::Result<Pass> Admit(const CircuitKey& key) {
    const std::lock_guard lock(mutex_);
    TRY(Ask(key));
    return Pass{.tries_region = BeginTrial(RegionOf(key)), .tries_account = BeginTrial(key)};
  }

  void Note(const CircuitKey& key, const Pass& pass, Sign sign) {
    std::vector<std::pair<CircuitKey, bool>> changes;
    {
      const std::lock_guard lock(mutex_);
      if (circuits_.empty() && sign == Sign::kAnswered) return;
      Weigh(key, pass, sign, changes);
    }
    if (!on_change_) return;
    for (const auto& [changed, is_open] : changes) on_change_(changed, is_open);
  }

  std::vector<CircuitKey> Open() const {
    const std::lock_guard lock(mutex_);
    const base::SteadyTime now = clock_.SteadyNow();
    std::vector<CircuitKey> open;
    for (const auto& [key, circuit] : circuits_) {
      if (circuit.rests_until && (circuit.on_trial || now - circuit.failed_at <= kMemory)) open.push_back(key);
    }
    return open;
  }

  std::uint64_t Refused() const {
    const std::lock_guard lock(mutex_);
    return refused_;
  }

 private:
  using Changes = std::vector<std::pair<CircuitKey, bool>>;

  // The account's comes first: an account at fault does not use up the trial of its region.
  base::Status Ask(const CircuitKey& key) const {
    if (circuits_.empty()) return {};
    const base::SteadyTime now = clock_.SteadyNow();
    for (const CircuitKey& asked : {key, RegionOf(key)}) {
      const auto it = circuits_.find(asked);
      if (it == circuits_.end() || !Refuses(it->second, now)) continue;
      ++refused_;
      return base::Fail(Refusal(asked, it->second, now));
    }
    return {};
  }

  bool BeginTrial(const CircuitKey& key) {
    const auto it = circuits_.find(key);
    if (it == circuits_.end() || !it->second.rests_until) return false;
    it->second.on_trial = true;
    return true;
  }

  void Weigh(const CircuitKey& key, const Pass& pass, Sign sign, Changes& changes) {
    const CircuitKey region = RegionOf(key);
    if (sign == Sign::kAnswered) {
      Close(key, changes);
      Close(region, changes);
      return;
    }
    if (sign == Sign::kNothing) {
      if (pass.tries_account) circuits_[key].on_trial = false;
      if (pass.tries_region) circuits_[region].on_trial = false;
      return;
    }
    if (circuits_.size() > kMany) ForgetOld();
    if (pass.tries_region) {
      Rest(region, kShortestRest, changes);
      Rest(key, circuits_[region].rest + kTurn, changes);
      return;
    }
    if (pass.tries_account || Count(key, key.account, sign)) Rest(key, kShortestRest, changes);
    if (Count(region, key.account, sign) && circuits_[region].is_shared) Rest(region, kShortestRest, changes);
  }

  // Whether it is enough to open a circuit that is not open. What comes late from before it opened prolongs nothing.
  bool Count(const CircuitKey& key, const std::string& account, Sign sign) {
    const base::SteadyTime now = clock_.SteadyNow();
    Circuit& circuit = circuits_[key];
    if (circuit.rests_until) return false;
    if (circuit.points > 0 && now - circuit.failed_at > kMemory) circuit = {};
    if (circuit.points == 0) circuit.account = account;
    circuit.is_shared = circuit.is_shared || sign == Sign::kUnreachable || circuit.account != account;
    circuit.points += sign == Sign::kTimedOut ? kForTimeout : 1;
    circuit.failed_at = now;
    return circuit.points >= kEnough;
  }

  void Rest(const CircuitKey& key, seconds at_least, Changes& changes) {
    Circuit& circuit = circuits_[key];
    if (!circuit.rests_until) changes.emplace_back(key, true);
    circuit.failed_at = clock_.SteadyNow();
    circuit.rest = std::max(at_least, std::min(2 * circuit.rest, kLongestRest));
    circuit.rests_until = circuit.failed_at + circuit.rest;
    circuit.on_trial = false;
  }

  void Close(const CircuitKey& key, Changes& changes) {
    const auto it = circuits_.find(key);
    if (it == circuits_.end()) return;
    if (it->second.rests_until) changes.emplace_back(key, false);
    circuits_.erase(it);
  }

  void ForgetOld() {
    const base::SteadyTime now = clock_.SteadyNow();
    std::erase_if(circuits_, [&](const auto& item) { return !item.second.on_trial && now - item.second.failed_at > kMemory; });
  }

  const base::Clock& clock_;
  const OnChange on_change_;
  mutable std::mutex mutex_;
  std::map<CircuitKey, Circuit> circuits_;
  mutable std::uint64_t refused_ = 0;
};

Circuits::Circuits(const base::Clock& clock, OnChange on_change) : state_(std::make_unique<State>(clock, std::move(on_change))) {}
Circuits::~Circuits() = default;
base::Status Circuits::Look(const CircuitKey& key) const { return state_->Look(key); }
base::Result<Pass> Circuits::Admit(const CircuitKey& key) { return state_->Admit(key); }
void Circuits::Note(const CircuitKey& key, const Pass& pass, Sign sign) { state_->Note(key, pass, sign); }
std::vector<CircuitKey> Circuits::Open() const { return state_->Open(); }
std::uint64_t Circuits::Refused() const { return state_->Refused(); }

}  // namespace crossrole::aws
