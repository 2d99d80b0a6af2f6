// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <boost/json/fwd.hpp>
#include <chrono>
#include <future>
#include <map>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/guarded.h"
#include "base/result.h"
#include "integration/inspect.h"
#include "integration/internal/probes.h"
#include "integration/ports.h"
#include "model/actor.h"
#include "model/integration.h"

namespace crossrole::integration {

/// The body of `POST …/verify`.
struct VerifyRequest {
  std::chrono::seconds wait{0};  // how long a role that cannot be assumed is retried, at most 60
  std::string stack{};           // per_run: whose external IDs are probed
};

/// The result of a verification. Source: contract 4.1.1.
struct Verification {
  bool ok = false;
  base::Time checked_at{};
  model::IntegrationState state = model::IntegrationState::kPending;
  DocumentSource document = DocumentSource::kUnread;
  std::array<ProbeOutcome, 5> probes{};
  std::vector<Finding> findings{};
  Inspection inspection{};
  std::string role_arn{};
};

/// The answer of the API.
boost::json::value ToJson(const Verification& verification);

/// Verifies trusts: sends the probes, reads the role, judges, and moves the integration to its next state. One
/// verification of an integration runs at a time; who asks meanwhile gets its result. Blocks for as long as AWS takes.
class Verifier {
 public:
  explicit Verifier(const Ports& ports) : ports_(ports) {}

  /// Errors: kNotFound; kFailedPrecondition with reason `integration.pending` while no role is known or a worker is
  /// needed; kInvalidArgument (stack); kUnavailable when our own identity is not known (states do not change then).
  base::Result<Verification> Verify(const model::Actor& actor, std::string_view id_or_handle, const VerifyRequest& request);
  /// From now on nobody waits for a role to spread: what was seen last is the result.
  void StopWaiting() { stopping_.request_stop(); }
  /// Whether roles are still waited for.
  bool waits() const { return !stopping_.stop_requested(); }

 private:
  using Shared = std::shared_future<base::Result<Verification>>;
  const Ports& ports_;
  std::stop_source stopping_{};
  base::Guarded<std::map<std::string, Shared>> running_;
};

}  // namespace crossrole::integration
