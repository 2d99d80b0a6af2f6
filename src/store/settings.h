// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/partition.h"
#include "store/transaction.h"

namespace crossrole::store {

/// The setting that holds the identity of this installation.
inline constexpr std::string_view kInstallationId = "installation_id";
/// The setting that holds the endpoint overrides in force when the server last ran.
inline constexpr std::string_view kEndpointOverrides = "endpoint_overrides";
/// The setting that says that this database comes from a backup, until every integration is back to pending.
inline constexpr std::string_view kRestored = "restored";
/// The setting that says that the first administrator token was written.
inline constexpr std::string_view kFirstTokenWritten = "first_token_written";
/// The setting that holds the principal customers of `partition` were last told to trust.
std::string PrincipalSetting(model::Partition partition);

/// A value kept for the installation; in an installation transaction.
base::Result<std::optional<std::string>> FindSetting(ReadTransaction& tx, std::string_view name);
/// Stores a value for the installation; in an installation transaction.
base::Status PutSetting(WriteTransaction& tx, std::string_view name, std::string_view value, base::Time now);
/// The settings whose names begin with `prefix` (letters and a stop), by name; in an installation transaction.
base::Result<std::vector<std::pair<std::string, std::string>>> ListSettings(ReadTransaction& tx, std::string_view prefix);
/// Forgets a value; one that is not there is no error. In an installation transaction.
base::Status DeleteSetting(WriteTransaction& tx, std::string_view name);

}  // namespace crossrole::store
