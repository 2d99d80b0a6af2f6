// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "store/transaction.h"

namespace crossrole::store {

/// Deletes the tokens of sign-ins and exchanges that expired before `before`: every pipeline run leaves one.
base::Status SweepSignInTokens(WriteTransaction& tx, base::Time before);

}  // namespace crossrole::store
