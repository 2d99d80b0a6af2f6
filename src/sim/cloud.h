// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "http/message.h"
#include "http/responder.h"
#include "policy/evaluate.h"
#include "sim/call.h"
#include "sim/delay.h"
#include "sim/session_token.h"
#include "sim/simulation.h"

namespace crossrole::sim {

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

/// A simulated AWS: several accounts with STS, IAM and CloudFormation, and the routes that steer the simulation
/// (`/_sim/…`) or stand for AWS's own web endpoints (`/federation`). It checks signatures, evaluates policies and
/// refuses what AWS refuses, in AWS's words. Thread-safe. Nothing it does leaves the process.
/// Source: contract section 7.
class Cloud {
 public:
  explicit Cloud(CloudOptions options);
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
  /// How AWS's undocumented rules are decided from now on.
  void SetUndocumented(const policy::Undocumented& undocumented);

 private:
  struct Wanted;
  Answer AnswerControl(const http::Request& request);
  Answer AnswerFederation(const http::Request& request);
  void AnswerAws(const http::Request& request, const Done& done);
  base::Result<std::string> CarryOut(Wanted& wanted);
  base::Status Admit(Simulation& simulation, Wanted& wanted, const aws::Operation& operation) const;
  base::Result<std::shared_ptr<const Caller>> Authenticate(Wanted& wanted);
  std::optional<base::Error> Obstacle(const Wanted& wanted, Effect effect) const;
  void Deliver(Wanted wanted, base::Result<std::string> result, const Done& done);
  Spread SpreadOf(const Simulation& simulation) const;

  const CloudOptions options_;
  const SessionTokens tokens_;
  OperationTable operations_;
  policy::EvaluateOptions evaluation_;
  mutable std::mutex mutex_;
  std::unique_ptr<Simulation> simulation_;  // behind the mutex
  Delay delay_;
};

/// Answers requests of an HTTP server by `cloud`, which must outlive it.
void Serve(Cloud& cloud, const http::Request& request, const http::Responder& responder);

}  // namespace crossrole::sim
