// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "integration/members/roles.h"
#include "integration/ports.h"
#include "model/integration.h"
#include "store/connections.h"
#include "store/organization/shares.h"
#include "store/transaction.h"

namespace crossrole::integration {

/// What an integration of kind organization has besides; settings, prefix and share are checked before.
struct OrganizationWish {
  MemberWish member{};
  std::string handle_prefix{};
  std::string settings = "{}";  // JSON object
  store::Share share{};
};

/// Why an account's integration is `verifying` after it has become an organization's.
inline constexpr std::string_view kKindChanged = "kind_changed";
/// Whether an integration waits for the proof that its role may list an organization, now that it is one's.
bool WaitsForDiscovery(const model::Integration& integration);
/// Why an integration failed whose trust is safe, but whose account may not list an organization.
inline constexpr std::string_view kNotManagement = "not_management_account";

/// Whether an integration can be one of an organization: one external ID stands for the discovery role, and another one for all
/// members; neither is a stack's or a worker's. Errors: kInvalidArgument with field `external_id.format` or `assume_on_worker`.
base::Status CheckOrganization(const model::Integration& integration);

/// Adds the parts to an integration that is stored. Errors: those of MakeMemberAccess.
base::Status WriteOrganizationParts(store::WriteTransaction& tx, const Ports& ports, const model::Integration& integration,
                                    const OrganizationWish& wish);

/// Makes an account's integration one of its organization: role and external ID stay; what was proven of them does not suffice for the
/// other kind. Errors: kFailedPrecondition with reason `integration.kind` for any other change, and for roles of stacks and workers.
base::Status ChangeKind(model::Integration& integration, model::IntegrationKindOf kind, base::Time now);

/// An organization's integration as the account's that it was before, for sessions through `connection`, which it had then, until an
/// import takes that over; nothing when the connection is none of these, or gives no sessions.
std::optional<model::Integration> FormerAccount(const model::Integration& integration, const store::Connection& connection);

}  // namespace crossrole::integration
