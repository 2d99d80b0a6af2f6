// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/call.h"

namespace crossrole::sim::identity_center {

/// Adds the operations of Identity Center and of its identity store.
void AddOperations(OperationTable& table);

/// Carries out the assignments and provisionings that are due. They have no thread of their own: whoever calls next finds
/// done what time would have done meanwhile.
void RunDue(Call& call);

}  // namespace crossrole::sim::identity_center
