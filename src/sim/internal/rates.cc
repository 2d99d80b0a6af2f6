// SPDX-License-Identifier: Apache-2.0
#include "sim/internal/rates.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace crossrole::sim {
namespace {

Rate IamRate(std::string_view operation) {
  if (operation == "ListEntitiesForPolicy") return {operation, 40, 80};
  if (operation == "GetPolicy" || operation == "GetPolicyVersion") return {operation, 35, 70};
  if (operation.starts_with("Simulate")) return {"Simulate", 5, 25};
  return {operation, 15, 60};
}

// Source: Organizations User Guide, "Throttling rates", per account. Reads that are told apart by nothing but their name
// have buckets of their own.
Rate OrganizationsRate(std::string_view operation) {
  struct Row {
    std::string_view operation;
    double per_second;
    double burst;
  };
  constexpr std::array<Row, 22> kRows = {{{"ListAccounts", 8, 12},
                                          {"ListChildren", 6, 10},
                                          {"ListParents", 5, 8},
                                          {"ListAccountsForParent", 5, 8},
                                          {"ListOrganizationalUnitsForParent", 5, 8},
                                          {"ListRoots", 1, 2},
                                          {"DescribeOrganization", 1, 2},
                                          {"DescribeAccount", 20, 30},
                                          {"DescribeOrganizationalUnit", 2, 2},
                                          {"DescribePolicy", 2, 2},
                                          {"ListPolicies", 5, 8},
                                          {"ListPoliciesForTarget", 5, 8},
                                          {"ListTargetsForPolicy", 5, 8},
                                          {"ListDelegatedAdministrators", 5, 8},
                                          {"ListTagsForResource", 10, 15},
                                          {"CreatePolicy", 2, 3},
                                          {"UpdatePolicy", 2, 3},
                                          {"AttachPolicy", 2, 3},
                                          {"DetachPolicy", 2, 3},
                                          {"MoveAccount", 2, 3},
                                          {"CreateAccount", 0.1, 3},
                                          {"CloseAccount", 0.05, 1}}};
  const auto row = std::ranges::find(kRows, operation, &Row::operation);
  if (row == kRows.end()) return {operation, 1, 3};
  return {operation, row->per_second, row->burst};
}

}  // namespace

Rate RateOf(std::string_view service, std::string_view operation) {
  if (service == "sts") {
    // AWS publishes no figure for these two and leaves them out of the shared pool.
    if (operation.starts_with("AssumeRoleWith")) return {operation, 600, 600};
    return {"sts", 600, 600};
  }
  if (service == "iam") return IamRate(operation);
  if (service == "organizations") return OrganizationsRate(operation);
  // All calls share one pool. Source: Identity Center User Guide, "Quotas".
  if (service == "sso" || service == "identitystore") return {service, 20, 40};
  if (service == "identitystore-scim") return {service, 20, 20};
  if (service == "account") return {operation, 10, 15};
  if (service == "cloudtrail") return {operation, 2, 2};
  if (service == "cloudformation" && operation.starts_with("Describe")) return {operation, 15, 60};
  return {operation, 5, 30};
}

std::size_t MostAtOnce(LongWork work) {
  switch (work) {
    case LongWork::kAccountCreation: return 5;
    case LongWork::kAssignmentChange: return 15;
    case LongWork::kProvisioning: return 3;
    case LongWork::kStackInstanceChange: return 10'000;
  }
  return 0;
}

bool Concurrency::Admits(LongWork work, std::size_t under_way) const {
  return scale_ <= 0 || static_cast<double>(under_way) < std::max(1.0, scale_ * static_cast<double>(MostAtOnce(work)));
}

bool Buckets::Take(const Rate& rate, std::string_view account, std::string_view region, base::Time now) {
  std::string key(rate.pool);
  key.append("/").append(account).append("/").append(region);
  const auto [it, is_new] = levels_.try_emplace(std::move(key), Level{rate.burst * scale_, now});
  Level& level = it->second;
  const double seconds = std::chrono::duration<double>(now - level.at).count();
  level.tokens = std::min(rate.burst * scale_, level.tokens + seconds * rate.per_second * scale_);
  level.at = now;
  if (level.tokens < 1) return false;
  level.tokens -= 1;
  return true;
}

}  // namespace crossrole::sim
