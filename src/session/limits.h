// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "integration/aws_access.h"
#include "model/actor.h"
#include "model/integration.h"
#include "session/request.h"

namespace crossrole::session {

/// What goes into the AssumeRole call, computed from the request and the integration.
struct SessionPlan {
  std::chrono::seconds asked{};     // what the caller wanted
  std::chrono::seconds duration{};  // what STS is asked for
  LimitedBy limited_by = LimitedBy::kNothing;
  std::string session_name;         // 2–64 of [\w+=,.@-]
  std::string source_identity;      // "" when the integration sends none
  std::map<std::string, std::string> tags{};  // empty when the integration sends none
  std::string region;               // where the credentials will be used
};

/// Checks the request and computes the call. Errors: kInvalidArgument with `field`.
base::Result<SessionPlan> PlanSession(const model::Integration& integration, const model::Actor& actor,
                                      std::string_view tenant_handle, const MintRequest& request, integration::Chaining chaining);

/// The plan for a role whose maximum turned out to be `maximum`; says so in `limited_by`.
SessionPlan LimitToRole(SessionPlan plan, std::chrono::seconds maximum);

/// `text` with every character outside `[\w+=,.@-]` replaced by `-`, cut to 64.
std::string SessionNameFrom(std::string_view text);

}  // namespace crossrole::session
