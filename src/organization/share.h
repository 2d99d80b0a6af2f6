// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "integration/ports.h"
#include "model/actor.h"
#include "store/connections.h"
#include "store/organization_tree.h"
#include "store/organization/shares.h"

namespace crossrole::organization {

/// Shares a connection with spaces that were checked before, instead of those it was shared with itself; what its folders are shared
/// with stays. Errors: kFailedPrecondition with reason `connection.managed` for that of an integration of kind account.
base::Status ShareConnection(const integration::Ports& ports, const model::Actor& actor, const store::Connection& connection,
                             const store::Share& share);
/// The same for a folder and all that is in it, now and later.
base::Status ShareFolder(const integration::Ports& ports, const model::Actor& actor, const store::Folder& folder, const store::Share& share);

}  // namespace crossrole::organization
