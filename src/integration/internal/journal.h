// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "model/integration.h"
#include "store/transaction.h"

namespace crossrole::integration {

/// A line for the log of an integration.
struct Line {
  std::string_view event;   // a constant such as "verification.finished"
  std::string message;      // one sentence
  std::string level = "info";
  std::string details = "{}";  // JSON object
};

/// Appends a line to what `GET …/logs` shows.
base::Status Note(store::WriteTransaction& tx, const model::Integration& integration, base::Time now, Line line);

/// Makes or renews the one connection of an account integration: same handle, its account and role. Does nothing while
/// the account is unknown.
base::Status WriteConnection(store::WriteTransaction& tx, const model::Integration& integration, base::Time now,
                             base::Random& random);

}  // namespace crossrole::integration
