// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"
#include "model/ids.h"
#include "store/transaction.h"

namespace crossrole::store {

/// The settings of the organization of an integration as a whole, a JSON object: they count where neither a connection nor a folder
/// above it has some. "{}" where nobody set any.
base::Result<std::string> FindDefaultSettings(ReadTransaction& tx, const model::IntegrationId& integration);
/// Replaces them.
base::Status PutDefaultSettings(WriteTransaction& tx, const model::IntegrationId& integration, const std::string& settings);

}  // namespace crossrole::store
