// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>

#include "base/result.h"
#include "sim/organizations/organization.h"

namespace crossrole::sim::identity_center {

/// The instance of an organization, with what is under way in it.
boost::json::object SaveInstance(const Instance& instance);
/// Gives `organization`, whose members are there already, its instance back. Throws on a wrong type or a missing member.
/// Errors: kInvalidArgument.
base::Status LoadInstance(organizations::Organization& organization, const boost::json::object& object);

}  // namespace crossrole::sim::identity_center
