// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/call.h"

namespace crossrole::sim::account_management {

/// Adds the operations of Account Management.
void AddOperations(OperationTable& table);

}  // namespace crossrole::sim::account_management
