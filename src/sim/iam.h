// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/call.h"

namespace crossrole::sim::iam {

/// Adds the operations of IAM, by what they are about.
void AddRoleOperations(OperationTable& table);
void AddUserOperations(OperationTable& table);
void AddGroupOperations(OperationTable& table);
void AddManagedPolicyOperations(OperationTable& table);
/// Inline policies, attachments, boundaries and tags of users, groups and roles.
void AddEntityPolicyOperations(OperationTable& table);
void AddAccountOperations(OperationTable& table);
void AddSimulateOperations(OperationTable& table);

}  // namespace crossrole::sim::iam
