// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/call.h"

namespace crossrole::sim::cloudtrail {

/// Adds the operations of CloudTrail.
void AddOperations(OperationTable& table);

}  // namespace crossrole::sim::cloudtrail
