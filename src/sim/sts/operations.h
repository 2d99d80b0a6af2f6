// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/call.h"

namespace crossrole::sim::sts {

/// Adds the operations of STS.
void AddOperations(OperationTable& table);

/// The issuer whose keys `AssumeRoleWithWebIdentity` needs for this token; "" when the call fails without them.
std::string IssuerToAsk(const World& world, std::string_view role_arn, std::string_view token_text);

/// The account whose role a request (its form) wants to assume, for faults that are about it; "" when it is none.
std::string TargetAccountOf(std::string_view form);

}  // namespace crossrole::sim::sts
