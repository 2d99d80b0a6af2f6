// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>

#include "base/result.h"
#include "sim/organizations/organization.h"

namespace crossrole::sim::organizations {

/// An organization with everything in it: invitations and the accounts being made, too, and its instance of Identity Center.
boost::json::object SaveOrganization(const Organization& organization);
/// Adds it to the world, whose accounts are there already. Throws on a wrong type or a missing member.
/// Errors: kInvalidArgument, MalformedPolicyDocument.
base::Status LoadOrganization(World& world, const boost::json::object& object);

}  // namespace crossrole::sim::organizations
