// SPDX-License-Identifier: Apache-2.0
#include "integration/internal/names.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace crossrole::integration {

namespace {

constexpr std::size_t kSuffixLength = 10;

}  // namespace

DefaultNames DefaultNamesFor(model::Preset preset, const model::TenantId& tenant,
                             const model::IntegrationId& integration) {
  const std::string last = integration.Last(kSuffixLength);
  switch (preset) {
    case model::Preset::kCrossrole:
      return {.role_name = "Crossrole-" + last, .role_path = "/crossrole/", .policy_name = "CrossrolePolicy-" + last};
    case model::Preset::kConvox:
      return {.role_name = "ConvoxRole-" + tenant.text(), .role_path = "/convox/", .policy_name = "ConvoxPolicy"};
    case model::Preset::kSpacelift:
      return {.role_name = "spacelift-" + last, .role_path = "/", .policy_name = "spacelift-" + last};
    case model::Preset::kTurbotPipes:
      return {.role_name = "turbot_pipes", .role_path = "/", .policy_name = "turbot_pipes-" + last};
    case model::Preset::kConductorone:
      return {.role_name = "ConductorOneIntegration", .role_path = "/", .policy_name = "ConductorOnePermissions"};
    case model::Preset::kCloudoptimo:
      return {.role_name = "CloudOptimo-" + last, .role_path = "/", .policy_name = "CloudOptimoPolicy-" + last};
  }
  return {};
}

std::string FreePolicyName(model::Preset preset, std::string_view policy_name,
                           const model::IntegrationId& integration) {
  const bool shared = (preset == model::Preset::kConvox && policy_name == "ConvoxPolicy") ||
                      (preset == model::Preset::kConductorone && policy_name == "ConductorOnePermissions");
  return shared ? fmt::format("{}-{}", policy_name, integration.Last(kSuffixLength)) : "";
}

model::ExternalIdFormat DefaultExternalIdFormat(model::Preset preset) {
  return preset == model::Preset::kSpacelift ? model::ExternalIdFormat::kPerRun : model::ExternalIdFormat::kAccount;
}

std::string StackName(const model::Handle& handle, const model::IntegrationId& integration) {
  std::string name = fmt::format("crossrole-{}-{}", handle.text(), integration.Last(kSuffixLength));
  std::ranges::replace(name, '_', '-');
  return name;
}

std::string RoleConsoleUrl(model::Partition partition, std::string_view role_name) {
  const model::PartitionFacts& facts = model::FactsOf(partition);
  const std::string page = ConsoleUrl(partition, facts.default_region, "iam");
  return page.empty() ? "" : fmt::format("{}#/roles/details/{}", page, base::PercentEncode(role_name));
}

std::string ConsoleUrl(model::Partition partition, std::string_view region, std::string_view service) {
  const model::PartitionFacts& facts = model::FactsOf(partition);
  if (facts.console_domain.empty() || !model::IsRegion(partition, region)) return "";
  return fmt::format("https://{}.{}/{}/home", region, facts.console_domain, service);
}

}  // namespace crossrole::integration
