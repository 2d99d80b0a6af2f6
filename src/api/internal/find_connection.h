// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "api/route.h"
#include "api/services.h"
#include "base/result.h"
#include "store/connections.h"
#include "store/organization_tree.h"
#include "store/transaction.h"

namespace crossrole::api {

/// The connection, or the folder, of that id or handle. Errors: kNotFound, also for another tenant's.
base::Result<store::Connection> FindConnectionNamed(store::ReadTransaction& tx, const std::string& id_or_handle);
base::Result<store::Folder> FindFolderNamed(store::ReadTransaction& tx, const std::string& id_or_handle);

/// The connection that the path's `{id}` names by id or handle. Errors: kNotFound, also for another tenant's.
base::Result<store::Connection> FindConnection(const Services& services, const Call& call);

/// The folder that it names. Errors: kNotFound, also for another tenant's.
base::Result<store::Folder> FindFolder(const Services& services, const Call& call);

}  // namespace crossrole::api
