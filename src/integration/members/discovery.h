// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "aws/assume_role.h"
#include "aws/client.h"
#include "base/deadline.h"
#include "base/result.h"
#include "integration/find.h"
#include "integration/findings.h"
#include "integration/inspect.h"
#include "integration/ports.h"
#include "model/actor.h"
#include "model/integration.h"

namespace crossrole::integration {

/// The integration with that id or handle, and its tenant; an organization as what its discovery role is made of. Members' roles are
/// looked up in verify_member.h. Errors: kNotFound.
base::Result<Found> FindRole(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle);

/// For whom a session of the discovery role is opened, and how patiently.
struct DiscoveryCall {
  base::Deadline deadline;
  aws::Lane lane = aws::Lane::kVerify;
  std::string request_id{};
};

/// What assumes the discovery role of an integration: without tags and source identity, which would bind the sessions that are
/// opened from it. Errors: kFailedPrecondition while no role is known, or no external ID.
base::Result<aws::AssumeRoleRequest> DiscoveryRequest(const model::Integration& integration);

/// A client that signs as the discovery role, for at most an hour. Errors: those of the call; kFailedPrecondition.
base::Result<aws::Client> OpenDiscovery(const Ports& ports, const model::Integration& integration, const DiscoveryCall& call);

/// Whether the account of a discovery role may list its organization: `organization.not_management_account` where AWS has said that
/// it may not; nothing where it may, or where the role only lacks permissions.
std::optional<Finding> CheckDiscovery(const Ports& ports, const model::Integration& integration, const Inspection& inspection);

/// Whether the discovery role has listed the roots of its organization just now.
bool ListsOrganization(const Ports& ports, const model::Integration& integration);

}  // namespace crossrole::integration
