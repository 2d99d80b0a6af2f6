// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/context.h"
#include "policy/document.h"
#include "policy/principal.h"
#include "policy/undocumented.h"

namespace crossrole::policy {

/// One authorisation question.
struct Request {
  Principal principal;
  std::string action;              // `iam:GetRole`
  std::string resource = "*";      // an ARN; `*` for actions without resource types
  std::string resource_account{};  // 12 digits; "": the account in the ARN, or else the principal's
  std::string partition{};         // of the resource; "": the one in the ARN, or else the principal's
  ContextMap context{};            // complete: `Evaluate` adds nothing (see `AddPrincipalKeys`)
};

class Compiled;

/// A document in force, with the name that explanations use: as written, or compiled (compile.h), which is faster and
/// gives the same answers. Borrowed: it must outlive the evaluation.
struct PolicyRef {
  std::string_view name;
  const Document* document = nullptr;
  const Compiled* compiled = nullptr;  // wins over `document`
};

/// What is attached at one level of an organisation: root, OU or account.
struct PolicyLevel {
  std::string_view name;
  std::vector<PolicyRef> policies;
};

/// Whether the identity policies are known.
enum class IdentitySide : std::uint8_t { kEvaluated, kTakenAsAllowing };

/// Everything that applies to one request. Leave `scp` empty when the principal's account is the management account
/// or outside organisations; leave `rcp` empty when the resource's is, or the service has no RCPs.
struct PolicySets {
  std::vector<PolicyRef> identity{};
  IdentitySide identity_side = IdentitySide::kEvaluated;  // kTakenAsAllowing: to judge a trust policy alone
  std::vector<PolicyRef> resource{};                      // the trust policy of a role, a bucket policy …
  std::optional<PolicyRef> boundary{};
  std::vector<PolicyRef> session{};                       // empty: none was passed
  std::vector<PolicyLevel> scp{};                         // the principal's own organisation, root first
  std::vector<PolicyLevel> rcp{};                         // the resource's own organisation, root first
  std::optional<PolicyRef> vpc_endpoint{};
};

/// The three answers.
enum class Answer : std::uint8_t { kAllowed, kImplicitlyDenied, kExplicitlyDenied };

/// What kind of policy decided.
enum class Layer : std::uint8_t {
  kResourceControl,
  kServiceControl,
  kVpcEndpoint,
  kResource,  ///< the resource's policy; for a role its trust policy
  kIdentity,
  kBoundary,
  kSession,
  kPartition,  ///< principal and resource are in different partitions
  kCaller,     ///< this kind of caller may never do this
};

/// A statement that matched the request.
struct StatementMatch {
  Layer layer = Layer::kIdentity;
  std::string policy;  // `PolicyRef::name`
  std::string level;   // `PolicyLevel::name`, for SCPs and RCPs
  std::size_t index = 0;
  std::string sid;
  Effect effect = Effect::kAllow;
  PrincipalMatch principal = PrincipalMatch::kNone;  // how it named the caller, for layers with principals
  bool operator==(const StatementMatch&) const = default;
};

/// An answer with its reasons.
struct Decision {
  Answer answer = Answer::kImplicitlyDenied;
  std::vector<Layer> layers;               // denied: all that deny, or that should allow and do not; allowed: that allow
  std::vector<StatementMatch> statements;  // every statement that matched, in the order of layers
  /// Whether the request may proceed.
  bool allowed() const { return answer == Answer::kAllowed; }
};

/// Whether the explanation is wanted; without it `Decision::layers` and `statements` stay empty and nothing is allocated
/// in the common case.
enum class Detail : std::uint8_t { kAnswerOnly, kExplained };

/// How to evaluate.
struct EvaluateOptions {
  Undocumented undocumented{};
  Detail detail = Detail::kExplained;
};

/// Decides `request` by the rules of AWS. Source: reference 1.15; IAM User Guide "policy evaluation logic" and
/// "cross-account policy evaluation logic".
Decision Evaluate(const Request& request, const PolicySets& policies, const EvaluateOptions& options = {});

/// "allowed", "implicitly_denied" or "explicitly_denied".
std::string_view NameOf(Answer answer);
/// "rcp", "scp", "vpc_endpoint", "resource", "identity", "boundary", "session", "partition" or "caller".
std::string_view NameOf(Layer layer);

/// Whether an identity policy of the same account is not enough for this action and resource: roles to be assumed and
/// KMS keys. Source: IAM User Guide, "Evaluating identity-based policies with resource-based policies".
bool NeedsExplicitGrant(std::string_view action, std::string_view resource);

/// Whether no policy can forbid the action (`sts:GetCallerIdentity`).
bool IsAlwaysAllowed(std::string_view action);

}  // namespace crossrole::policy
