// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api/route.h"
#include "api/services.h"
#include "store/connections.h"

namespace crossrole::api {

/// The connection that the path's `{id}` names by id or handle. Errors: kNotFound, also for another tenant's.
base::Result<store::Connection> FindConnection(const Services& services, const Call& call);

}  // namespace crossrole::api
