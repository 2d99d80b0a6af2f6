// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/partition.h"

namespace crossrole::aws {

/// Whether only endpoints with validated cryptography (FIPS 140) may be used.
enum class Fips : bool { kNo, kYes };
/// Whether endpoints that also answer over IPv6 are used.
enum class DualStack : bool { kNo, kYes };

/// Endpoints that replace AWS's own, as `AWS_ENDPOINT_URL` and `AWS_ENDPOINT_URL_<SERVICE>` name them.
struct EndpointOverrides {
  std::string for_all{};
  std::map<std::string, std::string> by_variable{};  // "AWS_ENDPOINT_URL_STS" -> URL
};

/// Where a client wants to go.
struct EndpointTarget {
  model::Partition partition = model::Partition::kAws;
  std::string_view region{};  // may be empty for services that are global
  Fips fips = Fips::kNo;
  DualStack dual_stack = DualStack::kNo;
};

/// Where a request goes, and what it is signed for.
struct Endpoint {
  std::string url{};  // "https://sts.eu-west-1.amazonaws.com", or an override as given
  std::string signing_name{};
  std::string signing_region{};
  bool overridden = false;
};

/// The endpoint of `service` (as in operations.txt, or botocore's name of it). STS is always regional. Regions that are
/// not in the partition's table never get into a host name.
/// Errors: kInvalidArgument (unknown service or region; FIPS outside `aws` and `aws-us-gov`, or together with an
/// override; a partition that is not supported).
base::Result<Endpoint> ResolveEndpoint(std::string_view service, const EndpointTarget& target,
                                       const EndpointOverrides& overrides = {});

/// The environment variable that overrides the endpoint of a service, e.g. "AWS_ENDPOINT_URL_SSO_ADMIN"; "" when the
/// service is not known.
std::string EndpointVariable(std::string_view service);

/// Names of all services that have an endpoint here, sorted.
std::span<const std::string_view> ServicesWithEndpoints();

}  // namespace crossrole::aws
