// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "aws/client.h"
#include "base/deadline.h"
#include "integration/inspect.h"
#include "integration/internal/probes.h"
#include "integration/ports.h"
#include "model/integration.h"

namespace crossrole::integration {

/// Which role is probed, and how.
struct ProbeCall {
  const Ports& ports;
  const model::Integration& integration;
  const model::Handle& tenant;
  const model::RoleArn& role;
  std::string request_id{};
  base::Deadline until = base::Deadline::After({});  // a role that no value opens is probed again until then
  std::string stack{};                               // per_run: slug; "" takes `kSampleStack`
  std::stop_token stop{};                            // ends the repetition
  std::optional<aws::Client> signer{};               // who assumes the role; ourselves without one
};

/// The slug that stands for any stack while none is attached.
inline constexpr std::string_view kSampleStack = "any-stack";

/// What the probes showed.
struct ProbeSeries {
  std::array<ProbeOutcome, 5> outcomes{};
  std::vector<std::string> right_values{};        // what the positive probes sent
  std::string wrong_value{};                      // what wrong_external_id sent
  std::optional<model::ExternalId> accepted{};    // a value with which the role can be assumed
};

/// Sends the probes, each a real AssumeRole whose credentials are discarded unread. The negative ones are sent only
/// after the positive one has succeeded, each as the call that will be made and as the weakest one: before that a trust
/// that has not spread yet looks closed.
ProbeSeries ProbeRole(const ProbeCall& call);

/// Inspects the role in a session that may do nothing else. Empty when it cannot be assumed any more.
Inspection InspectRole(const ProbeSeries& series, const ProbeCall& call);

}  // namespace crossrole::integration
