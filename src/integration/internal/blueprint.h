// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/account_id.h"
#include "model/handle.h"
#include "model/integration.h"
#include "policy/document.h"

namespace crossrole::integration {

/// Which stacks a trust policy of format per_run lets in.
enum class TrustReach : std::uint8_t {
  kAnyStack,  ///< `StringLike <tenant handle>@<integration id>@*`
  kStacks,    ///< `StringLike <tenant handle>@<integration id>@<slug>@*` for each
  kExact,     ///< `StringEquals` with the read and the write value of each
};

/// What a trust policy should let in.
struct TrustScope {
  TrustReach reach = TrustReach::kAnyStack;  // of meaning for format per_run only
  std::vector<std::string> stacks{};         // slugs; for format per_run only
  std::string next_principal_arn{};          // let in like the integration's principal; "" for none
};

/// How the values of `sts:ExternalId` are compared.
enum class ExternalIdMatch : std::uint8_t { kEqual, kPattern };

/// The values that a trust policy accepts: of format account the current one, during a rotation the previous one too.
struct AcceptedExternalIds {
  std::vector<std::string> values;  // at least one; the one for new sessions first
  ExternalIdMatch match = ExternalIdMatch::kEqual;
  bool operator==(const AcceptedExternalIds&) const = default;
};

/// One customer-managed policy.
struct NamedPolicy {
  std::string name;
  policy::Document document;
  std::string fallback_name{};  // to use when `name` is taken by something that is not ours; "" for none
};

/// Everything that is made in the customer's account, decided: artefacts and quickstart only write it down.
struct Blueprint {
  model::IntegrationId integration;
  model::Handle handle;
  model::Partition partition = model::Partition::kAws;
  std::optional<model::AccountId> account;
  std::string region;
  std::string principal_arn;
  AcceptedExternalIds external_ids;
  std::string role_name;
  std::string path;                    // of role and policies
  std::string description;             // "" for none
  policy::Document trust;
  std::vector<NamedPolicy> policies;   // within IAM's limits, all attached
  std::vector<std::string> managed_policy_arns;
  std::string permissions_boundary_arn;  // "" for none
  std::map<std::string, std::string> tags;  // kIntegrationTag and kTemplateTag among them
  std::chrono::seconds longest_session{3600};
  std::string own_role_resource;       // how the policies name the role: with `*` for an unknown account
  std::string stack_name;
  std::string version;                 // `<date of the artefacts>.<hash of all the above>`
  std::vector<std::string> warnings{};  // sentences for whoever makes all this
};

/// The day of the last change to what the artefacts look like.
inline constexpr std::string_view kArtefactDate = "2026-11-22";
/// Limits on one policy that we make.
inline constexpr std::size_t kActionsPerPolicy = 150;
/// More managed policies than this no role can have: AWS raises the quota of 10 that far. Source: IAM, quotas.
inline constexpr std::size_t kPoliciesPerRole = 25;

/// The values that the trust policy of `integration` accepts. Errors: kFailedPrecondition when none was issued;
/// kInvalidArgument for stacks that are none, or stacks with a format other than per_run.
base::Result<AcceptedExternalIds> AcceptedExternalIdsOf(const model::Integration& integration,
                                                        const model::Handle& tenant, const TrustScope& scope);

/// The trust policy in AWS's documented shape: AssumeRole with the external ID condition; TagSession and
/// SetSourceIdentity, as far as they are switched on, for the same principals without it.
policy::Document TrustDocument(const model::Integration& integration, const AcceptedExternalIds& external_ids,
                               const std::string& next_principal_arn = "");

/// How the policies of `integration` name its role: its ARN with `*` for an unknown account, policy variables escaped.
std::string OwnRoleResource(const model::Integration& integration);

/// The customer-managed policies: chosen capabilities, then the operator's own document, cut into chunks of at most
/// 6144 characters and 150 actions. Names are `<policy name>`, `<policy name>-2` …
/// Errors: kInvalidArgument as `CheckRoleSpecification` and `CheckCapabilities`.
base::Result<std::vector<NamedPolicy>> PoliciesFor(const model::Integration& integration);

/// Whether a role can have as many policies as `integration` asks for.
/// Errors: kInvalidArgument with field `managed_policy_arns` or, without any of those, `policy_document`; those of `PoliciesFor`.
base::Status CheckPolicies(const model::Integration& integration);

/// Decides everything. The same integration gives the same blueprint, and the same version.
/// Errors: as the functions above; kInvalidArgument when IAM's limits on a role are exceeded.
base::Result<Blueprint> MakeBlueprint(const model::Integration& integration, const model::Handle& tenant,
                                      const TrustScope& scope = {});

/// The same for consoles that cannot set a path: everything at `/`.
base::Result<Blueprint> MakeBlueprintWithoutPath(model::Integration integration, const model::Handle& tenant,
                                                 const TrustScope& scope = {});

/// The chosen role ARN pieces put into `Resource` literally: `$`, `*` and `?` as policy variables.
std::string EscapePolicyText(std::string_view text);

}  // namespace crossrole::integration
