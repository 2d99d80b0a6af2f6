// SPDX-License-Identifier: Apache-2.0
#include "sim/internal/rates.h"

#include <algorithm>
#include <chrono>

namespace crossrole::sim {
namespace {

Rate IamRate(std::string_view operation) {
  if (operation == "ListEntitiesForPolicy") return {operation, 40, 80};
  if (operation == "GetPolicy" || operation == "GetPolicyVersion") return {operation, 35, 70};
  if (operation.starts_with("Simulate")) return {"Simulate", 5, 25};
  return {operation, 15, 60};
}

}  // namespace

Rate RateOf(std::string_view service, std::string_view operation) {
  if (service == "sts") {
    // AWS publishes no figure for these two and leaves them out of the shared pool.
    if (operation.starts_with("AssumeRoleWith")) return {operation, 600, 600};
    return {"sts", 600, 600};
  }
  if (service == "iam") return IamRate(operation);
  if (service == "cloudformation" && operation.starts_with("Describe")) return {operation, 15, 60};
  return {operation, 5, 30};
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
