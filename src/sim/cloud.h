// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "http/message.h"
#include "http/responder.h"
#include "model/partition.h"
#include "policy/undocumented.h"

// The one header of this folder that is for other folders.

namespace crossrole::aws {
class Transport;
}

namespace crossrole::sim {

/// Whether published rates bind.
enum class Throttle : bool { kOff, kOn };

/// How a simulation is set up. Source: contract section 7.
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
  aws::Transport* transport = nullptr;            // to the issuers of web identity tokens; null: none can be reached
  std::string profile{};                          // "plain", "mixed" or "large"; "": plain below 10 accounts, else mixed
};

/// What becomes of an answer.
enum class Delivery : std::uint8_t {
  kSend,
  kReset,  // the connection is dropped
};

/// An answer of the simulated AWS.
struct Answer {
  http::Response response{};
  Delivery delivery = Delivery::kSend;
};

/// An account with the keys of its administrator.
struct AccountKeys {
  std::string account_id;
  std::string name;
  bool platform = false;
  bool management = false;
  std::string access_key_id;
  std::string secret_access_key;
};

/// A simulated AWS: several accounts with STS, IAM, Organizations and CloudFormation, and the routes that steer the simulation
/// (`/_sim/…`) or stand for AWS's own web endpoints (`/federation`). It checks signatures, evaluates policies and
/// refuses what AWS refuses, in AWS's words. Thread-safe. Nothing it does leaves the process.
class Cloud {
 public:
  explicit Cloud(CloudOptions options);
  /// Answers that are still delayed are given at once.
  ~Cloud();
  Cloud(const Cloud&) = delete;
  Cloud& operator=(const Cloud&) = delete;

  using Done = std::function<void(Answer)>;
  /// Answers `request`; `done` is called exactly once, at once or later on another thread.
  void Handle(const http::Request& request, Done done);
  /// The accounts, as `GET /_sim/accounts` shows them.
  std::vector<AccountKeys> Accounts() const;
  /// Every operation that the simulation knows, as `service:Operation`.
  std::vector<std::string> Operations() const;
  /// Everything that exists, with what is under way and what happened last, as JSON.
  std::string Save() const;
  /// Goes on from what `Save` gave. Session tokens stay good under the same seed. Errors: kInvalidArgument.
  base::Status Load(std::string_view saved);
  /// How AWS's undocumented rules are decided from now on.
  void SetUndocumented(const policy::Undocumented& undocumented);

 private:
  class State;
  std::shared_ptr<State> state_;  // shared with requests that wait for an issuer
};

/// Answers a request of an HTTP server by `cloud`, which must outlive the server.
void Serve(Cloud& cloud, const http::Request& request, const http::Responder& responder);

}  // namespace crossrole::sim
