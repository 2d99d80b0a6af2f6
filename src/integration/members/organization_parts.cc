// SPDX-License-Identifier: Apache-2.0
#include "integration/members/organization_parts.h"

#include <fmt/format.h>

#include <utility>

#include "integration/internal/schedule.h"
#include "store/organization/defaults.h"
#include "store/organization_tree.h"

namespace crossrole::integration {
namespace {

using base::Code;
using base::Error;
using base::Fail;

std::unexpected<Error> RefuseKind(std::string message, std::string fix) {
  return Fail(Error{.code = Code::kFailedPrecondition,
                    .message = std::move(message),
                    .reason = "integration.kind",
                    .field = "kind",
                    .fix = std::move(fix)});
}

}  // namespace

bool WaitsForDiscovery(const model::Integration& integration) {
  return integration.kind == model::IntegrationKindOf::kOrganization && integration.state == model::IntegrationState::kVerifying &&
         integration.state_reason == kKindChanged;
}

base::Status CheckOrganization(const model::Integration& integration) {
  if (integration.external_id_format != model::ExternalIdFormat::kAccount) {
    return Fail(Error{.code = Code::kInvalidArgument,
                      .message = "organizations have external IDs of format account",
                      .field = "external_id.format",
                      .fix = "leave it out, or choose another preset"});
  }
  if (integration.assume_on_worker) {
    return Fail(Error{
        .code = Code::kInvalidArgument, .message = "organizations are imported by the server itself", .field = "assume_on_worker"});
  }
  return {};
}

base::Status WriteOrganizationParts(store::WriteTransaction& tx, const Ports& ports, const model::Integration& integration,
                                    const OrganizationWish& wish) {
  TRY_ASSIGN(const store::MemberAccess access, MakeMemberAccess(integration, wish.member, ports.random));
  TRY(store::PutMemberAccess(tx, access));
  if (wish.settings != "{}") TRY(store::PutDefaultSettings(tx, integration.id, wish.settings));
  TRY(store::PutShare(tx, integration.id, integration.id.text(), wish.share));
  return store::PutImportedOrganization(tx, {.integration = integration.id, .handle_prefix = wish.handle_prefix});
}

base::Status ChangeKind(model::Integration& integration, model::IntegrationKindOf kind, base::Time now) {
  if (kind == integration.kind) return {};
  if (kind != model::IntegrationKindOf::kOrganization) {
    return RefuseKind(fmt::format("the integration `{}` is an organization's, and stays one", integration.handle.text()),
                      "make another integration of kind `account`");
  }
  if (const auto fits = CheckOrganization(integration); !fits) {
    return RefuseKind(fits.error().message, "make another integration of kind `organization`");
  }
  integration.kind = kind;
  if (integration.state == model::IntegrationState::kDisabled) return {};
  const bool had_role = integration.role_arn.has_value();
  Settle(integration, now);
  if (had_role) integration.state_reason = std::string(kKindChanged);
  return {};
}

std::optional<model::Integration> FormerAccount(const model::Integration& integration, const store::Connection& connection) {
  const auto state = integration.state;
  const bool may = state == model::IntegrationState::kVerifying || state == model::IntegrationState::kFailed ||
                   state == model::IntegrationState::kActive;
  if (!may || integration.kind != model::IntegrationKindOf::kOrganization || !integration.role_arn) return std::nullopt;
  if (connection.folder || connection.integration != integration.id || connection.role_arn != integration.role_arn->text() ||
      connection.state != store::ConnectionState::kActive) {
    return std::nullopt;
  }
  model::Integration account = integration;
  account.kind = model::IntegrationKindOf::kAccount;
  return account;
}

}  // namespace crossrole::integration
