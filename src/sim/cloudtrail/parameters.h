// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/value.hpp>
#include <string>

#include "sim/cloudtrail/trail.h"

namespace crossrole::sim::cloudtrail {

/// `requestParameters`; null when there are none to show.
boost::json::value RequestParameters(const Happening& happening);
/// `responseElements`; null for calls that only read.
boost::json::value ResponseElements(const Happening& happening);

}  // namespace crossrole::sim::cloudtrail
