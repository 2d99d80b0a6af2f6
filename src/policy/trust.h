// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/evaluate.h"
#include "policy/residual.h"

namespace crossrole::policy {

/// One AssumeRole call as STS authorises it.
struct AssumeRoleCall {
  Principal caller;
  std::string role_arn;                          // with path
  std::string action = "sts:AssumeRole";         // or sts:AssumeRoleWithWebIdentity, sts:AssumeRoleWithSAML
  std::string session_name{};                    // "" leaves sts:RoleSessionName absent
  std::optional<std::string> external_id{};
  std::map<std::string, std::string> tags{};     // session tags
  std::vector<std::string> transitive_tag_keys{};
  std::optional<std::string> source_identity{};
  ContextMap context{};                          // what else is known: time, network, organisation, caller's tags
};

/// The answer to an AssumeRole call: each action it needs, decided on its own.
struct TrustDecision {
  Answer answer = Answer::kImplicitlyDenied;                   // the worst of the parts
  std::vector<std::pair<std::string, Decision>> parts{};  // sts:AssumeRole, then sts:TagSession (with tags) and
                                                          // sts:SetSourceIdentity (with a source identity)
  /// Whether credentials are issued.
  bool allowed() const { return answer == Answer::kAllowed; }
};

/// The single authorisations that `call` needs, with their context keys (sts:ExternalId, sts:RoleSessionName,
/// sts:SourceIdentity, aws:RequestTag/…, aws:TagKeys, sts:TransitiveTagKeys, those of `AddPrincipalKeys`, aws:ResourceAccount).
std::vector<Request> RequestsOf(const AssumeRoleCall& call, const Undocumented& undocumented = {});

/// Decides a whole AssumeRole call: it succeeds only if every action it needs is allowed. `policies.resource` is the
/// role's trust policy.
TrustDecision EvaluateAssumeRole(const AssumeRoleCall& call, const PolicySets& policies, const EvaluateOptions& options = {});

/// What is certain of an AssumeRole call, and what it depends on, for each action that it needs. Tags and source identity are
/// taken as the call has them; session name and external ID are unknown when it does not. `absent` as in `PartialQuestion`.
std::vector<std::pair<std::string, PartialDecision>> EvaluateAssumeRolePartially(const AssumeRoleCall& call,
                                                                                 const std::vector<std::string>& absent,
                                                                                 const PolicySets& policies,
                                                                                 const Undocumented& undocumented = {});

/// The same as `EvaluateAssumeRole` with nothing but the trust policy, taking the caller's own side as allowing.
TrustDecision EvaluateTrust(const Document& trust, const AssumeRoleCall& call, const EvaluateOptions& options = {});

}  // namespace crossrole::policy
