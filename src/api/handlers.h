// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api/route.h"

namespace crossrole::api {

// One function per route, grouped by the file that has it; routes.cc says which route is whose.

/// integrations.cc: making, reading and changing integrations.
void CreateIntegration(Services& services, Call call, Reply reply);
void ListIntegrations(Services& services, Call call, Reply reply);
void ShowIntegration(Services& services, Call call, Reply reply);
void UpdateIntegration(Services& services, Call call, Reply reply);
void DeleteIntegration(Services& services, Call call, Reply reply);
void DisableIntegration(Services& services, Call call, Reply reply);
void EnableIntegration(Services& services, Call call, Reply reply);
void RotateExternalId(Services& services, Call call, Reply reply);
void RetireExternalId(Services& services, Call call, Reply reply);
void ShowDependents(Services& services, Call call, Reply reply);
void ListLogs(Services& services, Call call, Reply reply);

/// onboarding.cc: artefacts, the role, keys, verification, offboarding.
void ShowSetup(Services& services, Call call, Reply reply);
void PutRole(Services& services, Call call, Reply reply);
void StartQuickstart(Services& services, Call call, Reply reply);
void VerifyIntegration(Services& services, Call call, Reply reply);
void StartOffboarding(Services& services, Call call, Reply reply);
void ListCapabilities(Services& services, Call call, Reply reply);

/// sessions.cc: temporary credentials.
void MintForIntegration(Services& services, Call call, Reply reply);
void MintForConnection(Services& services, Call call, Reply reply);
void ConsoleForIntegration(Services& services, Call call, Reply reply);
void ConsoleForConnection(Services& services, Call call, Reply reply);

/// connections.cc: accounts that can be used.
void ListConnections(Services& services, Call call, Reply reply);
void ShowConnection(Services& services, Call call, Reply reply);
void UpdateConnection(Services& services, Call call, Reply reply);
void TestConnection(Services& services, Call call, Reply reply);
void ExportConnections(Services& services, Call call, Reply reply);

/// organizations.cc: listing, comparing and importing organizations; folders.
void PreviewOrganization(Services& services, Call call, Reply reply);
void TestMember(Services& services, Call call, Reply reply);
void SyncOrganization(Services& services, Call call, Reply reply);
void ShowOrganizationTree(Services& services, Call call, Reply reply);
void ShowFolder(Services& services, Call call, Reply reply);
void UpdateFolder(Services& services, Call call, Reply reply);
void ShareFolder(Services& services, Call call, Reply reply);
void ShareConnection(Services& services, Call call, Reply reply);

/// records.cc: audit and jobs.
void ListAudit(Services& services, Call call, Reply reply);
void ExportAudit(Services& services, Call call, Reply reply);
void ShowAuditPublicKey(Services& services, Call call, Reply reply);
void ShowJob(Services& services, Call call, Reply reply);

/// operators.cc: people.
void CreateOperator(Services& services, Call call, Reply reply);
void ListOperators(Services& services, Call call, Reply reply);
void ShowOperator(Services& services, Call call, Reply reply);
void UpdateOperator(Services& services, Call call, Reply reply);
void DeleteOperator(Services& services, Call call, Reply reply);
void SignOutOperator(Services& services, Call call, Reply reply);

/// auth.cc: coming in and going out.
void SignIn(Services& services, Call call, Reply reply);
void ShowSession(Services& services, Call call, Reply reply);
void SignOut(Services& services, Call call, Reply reply);
void SignOutEverywhere(Services& services, Call call, Reply reply);
void ChangePassword(Services& services, Call call, Reply reply);
void ExchangeToken(Services& services, Call call, Reply reply);

/// single_sign_on.cc: signing in at an identity provider.
void ListProviders(Services& services, Call call, Reply reply);
void StartSingleSignOn(Services& services, Call call, Reply reply);
void FinishSingleSignOn(Services& services, Call call, Reply reply);

/// events.cc: what happens, as server-sent events.
void FollowEvents(Services& services, Call call, Reply reply);

/// tenants.cc: for the administrator of the installation.
void CreateTenant(Services& services, Call call, Reply reply);
void ListTenants(Services& services, Call call, Reply reply);
void ShowTenant(Services& services, Call call, Reply reply);
void UpdateTenant(Services& services, Call call, Reply reply);
void DeleteTenant(Services& services, Call call, Reply reply);

/// spaces.cc: the tenant's tree.
void CreateSpace(Services& services, Call call, Reply reply);
void ListSpaces(Services& services, Call call, Reply reply);
void ShowSpace(Services& services, Call call, Reply reply);
void UpdateSpace(Services& services, Call call, Reply reply);
void DeleteSpace(Services& services, Call call, Reply reply);

/// roles.cc: sets of permissions.
void CreateRole(Services& services, Call call, Reply reply);
void ListRoles(Services& services, Call call, Reply reply);
void ShowRole(Services& services, Call call, Reply reply);
void UpdateRole(Services& services, Call call, Reply reply);
void DeleteRole(Services& services, Call call, Reply reply);

/// role_bindings.cc: who has which role where.
void CreateRoleBinding(Services& services, Call call, Reply reply);
void ListRoleBindings(Services& services, Call call, Reply reply);
void ShowRoleBinding(Services& services, Call call, Reply reply);
void DeleteRoleBinding(Services& services, Call call, Reply reply);

/// tokens.cc: tokens of machines and of operators.
void CreateToken(Services& services, Call call, Reply reply);
void CreateOwnToken(Services& services, Call call, Reply reply);
void ListTokens(Services& services, Call call, Reply reply);
void ShowToken(Services& services, Call call, Reply reply);
void RotateToken(Services& services, Call call, Reply reply);
void RevokeToken(Services& services, Call call, Reply reply);

/// permissions.cc: why somebody may or may not.
void ExplainPermission(Services& services, Call call, Reply reply);

/// health.cc: the server itself.
void ShowHealth(Services& services, Call call, Reply reply);
void ShowReadiness(Services& services, Call call, Reply reply);
void ShowSelf(Services& services, Call call, Reply reply);
void ShowOpenApi(Services& services, Call call, Reply reply);

}  // namespace crossrole::api
