// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "model/ids.h"
#include "store/transaction.h"

// Whom a token identifies, where that is a worker or a run and not the token itself.

namespace crossrole::store {

/// Lets a token of the transaction's tenant stand for `bearer` (wk_… or run_…). Errors: kConflict.
base::Status InsertBearer(WriteTransaction& tx, const model::TokenId& id, std::string_view bearer);
/// Whom a token of the transaction's tenant stands for, if not for itself.
base::Result<std::optional<std::string>> FindBearer(ReadTransaction& tx, const model::TokenId& id);
/// Voids all tokens of a bearer from now on, and returns how many there were.
base::Result<std::int64_t> RevokeTokensOfBearer(WriteTransaction& tx, std::string_view bearer, base::Time now);

}  // namespace crossrole::store
