// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "base/clock.h"
#include "base/result.h"
#include "model/ids.h"
#include "store/transaction.h"

namespace crossrole::store {

/// When the organization of an integration was listed completely last, and what was listed is in the store.
base::Result<std::optional<base::Time>> FindListing(ReadTransaction& tx, const model::IntegrationId& integration);
/// Notes that it was.
base::Status NoteListing(WriteTransaction& tx, const model::IntegrationId& integration, base::Time when);

}  // namespace crossrole::store
