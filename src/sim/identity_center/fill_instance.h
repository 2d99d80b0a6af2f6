// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "base/random.h"
#include "sim/organizations/organization.h"

namespace crossrole::sim::identity_center {

/// Fills the instance of a made organization: permission sets, users, groups, and assignments over `members` (in the order of their
/// making), with the roles that these bring. Members need the customer managed policies `team-policy-1` and `-2`.
/// Source: docs/reference/sim.md, "Made organizations".
void FillInstance(World& world, organizations::Organization& organization, const std::vector<Account*>& members, base::Random& random, base::Time created);

}  // namespace crossrole::sim::identity_center
