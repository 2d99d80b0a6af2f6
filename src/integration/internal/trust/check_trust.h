// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "aws/client.h"
#include "base/deadline.h"
#include "base/result.h"
#include "integration/aws_access.h"
#include "integration/find.h"
#include "integration/internal/probe_role.h"
#include "integration/ports.h"
#include "integration/verify.h"
#include "model/arn.h"

namespace crossrole::integration {

/// One role to be proven. What is referred to outlives the check.
struct TrustCheck {
  const Ports& ports;
  const Found& found;  // the integration as its role is to be judged
  const model::RoleArn& role;
  const OwnIdentity& identity;
  std::string request_id{};
  std::string stack{};                               // per_run: whose external IDs are probed
  base::Deadline until = base::Deadline::After({});  // a role that cannot be assumed is tried again until then
  std::stop_token stop{};
  std::optional<aws::Client> signer{};               // who assumes the role; ourselves without one
};

/// What came of it.
struct CheckedTrust {
  ProbeSeries series;
  Verification verification;  // its `state` is left to the caller
};

/// Probes, reads and judges a role; writes nothing. A role that another tenant holds looks as if it could not be assumed, after
/// the same calls and time. Errors: those of the store, and of an integration without external IDs.
base::Result<CheckedTrust> CheckTrust(const TrustCheck& check);

/// Adds what a feature has found out besides; an error makes the verification fail.
void AddFinding(Verification& verification, Finding finding);

}  // namespace crossrole::integration
