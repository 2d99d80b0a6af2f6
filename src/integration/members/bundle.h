// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "integration/artefact.h"
#include "model/handle.h"
#include "model/integration.h"

namespace crossrole::integration {

/// One CloudFormation template with both roles for the account of the discovery role, which service-managed stack sets leave out where
/// it is the management account. The integrations are as DiscoveryRoleOf and MemberRoleOf make them.
/// Errors: those of `MakeBlueprint`; kInvalidArgument for a bad format.
base::Result<Artefact> MakeBundle(const model::Integration& discovery, const model::Integration& member, const model::Handle& tenant,
                                  const ArtefactQuery& query);

}  // namespace crossrole::integration
