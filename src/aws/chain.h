// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "aws/client.h"
#include "aws/credentials.h"
#include "aws/settings.h"
#include "base/result.h"

namespace crossrole::aws {

/// Where the credentials of our own identity are looked for; references outlive the provider.
struct ChainConfig {
  Environment environment{};
  std::string profile{};  // named explicitly: then keys in the environment do not count, as with AWS's SDKs
  Transport& transport;
  const base::Clock& clock;
  base::Random& random;
  std::string region{};  // for STS; "": the default region of the role's partition
  EndpointOverrides endpoints{};
  Fips fips = Fips::kNo;
  DualStack dual_stack = DualStack::kNo;
  std::string user_agent = "crossrole";
  std::function<void(const ClientEvent&)> observe = nullptr;
};

/// Looks once, in the order of AWS's SDKs: keys in the environment; the profile's `role_arn` with `source_profile` or
/// `credential_source`; a web identity token file; the profile's keys in the credentials file, its
/// `credential_process`, its keys in the config file; the container endpoint; the instance's metadata (IMDSv2, v1 only
/// where v2 is refused and v1 not switched off). What is configured and fails is an error, never a reason to go on:
/// that would be another identity. Source: botocore's credential resolver.
/// Errors: kFailedPrecondition with reason `aws.no_credentials` (nothing is configured) or `aws.credentials`
/// (what is configured does not work); those of STS.
base::Result<Credentials> FetchFromChain(const ChainConfig& config, base::Deadline deadline);

/// A provider that looks as above when it is first asked, and again when what it found is about to expire.
std::shared_ptr<CredentialsProvider> StandardChain(ChainConfig config);

}  // namespace crossrole::aws
