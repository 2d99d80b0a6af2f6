// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/handle.h"
#include "model/integration.h"

namespace crossrole::integration {

/// The `{method}` of `GET /v1/integrations/{id}/setup/{method}`.
enum class ArtefactMethod : std::uint8_t {
  kCloudformation,
  kCloudformationStackset,
  kCloudformationBundle,
  kQuickCreate,
  kTerraform,
  kCli,
  kCloudshell,
  kConsole,
  kKubernetes,
  kTrustPolicy,
  kPermissionPolicy,
};

/// What may stand behind the method.
struct ArtefactQuery {
  std::string format{};               // cloudformation: "", "yaml" or "json"
  std::string mode{};                 // cloudformation-stackset: "", "service" or "self"
  std::string scope{};                // per_run: "", "any", "stack" or "exact"
  std::vector<std::string> stacks{};  // per_run: slugs; several `?stack=` or one with commas
  std::string template_url{};         // `onboarding.template_url` of the configuration, or ""
  std::string next_principal_arn{};   // trusted besides ours, while customers move; "" for none
};

/// One onboarding artefact.
struct Artefact {
  std::string content_type;
  std::string file_name;
  std::string version;  // as in the artefact itself
  std::string body;
  std::vector<std::string> warnings{};  // sentences; where the body has room for remarks they stand in it, too
};

/// "cloudformation", "cli" …
std::string_view NameOf(ArtefactMethod method);
/// The inverse. Errors: kNotFound with the nearest name.
base::Result<ArtefactMethod> ParseArtefactMethod(std::string_view name);
/// The methods that integrations of this kind have, as names.
std::vector<std::string> MethodsFor(model::IntegrationKindOf kind);

/// Makes the artefact: the same integration gives the same bytes.
/// Errors: kFailedPrecondition `setup.method_unavailable` for methods of another kind of integration and
/// `setup.no_template_url` for quick-create, both with the others in `fix` and `details["methods"]`; kInvalidArgument
/// for a bad query; those of `MakeBlueprint`. `cloudformation-bundle` has two roles: see members/bundle.h.
base::Result<Artefact> MakeArtefact(ArtefactMethod method, const model::Integration& integration,
                                    const model::Handle& tenant, const ArtefactQuery& query);

}  // namespace crossrole::integration
