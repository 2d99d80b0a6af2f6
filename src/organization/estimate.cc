// SPDX-License-Identifier: Apache-2.0
#include "organization/estimate.h"

#include <algorithm>

#include "aws/budget.h"

namespace crossrole::organization {
namespace {

std::size_t Pages(std::size_t items) { return std::max<std::size_t>(1, (items + kListPage - 1) / kListPage); }

}  // namespace

CallCounts CallsFor(OrganizationSize size, AccountPaths paths) {
  CallCounts calls = {{"DescribeOrganization", 1}, {"ListRoots", 1}, {"ListAccounts", Pages(size.accounts)}};
  calls["ListOrganizationalUnitsForParent"] = std::max<std::size_t>(1, size.folders);
  if (paths == AccountPaths::kMissing) calls["ListAccountsForParent"] = std::max<std::size_t>({1, size.folders, Pages(size.accounts)});
  return calls;
}

std::chrono::milliseconds TimeFor(const CallCounts& calls, double rate_scale) {
  double seconds = 0;
  for (const auto& [operation, count] : calls) {
    const aws::Rate rate = aws::RateOf(aws::PoolOf("organizations", operation, "", "").pool);
    seconds = std::max(seconds, static_cast<double>(count) / (rate.per_second * rate_scale));
  }
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

}  // namespace crossrole::organization
