// SPDX-License-Identifier: Apache-2.0
#include "aws/endpoints.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace crossrole::aws {
namespace {

using model::Partition;

// How a service's host is made; checked against botocore by tests/conformance/endpoints_test.py.
enum class Where : std::uint8_t {
  kRegional,       // PREFIX[-fips].REGION.SUFFIX
  kHome,           // the same, always in the partition's home region
  kOrganizations,  // the same, but in any region when dual stack is asked for
  kIam,            // names of its own
};
// In GovCloud all endpoints are validated, and most services have no name of their own for it.
enum class GovFips : std::uint8_t { kSameName, kOwnName };

struct Row {
  std::string_view service;
  std::string_view prefix;
  std::string_view signing_name;
  std::string_view variable;  // behind AWS_ENDPOINT_URL_
  Where where = Where::kRegional;
  GovFips gov_fips = GovFips::kSameName;
};

constexpr std::array kRows = {
    Row{"accessanalyzer", "access-analyzer", "access-analyzer", "ACCESSANALYZER"},
    Row{"account", "account", "account", "ACCOUNT", Where::kHome, GovFips::kOwnName},
    Row{"cloudformation", "cloudformation", "cloudformation", "CLOUDFORMATION"},
    Row{"cloudtrail", "cloudtrail", "cloudtrail", "CLOUDTRAIL"},
    Row{"config", "config", "config", "CONFIG_SERVICE"},
    Row{"controltower", "controltower", "controltower", "CONTROLTOWER", Where::kRegional, GovFips::kOwnName},
    Row{"ec2", "ec2", "ec2", "EC2"},
    Row{"guardduty", "guardduty", "guardduty", "GUARDDUTY"},
    Row{"iam", "iam", "iam", "IAM", Where::kIam},
    Row{"identitystore", "identitystore", "identitystore", "IDENTITYSTORE"},
    Row{"kms", "kms", "kms", "KMS", Where::kRegional, GovFips::kOwnName},
    Row{"lambda", "lambda", "lambda", "LAMBDA", Where::kRegional, GovFips::kOwnName},
    Row{"logs", "logs", "logs", "CLOUDWATCH_LOGS"},
    Row{"organizations", "organizations", "organizations", "ORGANIZATIONS", Where::kOrganizations},
    Row{"ram", "ram", "ram", "RAM"},
    Row{"resource-explorer-2", "resource-explorer-2", "resource-explorer-2", "RESOURCE_EXPLORER_2", Where::kRegional,
        GovFips::kOwnName},
    Row{"resourcegroupstaggingapi", "tagging", "tagging", "RESOURCE_GROUPS_TAGGING_API", Where::kRegional,
        GovFips::kOwnName},
    Row{"rolesanywhere", "rolesanywhere", "rolesanywhere", "ROLESANYWHERE", Where::kRegional, GovFips::kOwnName},
    Row{"securityhub", "securityhub", "securityhub", "SECURITYHUB", Where::kRegional, GovFips::kOwnName},
    Row{"service-quotas", "servicequotas", "servicequotas", "SERVICE_QUOTAS"},
    Row{"servicecatalog", "servicecatalog", "servicecatalog", "SERVICE_CATALOG", Where::kRegional, GovFips::kOwnName},
    Row{"sns", "sns", "sns", "SNS"},
    Row{"sqs", "sqs", "sqs", "SQS"},
    Row{"ssm", "ssm", "ssm", "SSM"},
    Row{"sso", "portal.sso", "awsssoportal", "SSO"},
    Row{"sso-admin", "sso", "sso", "SSO_ADMIN"},
    Row{"sso-oidc", "oidc", "sso-oauth", "SSO_OIDC"},
    Row{"sts", "sts", "sts", "STS"},
};
static_assert(std::ranges::is_sorted(kRows, {}, &Row::service));

constexpr auto kNames = [] {
  std::array<std::string_view, kRows.size()> names;
  std::ranges::transform(kRows, names.begin(), &Row::service);
  return names;
}();

struct PartitionRow {
  Partition partition;
  std::string_view dual_stack_suffix;
  std::string_view iam, iam_fips, iam_dual_stack, iam_both;  // "" where there is none
  std::string_view iam_region;
};

constexpr std::array<PartitionRow, 4> kPartitions = {{
    {Partition::kAws, "api.aws", "iam.amazonaws.com", "iam-fips.amazonaws.com", "iam.global.api.aws",
     "iam-fips.global.api.aws", "us-east-1"},
    {Partition::kAwsUsGov, "api.aws", "iam.us-gov.amazonaws.com", "iam.us-gov.amazonaws.com", "iam.us-gov.api.aws",
     "iam.us-gov.api.aws", "us-gov-west-1"},
    {Partition::kAwsCn, "api.amazonwebservices.com.cn", "iam.cn-north-1.amazonaws.com.cn", "",
     "iam.global.api.amazonwebservices.com.cn", "", "cn-north-1"},
    {Partition::kAwsEusc, "api.amazonwebservices.eu", "iam.eusc-de-east-1.amazonaws.eu", "",
     "iam.api.amazonwebservices.eu", "", "eusc-de-east-1"},
}};

const Row* FindRow(std::string_view service) {
  const auto found = std::ranges::lower_bound(kRows, service, {}, &Row::service);
  return found != kRows.end() && found->service == service ? &*found : nullptr;
}

const std::string* FindOverride(const Row& row, const EndpointOverrides& overrides) {
  const auto own = overrides.by_variable.find(fmt::format("AWS_ENDPOINT_URL_{}", row.variable));
  if (own != overrides.by_variable.end() && !own->second.empty()) return &own->second;
  return overrides.for_all.empty() ? nullptr : &overrides.for_all;
}

std::string_view IamHost(const PartitionRow& partition, const EndpointTarget& target) {
  if (target.fips == Fips::kNo) return target.dual_stack == DualStack::kNo ? partition.iam : partition.iam_dual_stack;
  return target.dual_stack == DualStack::kNo ? partition.iam_fips : partition.iam_both;
}

// The region in the host name, which is also the one signed for.
std::string_view RegionFor(const Row& row, const PartitionRow& partition, const EndpointTarget& target) {
  const std::string_view home = model::FactsOf(target.partition).default_region;
  switch (row.where) {
    case Where::kIam:
      return partition.iam_region;
    case Where::kHome:
      return home;
    case Where::kOrganizations:
      if (target.dual_stack == DualStack::kNo || target.region.empty()) return home;
      break;
    case Where::kRegional:
      break;
  }
  return target.region;
}

std::string HostOf(const Row& row, const PartitionRow& partition, const EndpointTarget& target,
                   std::string_view region) {
  if (row.where == Where::kIam) return std::string(IamHost(partition, target));
  const bool is_dual = target.dual_stack == DualStack::kYes;
  const bool same_name = target.partition == Partition::kAwsUsGov && row.gov_fips == GovFips::kSameName && !is_dual;
  return fmt::format("{}{}.{}.{}", row.prefix, target.fips == Fips::kYes && !same_name ? "-fips" : "", region,
                     is_dual ? partition.dual_stack_suffix : model::FactsOf(target.partition).dns_suffix);
}

}  // namespace

base::Result<Endpoint> ResolveEndpoint(std::string_view service, const EndpointTarget& target,
                                       const EndpointOverrides& overrides) {
  const auto refuse = [](std::string message) { return base::Fail(base::Code::kInvalidArgument, std::move(message)); };
  const Row* row = FindRow(service);
  if (row == nullptr) return refuse(fmt::format("`{}` is not a service with a known endpoint", service));
  const std::string_view name = model::FactsOf(target.partition).name;
  const auto partition = std::ranges::find(kPartitions, target.partition, &PartitionRow::partition);
  if (partition == kPartitions.end()) return refuse(fmt::format("the partition `{}` is not supported", name));
  const std::string_view region = RegionFor(*row, *partition, target);
  if (region.empty()) return refuse(fmt::format("{} needs a region", service));
  if (!target.region.empty() && !model::IsRegion(target.partition, target.region)) {
    return refuse(fmt::format("`{}` is not a region of the partition `{}`", target.region, name));
  }
  Endpoint endpoint{.signing_name = std::string(row->signing_name), .signing_region = std::string(region)};
  if (const std::string* url = FindOverride(*row, overrides)) {
    if (target.fips == Fips::kYes) return refuse("FIPS endpoints and an endpoint of one's own exclude each other");
    endpoint.url = *url;
    endpoint.overridden = true;
    return endpoint;
  }
  const bool has_fips = target.partition == Partition::kAws || target.partition == Partition::kAwsUsGov;
  if (target.fips == Fips::kYes && !has_fips)
    return refuse(fmt::format("the partition `{}` has no FIPS endpoints", name));
  endpoint.url = fmt::format("https://{}", HostOf(*row, *partition, target, region));
  return endpoint;
}

std::string EndpointVariable(std::string_view service) {
  const Row* row = FindRow(service);
  return row == nullptr ? "" : fmt::format("AWS_ENDPOINT_URL_{}", row->variable);
}

std::span<const std::string_view> ServicesWithEndpoints() { return kNames; }

}  // namespace crossrole::aws
