// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/call.h"

namespace crossrole::sim::sts {

/// Adds the operations of STS.
void AddOperations(OperationTable& table);

/// The account whose role a request (its form) wants to assume, for faults that are about it; "" when it is none.
std::string TargetAccountOf(std::string_view form);

}  // namespace crossrole::sim::sts
