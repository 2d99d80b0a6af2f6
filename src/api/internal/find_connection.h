// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api/route.h"
#include "api/services.h"
#include "store/connections.h"
#include "store/organization_tree.h"

namespace crossrole::api {

/// The connection that the path's `{id}` names by id or handle. Errors: kNotFound, also for another tenant's.
base::Result<store::Connection> FindConnection(const Services& services, const Call& call);

/// The folder that it names. Errors: kNotFound, also for another tenant's.
base::Result<store::Folder> FindFolder(const Services& services, const Call& call);

}  // namespace crossrole::api
