// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/result.h"

namespace crossrole::model {

/// A set of AWS regions with credentials of its own; nothing is ever allowed across partitions.
enum class Partition : std::uint8_t { kAws, kAwsUsGov, kAwsCn, kAwsEusc, kAwsIso, kAwsIsoB, kAwsIsoE, kAwsIsoF };

/// What differs between partitions.
struct PartitionFacts {
  std::string_view name;            // as in ARNs, e.g. "aws-us-gov"
  std::string_view dns_suffix;      // e.g. "amazonaws.com"
  std::string_view default_region;  // where global services sign
  std::string_view console_domain;  // e.g. "console.aws.amazon.com"; "" where unknown
  std::string_view signin_domain;   // e.g. "signin.aws.amazon.com"; "" where unknown
};

/// The facts of `partition`.
const PartitionFacts& FactsOf(Partition partition);
/// Parses a partition name. Errors: kInvalidArgument.
base::Result<Partition> ParsePartition(std::string_view name);
/// Whether Crossrole connects accounts of this partition (contract 4.1 names four).
bool IsSupported(Partition partition);

/// Names of the regions of `partition`, sorted.
std::span<const std::string_view> RegionsOf(Partition partition);
/// Whether `name` is a known region of `partition`; the only way a region may get into a host name.
bool IsRegion(Partition partition, std::string_view name);
/// The partition that has the region `name`, if any.
std::optional<Partition> PartitionOfRegion(std::string_view name);

}  // namespace crossrole::model
