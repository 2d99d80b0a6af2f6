// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "model/arn.h"
#include "model/external_id.h"
#include "model/handle.h"
#include "model/ids.h"
#include "model/integration.h"
#include "model/partition.h"

namespace crossrole::integration {

/// The tag on everything made in AWS; its value is the integration's id. Nothing without it is ever modified.
inline constexpr std::string_view kIntegrationTag = "crossrole:integration";
/// The tag that says which version of the artefacts made a resource.
inline constexpr std::string_view kTemplateTag = "crossrole:template";
/// Prefix of tag keys that nobody but us may set.
inline constexpr std::string_view kOwnTagPrefix = "crossrole:";

/// What the role and policy of an integration are called unless the operator says otherwise.
struct DefaultNames {
  std::string role_name;
  std::string role_path;  // begins and ends with /; the policies' path too
  std::string policy_name;
};

/// The names of `preset`, as the vendor's own page has them where it has any:
///   crossrole      /crossrole/Crossrole-<last 10 of the integration id>, CrossrolePolicy-<same>
///   convox         /convox/ConvoxRole-<tenant id>, ConvoxPolicy (see `FreePolicyName`)
///   spacelift      /spacelift-<last 10>, spacelift-<last 10> (the page lets the operator choose)
///   turbot_pipes   /turbot_pipes, turbot_pipes-<last 10>
///   conductorone   /ConductorOneIntegration, ConductorOnePermissions
///   cloudoptimo    /CloudOptimo-<last 10>, CloudOptimoPolicy-<last 10> (the page's stack invents them)
DefaultNames DefaultNamesFor(model::Preset preset, const model::TenantId& tenant,
                             const model::IntegrationId& integration);

/// The policy name to use when the default of the preset is taken by something that is not ours: with
/// `-<last 10 of the integration id>`; "" when the name is the operator's own or unique already.
std::string FreePolicyName(model::Preset preset, std::string_view policy_name, const model::IntegrationId& integration);

/// The format of external IDs that a preset stands for: per_run for spacelift, account for the others.
model::ExternalIdFormat DefaultExternalIdFormat(model::Preset preset);

/// `crossrole-<handle>-<last 10>`, with `-` for the `_` that CloudFormation refuses.
std::string StackName(const model::Handle& handle, const model::IntegrationId& integration);

/// The console page of a role; "" where the partition has no known console.
std::string RoleConsoleUrl(model::Partition partition, std::string_view role_name);
/// The host and path of a console service page, e.g. `https://us-east-1.console.aws.amazon.com/cloudformation/home`;
/// "" where the partition has no known console. `region` comes from the table of regions.
std::string ConsoleUrl(model::Partition partition, std::string_view region, std::string_view service);

}  // namespace crossrole::integration
