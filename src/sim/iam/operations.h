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
/// Passwords of users.
void AddLoginOperations(OperationTable& table);
void AddMfaOperations(OperationTable& table);
/// Signing certificates and SSH keys.
void AddOtherCredentialOperations(OperationTable& table);
/// Credentials of users for one service.
void AddServiceCredentialOperations(OperationTable& table);
void AddOidcProviderOperations(OperationTable& table);
void AddSamlProviderOperations(OperationTable& table);
/// GetAccountAuthorizationDetails and the credential report.
void AddReportOperations(OperationTable& table);
void AddServiceLinkedRoleOperations(OperationTable& table);
/// The switches of outbound web identity and of power over the roots of members.
void AddFederationSwitches(OperationTable& table);

}  // namespace crossrole::sim::iam
