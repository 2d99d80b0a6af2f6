// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <array>

#include "aws/budget.h"

namespace crossrole::aws {
namespace {

enum class CountedBy : std::uint8_t { kAccount, kRegion };
enum class Shared : std::uint8_t { kTogether, kEachOperation };

struct Row {
  std::string_view service;
  std::string_view operation;  // a prefix ending in `*`, or a whole name; "" is the rest of the service
  std::string_view pool;
  Rate rate;
  CountedBy by = CountedBy::kAccount;
  Shared shared = Shared::kTogether;
};

constexpr auto kEach = Shared::kEachOperation;
constexpr auto kRegion = CountedBy::kRegion;

// The first row that fits counts. Sources: service quotas of STS and Organizations and of IAM Identity Center; community
// values for IAM, whose rates AWS does not publish. Bursts of STS are ours: with the rate they stay near 600 in any second, since
// calls may arrive closer together than they were let through, for which the budgets keep 120 of these back.
constexpr std::array kRows = std::to_array<Row>({
    {"sts", "AssumeRoleWith*", "sts.federated", {600, 270}, kRegion},
    {"sts", "", "sts", {600, 270}, kRegion},
    {"iam", "GetPolicy*", "iam.policies", {35, 35}},
    {"iam", "ListEntitiesForPolicy", "iam.entities", {40, 40}},
    {"iam", "Simulate*", "iam.simulate", {5, 5}},
    {"iam", "Generate*", "iam.generate", {1, 2}},
    {"iam", "Get*", "iam.read", {15, 15}},
    {"iam", "List*", "iam.read", {15, 15}},
    {"iam", "", "iam.write", {15, 15}},
    {"organizations", "ListAccounts", "organizations", {8, 12}, CountedBy::kAccount, kEach},
    {"organizations", "ListChildren", "organizations", {6, 10}, CountedBy::kAccount, kEach},
    {"organizations", "ListRoots", "organizations", {1, 2}, CountedBy::kAccount, kEach},
    {"organizations", "DescribeOrganization", "organizations", {1, 2}, CountedBy::kAccount, kEach},
    {"organizations", "DescribeAccount", "organizations", {20, 30}, CountedBy::kAccount, kEach},
    {"organizations", "DescribeOrganizationalUnit", "organizations", {2, 2}, CountedBy::kAccount, kEach},
    {"organizations", "DescribePolicy", "organizations", {2, 2}, CountedBy::kAccount, kEach},
    {"organizations", "ListDelegatedServicesForAccount", "organizations", {1, 3}, CountedBy::kAccount, kEach},
    {"organizations", "ListAWSServiceAccessForOrganization", "organizations", {1, 3}, CountedBy::kAccount, kEach},
    {"organizations", "ListTagsForResource", "organizations", {10, 15}, CountedBy::kAccount, kEach},
    {"organizations", "List*", "organizations", {5, 8}, CountedBy::kAccount, kEach},
    {"organizations", "CreateAccount", "organizations", {0.1, 3}, CountedBy::kAccount, kEach},
    {"organizations", "CloseAccount", "organizations", {0.05, 1}, CountedBy::kAccount, kEach},
    {"organizations", "", "organizations", {2, 3}, CountedBy::kAccount, kEach},
    {"sso-admin", "", "sso-admin", {20, 20}, kRegion},
    {"sso", "", "sso-admin", {20, 20}, kRegion},
    {"identitystore", "", "identitystore", {20, 20}, kRegion},
    {"cloudtrail", "LookupEvents", "cloudtrail.lookup", {2, 2}, kRegion},
    {"account", "", "account", {10, 15}},
    {"kms", "", "kms", {100, 100}, kRegion},
    {"cloudformation", "", "cloudformation", {10, 10}, kRegion},
});

constexpr Row kUnknown = {"", "", "other", {20, 20}, kRegion};

bool Fits(const Row& row, std::string_view service, std::string_view operation) {
  if (row.service != service) return false;
  if (row.operation.ends_with('*')) return operation.starts_with(row.operation.substr(0, row.operation.size() - 1));
  return row.operation.empty() || row.operation == operation;
}

const Row& RowOf(std::string_view service, std::string_view operation) {
  for (const Row& row : kRows) {
    if (Fits(row, service, operation)) return row;
  }
  return kUnknown;
}

}  // namespace

PoolKey PoolOf(std::string_view service, std::string_view operation, std::string_view identity, std::string_view region) {
  const Row& row = RowOf(service, operation);
  PoolKey key{.pool = std::string(row.pool), .scope = std::string(identity)};
  if (row.shared == Shared::kEachOperation) key.pool += fmt::format(".{}", operation);
  if (row.by == CountedBy::kRegion) key.scope += fmt::format("/{}", region);
  if (&row == &kUnknown) key.pool += fmt::format(".{}", service);
  return key;
}

Rate RateOf(std::string_view pool) {
  for (const Row& row : kRows) {
    if (row.shared == Shared::kTogether && row.pool == pool) return row.rate;
    const std::size_t dot = pool.find('.');
    if (row.shared == Shared::kEachOperation && dot != std::string_view::npos && row.pool == pool.substr(0, dot) &&
        Fits(row, row.service, pool.substr(dot + 1))) {
      return row.rate;
    }
  }
  return kUnknown.rate;
}

}  // namespace crossrole::aws
