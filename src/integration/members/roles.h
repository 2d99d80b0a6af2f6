// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "model/account_id.h"
#include "model/integration.h"
#include "store/organization_tree.h"

namespace crossrole::integration {

/// The pack that a discovery role has, and only that.
inline constexpr std::string_view kOrganizationPack = "organization";
/// The kind of the job that imports the organization of one integration at intervals; its unique key is the integration's id. What it
/// does is registered by the folder that knows organizations.
inline constexpr std::string_view kSyncJob = "organization.sync";
/// The role that AWS Organizations makes in accounts it creates; it demands no external ID, tags or source identity.
inline constexpr std::string_view kAwsMemberRole = "OrganizationAccountAccessRole";

/// The member `member` of `POST /v1/integrations`.
struct MemberWish {
  std::optional<std::string> role_name{};
  std::optional<std::string> role_path{};
  std::optional<std::string> via{};
};

/// What a new integration's member roles are called and how they are entered, with an external ID of their own.
/// Errors: kInvalidArgument with field `member.role_name`, `member.role_path` or `member.via`.
base::Result<store::MemberAccess> MakeMemberAccess(const model::Integration& integration, const MemberWish& wish, base::Random& random);

/// An integration of kind organization as what its discovery role is made of: it may list the organization and, where members are
/// entered through it, assume their roles; nothing that was chosen for sessions.
model::Integration DiscoveryRoleOf(model::Integration integration, const store::MemberAccess& access);

/// The same as what the role of one member is made of, or of every member without an account. Errors: kFailedPrecondition while
/// members are entered through a discovery role whose account is not known; kInvalidArgument (no such role can exist).
base::Result<model::Integration> MemberRoleOf(model::Integration integration, const store::MemberAccess& access,
                                              const std::optional<model::AccountId>& account);

}  // namespace crossrole::integration
