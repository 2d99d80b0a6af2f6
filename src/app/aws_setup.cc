// SPDX-License-Identifier: Apache-2.0
#include "app/aws_setup.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "aws/chain.h"
#include "aws/http_message.h"

namespace crossrole::app {
namespace {

constexpr std::array kPartitions = {model::Partition::kAws, model::Partition::kAwsUsGov, model::Partition::kAwsCn,
                                    model::Partition::kAwsEusc};

// One override counts only when all traffic to AWS goes to loopback.
bool AllEndpointsOnLoopback(const aws::EndpointOverrides& endpoints) {
  return IsLoopbackUrl(endpoints.for_all) &&
         std::ranges::all_of(endpoints.by_variable, [](const auto& item) { return IsLoopbackUrl(item.second); });
}

}  // namespace

bool IsLoopbackUrl(std::string_view url) {
  const auto request = aws::RequestTo(url);
  return request && (request->host == "localhost" || request->host.starts_with("127.") || request->host == "[::1]");
}

std::map<model::Partition, integration::ConfiguredIdentity> ConfiguredIdentities(const IdentitySources& sources) {
  const model::Partition home = model::PartitionOfRegion(sources.settings.region).value_or(model::Partition::kAws);
  std::map<model::Partition, integration::ConfiguredIdentity> identities;
  for (const model::Partition partition : kPartitions) {
    const std::string section = fmt::format("identity.{}.", model::FactsOf(partition).name);
    const std::string& profile = sources.configuration.Text(section + "profile");
    if (profile.empty() && partition != home) continue;
    identities[partition] = {.credentials = aws::StandardChain({.environment = sources.environment,
                                                                .profile = profile,
                                                                .transport = sources.transport,
                                                                .clock = sources.clock,
                                                                .random = sources.random,
                                                                .region = sources.settings.region,
                                                                .endpoints = sources.settings.endpoints,
                                                                .fips = sources.settings.fips,
                                                                .dual_stack = sources.settings.dual_stack,
                                                                .user_agent = std::string(kUserAgent)}),
                             .principal_arn = sources.configuration.Text(section + "principal_arn"),
                             .next_principal_arn = sources.configuration.Text(section + "next_principal_arn")};
  }
  return identities;
}

base::Result<integration::Settings> IntegrationSettings(const Configuration& configuration, const aws::Settings& settings) {
  const bool off = configuration.Text("verification.negative_probes") == "off";
  if (off && !AllEndpointsOnLoopback(settings.endpoints)) {
    return base::Fail({.code = base::Code::kInvalidArgument,
                       .message = "negative probes may be off only where every AWS endpoint is on loopback",
                       .field = "verification.negative_probes",
                       .fix = "leave it at `required`; or set AWS_ENDPOINT_URL to an emulator on 127.0.0.1"});
  }
  using integration::NegativeProbes;
  using integration::OwnAccountRoles;
  using integration::SuffixChoice;
  return integration::Settings{
      .verification_interval = std::chrono::seconds(configuration.Integer("verification.interval_seconds")),
      .sync_interval = std::chrono::seconds(configuration.Integer("organization.sync_interval_seconds")),
      .rate_scale = configuration.Number("aws.rate_scale"),
      .negative_probes = off ? NegativeProbes::kOff : NegativeProbes::kRequired,
      .suffix = configuration.Text("external_id.suffix") == "chosen" ? SuffixChoice::kChosen : SuffixChoice::kGenerated,
      .own_account = configuration.Boolean("integration.allow_own_account") ? OwnAccountRoles::kAllowed : OwnAccountRoles::kRefused,
      .template_url = configuration.Text("onboarding.template_url"),
      .endpoint_url = settings.endpoints.for_all};
}

}  // namespace crossrole::app
