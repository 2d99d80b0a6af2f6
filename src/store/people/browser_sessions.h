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

namespace crossrole::store {

/// A browser in which an operator has signed in.
struct BrowserSession {
  std::string id;  // a ULID
  model::TenantId tenant;
  model::OperatorId operator_id;
  std::string hash;  // of its secret, lower-case hexadecimal
  base::Time created_at{};
  base::Time last_used_at{};
  base::Time expires_at{};  // whatever happens
};

/// Adds a session. Errors: kConflict.
base::Status InsertBrowserSession(WriteTransaction& tx, const BrowserSession& session);
/// A session of the transaction's tenant, expired ones too.
base::Result<std::optional<BrowserSession>> FindBrowserSession(ReadTransaction& tx, std::string_view id);
/// Notes a use.
base::Status RecordBrowserSessionUse(WriteTransaction& tx, std::string_view id, base::Time now);
/// Ends a session; one that is not there is no error.
base::Status DeleteBrowserSession(WriteTransaction& tx, std::string_view id);
/// Ends all sessions of an operator, and returns how many there were.
base::Result<std::int64_t> DeleteBrowserSessionsOf(WriteTransaction& tx, const model::OperatorId& id);
/// Deletes the sessions that expired before `now` or were used last before `idle_since`; returns how many there were.
base::Result<std::int64_t> SweepBrowserSessions(WriteTransaction& tx, base::Time now, base::Time idle_since);

}  // namespace crossrole::store
