// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "model/partition.h"
#include "sim/faults.h"
#include "sim/ledger.h"
#include "sim/rates.h"
#include "sim/state.h"

namespace crossrole::sim {

/// Whether published rates bind.
enum class Throttle : bool { kOff, kOn };

/// How a simulation is set up.
struct CloudOptions {
  std::size_t accounts = 3;                       // at least 2; the first is the platform's
  std::uint64_t seed = 1;                         // the same seed gives the same account ids, names and keys
  std::chrono::milliseconds latency{0};           // of every answer
  std::chrono::milliseconds propagation{0};       // until a change of IAM counts for authorisation
  Throttle throttle = Throttle::kOn;
  double rate_scale = 1;                          // multiplies every rate
  model::Partition partition = model::Partition::kAws;
  std::chrono::milliseconds stack_step{150};      // how long CloudFormation takes for one resource
  const base::Clock* clock = nullptr;             // the machine's; required
  base::Random* random = nullptr;                 // for sessions and faults; required
};

/// A token of the console's federation endpoint.
struct SigninToken {
  base::Time expires;
  bool used = false;
};

/// Everything that changes, behind one lock.
struct Simulation {
  World world{};
  Buckets buckets;
  std::vector<FaultRule> faults{};
  Ledger ledger{};
  std::chrono::microseconds advance{0};  // of the moved clock
  std::map<std::string, SigninToken> signin_tokens{};

  explicit Simulation(const CloudOptions& options) : buckets(options.rate_scale) {}
};

/// Makes the accounts of a fresh simulation, each with an administrator user who has an access key.
void MakeWorld(World& world, const CloudOptions& options, base::Time now);

/// The name of the user that every account has.
inline constexpr std::string_view kAdministrator = "administrator";

}  // namespace crossrole::sim
