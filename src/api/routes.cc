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
     "Changes settings; members that are left out stay.", "dry_run rename_static", "UpdateIntegration", "Integration", 200, "409"},
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
     "Probes the trust, now.", "", "Verify", "Verification", 200, "409 424"},
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
     "Hands out temporary credentials.", "", "Mint", "Session", 201, "409 424"},
    {"POST", "/v1/integrations/{id}/console", Permission::kSessionMint, Asked::kIntegration, kFast, kNever, ConsoleForIntegration,
     "Hands out a console sign-in link.", "", "Mint", "ConsoleLink", 201, "409 424"},

    {"POST", "/v1/integrations/{id}/organization/preview", Permission::kIntegrationRead, Asked::kIntegration, kBlocking, kByKey,
     PreviewOrganization, "The tree as it would be imported, and what would change; writes nothing.", "", "Empty", "OrganizationPreview", 200,
     "409 424"},
    {"POST", "/v1/integrations/{id}/organization/test", Permission::kIntegrationWrite, Asked::kIntegration, kBlocking, kByKey, TestMember,
     "Probes the member role of one account, before it is imported.", "", "TestMember", "Verification", 200, "409 424"},
    {"POST", "/v1/integrations/{id}/organization/sync", Permission::kIntegrationWrite, Asked::kIntegration, kBlocking, kByKey,
     SyncOrganization, "Imports the organization, now.", "", "SyncOrganization", "JobStarted", 202, "409"},
    {"GET", "/v1/integrations/{id}/organization/tree", Permission::kIntegrationRead, Asked::kIntegration, kFast, kNever,
     ShowOrganizationTree, "Folders and connections as they were imported.", "", "", "OrganizationTree", 200, ""},

    {"GET", "/v1/folders/{id}", Permission::kConnectionRead, Asked::kFolder, kFast, kNever, ShowFolder,
     "Shows a folder, by id or handle.", "", "", "Folder", 200, ""},
    {"PATCH", "/v1/folders/{id}", Permission::kIntegrationWrite, Asked::kFolder, kBlocking, kNever, UpdateFolder,
     "Gives a folder another handle, which then stays, regions or settings, which what is in it inherits.", "dry_run", "UpdateFolder", "Folder", 200, "409"},

    {"PUT", "/v1/folders/{id}/permissions", Permission::kIntegrationWrite, Asked::kFolder, kBlocking, kNever, ShareFolder,
     "Names the spaces that may use a folder and all that is in it, now and later.", "dry_run", "NodePermissions", "NodePermissions", 200, "409"},

    {"GET", "/v1/connections", Permission::kConnectionRead, Asked::kList, kFast, kNever, ListConnections, "Lists accounts that can be used.",
     "integration folder account_id state limit page_token", "", "ConnectionList", 200, ""},
    {"GET", "/v1/connections/export", Permission::kConnectionRead, Asked::kList, kFast, kNever, ExportConnections,
     "The connections that the caller may see, for other programs.", "format integration folder connection", "", "text/plain application/json",
     200, "404"},
    {"GET", "/v1/connections/{id}", Permission::kConnectionRead, Asked::kConnection, kFast, kNever, ShowConnection,
     "Shows a connection, by id or handle.", "", "", "Connection", 200, ""},
    {"PATCH", "/v1/connections/{id}", Permission::kIntegrationWrite, Asked::kConnection, kBlocking, kNever, UpdateConnection,
     "Gives a connection of an organization another handle, which then stays, regions or settings.", "dry_run", "UpdateConnection", "Connection", 200,
     "409"},
    {"PUT", "/v1/connections/{id}/permissions", Permission::kIntegrationWrite, Asked::kConnection, kBlocking, kNever, ShareConnection,
     "Names the spaces that may use a connection of an organization.", "dry_run", "NodePermissions", "NodePermissions", 200, "409"},
    {"POST", "/v1/connections/{id}/test", Permission::kIntegrationWrite, Asked::kConnection, kBlocking, kByKey, TestConnection,
     "Probes the trust of one account, now.", "", "Empty", "Verification", 200, "409 424"},
    {"POST", "/v1/connections/{id}/sessions", Permission::kSessionMint, Asked::kConnection, kFast, kNever, MintForConnection,
     "Hands out temporary credentials.", "", "Mint", "Session", 201, "409 424"},
    {"POST", "/v1/connections/{id}/console", Permission::kSessionMint, Asked::kConnection, kFast, kNever, ConsoleForConnection,
     "Hands out a console sign-in link.", "", "Mint", "ConsoleLink", 201, "409 424"},

    {"POST", "/v1/tenants", Permission::kInstallationManage, Asked::kInstallation, kBlocking, kByKey, CreateTenant,
     "Makes a tenant with its root space.", "", "CreateTenant", "Tenant", 201, "409"},
    {"GET", "/v1/tenants", Permission::kInstallationManage, Asked::kInstallation, kFast, kNever, ListTenants, "Lists tenants.", kPaging, "",
     "TenantList", 200, ""},
    {"GET", "/v1/tenants/{id}", Permission::kInstallationManage, Asked::kInstallation, kFast, kNever, ShowTenant, "Shows a tenant.", "", "",
     "Tenant", 200, ""},
    {"PATCH", "/v1/tenants/{id}", Permission::kInstallationManage, Asked::kInstallation, kBlocking, kNever, UpdateTenant,
     "Changes name, settings or state; members that are left out stay.", "dry_run", "UpdateTenant", "Tenant", 200, "409"},
    {"DELETE", "/v1/tenants/{id}", Permission::kInstallationManage, Asked::kInstallation, kBlocking, kNever, DeleteTenant,
     "Deletes a tenant and everything of it; its handle is typed in `confirm`. Handle and external IDs stay burnt.", "confirm dry_run", "",
     "Consequences", 200, "409"},

    {"POST", "/v1/spaces", Permission::kSpaceWrite, Asked::kBodyParent, kBlocking, kByKey, CreateSpace, "Makes a space below another one.", "",
     "CreateSpace", "Space", 201, "409"},
    {"GET", "/v1/spaces", Permission::kSpaceRead, Asked::kList, kFast, kNever, ListSpaces, "Lists the spaces that the caller may see.", kPaging,
     "", "SpaceList", 200, ""},
    {"GET", "/v1/spaces/{id}", Permission::kSpaceRead, Asked::kSpace, kFast, kNever, ShowSpace, "Shows a space.", "", "", "Space", 200, ""},
    {"PATCH", "/v1/spaces/{id}", Permission::kSpaceWrite, Asked::kSpace, kBlocking, kNever, UpdateSpace,
     "Renames or moves a space, or changes whether it inherits.", "dry_run", "UpdateSpace", "Space", 200, "409"},
    {"DELETE", "/v1/spaces/{id}", Permission::kSpaceWrite, Asked::kSpace, kBlocking, kNever, DeleteSpace,
     "Deletes an empty space and the role bindings in it.", "dry_run", "", "Consequences", 200, "409"},

    {"POST", "/v1/roles", Permission::kRoleWrite, Asked::kTenant, kBlocking, kByKey, CreateRole, "Makes a role of the tenant's own.", "",
     "CreateRole", "Role", 201, "409"},
    {"GET", "/v1/roles", Permission::kRoleRead, Asked::kList, kFast, kNever, ListRoles, "Lists roles, the built-in ones too.", kPaging, "",
     "RoleList", 200, ""},
    {"GET", "/v1/roles/{id}", Permission::kRoleRead, Asked::kList, kFast, kNever, ShowRole, "Shows a role, by id or name.", "", "", "Role", 200, ""},
    {"PATCH", "/v1/roles/{id}", Permission::kRoleWrite, Asked::kTenant, kBlocking, kNever, UpdateRole,
     "Renames a role or changes what it allows, for everybody who has it.", "dry_run", "UpdateRole", "Role", 200, "409"},
    {"DELETE", "/v1/roles/{id}", Permission::kRoleWrite, Asked::kTenant, kBlocking, kNever, DeleteRole, "Deletes a role that nobody has.",
     "dry_run", "", "Consequences", 200, "409"},

    {"POST", "/v1/role-bindings", Permission::kRoleBindingWrite, Asked::kBodySpace, kBlocking, kByKey, CreateRoleBinding,
     "Gives an operator or a token a role in a space.", "", "CreateRoleBinding", "RoleBinding", 201, "409"},
    {"GET", "/v1/role-bindings", Permission::kRoleBindingRead, Asked::kList, kFast, kNever, ListRoleBindings, "Lists who has which role where.",
     "operator token space limit page_token", "", "RoleBindingList", 200, ""},
    {"GET", "/v1/role-bindings/{id}", Permission::kRoleBindingRead, Asked::kRoleBinding, kFast, kNever, ShowRoleBinding, "Shows a binding.", "",
     "", "RoleBinding", 200, ""},
    {"DELETE", "/v1/role-bindings/{id}", Permission::kRoleBindingWrite, Asked::kRoleBinding, kBlocking, kNever, DeleteRoleBinding,
     "Takes a role away.", "dry_run", "", "Consequences", 200, "409"},

    {"POST", "/v1/tokens", Permission::kTokenWrite, Asked::kBodySpace, kBlocking, kNever, CreateToken,
     "Makes a token for a machine; its text is in this answer only.", "", "CreateToken", "MadeToken", 201, "409"},
    {"GET", "/v1/tokens", Permission::kTokenRead, Asked::kList, kFast, kNever, ListTokens, "Lists tokens, without their text.", kPaging, "",
     "TokenList", 200, ""},
    {"GET", "/v1/tokens/{id}", Permission::kTokenRead, Asked::kToken, kFast, kNever, ShowToken, "Shows a token, without its text.", "", "",
     "Token", 200, ""},
    {"POST", "/v1/tokens/{id}/rotate", Permission::kTokenWrite, Asked::kToken, kBlocking, kNever, RotateToken,
     "Gives a token another text; the former one counts no longer.", "", "", "MadeToken", 200, "409"},
    {"DELETE", "/v1/tokens/{id}", Permission::kTokenWrite, Asked::kToken, kBlocking, kNever, RevokeToken,
     "Voids a token at once; it stays in the list.", "dry_run", "", "Token", 200, "409"},
    {"POST", "/v1/whoami/tokens", Permission::kSelfWrite, Asked::kCaller, kBlocking, kNever, CreateOwnToken,
     "Makes a token of an operator's own: it may what he may, from moment to moment.", "", "CreateOwnToken", "MadeToken", 201, "409"},

    {"GET", "/v1/permissions/explain", Permission::kSelfRead, Asked::kCaller, kFast, kNever, ExplainPermission,
     "Whether somebody may do something, and why; about others only with `permission.explain`.", "operator token action target", "",
     "Explanation", 200, "404"},

    {"GET", "/v1/capabilities", Permission::kIntegrationRead, Asked::kList, kFast, kNever, ListCapabilities,
     "The packs of IAM actions that can be chosen.", kPaging, "", "CapabilityList", 200, ""},
    {"POST", "/v1/operators", Permission::kOperatorWrite, Asked::kTenant, kBlocking, kByKey, CreateOperator,
     "Makes an operator, who may nothing until a role is bound.", "", "CreateOperator", "Operator", 201, "409"},
    {"GET", "/v1/operators", Permission::kOperatorRead, Asked::kTenant, kFast, kNever, ListOperators, "Lists operators.", kPaging, "",
     "OperatorList", 200, ""},
    {"GET", "/v1/operators/{id}", Permission::kOperatorRead, Asked::kTenant, kFast, kNever, ShowOperator, "Shows an operator.", "", "",
     "Operator", 200, ""},
    {"PATCH", "/v1/operators/{id}", Permission::kOperatorWrite, Asked::kTenant, kBlocking, kNever, UpdateOperator,
     "Changes an operator; members that are left out stay.", "dry_run", "UpdateOperator", "Operator", 200, "409"},
    {"DELETE", "/v1/operators/{id}", Permission::kOperatorWrite, Asked::kTenant, kBlocking, kNever, DeleteOperator,
     "Deletes an operator with his role bindings, sessions and tokens.", "dry_run", "", "Consequences", 200, "409"},
    {"POST", "/v1/operators/{id}/sign-out", Permission::kOperatorWrite, Asked::kTenant, kBlocking, kByKey, SignOutOperator,
     "Ends all sessions of an operator and voids his own tokens.", "", "", "SignedOut", 200, "409"},

    {"POST", "/v1/auth/sign-in", Permission::kPublic, Asked::kNobody, kFast, kNever, SignIn,
     "Signs an operator in by password: a browser session, or a token of his own.", "", "SignIn", "SignedIn", 200, "401 403 415"},
    {"GET", "/v1/auth/session", Permission::kSelfRead, Asked::kCaller, kFast, kNever, ShowSession,
     "The browser session of the request, with its CSRF token.", "", "", "BrowserSession", 200, "409"},
    {"POST", "/v1/auth/sign-out", Permission::kSelfWrite, Asked::kCaller, kBlocking, kNever, SignOut,
     "Ends the session, or voids the operator's own token, that the request came with.", "", "", "SignedOut", 200, "409"},
    {"POST", "/v1/auth/sign-out-everywhere", Permission::kSelfWrite, Asked::kCaller, kBlocking, kNever, SignOutEverywhere,
     "Ends all sessions of the calling operator and voids his own tokens.", "", "", "SignedOut", 200, "409"},
    {"POST", "/v1/auth/password", Permission::kSelfWrite, Asked::kCaller, kBlocking, kNever, ChangePassword,
     "Gives the calling operator another password and ends all his sessions.", "", "ChangePassword", "SignedOut", 200, "409"},
    {"GET", "/v1/auth/providers", Permission::kPublic, Asked::kNobody, kFast, kNever, ListProviders,
     "The identity providers at which people of a tenant sign in.", "tenant", "", "ProviderList", 200, ""},
    {"GET", "/v1/auth/oidc/{provider}/start", Permission::kPublic, Asked::kNobody, kBlocking, kNever, StartSingleSignOn,
     "Sends a browser to an identity provider.", "return_to", "", "Redirected", 302, ""},
    {"GET", "/v1/auth/oidc/{provider}/callback", Permission::kPublic, Asked::kNobody, kBlocking, kNever, FinishSingleSignOn,
     "Where the identity provider sends the browser back to; begins a session.", "code state", "", "Redirected", 302, "401 403 409"},
    {"POST", "/v1/token-exchange", Permission::kPublic, Asked::kNobody, kBlocking, kNever, ExchangeToken,
     "Exchanges a token of an identity provider that the configuration names for one of ours.", "", "ExchangeToken", "ExchangedToken", 200, "401"},

    {"GET", "/v1/audit", Permission::kAuditRead, Asked::kList, kBlocking, kNever, ListAudit, "Lists the audit record, newest first: all of it, or what is about the spaces that the caller may read it of.",
     "actor action target from to limit page_token", "", "AuditList", 200, ""},
    {"GET", "/v1/audit/export", Permission::kAuditRead, Asked::kTenant, kBlocking, kNever, ExportAudit,
     "The tenant's chain as JSON lines, oldest first.", "", "", "application/x-ndjson", 200, ""},
    {"GET", "/v1/audit/public-key", Permission::kAuditRead, Asked::kTenant, kFast, kNever, ShowAuditPublicKey,
     "The key that the checkpoints in exports are verified with.", "", "", "AuditPublicKey", 200, ""},
    {"GET", "/v1/jobs/{id}", Permission::kJobRead, Asked::kJob, kFast, kNever, ShowJob, "Shows a job.", "", "", "Job", 200, ""},
    {"GET", "/v1/events", Permission::kEventRead, Asked::kList, kFast, kNever, FollowEvents, "What happens, as server-sent events: all of it, or what is about the spaces that the caller may follow.", "", "",
     "text/event-stream", 200, ""},
});

}  // namespace

std::span<const Route> Routes() { return kRoutes; }

}  // namespace crossrole::api
