// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "audit/log.h"
#include "base/clock.h"
#include "base/random.h"
#include "jobs/queue.h"
#include "store/store.h"

namespace crossrole::integration {

class AwsAccess;

/// Whether verifications send the probes that must be refused. `kOff` only against an emulator on loopback.
enum class NegativeProbes : std::uint8_t { kRequired, kOff };
/// Whether a tenant may choose the suffix of an external ID. Source: contract 4.1.
enum class SuffixChoice : std::uint8_t { kGenerated, kChosen };
/// Whether roles of our own account may be connected.
enum class OwnAccountRoles : std::uint8_t { kRefused, kAllowed };

/// What the installation's configuration says about integrations.
struct Settings {
  std::chrono::seconds verification_interval{86400};
  std::chrono::seconds sync_interval{900};  // between two imports of an organization
  double rate_scale = 1;                    // of AWS's published rates, for estimates
  NegativeProbes negative_probes = NegativeProbes::kRequired;
  SuffixChoice suffix = SuffixChoice::kGenerated;
  OwnAccountRoles own_account = OwnAccountRoles::kRefused;
  std::string template_url{};  // `onboarding.template_url`, or ""
  std::string endpoint_url{};  // what AWS_ENDPOINT_URL overrides, handed on with sessions; "" for AWS itself
};

/// What the use cases of this folder work with. Everything outlives them.
struct Ports {
  store::Store& store;
  audit::Log& audit;
  jobs::Queue& jobs;
  AwsAccess& aws;
  const base::Clock& clock;
  base::Random& random;
  const Settings& settings;
};

}  // namespace crossrole::integration
