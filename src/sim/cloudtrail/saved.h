// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstddef>

#include "base/result.h"
#include "sim/cloudtrail/trail.h"

// What happened, in a saved state: the events themselves.

namespace crossrole::sim::cloudtrail {

/// How many events a state keeps at most, the newest ones.
constexpr std::size_t kSavedEvents = 25'000;

/// The newest events of all accounts.
boost::json::array SaveTrail(const World& world, const Trail& trail);
/// Gives the list `trail` of `root` back. Throws on a wrong type or a missing member. Errors: kInvalidArgument.
base::Status LoadTrail(const World& world, Trail& trail, const boost::json::object& root);

}  // namespace crossrole::sim::cloudtrail
