// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <utility>

#include "policy/compile.h"
#include "sim/call.h"
#include "sim/organizations/organization.h"

namespace crossrole::sim {
namespace {

struct Viewer {
  const World& world;
  const Account& account;
  base::Time moment;
};

template <typename T>
void AddInline(CallerPolicies& into, const Viewer& viewer, std::shared_ptr<const T> entity) {
  for (const auto& [name, policy] : entity->inline_policies) {
    into.sets.identity.push_back(viewer.world.compiled_policies().Refer(name, policy.document));
  }
  into.owners.push_back(std::move(entity));
}

std::optional<policy::PolicyRef> RefTo(CallerPolicies& into, const Viewer& viewer, std::string_view arn) {
  const auto policy = viewer.world.FindPolicyAsOf(viewer.account, arn, viewer.moment);
  if (!policy) return std::nullopt;
  into.owners.push_back(policy);
  return viewer.world.compiled_policies().Refer(policy->name, policy->Default().policy.document);
}

void AddAttached(CallerPolicies& into, const Viewer& viewer, const std::vector<std::string>& arns) {
  for (const std::string& arn : arns) {
    if (const auto ref = RefTo(into, viewer, arn)) into.sets.identity.push_back(*ref);
  }
}

// A boundary that does not exist (any more) allows nothing.
void SetBoundary(CallerPolicies& into, const Viewer& viewer, const std::string& arn) {
  if (arn.empty()) return;
  static const policy::Document kNothing{.version = policy::Version::k2012, .id = std::nullopt, .statements = {}};
  into.sets.boundary = RefTo(into, viewer, arn).value_or(policy::PolicyRef{"", &kNothing});
}

void AddSession(CallerPolicies& into, const Viewer& viewer, const Session& session) {
  if (!session.policy.empty()) {
    auto read = viewer.world.compiled_policies().Read(session.policy);
    // What cannot be read allows nothing.
    auto compiled = read ? *std::move(read) : std::make_shared<const policy::Compiled>(policy::Document{});
    into.sets.session.push_back({.name = "session policy", .compiled = compiled.get()});
    into.owners.push_back(std::move(compiled));
  }
  for (const std::string& arn : session.policy_arns) {
    if (const auto ref = RefTo(into, viewer, arn)) into.sets.session.push_back(*ref);
  }
}

void AddEntity(CallerPolicies& policies, const Viewer& viewer, const std::shared_ptr<const User>& user) {
  AddInline(policies, viewer, user);
  AddAttached(policies, viewer, user->attached);
  SetBoundary(policies, viewer, user->boundary);
  for (const std::string& name : user->groups) {
    const auto group = viewer.account.groups.FindAsOf(name, viewer.moment);
    if (!group) continue;
    AddInline(policies, viewer, group);
    AddAttached(policies, viewer, group->attached);
  }
}

void AddEntity(CallerPolicies& policies, const Viewer& viewer, const std::shared_ptr<const Role>& role) {
  AddInline(policies, viewer, role);
  AddAttached(policies, viewer, role->attached);
  SetBoundary(policies, viewer, role->boundary);
}

std::string_view KindOfPolicy(policy::Layer layer) {
  switch (layer) {
    case policy::Layer::kResourceControl: return "resource control policy";
    case policy::Layer::kServiceControl: return "service control policy";
    case policy::Layer::kVpcEndpoint: return "VPC endpoint policy";
    case policy::Layer::kResource: return "resource-based policy";
    case policy::Layer::kBoundary: return "permissions boundary";
    case policy::Layer::kSession: return "session policy";
    default: return "identity-based policy";
  }
}

std::string ReasonOf(const policy::Decision& decision, std::string_view action) {
  const policy::Layer layer = decision.layers.empty() ? policy::Layer::kIdentity : decision.layers.front();
  const std::string_view kind = KindOfPolicy(layer);
  if (decision.answer != policy::Answer::kExplicitlyDenied) {
    return fmt::format("because no {} allows the {} action", kind, action);
  }
  const std::string_view article = kind.starts_with("identity") ? "an" : "a";
  return fmt::format("with an explicit deny in {} {}", article, kind);
}

const Tags* TagsOf(const Call& call, std::shared_ptr<const void>& owner) {
  const policy::Principal& principal = call.caller->principal;
  const Owner* found = call.world.FindId(principal.unique_id);
  if (found == nullptr) return nullptr;
  if (principal.kind == policy::CallerKind::kRole) {
    const auto role = found->account->roles.FindAsOf(found->name, call.spread.seen());
    owner = role;
    return role ? &role->tags : nullptr;
  }
  const auto user = found->account->users.FindAsOf(found->name, call.spread.seen());
  owner = user;
  return user ? &user->tags : nullptr;
}

void AddPrincipalTags(const Call& call, policy::ContextMap& context) {
  std::shared_ptr<const void> owner;
  if (const Tags* tags = TagsOf(call, owner)) {
    for (const Tag& tag : *tags) context.Set("aws:PrincipalTag/" + tag.key, tag.value);
  }
  if (!call.caller->session) return;
  for (const Tag& tag : call.caller->session->tags) context.Set("aws:PrincipalTag/" + tag.key, tag.value);
}

void AddTagKeys(policy::ContextMap& context, std::string_view prefix, const Tags& tags) {
  for (const Tag& tag : tags) context.Set(std::string(prefix) + tag.key, tag.value);
}

}  // namespace

std::string Caller::user_id() const {
  if (principal.kind == policy::CallerKind::kRootUser) return account->id;
  if (principal.kind == policy::CallerKind::kRole) return principal.unique_id + ":" + session->name;
  if (principal.kind == policy::CallerKind::kFederatedUser) return account->id + ":" + session->name;
  return principal.unique_id;
}

CallerPolicies PoliciesOf(const World& world, const Account& account, std::shared_ptr<const User> user,
                          base::Time moment) {
  CallerPolicies policies;
  AddEntity(policies, {world, account, moment}, user);
  return policies;
}

CallerPolicies PoliciesOf(const World& world, const Account& account, std::shared_ptr<const Role> role,
                          base::Time moment) {
  CallerPolicies policies;
  AddEntity(policies, {world, account, moment}, role);
  return policies;
}

CallerPolicies PoliciesOf(const World& world, const Caller& caller, base::Time moment) {
  CallerPolicies policies;
  const Account& account = *caller.account;
  policies.sets.scp = organizations::LevelsFor(world, account, organizations::PolicyType::kServiceControl);
  const Owner* owner = world.FindId(caller.principal.unique_id);
  if (caller.principal.kind == policy::CallerKind::kRootUser) {
    if (caller.session) AddSession(policies, {world, account, moment}, *caller.session);
    return policies;
  }
  if (owner == nullptr) return policies;
  if (caller.principal.kind == policy::CallerKind::kRole) {
    const auto role = account.roles.FindAsOf(owner->name, moment);
    if (role && role->id == caller.principal.unique_id) AddEntity(policies, {world, account, moment}, role);
  } else {
    const auto user = account.users.FindAsOf(owner->name, moment);
    if (user && user->id == caller.principal.unique_id) AddEntity(policies, {world, account, moment}, user);
  }
  if (caller.session) AddSession(policies, {world, account, moment}, *caller.session);
  return policies;
}

void AddResourceTags(policy::ContextMap& context, const Tags& tags) {
  AddTagKeys(context, "aws:ResourceTag/", tags);
  AddTagKeys(context, "iam:ResourceTag/", tags);
}

void AddResourceOrganization(const Account& account, policy::ContextMap& context) {
  if (account.organization == nullptr) return;
  context.Set("aws:ResourceOrgID", account.organization->id);
  context.SetList("aws:ResourceOrgPaths",
                  {account.organization->PathOf(account.organization->members.find(account.id)->second.parent)});
}

void AddRequestTags(policy::ContextMap& context, const Tags& tags) {
  AddTagKeys(context, "aws:RequestTag/", tags);
  std::vector<std::string> keys;
  for (const Tag& tag : tags) keys.push_back(tag.key);
  if (!keys.empty()) context.SetList("aws:TagKeys", std::move(keys));
}

void AddCommonKeys(const Call& call, policy::ContextMap& context) {
  policy::AddPrincipalKeys(context, call.caller->principal);
  context.Set("aws:userid", call.caller->user_id());
  AddPrincipalTags(call, context);
  if (const organizations::Organization* organization = call.account().organization) {
    context.Set("aws:PrincipalOrgID", organization->id);
    context.Set("aws:PrincipalOrgMasterAccountId", organization->management->id);
    context.SetList("aws:PrincipalOrgPaths", {organization->PathOf(organization->members.find(call.account().id)->second.parent)});
  }
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(call.now().time_since_epoch()).count();
  context.Set("aws:CurrentTime", base::FormatRfc3339Seconds(call.now()));
  context.Set("aws:EpochTime", std::to_string(seconds));
  context.Set("aws:RequestedRegion", call.region);
  context.Set("aws:UserAgent", call.caller->user_agent);
  context.Set("aws:ViaAWSService", call.caller->via.empty() ? "false" : "true");
  if (!call.caller->via.empty()) {
    context.SetList("aws:CalledVia", {call.caller->via});
    context.Set("aws:CalledViaFirst", call.caller->via);
    context.Set("aws:CalledViaLast", call.caller->via);
  } else if (!call.caller->source_address.empty()) {
    context.Set("aws:SourceIp", call.caller->source_address);
  }
  // AWS is reached over TLS only, whatever carries the simulation.
  context.Set("aws:SecureTransport", "true");
  if (!call.caller->session) return;
  const Session& session = *call.caller->session;
  // Compared with times that clients wrote down by their own clocks, as in "revoke older sessions".
  context.Set("aws:TokenIssueTime", base::FormatRfc3339Seconds(call.Shown(session.issued)));
  context.Set("aws:MultiFactorAuthPresent", session.mfa == Mfa::kYes ? "true" : "false");
  if (!session.provider.empty()) context.Set("aws:FederatedProvider", session.provider);
  if (!session.source_identity.empty()) context.Set("aws:SourceIdentity", session.source_identity);
}

policy::EvaluateOptions AnswerOnly(policy::EvaluateOptions options) {
  options.detail = policy::Detail::kAnswerOnly;
  return options;
}

base::Error NotAuthorized(const Caller& caller, std::string_view action, std::string_view label,
                          std::string_view reason) {
  return {.code = base::Code::kAwsRefused,
          .message = fmt::format("User: {} is not authorized to perform: {} on resource: {}{}{}", caller.arn(), action,
                                 label, reason.empty() ? "" : " ", reason),
          .aws_code = "AccessDenied"};
}

base::Status Authorize(const Call& call, const Ask& ask) {
  // AWS's own policies belong to no account; whoever asks about one is asked as about one of its own.
  const bool owned_by_aws = ask.resource.contains(":iam::aws:");
  policy::Request request{.principal = call.caller->principal,
                          .action = ask.action,
                          .resource = ask.resource,
                          .resource_account = owned_by_aws ? call.account().id : ask.owner,
                          .context = ask.context};
  AddCommonKeys(call, request.context);
  request.context.Set("aws:ResourceAccount", call.account().id);
  AddResourceOrganization(call.account(), request.context);
  const CallerPolicies policies = PoliciesOf(call.world, *call.caller, call.spread.seen());
  if (policy::Evaluate(request, policies.sets, AnswerOnly(call.evaluation)).allowed()) return {};
  const policy::Decision decision = policy::Evaluate(request, policies.sets, call.evaluation);
  const std::string& label = ask.label.empty() ? ask.resource : ask.label;
  return base::Fail(NotAuthorized(*call.caller, ask.action, label, ReasonOf(decision, ask.action)));
}

base::Status AuthorizeOperation(const Call& call, const aws::Operation& operation, Ask ask) {
  if (ask.action.empty()) ask.action = fmt::format("{}:{}", operation.service->name, operation.name);
  return Authorize(call, ask);
}

base::Result<std::string> OperationTable::Answer(const Entry& entry, Call& call, std::string_view body, std::string_view request_id) {
  const std::shared_ptr<void> input = aws::MakeInput(*entry.facts);
  TRY(aws::DecodeRequestOf(*entry.facts, body, input.get()));
  if (call.carried != nullptr) call.carried->input = input;
  std::shared_ptr<void> output = aws::MakeOutput(*entry.facts);
  TRY(entry.perform(call, input.get(), output.get()));
  std::string answer = aws::EncodeResponseOf(*entry.facts, output.get(), request_id);
  if (call.carried != nullptr) call.carried->output = std::move(output);
  return answer;
}

const OperationTable::Entry* OperationTable::Find(std::string_view service, std::string_view operation) const {
  const auto it = entries_.find(std::pair(service, operation));
  return it == entries_.end() ? nullptr : &it->second;
}

}  // namespace crossrole::sim
