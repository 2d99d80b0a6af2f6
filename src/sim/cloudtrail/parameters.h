// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/value.hpp>
#include <string>

#include "sim/cloudtrail/trail.h"

namespace crossrole::sim::cloudtrail {

/// "Nov 22, 2026, 7:44:51 AM", which several services write in their events.
std::string PrintEventTime(base::Time time);
/// `requestParameters`; null when there are none to show.
boost::json::value RequestParameters(const Happening& happening);
/// `responseElements`; null for calls that only read.
boost::json::value ResponseElements(const Happening& happening);

}  // namespace crossrole::sim::cloudtrail
