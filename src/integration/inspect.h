// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "aws/client.h"
#include "base/result.h"
#include "integration/internal/judge_trust.h"
#include "model/integration.h"

namespace crossrole::integration {

/// What a role tells about itself, in a session of its own (pack `self_check`). Parts that could not be read are absent.
struct Inspection {
  std::optional<model::AccountId> account{};
  std::string session_arn{};
  std::string alias{};                                 // with pack `account_alias`
  std::optional<std::string> trust_policy{};           // JSON
  std::optional<std::chrono::seconds> role_maximum{};  // MaxSessionDuration
  std::vector<std::string> attached_policies{};        // ARNs
  std::vector<std::string> inline_policies{};          // names
  std::vector<CapabilityResult> capabilities{};        // every chosen one
};

/// How the inspection reaches AWS.
struct InspectionCall {
  const aws::Client& session;      // signs with a session of the role
  aws::CallOptions options;
  const model::RoleArn& role;
};

/// Reads role, policies and capabilities. What is denied is noted as a missing action; never fails.
Inspection Inspect(const InspectionCall& call, const model::Integration& integration);

/// The session policy of inspections: exactly what `Inspect` calls, whatever else the role may do.
std::string InspectionPolicy();

}  // namespace crossrole::integration
