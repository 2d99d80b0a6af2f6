// SPDX-License-Identifier: Apache-2.0
#include "sim/cloudformation.h"

namespace crossrole::sim::cloudformation {

void AddOperations(OperationTable&) {}
void RunDue(const Call&, std::chrono::milliseconds) {}

}  // namespace crossrole::sim::cloudformation
