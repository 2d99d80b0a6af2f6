// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace crossrole::organization {

/// The `format` of `GET /v1/connections/export`.
enum class ExportFormat : std::uint8_t { kAwsConfig, kSteampipe, kTerraform, kJson };
/// The inverse of the names in the API. Errors: kInvalidArgument with field `format`.
base::Result<ExportFormat> ParseExportFormat(std::string_view name);

/// A connection as other programs need it. Texts of people are not among it: whatever is printed has the letters of handles,
/// account ids, ARNs and regions.
struct ExportedConnection {
  std::string handle;
  std::string account_id;
  std::string role_arn;
  std::string region;                  // where sessions are used unless said otherwise
  std::vector<std::string> regions{};  // with wildcards
  std::string settings = "{}";         // as CheckSettings has printed them
};

/// The document, in the order of handles whatever that of the input: what has not changed stays the same bytes. Profiles get their
/// credentials from `crossrole credentials process`, so that no secret is ever in a file; they are called like handles, but for `default`.
std::string PrintExport(ExportFormat format, std::vector<ExportedConnection> connections);

}  // namespace crossrole::organization
