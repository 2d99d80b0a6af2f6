// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "integration/members/roles.h"
#include "integration/ports.h"
#include "integration/update.h"
#include "model/actor.h"
#include "model/integration.h"

namespace crossrole::organization {

/// What another `member` of an integration of kind organization would make invalid: sessions, what was proven of members, the artefacts
/// of their roles, and that of the discovery role where it is the way. Writes nothing. Errors: those of integration::MakeMemberAccess;
/// kInvalidArgument with field `member` for an integration of kind account.
base::Result<integration::Consequences> PreviewMemberRole(const integration::Ports& ports, const model::Integration& integration,
                                                          const integration::MemberWish& wish);

/// Stores it, with the external ID of before; each connection has to be proven anew. Errors: as `PreviewMemberRole`.
base::Status ApplyMemberRole(const integration::Ports& ports, const model::Actor& actor, const model::Integration& integration,
                             const integration::MemberWish& wish);

}  // namespace crossrole::organization
