// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/ids.h"
#include "store/transaction.h"

namespace crossrole::store {

/// One line of what happened to an integration, for the people who look after it. Never a secret.
struct IntegrationLogLine {
  std::int64_t seq = 0;  // counts from 1 per integration, without gaps
  base::Time at{};
  std::string level = "info";  // info, warning or error
  std::string event;           // e.g. "verification.finished"
  std::string message;
  std::string details = "{}";  // JSON object
};

/// Lines kept per integration; older ones go.
inline constexpr std::int64_t kLogLinesKept = 1000;

/// Appends a line (its `seq` is assigned here and returned). Errors: kConflict when there is no such integration.
base::Result<std::int64_t> AppendIntegrationLog(WriteTransaction& tx, const model::IntegrationId& integration,
                                                const IntegrationLogLine& line);
/// Up to `limit` lines with a `seq` above `after`, oldest first: call again with the last one to follow.
base::Result<std::vector<IntegrationLogLine>> ListIntegrationLog(ReadTransaction& tx,
                                                                 const model::IntegrationId& integration,
                                                                 std::int64_t after, std::size_t limit);

}  // namespace crossrole::store
