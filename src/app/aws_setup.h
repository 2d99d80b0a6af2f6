// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>

#include "app/configuration.h"
#include "aws/settings.h"
#include "base/environment.h"
#include "base/result.h"
#include "integration/aws_access.h"
#include "integration/ports.h"

namespace crossrole::app {

/// The name of this program in requests to AWS.
inline constexpr std::string_view kUserAgent = "crossrole/0.1.0";

/// What the credentials of our own identities are looked for with.
struct IdentitySources {
  const Configuration& configuration;
  const base::Environment& environment;
  const aws::Settings& settings;
  aws::Transport& transport;
  const base::Clock& clock;
  base::Random& random;
};

/// The identities of all partitions: the standard chain for the partition of the configured region, and each partition
/// with a profile of its own.
std::map<model::Partition, integration::ConfiguredIdentity> ConfiguredIdentities(const IdentitySources& sources);

/// What the configuration says about integrations. Errors: kInvalidArgument when negative probes are to be off while an
/// AWS endpoint is not on loopback.
base::Result<integration::Settings> IntegrationSettings(const Configuration& configuration, const aws::Settings& settings);

/// Whether `url` names this machine's loopback.
bool IsLoopbackUrl(std::string_view url);

}  // namespace crossrole::app
