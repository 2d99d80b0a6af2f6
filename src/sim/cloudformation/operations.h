// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include "sim/call.h"
#include "sim/organizations/organization.h"

namespace crossrole::sim::cloudformation {

/// Adds the operations of CloudFormation.
void AddOperations(OperationTable& table);

/// Carries out the steps of stacks and stack sets that are due. They have no thread of their own: whoever calls next finds done
/// what time would have done meanwhile. `call` serves only as the source of world and time.
void RunDue(const Call& call, std::chrono::milliseconds step);

/// Tells the stack sets of an organization that accounts have come, moved or left: those that deploy automatically follow.
void FollowMembers(const Call& call, organizations::Organization& organization);

}  // namespace crossrole::sim::cloudformation
