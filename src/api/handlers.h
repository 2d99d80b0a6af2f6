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

/// connections.cc: accounts that can be used.
void ListConnections(Services& services, Call call, Reply reply);
void ShowConnection(Services& services, Call call, Reply reply);
void TestConnection(Services& services, Call call, Reply reply);

/// records.cc: audit and jobs.
void ListAudit(Services& services, Call call, Reply reply);
void ExportAudit(Services& services, Call call, Reply reply);
void ShowJob(Services& services, Call call, Reply reply);

/// events.cc: what happens, as server-sent events.
void FollowEvents(Services& services, Call call, Reply reply);

/// health.cc: the server itself.
void ShowHealth(Services& services, Call call, Reply reply);
void ShowReadiness(Services& services, Call call, Reply reply);
void ShowSelf(Services& services, Call call, Reply reply);
void ShowOpenApi(Services& services, Call call, Reply reply);

}  // namespace crossrole::api
