// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>

#include "aws/client.h"
#include "base/result.h"
#include "integration/find.h"
#include "integration/ports.h"
#include "integration/verify.h"
#include "model/account_id.h"
#include "model/actor.h"
#include "store/connections.h"
#include "store/organization_tree.h"

namespace crossrole::integration {

/// An organization whose members are verified.
struct MemberPlace {
  Found found;                // the integration of kind organization
  store::MemberAccess access;
  std::optional<aws::Client> discovery{};  // where members are entered through it
};

/// An organization that may be listed now. Errors: kNotFound; kFailedPrecondition with reason `integration.<state>` unless it is
/// active, or `integration.kind`; kInvalidArgument with reason `organization.not_management_account`.
base::Result<MemberPlace> FindReadyOrganization(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle);

/// Looks one up and opens its discovery role where that is the way. Errors: those of FindReadyOrganization and
/// of the call.
base::Result<MemberPlace> FindMemberPlace(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle);

/// How one member is looked at.
struct MemberLook {
  std::string request_id{};
  std::chrono::seconds wait{0};  // how long a role that cannot be assumed is tried again
  std::stop_token stop{};
};

/// Verifies the member role in one account; writes nothing. Errors: kUnavailable when our own identity is not known; those of
/// MemberRoleOf.
base::Result<Verification> TestMember(const Ports& ports, const MemberPlace& place, const model::AccountId& account, const MemberLook& look);

/// The same for a connection, and stores what that says about it. `unknown` changes nothing; a change of its state is recorded.
/// Errors: those of TestMember; those of the store and the audit log.
base::Result<Verification> VerifyConnection(const Ports& ports, const model::Actor& actor, const MemberPlace& place,
                                            const store::Connection& connection, const MemberLook& look);

}  // namespace crossrole::integration
