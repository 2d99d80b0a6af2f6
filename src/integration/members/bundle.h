// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "integration/artefact.h"
#include "model/handle.h"
#include "model/integration.h"

namespace crossrole::integration {

/// One CloudFormation template for the management account: both roles for itself, since service-managed stack sets leave it out, and
/// such a stack set with automatic deployment for the accounts below what the parameter `MemberTargets` names. The integrations are as
/// DiscoveryRoleOf and MemberRoleOf make them, that of members without an account.
/// Errors: those of `MakeBlueprint`; kInvalidArgument for a bad format.
base::Result<Artefact> MakeBundle(const model::Integration& discovery, const model::Integration& member, const model::Handle& tenant,
                                  const ArtefactQuery& query);

}  // namespace crossrole::integration
