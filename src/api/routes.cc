// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "api/handlers.h"
#include "api/route.h"

namespace crossrole::api {
namespace {

using http::Lane;
using tenancy::Permission;

constexpr Lane kFast = Lane::kFast;
constexpr Lane kBlocking = Lane::kBlocking;
constexpr Replay kNever = Replay::kNever;
constexpr Replay kByKey = Replay::kByKey;
constexpr std::string_view kPaging = "limit page_token";

// THE table: method, pattern, permission, what it is asked on, lane, replay, handler, summary, query, request, response, status, problems.
// Whatever waits for the disk or for AWS is in the blocking lane; reads and mints, which do not wait, in the fast one.
constexpr auto kRoutes = std::to_array<Route>({
    {"GET", "/healthz", Permission::kPublic, Asked::kNobody, kFast, kNever, ShowHealth, "Whether the process lives.", "", "", "Health", 200, ""},
    {"GET", "/readyz", Permission::kPublic, Asked::kNobody, kFast, kNever, ShowReadiness, "Whether the server takes requests.", "", "",
     "Readiness", 200, ""},
    {"GET", "/v1/openapi.json", Permission::kPublic, Asked::kNobody, kFast, kNever, ShowOpenApi, "This description.", "", "", "OpenApi", 200, ""},
    {"GET", "/v1/whoami", Permission::kSelfRead, Asked::kCaller, kFast, kNever, ShowSelf, "Whom the token stands for.", "", "", "Self", 200, ""},

    {"POST", "/v1/integrations", Permission::kIntegrationWrite, Asked::kBodySpace, kBlocking, kByKey, CreateIntegration,
     "Makes an integration: names, external ID, setup; nothing is called in AWS.", "", "CreateIntegration", "Integration", 201, "409"},
    {"GET", "/v1/integrations", Permission::kIntegrationRead, Asked::kList, kFast, kNever, ListIntegrations, "Lists integrations.",
     "kind state space label limit page_token", "", "IntegrationList", 200, ""},
    {"GET", "/v1/integrations/{id}", Permission::kIntegrationRead, Asked::kIntegration, kFast, kNever, ShowIntegration,
     "Shows an integration, by id or handle.", "", "", "Integration", 200, ""},
    {"PATCH", "/v1/integrations/{id}", Permission::kIntegrationWrite, Asked::kIntegration, kBlocking, kNever, UpdateIntegration,
     "Changes settings; members that are left out stay.", "dry_run", "UpdateIntegration", "Integration", 200, "409"},
    {"DELETE", "/v1/integrations/{id}", Permission::kIntegrationDelete, Asked::kIntegration, kBlocking, kNever, DeleteIntegration,
     "Deletes an integration; its handle is typed in `confirm`. Nothing is changed in AWS.", "confirm force dry_run", "",
     "Removed", 200, "409"},
    {"GET", "/v1/integrations/{id}/setup/{method}", Permission::kIntegrationRead, Asked::kIntegration, kFast, kNever, ShowSetup,
     "An onboarding artefact: deterministic and versioned.", "format stack scope for mode", "", "application/yaml application/json text/plain text/x-shellscript text/markdown", 200, "409"},
    {"PUT", "/v1/integrations/{id}/role", Permission::kIntegrationWrite, Asked::kIntegration, kBlocking, kNever, PutRole,
     "Names the role and starts a verification.", "dry_run", "ConnectRole", "Integration", 200, "409"},
    {"POST", "/v1/integrations/{id}/quickstart", Permission::kIntegrationWrite, Asked::kIntegration, kBlocking, kByKey, StartQuickstart,
     "Makes policy and role with keys given once, verifies, forgets the keys.", "user", "Keys", "JobStarted", 202, "409 424"},
    {"POST", "/v1/integrations/{id}/verify", Permission::kIntegrationWrite, Asked::kIntegration, kBlocking, kByKey, VerifyIntegration,
     "Probes the trust, now.", "", "Verify", "Verification", 200, "409 424 429"},
    {"POST", "/v1/integrations/{id}/disable", Permission::kIntegrationWrite, Asked::kIntegration, kBlocking, kByKey, DisableIntegration,
     "Stops minting; touches nothing in AWS.", "", "", "Integration", 200, "409"},
    {"POST", "/v1/integrations/{id}/enable", Permission::kIntegrationWrite, Asked::kIntegration, kBlocking, kByKey, EnableIntegration,
     "Allows minting again, after a verification.", "", "", "Integration", 200, "409"},
    {"POST", "/v1/integrations/{id}/offboard", Permission::kIntegrationDelete, Asked::kIntegration, kBlocking, kByKey, StartOffboarding,
     "Removes from AWS what was made for the integration.", "user", "KeysOrNothing", "JobStarted", 202, "409 424"},
    {"POST", "/v1/integrations/{id}/external-id/rotate", Permission::kIntegrationWrite, Asked::kIntegration, kBlocking, kByKey, RotateExternalId,
     "Issues another external ID; minting goes on.", "", "", "Integration", 200, "409"},
    {"POST", "/v1/integrations/{id}/external-id/retire", Permission::kIntegrationWrite, Asked::kIntegration, kBlocking, kByKey, RetireExternalId,
     "Drops the previous external ID once the new one has verified.", "", "", "Integration", 200, "409"},
    {"GET", "/v1/integrations/{id}/dependents", Permission::kIntegrationRead, Asked::kIntegration, kFast, kNever, ShowDependents,
     "What a deletion would hit.", "", "", "Consequences", 200, ""},
    {"GET", "/v1/integrations/{id}/logs", Permission::kIntegrationRead, Asked::kIntegration, kFast, kNever, ListLogs, "What happened.", kPaging, "",
     "LogList", 200, ""},
    {"POST", "/v1/integrations/{id}/sessions", Permission::kSessionMint, Asked::kIntegration, kFast, kNever, MintForIntegration,
     "Hands out temporary credentials.", "", "Mint", "Session", 201, "409 424 429"},
    {"POST", "/v1/integrations/{id}/console", Permission::kSessionMint, Asked::kIntegration, kFast, kNever, ConsoleForIntegration,
     "Hands out a console sign-in link.", "", "Mint", "ConsoleLink", 201, "409 424 429"},

    {"GET", "/v1/connections", Permission::kConnectionRead, Asked::kList, kFast, kNever, ListConnections, "Lists accounts that can be used.",
     "integration account_id state limit page_token", "", "ConnectionList", 200, ""},
    {"GET", "/v1/connections/{id}", Permission::kConnectionRead, Asked::kConnection, kFast, kNever, ShowConnection,
     "Shows a connection, by id or handle.", "", "", "Connection", 200, ""},
    {"POST", "/v1/connections/{id}/test", Permission::kIntegrationWrite, Asked::kConnection, kBlocking, kByKey, TestConnection,
     "Probes the trust of one account, now.", "", "Empty", "Verification", 200, "409 424 429"},
    {"POST", "/v1/connections/{id}/sessions", Permission::kSessionMint, Asked::kConnection, kFast, kNever, MintForConnection,
     "Hands out temporary credentials.", "", "Mint", "Session", 201, "409 424 429"},

    {"GET", "/v1/capabilities", Permission::kIntegrationRead, Asked::kList, kFast, kNever, ListCapabilities,
     "The packs of IAM actions that can be chosen.", kPaging, "", "CapabilityList", 200, ""},
    {"GET", "/v1/audit", Permission::kAuditRead, Asked::kTenant, kBlocking, kNever, ListAudit, "Lists the audit record, newest first.",
     "actor action target from to limit page_token", "", "AuditList", 200, ""},
    {"GET", "/v1/audit/export", Permission::kAuditRead, Asked::kTenant, kBlocking, kNever, ExportAudit,
     "The tenant's chain as JSON lines, oldest first.", "", "", "application/x-ndjson", 200, ""},
    {"GET", "/v1/jobs/{id}", Permission::kJobRead, Asked::kJob, kFast, kNever, ShowJob, "Shows a job.", "", "", "Job", 200, ""},
    {"GET", "/v1/events", Permission::kEventRead, Asked::kTenant, kFast, kNever, FollowEvents, "What happens, as server-sent events.", "", "",
     "text/event-stream", 200, ""},
});

}  // namespace

std::span<const Route> Routes() { return kRoutes; }

}  // namespace crossrole::api
