// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/call.h"

namespace crossrole::sim::organizations {

/// Adds the operations of AWS Organizations.
void AddOperations(OperationTable& table);

}  // namespace crossrole::sim::organizations
