// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include "sim/call.h"

namespace crossrole::sim::cloudformation {

/// Adds the operations of CloudFormation.
void AddOperations(OperationTable& table);

/// Carries out the steps of stacks that are due. Stacks have no thread of their own: whoever calls next finds done
/// what time would have done meanwhile. `call` serves only as the source of world and time.
void RunDue(const Call& call, std::chrono::milliseconds step);

}  // namespace crossrole::sim::cloudformation
