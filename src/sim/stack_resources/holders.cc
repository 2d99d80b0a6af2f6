// SPDX-License-Identifier: Apache-2.0
#include "sim/stack_resources/holders.h"

#include <algorithm>
#include <array>

namespace crossrole::sim::stack_resources {
namespace {

namespace json = boost::json;
namespace api = aws::iam;

// Which properties name holders, by their kind.
struct Naming {
  HolderKind kind;
  std::string_view list;
  std::string_view single;
};
constexpr std::array<Naming, 3> kNamings = {{{HolderKind::kRole, "Roles", "RoleName"},
                                             {HolderKind::kUser, "Users", "UserName"},
                                             {HolderKind::kGroup, "Groups", "GroupName"}}};

constexpr std::string_view kManaged = "ManagedPolicyArns";
constexpr std::string_view kBoundary = "PermissionsBoundary";

const Naming& NamingOf(HolderKind kind) { return *std::ranges::find(kNamings, kind, &Naming::kind); }

}  // namespace

Holders HoldersIn(const json::object& properties) {
  Holders holders;
  for (const Naming& naming : kNamings) {
    for (const std::string& name : TextsIn(properties, naming.list)) holders.push_back({naming.kind, name});
    if (const auto name = TextIn(properties, naming.single)) holders.push_back({naming.kind, *name});
  }
  return holders;
}

bool Has(const Holders& holders, const Holder& holder) { return std::ranges::find(holders, holder) != holders.end(); }

void AddHolder(Physical& policy, const Holder& holder) { AddText(policy, NamingOf(holder.kind).list, holder.name); }

void DropHolder(Physical& policy, const Holder& holder) { DropText(policy, NamingOf(holder.kind).list, holder.name); }

base::Status Attach(Call& call, const Holder& holder, const std::string& arn) {
  switch (holder.kind) {
    case HolderKind::kRole: TRY(Do<api::AttachRolePolicy>(call, {.role_name = holder.name, .policy_arn = arn})); break;
    case HolderKind::kUser: TRY(Do<api::AttachUserPolicy>(call, {.user_name = holder.name, .policy_arn = arn})); break;
    case HolderKind::kGroup: TRY(Do<api::AttachGroupPolicy>(call, {.group_name = holder.name, .policy_arn = arn})); break;
  }
  return {};
}

base::Status Detach(Call& call, const Holder& holder, const std::string& arn) {
  switch (holder.kind) {
    case HolderKind::kRole: return Gone(Do<api::DetachRolePolicy>(call, {.role_name = holder.name, .policy_arn = arn}));
    case HolderKind::kUser: return Gone(Do<api::DetachUserPolicy>(call, {.user_name = holder.name, .policy_arn = arn}));
    case HolderKind::kGroup: return Gone(Do<api::DetachGroupPolicy>(call, {.group_name = holder.name, .policy_arn = arn}));
  }
  return {};
}

base::Status Put(Call& call, const Holder& holder, const InlinePolicy& policy) {
  const auto& [name, document] = policy;
  switch (holder.kind) {
    case HolderKind::kRole:
      TRY(Do<api::PutRolePolicy>(call, {.role_name = holder.name, .policy_name = name, .policy_document = document}));
      break;
    case HolderKind::kUser:
      TRY(Do<api::PutUserPolicy>(call, {.user_name = holder.name, .policy_name = name, .policy_document = document}));
      break;
    case HolderKind::kGroup:
      TRY(Do<api::PutGroupPolicy>(call, {.group_name = holder.name, .policy_name = name, .policy_document = document}));
      break;
  }
  return {};
}

base::Status Delete(Call& call, const Holder& holder, const std::string& policy_name) {
  switch (holder.kind) {
    case HolderKind::kRole: return Gone(Do<api::DeleteRolePolicy>(call, {.role_name = holder.name, .policy_name = policy_name}));
    case HolderKind::kUser: return Gone(Do<api::DeleteUserPolicy>(call, {.user_name = holder.name, .policy_name = policy_name}));
    case HolderKind::kGroup: return Gone(Do<api::DeleteGroupPolicy>(call, {.group_name = holder.name, .policy_name = policy_name}));
  }
  return {};
}

base::Status GivePolicies(Call& call, HolderKind kind, Physical& holder, const json::object& after) {
  const Holder who{kind, holder.id};
  for (const std::string& arn : Without(TextsIn(after, kManaged), TextsIn(holder.properties, kManaged))) {
    TRY(Attach(call, who, arn));
    AddText(holder, kManaged, arn);
  }
  const std::vector<InlinePolicy> before = InlineIn(holder.properties);
  for (const InlinePolicy& policy : InlineIn(after)) {
    if (std::ranges::find(before, policy) != before.end()) continue;
    TRY(Put(call, who, policy));
    AddInline(holder, policy);
  }
  return {};
}

base::Status TakePolicies(Call& call, HolderKind kind, Physical& holder, const json::object& after) {
  const Holder who{kind, holder.id};
  for (const std::string& arn : Without(TextsIn(holder.properties, kManaged), TextsIn(after, kManaged))) {
    TRY(Detach(call, who, arn));
    DropText(holder, kManaged, arn);
  }
  const std::vector<InlinePolicy> kept = InlineIn(after);
  for (const InlinePolicy& policy : InlineIn(holder.properties)) {
    if (std::ranges::find(kept, policy.name, &InlinePolicy::name) != kept.end()) continue;
    TRY(Delete(call, who, policy.name));
    DropInline(holder, policy.name);
  }
  return {};
}

base::Status ChangeBoundary(Call& call, HolderKind kind, Physical& holder, const json::object& after) {
  if (!Differ(holder.properties, after, kBoundary)) return {};
  const bool is_role = kind == HolderKind::kRole;
  const auto boundary = TextIn(after, kBoundary);
  if (boundary && is_role) {
    TRY(Do<api::PutRolePermissionsBoundary>(call, {.role_name = holder.id, .permissions_boundary = *boundary}));
  } else if (boundary) {
    TRY(Do<api::PutUserPermissionsBoundary>(call, {.user_name = holder.id, .permissions_boundary = *boundary}));
  } else if (is_role) {
    TRY(Gone(Do<api::DeleteRolePermissionsBoundary>(call, {.role_name = holder.id})));
  } else {
    TRY(Gone(Do<api::DeleteUserPermissionsBoundary>(call, {.user_name = holder.id})));
  }
  Apply(holder, after, kBoundary);
  return {};
}

}  // namespace crossrole::sim::stack_resources
