// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace crossrole::organization {

/// Calls of Organizations by operation, e.g. "ListAccounts".
using CallCounts = std::map<std::string, std::size_t, std::less<>>;

/// How many items Organizations puts into a page. Source: Organizations API Reference, "MaxResults".
inline constexpr std::int32_t kListPage = 20;

/// How big an organization is.
struct OrganizationSize {
  std::size_t accounts = 0;
  std::size_t folders = 0;  // with the root
};

/// Whether answers tell where an account is.
enum class AccountPaths : bool { kMissing, kGiven };

/// The calls that a listing of an organization takes, at least. Source: Organizations API Reference (pages of 20).
CallCounts CallsFor(OrganizationSize size, AccountPaths paths);

/// How long AWS's published rates, times `rate_scale`, make `calls` last: each operation has a rate of its own and all go on beside
/// each other, so that the slowest counts. Bursts are not counted on, since other calls may have used them.
std::chrono::milliseconds TimeFor(const CallCounts& calls, double rate_scale);

}  // namespace crossrole::organization
