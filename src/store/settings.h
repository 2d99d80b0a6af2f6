// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "model/partition.h"
#include "store/transaction.h"

namespace crossrole::store {

/// The setting that holds the identity of this installation.
inline constexpr std::string_view kInstallationId = "installation_id";
/// The setting that holds the endpoint overrides in force when the server last ran.
inline constexpr std::string_view kEndpointOverrides = "endpoint_overrides";
/// The setting that holds the principal customers of `partition` were last told to trust.
std::string PrincipalSetting(model::Partition partition);

/// A value kept for the installation; in an installation transaction.
base::Result<std::optional<std::string>> FindSetting(ReadTransaction& tx, std::string_view name);
/// Stores a value for the installation; in an installation transaction.
base::Status PutSetting(WriteTransaction& tx, std::string_view name, std::string_view value, base::Time now);

}  // namespace crossrole::store
