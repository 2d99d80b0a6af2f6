// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sim/internal/account_extras.h"
#include "sim/internal/state.h"
#include "sim/organizations/organization.h"

// Parts of a saved state. Reading throws on a wrong type or a missing member; whoever reads a whole state catches that.

namespace crossrole::sim {

namespace saved {
/// Tags and texts as lists, and back.
boost::json::array TagsToJson(const Tags& tags);
boost::json::array TextsToJson(const std::vector<std::string>& texts);
/// The member `name` of an object.
std::string Text(const boost::json::object& object, std::string_view name);
base::Time Moment(const boost::json::object& object, std::string_view name);
std::vector<std::string> Texts(const boost::json::object& object, std::string_view name);
/// The member `tags`.
Tags TagsOf(const boost::json::object& object);
}  // namespace saved

/// What only few users and accounts have.
boost::json::object SaveUserExtras(const UserExtras& extras);
UserExtras LoadUserExtras(const boost::json::object& object);
boost::json::object SaveAccountExtras(const AccountExtras& extras);
AccountExtras LoadAccountExtras(const boost::json::object& object);

/// An organization without what is under way in it (invitations, accounts being made).
boost::json::object SaveOrganization(const organizations::Organization& organization);
/// Adds it to the world, whose accounts are there already. Errors: kInvalidArgument, MalformedPolicyDocument.
base::Status LoadOrganization(World& world, const boost::json::object& object);

}  // namespace crossrole::sim
