// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>

#include "audit/record.h"

namespace crossrole::api {

/// A record as in `GET /v1/audit`, without its place in the chain.
boost::json::object RecordJson(const audit::Record& record);

}  // namespace crossrole::api
