// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "sim/cloud.h"
#include "sim/cloudtrail/trail.h"
#include "sim/internal/faults.h"
#include "sim/internal/ledger.h"
#include "sim/internal/rates.h"
#include "sim/internal/session_token.h"
#include "sim/internal/state.h"

namespace crossrole::sim {

/// A token of the console's federation endpoint.
struct SigninToken {
  base::Time expires;
  bool used = false;
};

/// Whether a simulation begins with accounts.
enum class Accounts : bool { kNone, kMade };

/// Everything that changes. Not thread-safe: `Cloud` holds its lock.
struct Simulation {
  World world{};
  Buckets buckets;
  std::vector<FaultRule> faults{};
  Ledger ledger{};
  cloudtrail::Trail trail;
  std::chrono::microseconds advance{0};               // of the moved clock
  std::optional<base::Time> stopped{};                 // what the machine's clock showed when this one was stopped
  std::map<std::string, SigninToken> signin_tokens{};  // by hash

  /// A fresh one, with the accounts that `options` ask for.
  explicit Simulation(const CloudOptions& options, Accounts accounts = Accounts::kMade);

  /// The simulation's time when the machine's clock shows `real`.
  base::Time TimeAt(base::Time real) const { return stopped.value_or(real) + advance; }
};

/// The accounts with their administrators' keys.
std::vector<AccountKeys> AccountsOf(const World& world);

/// Answers the routes that steer the simulation, but for `POST /_sim/reset`, which is its owner's. `real` is what the
/// machine's clock shows.
http::Response AnswerControl(Simulation& simulation, base::Time real, const http::Request& request);

/// Answers the console's federation endpoint. `now` is the simulation's time.
http::Response AnswerFederation(Simulation& simulation, const SessionTokens& tokens, base::Random& random,
                                base::Time now, const http::Request& request);

/// An answer of the SCIM endpoint, and what a fault is to do to it.
struct ScimAnswer {
  http::Response response{};
  std::optional<Effect> effect{};
};
/// Answers the SCIM endpoint, and counts the call as one of `identitystore-scim`; faults and rates bind it as they bind all others.
ScimAnswer AnswerScimCall(Simulation& simulation, const CloudOptions& options, base::Time now, const http::Request& request);

/// Answers as the issuer of the tokens that GetWebIdentityToken hands out: its configuration and its keys.
http::Response AnswerOutboundIssuer(World& world, const http::Request& request);

}  // namespace crossrole::sim
