// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/text.h"
#include "sim/iam/operations.h"
#include "sim/iam/entities.h"
#include "sim/internal/trust_document.h"

namespace crossrole::sim::iam {
namespace {

namespace api = aws::iam;

template <typename T>
constexpr std::size_t InlineLimit() {
  if constexpr (std::is_same_v<T, Role>) return policy::kRoleInlineSize;
  if constexpr (std::is_same_v<T, Group>) return policy::kGroupInlineSize;
  return policy::kUserInlineSize;
}

std::unexpected<base::Error> NoSuchInline(std::string_view word, const std::string& name) {
  return Refuse("NoSuchEntity", fmt::format("The {} policy with name {} cannot be found.", word, name));
}

template <typename Op>
base::Result<typename Op::Output> PutInline(Call& call, const typename Op::Input& input) {
  using T = EntityOf<typename Op::Input>;
  TRY_ASSIGN(const auto found, FindChangeable(call, input));
  TRY_ASSIGN(PolicyText text, StorePolicy(input.policy_document, policy::DocumentKind::kIdentity));
  T entity = *found;
  entity.inline_policies.insert_or_assign(input.policy_name, std::move(text));
  std::size_t size = 0;
  for (const auto& [name, policy] : entity.inline_policies) size += policy::CountedSize(policy.text);
  if (size > InlineLimit<T>()) {
    return Refuse("LimitExceeded", fmt::format("Maximum policy size of {} bytes exceeded for {} {}", InlineLimit<T>(),
                                               WordOf<T>(), entity.name));
  }
  call.world.Put(call.account(), call.spread, std::move(entity));
  return typename Op::Output{};
}

template <typename Op>
base::Result<typename Op::Output> GetInline(Call& call, const typename Op::Input& input) {
  using T = EntityOf<typename Op::Input>;
  TRY_ASSIGN(const auto entity, FindEntity(call, input));
  const auto it = entity->inline_policies.find(input.policy_name);
  if (it == entity->inline_policies.end()) return NoSuchInline(WordOf<T>(), input.policy_name);
  typename Op::Output output;
  if constexpr (NamesRole<typename Op::Output>) output.role_name = entity->name;
  else if constexpr (NamesGroup<typename Op::Output>) output.group_name = entity->name;
  else output.user_name = entity->name;
  output.policy_name = it->first;
  output.policy_document = base::PercentEncode(it->second.text);
  return output;
}

template <typename Op>
base::Result<typename Op::Output> DeleteInline(Call& call, const typename Op::Input& input) {
  using T = EntityOf<typename Op::Input>;
  TRY_ASSIGN(const auto found, FindChangeable(call, input));
  T entity = *found;
  const auto it = entity.inline_policies.find(input.policy_name);
  if (it == entity.inline_policies.end()) return NoSuchInline(WordOf<T>(), input.policy_name);
  entity.inline_policies.erase(it);
  call.world.Put(call.account(), call.spread, std::move(entity));
  return typename Op::Output{};
}

template <typename Op>
base::Result<typename Op::Output> ListInline(Call& call, const typename Op::Input& input) {
  TRY_ASSIGN(const auto entity, FindEntity(call, input));
  std::vector<std::string> names;
  for (const auto& [name, policy] : entity->inline_policies) names.push_back(name);
  typename Op::Output output;
  TRY(Page(input, std::move(names), [](const std::string& name) -> std::string_view { return name; },
           output.policy_names, output));
  return output;
}

template <typename Op>
base::Result<typename Op::Output> Attach(Call& call, const typename Op::Input& input) {
  using T = EntityOf<typename Op::Input>;
  TRY_ASSIGN(const auto found, FindChangeable(call, input));
  if (input.policy_arn.contains(":policy/aws-service-role/")) {
    return Refuse("PolicyNotAttachable", "Cannot attach a Service Role Policy to a Customer Role.");
  }
  if (!call.world.FindPolicy(call.account(), input.policy_arn)) {
    return Refuse("NoSuchEntity", fmt::format("Policy {} does not exist or is not attachable.", input.policy_arn));
  }
  T entity = *found;
  if (std::ranges::find(entity.attached, input.policy_arn) != entity.attached.end()) return typename Op::Output{};
  if (entity.attached.size() >= policy::kManagedPoliciesPerPrincipal) {
    return Refuse("LimitExceeded", fmt::format("Cannot exceed quota for PoliciesPer{}: {}", TitleOf<T>(),
                                               policy::kManagedPoliciesPerPrincipal));
  }
  entity.attached.push_back(input.policy_arn);
  call.world.Put(call.account(), call.spread, std::move(entity));
  return typename Op::Output{};
}

template <typename Op>
base::Result<typename Op::Output> Detach(Call& call, const typename Op::Input& input) {
  using T = EntityOf<typename Op::Input>;
  TRY_ASSIGN(const auto found, FindChangeable(call, input));
  T entity = *found;
  if (std::erase(entity.attached, input.policy_arn) == 0) {
    return Refuse("NoSuchEntity", fmt::format("Policy {} was not found.", input.policy_arn));
  }
  call.world.Put(call.account(), call.spread, std::move(entity));
  return typename Op::Output{};
}

template <typename Op>
base::Result<typename Op::Output> ListAttached(Call& call, const typename Op::Input& input) {
  TRY_ASSIGN(const auto entity, FindEntity(call, input));
  std::vector<api::AttachedPolicy> policies;
  for (const std::string& arn : entity->attached) {
    const auto policy = call.world.FindPolicy(call.account(), arn);
    if (!policy || !policy->path.starts_with(input.path_prefix.value_or("/"))) continue;
    policies.push_back({.policy_name = policy->name, .policy_arn = policy->arn});
  }
  typename Op::Output output;
  TRY(Page(input, std::move(policies), [](const auto& policy) { return TextOf(policy.policy_name); },
           output.attached_policies, output));
  return output;
}

template <typename Op>
base::Result<typename Op::Output> PutBoundary(Call& call, const typename Op::Input& input) {
  TRY_ASSIGN(const auto found, FindChangeable(call, input));
  TRY(CheckBoundary(call, input.permissions_boundary));
  EntityOf<typename Op::Input> entity = *found;
  entity.boundary = input.permissions_boundary;
  call.world.Put(call.account(), call.spread, std::move(entity));
  return typename Op::Output{};
}

template <typename Op>
base::Result<typename Op::Output> DeleteBoundary(Call& call, const typename Op::Input& input) {
  using T = EntityOf<typename Op::Input>;
  TRY_ASSIGN(const auto found, FindChangeable(call, input));
  if (found->boundary.empty()) {
    return Refuse("NoSuchEntity", fmt::format("{} {} does not have a permissions boundary.", TitleOf<T>(), found->name));
  }
  T entity = *found;
  entity.boundary.clear();
  call.world.Put(call.account(), call.spread, std::move(entity));
  return typename Op::Output{};
}

// Tags are for the account to set, also on roles that only AWS changes. Source: IAM API Reference, "TagRole".
template <typename Op>
base::Result<typename Op::Output> AddTags(Call& call, const typename Op::Input& input) {
  TRY_ASSIGN(const auto found, FindEntity(call, input));
  TRY_ASSIGN(const Tags tags, ReadTags(input.tags));
  EntityOf<typename Op::Input> entity = *found;
  MergeTags(entity.tags, tags);
  if (entity.tags.size() > 50) return Refuse("LimitExceeded", "The number of tags has reached the maximum limit.");
  call.world.Put(call.account(), call.spread, std::move(entity));
  return typename Op::Output{};
}

template <typename Op>
base::Result<typename Op::Output> RemoveTags(Call& call, const typename Op::Input& input) {
  TRY_ASSIGN(const auto found, FindEntity(call, input));
  EntityOf<typename Op::Input> entity = *found;
  for (const std::string& key : input.tag_keys) {
    std::erase_if(entity.tags, [&](const Tag& tag) { return base::EqualsIgnoreCase(tag.key, key); });
  }
  call.world.Put(call.account(), call.spread, std::move(entity));
  return typename Op::Output{};
}

template <typename Op>
base::Result<typename Op::Output> ListTags(Call& call, const typename Op::Input& input) {
  TRY_ASSIGN(const auto entity, FindEntity(call, input));
  typename Op::Output output;
  TRY(Page(input, ShowTags(entity->tags), [](const api::Tag& tag) -> std::string_view { return tag.key; }, output.tags,
           output));
  return output;
}

}  // namespace

void AddEntityPolicyOperations(OperationTable& table) {
  const auto on = OnEntity{};
  table.Add<api::PutRolePolicy>(on, PutInline<api::PutRolePolicy>);
  table.Add<api::PutUserPolicy>(on, PutInline<api::PutUserPolicy>);
  table.Add<api::PutGroupPolicy>(on, PutInline<api::PutGroupPolicy>);
  table.Add<api::GetRolePolicy>(on, GetInline<api::GetRolePolicy>);
  table.Add<api::GetUserPolicy>(on, GetInline<api::GetUserPolicy>);
  table.Add<api::GetGroupPolicy>(on, GetInline<api::GetGroupPolicy>);
  table.Add<api::DeleteRolePolicy>(on, DeleteInline<api::DeleteRolePolicy>);
  table.Add<api::DeleteUserPolicy>(on, DeleteInline<api::DeleteUserPolicy>);
  table.Add<api::DeleteGroupPolicy>(on, DeleteInline<api::DeleteGroupPolicy>);
  table.Add<api::ListRolePolicies>(on, ListInline<api::ListRolePolicies>);
  table.Add<api::ListUserPolicies>(on, ListInline<api::ListUserPolicies>);
  table.Add<api::ListGroupPolicies>(on, ListInline<api::ListGroupPolicies>);
  table.Add<api::AttachRolePolicy>(on, Attach<api::AttachRolePolicy>);
  table.Add<api::AttachUserPolicy>(on, Attach<api::AttachUserPolicy>);
  table.Add<api::AttachGroupPolicy>(on, Attach<api::AttachGroupPolicy>);
  table.Add<api::DetachRolePolicy>(on, Detach<api::DetachRolePolicy>);
  table.Add<api::DetachUserPolicy>(on, Detach<api::DetachUserPolicy>);
  table.Add<api::DetachGroupPolicy>(on, Detach<api::DetachGroupPolicy>);
  table.Add<api::ListAttachedRolePolicies>(on, ListAttached<api::ListAttachedRolePolicies>);
  table.Add<api::ListAttachedUserPolicies>(on, ListAttached<api::ListAttachedUserPolicies>);
  table.Add<api::ListAttachedGroupPolicies>(on, ListAttached<api::ListAttachedGroupPolicies>);
  table.Add<api::PutRolePermissionsBoundary>(on, PutBoundary<api::PutRolePermissionsBoundary>);
  table.Add<api::PutUserPermissionsBoundary>(on, PutBoundary<api::PutUserPermissionsBoundary>);
  table.Add<api::DeleteRolePermissionsBoundary>(on, DeleteBoundary<api::DeleteRolePermissionsBoundary>);
  table.Add<api::DeleteUserPermissionsBoundary>(on, DeleteBoundary<api::DeleteUserPermissionsBoundary>);
  table.Add<api::TagRole>(on, AddTags<api::TagRole>);
  table.Add<api::TagUser>(on, AddTags<api::TagUser>);
  table.Add<api::UntagRole>(on, RemoveTags<api::UntagRole>);
  table.Add<api::UntagUser>(on, RemoveTags<api::UntagUser>);
  table.Add<api::ListRoleTags>(on, ListTags<api::ListRoleTags>);
  table.Add<api::ListUserTags>(on, ListTags<api::ListUserTags>);
}

}  // namespace crossrole::sim::iam
