// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "aws/sts.h"
#include "base/text.h"
#include "model/arn.h"
#include "policy/parse.h"
#include "policy/trust.h"
#include "sim/internal/identifiers.h"
#include "sim/internal/refuse.h"
#include "sim/organizations/organization.h"
#include "sim/sts/operations.h"
#include "sim/sts/sessions.h"

namespace crossrole::sim::sts {
namespace {

using aws::sts::AssumeRoleInput;
using aws::sts::AssumeRoleOutput;

constexpr std::chrono::seconds kChainedLimit{3600};

bool IsChained(const Caller& caller) { return caller.session && caller.session->kind == SessionKind::kAssumedRole; }

// Transitive tags of the calling session come first and cannot be replaced.
base::Status InheritTags(const Caller& caller, Session& session) {
  if (!IsChained(caller)) return {};
  for (const std::string& key : caller.session->transitive_tags) {
    const Tag* tag = FindTag(caller.session->tags, key);
    if (tag == nullptr) continue;
    if (FindTag(session.tags, key) != nullptr) {
      return Invalid("One of the specified transitive tag keys can't be set because it conflicts with a transitive tag "
                     "key from the calling session.");
    }
    session.tags.push_back(*tag);
    session.transitive_tags.push_back(key);
  }
  return {};
}

base::Status InheritSourceIdentity(const Caller& caller, Session& session) {
  if (!caller.session || caller.session->source_identity.empty()) return {};
  const std::string& inherited = caller.session->source_identity;
  if (!session.source_identity.empty() && session.source_identity != inherited) {
    return Refuse("AccessDenied", "SourceIdentity cannot be changed once it is set in the calling session.");
  }
  session.source_identity = inherited;
  return {};
}

base::Result<Session> PlanSession(const Call& call, const AssumeRoleInput& input) {
  Session session{.name = input.role_session_name,
                  .policy = input.policy.value_or(""),
                  .transitive_tags = input.transitive_tag_keys,
                  .source_identity = input.source_identity.value_or(""),
                  .chained = IsChained(*call.caller) ? Chained::kYes : Chained::kNo};
  TRY_ASSIGN(session.tags, ReadSessionTags(input.tags));
  for (const std::string& key : input.transitive_tag_keys) {
    if (FindTag(session.tags, key) == nullptr) {
      return Invalid(fmt::format("The specified transitive tag key must be included in the requested tags: {}", key));
    }
  }
  if (input.source_identity && base::Lower(*input.source_identity).starts_with("aws:")) {
    return Invalid("SourceIdentity cannot begin with aws:");
  }
  TRY_ASSIGN(session.policy_arns, ReadPolicyArns(input.policy_arns));
  TRY(CheckSessionPolicy(call.world, session.policy));
  TRY(InheritTags(*call.caller, session));
  TRY(InheritSourceIdentity(*call.caller, session));
  return session;
}

// A role that authorisation can see, or null: missing, too new, of another path, of an account out of use.
std::shared_ptr<const Role> FindRole(const Call& call, const std::string& role_arn, Account*& owner) {
  const auto arn = model::RoleArn::Parse(role_arn);
  if (!arn) return nullptr;
  owner = call.world.FindAccount(arn->account().text());
  if (owner == nullptr || owner->state != AccountState::kActive) return nullptr;
  auto role = owner->roles.FindAsOf(arn->name(), call.spread.seen());
  return role && role->arn == role_arn ? role : nullptr;
}

policy::AssumeRoleCall TrustCall(const Call& call, const AssumeRoleInput& input, const Session& session,
                                 const Account& owner, const Role& role) {
  policy::AssumeRoleCall assume{.caller = call.caller->principal,
                                .role_arn = role.arn,
                                .session_name = session.name,
                                .external_id = input.external_id,
                                .transitive_tag_keys = session.transitive_tags};
  for (const Tag& tag : session.tags) assume.tags.emplace(tag.key, tag.value);
  if (!session.source_identity.empty()) assume.source_identity = session.source_identity;
  AddCommonKeys(call, assume.context);
  AddResourceTags(assume.context, role.tags);
  AddResourceOrganization(owner, assume.context);
  assume.context.Set("sts:DurationSeconds", std::to_string(input.duration_seconds.value_or(3600)));
  return assume;
}

base::Status AuthorizeAssume(const Call& call, const AssumeRoleInput& input, const Session& session, const Account& owner,
                             const Role& role) {
  CallerPolicies policies = PoliciesOf(call.world, *call.caller, call.spread.seen());
  policies.sets.resource = {call.world.compiled_policies().Refer("trust policy", role.trust.document)};
  policies.sets.rcp = organizations::LevelsFor(call.world, owner, organizations::PolicyType::kResourceControl);
  const policy::TrustDecision decision =
      policy::EvaluateAssumeRole(TrustCall(call, input, session, owner, role), policies.sets, AnswerOnly(call.evaluation));
  for (const auto& [action, part] : decision.parts) {
    if (!part.allowed()) return base::Fail(NotAuthorized(*call.caller, action, input.role_arn, ""));
  }
  return {};
}

base::Status CheckDuration(const Call& call, const AssumeRoleInput& input, const Role& role) {
  const std::chrono::seconds asked(input.duration_seconds.value_or(3600));
  if (IsChained(*call.caller) && asked > kChainedLimit) {
    return Invalid("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining");
  }
  if (asked > role.max_session) {
    return Invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
  }
  return {};
}

}  // namespace

base::Result<AssumeRoleOutput> AssumeRole(Call& call, const AssumeRoleInput& input) {
  if (!input.role_arn.starts_with("arn:")) return Invalid(fmt::format("{} is invalid", input.role_arn));
  if (call.caller->principal.kind == policy::CallerKind::kRootUser) {
    return Refuse("AccessDenied", "Roles may not be assumed by root accounts.");
  }
  if (call.caller->principal.kind == policy::CallerKind::kFederatedUser) {
    return Refuse("AccessDenied", "Cannot call AssumeRole with session credentials");
  }
  TRY_ASSIGN(Session session, PlanSession(call, input));
  TRY_ASSIGN(const std::optional<std::int32_t> packed, PackedSize(session));
  Account* owner = nullptr;
  const std::shared_ptr<const Role> role = FindRole(call, input.role_arn, owner);
  if (!role) return base::Fail(NotAuthorized(*call.caller, "sts:AssumeRole", input.role_arn, ""));
  TRY(AuthorizeAssume(call, input, session, *owner, *role));
  TRY(CheckDuration(call, input, *role));

  session.account_id = owner->id;
  session.principal_id = role->id;
  const std::string resource = "assumed-role/" + role->name + "/" + session.name;
  AssumeRoleOutput output{
      .assumed_role_user = aws::sts::AssumedRoleUser{
          .assumed_role_id = role->id + ":" + session.name,
          .arn = fmt::format("arn:{}:sts::{}:{}", owner->partition_name(), owner->id, resource)},
      .packed_policy_size = packed};
  if (!session.source_identity.empty()) output.source_identity = session.source_identity;
  output.credentials = Issue(call, std::move(session), std::chrono::seconds(input.duration_seconds.value_or(3600)));
  return output;
}

std::string TargetAccountOf(std::string_view form) {
  constexpr std::string_view kName = "RoleArn=";
  const std::size_t at = form.find(kName);
  if (at == std::string_view::npos) return "";
  const std::string_view value = form.substr(at + kName.size());
  const auto arn = model::RoleArn::Parse(base::PercentDecode(value.substr(0, value.find('&'))));
  return arn ? arn->account().text() : "";
}

}  // namespace crossrole::sim::sts
