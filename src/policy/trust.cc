// SPDX-License-Identifier: Apache-2.0
#include "policy/trust.h"

#include <algorithm>

#include "policy/internal/glob.h"

namespace crossrole::policy {
namespace {

constexpr std::string_view kTagSession = "sts:TagSession";
constexpr std::string_view kSetSourceIdentity = "sts:SetSourceIdentity";

ContextMap CallContext(const AssumeRoleCall& call) {
  ContextMap context = call.context;
  AddPrincipalKeys(context, call.caller);
  if (!call.session_name.empty()) context.Set("sts:RoleSessionName", call.session_name);
  if (call.source_identity.has_value()) context.Set("sts:SourceIdentity", *call.source_identity);
  ContextMap::Values keys;
  for (const auto& [key, value] : call.tags) {
    context.Set("aws:RequestTag/" + key, value);
    keys.push_back(key);
  }
  if (!keys.empty()) context.SetList("aws:TagKeys", std::move(keys));
  if (!call.transitive_tag_keys.empty()) context.SetList("sts:TransitiveTagKeys", call.transitive_tag_keys);
  if (const auto parts = internal::SplitArn(call.role_arn)) context.Set("aws:ResourceAccount", std::string(parts->at(4)));
  return context;
}

bool MayRootAssumeRoles(RootAssumesRoles choice) { return choice == RootAssumesRoles::kAsOthers; }

}  // namespace

std::vector<Request> RequestsOf(const AssumeRoleCall& call, const Undocumented& undocumented) {
  std::vector<std::string> actions = {call.action};
  if (!call.tags.empty()) actions.emplace_back(kTagSession);
  if (call.source_identity.has_value()) actions.emplace_back(kSetSourceIdentity);
  ContextMap context = CallContext(call);
  std::vector<Request> requests;
  requests.reserve(actions.size());
  for (std::string& action : actions) {
    const bool last = &action == &actions.back();
    Request request{.principal = call.caller, .action = std::move(action), .resource = call.role_arn};
    request.context = last ? std::move(context) : context;
    if (call.external_id.has_value() && IsExternalIdVisible(request.action, undocumented.external_id)) {
      request.context.Set("sts:ExternalId", *call.external_id);
    }
    requests.push_back(std::move(request));
  }
  return requests;
}

TrustDecision EvaluateAssumeRole(const AssumeRoleCall& call, const PolicySets& policies, const EvaluateOptions& options) {
  TrustDecision whole{.answer = Answer::kAllowed};
  for (Request& request : RequestsOf(call, options.undocumented)) {
    Decision decision = Evaluate(request, policies, options);
    if (decision.allowed() && call.caller.kind == CallerKind::kRootUser &&
        !MayRootAssumeRoles(options.undocumented.root_assumes_roles)) {
      decision.answer = Answer::kImplicitlyDenied;
      decision.layers = {Layer::kCaller};
    }
    whole.answer = std::max(whole.answer, decision.answer);
    whole.parts.emplace_back(std::move(request.action), std::move(decision));
  }
  return whole;
}

std::vector<std::pair<std::string, PartialDecision>> EvaluateAssumeRolePartially(const AssumeRoleCall& call,
                                                                                 const std::vector<std::string>& absent,
                                                                                 const PolicySets& policies,
                                                                                 const Undocumented& undocumented) {
  const bool refused = call.caller.kind == CallerKind::kRootUser && !MayRootAssumeRoles(undocumented.root_assumes_roles);
  std::vector<std::pair<std::string, PartialDecision>> parts;
  for (Request& request : RequestsOf(call, undocumented)) {
    PartialQuestion question{.request = std::move(request), .absent = absent};
    for (const char* key : {"aws:RequestTag/*", "aws:TagKeys", "sts:SourceIdentity", "sts:TransitiveTagKeys"}) {
      question.absent.emplace_back(key);
    }
    if (!IsExternalIdVisible(question.request.action, undocumented.external_id)) question.absent.emplace_back("sts:ExternalId");
    PartialDecision decision = EvaluatePartially(question, policies, undocumented);
    if (refused && decision.answer != Answer::kExplicitlyDenied) {
      // Whatever would allow it does not; a Deny that depends stays one.
      decision.allowed_if = {.kind = Residual::Kind::kFalse};
      decision.keys = KeysOf(decision.denied_if);
      decision.answer = decision.denied_if.is_constant() ? std::optional(Answer::kImplicitlyDenied) : std::nullopt;
    }
    parts.emplace_back(std::move(question.request.action), std::move(decision));
  }
  return parts;
}

TrustDecision EvaluateTrust(const Document& trust, const AssumeRoleCall& call, const EvaluateOptions& options) {
  const PolicySets policies{.identity_side = IdentitySide::kTakenAsAllowing,
                            .resource = {{.name = "trust policy", .document = &trust}}};
  return EvaluateAssumeRole(call, policies, options);
}

}  // namespace crossrole::policy
