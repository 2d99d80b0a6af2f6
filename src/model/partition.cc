// SPDX-License-Identifier: Apache-2.0
#include "model/partition.h"

#include <algorithm>
#include <array>
#include <string>

namespace crossrole::model {
namespace {

#include "model/regions.inc"

constexpr std::array<PartitionFacts, 8> kPartitions = {{
    {"aws", "amazonaws.com", "us-east-1", "console.aws.amazon.com", "signin.aws.amazon.com"},
    {"aws-us-gov", "amazonaws.com", "us-gov-west-1", "console.amazonaws-us-gov.com", "signin.amazonaws-us-gov.com"},
    {"aws-cn", "amazonaws.com.cn", "cn-northwest-1", "console.amazonaws.cn", "signin.amazonaws.cn"},
    {"aws-eusc", "amazonaws.eu", "eusc-de-east-1", "console.amazonaws-eusc.eu", "signin.amazonaws-eusc.eu"},
    {"aws-iso", "c2s.ic.gov", "us-iso-east-1", "", ""},
    {"aws-iso-b", "sc2s.sgov.gov", "us-isob-east-1", "", ""},
    {"aws-iso-e", "cloud.adc-e.uk", "eu-isoe-west-1", "", ""},
    {"aws-iso-f", "csp.hci.ic.gov", "us-isof-south-1", "", ""},
}};

constexpr std::array<std::span<const std::string_view>, 8> kRegions = {
    kAwsRegions, kAwsUsGovRegions, kAwsCnRegions, kAwsEuscRegions,
    kAwsIsoRegions, kAwsIsoBRegions, kAwsIsoERegions, kAwsIsoFRegions};

}  // namespace

const PartitionFacts& FactsOf(Partition partition) { return kPartitions.at(static_cast<std::size_t>(partition)); }

base::Result<Partition> ParsePartition(std::string_view name) {
  for (std::size_t i = 0; i < kPartitions.size(); ++i) {
    if (kPartitions[i].name == name) return static_cast<Partition>(i);
  }
  return base::Fail({.code = base::Code::kInvalidArgument,
                     .message = "`" + std::string(name) + "` is not a partition of AWS",
                     .field = "partition"});
}

bool IsSupported(Partition partition) { return partition <= Partition::kAwsEusc; }

std::span<const std::string_view> RegionsOf(Partition partition) {
  return kRegions.at(static_cast<std::size_t>(partition));
}

bool IsRegion(Partition partition, std::string_view name) {
  return std::ranges::binary_search(RegionsOf(partition), name);
}

std::optional<Partition> PartitionOfRegion(std::string_view name) {
  for (std::size_t i = 0; i < kRegions.size(); ++i) {
    if (IsRegion(static_cast<Partition>(i), name)) return static_cast<Partition>(i);
  }
  return std::nullopt;
}

}  // namespace crossrole::model
