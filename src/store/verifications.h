// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "model/ids.h"
#include "store/transaction.h"

namespace crossrole::store {

/// The last verification of an integration.
struct Verification {
  model::IntegrationId integration;
  base::Time checked_at{};
  bool ok = false;
  std::string result = "{}";  // the answer of contract 4.1.1, as JSON
};

/// Replaces the last verification of an integration. Errors: kConflict when there is no such integration.
base::Status PutVerification(WriteTransaction& tx, const Verification& verification);
/// The last verification, if there was one.
base::Result<std::optional<Verification>> FindVerification(ReadTransaction& tx, const model::IntegrationId& integration);

}  // namespace crossrole::store
