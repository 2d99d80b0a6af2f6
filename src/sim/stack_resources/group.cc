// SPDX-License-Identifier: Apache-2.0
#include "sim/stack_resources/holders.h"
#include "sim/stack_resources/rows.h"

namespace crossrole::sim::stack_resources {

namespace json = boost::json;
namespace api = aws::iam;

namespace {

constexpr HolderKind kGroup = HolderKind::kGroup;

std::string GroupOf(const Physical& addition) { return TextIn(addition.properties, "GroupName").value_or(""); }

// Of a UserToGroupAddition.
base::Status AddMembers(Call& call, Physical& addition, const Texts& users) {
  for (const std::string& user : Without(users, TextsIn(addition.properties, "Users"))) {
    TRY(Do<api::AddUserToGroup>(call, {.group_name = GroupOf(addition), .user_name = user}));
    AddText(addition, "Users", user);
  }
  return {};
}

base::Status RemoveMembers(Call& call, Physical& addition, const Texts& kept) {
  for (const std::string& user : Without(TextsIn(addition.properties, "Users"), kept)) {
    TRY(Gone(Do<api::RemoveUserFromGroup>(call, {.group_name = GroupOf(addition), .user_name = user})));
    DropText(addition, "Users", user);
  }
  return {};
}

}  // namespace

base::Status CreateGroup(const Target& target, Physical& made) {
  TRY_ASSIGN(const api::CreateGroupOutput answer,
             Do<api::CreateGroup>(target.call, {.path = TextIn(target.properties, "Path"), .group_name = NameFor(target, "GroupName", 128)}));
  made.id = answer.group.group_name;
  made.attributes = {{"Arn", answer.group.arn}};
  return GivePolicies(target.call, kGroup, made, target.properties);
}

base::Status UpdateGroup(const Target& target, Physical& group) {
  Call& call = target.call;
  if (Differ(group.properties, target.properties, "Path")) {
    TRY(Do<api::UpdateGroup>(call, {.group_name = group.id, .new_path = TextIn(target.properties, "Path").value_or("/")}));
    Apply(group, target.properties, "Path");
    TRY_ASSIGN(const api::GetGroupOutput now, Do<api::GetGroup>(call, {.group_name = group.id}));
    group.attributes["Arn"] = now.group.arn;
  }
  TRY(GivePolicies(call, kGroup, group, target.properties));
  return TakePolicies(call, kGroup, group, target.properties);
}

base::Status RemoveGroup(Call& call, Physical& group) {
  TRY(TakePolicies(call, kGroup, group, {}));
  return Gone(Do<api::DeleteGroup>(call, {.group_name = group.id}));
}

base::Status CreateMemberships(const Target& target, Physical& made) {
  made.id = GeneratedName(target, 64);
  made.attributes = {{"Id", made.id}};
  Apply(made, target.properties, "GroupName");
  return AddMembers(target.call, made, TextsIn(target.properties, "Users"));
}

base::Status UpdateMemberships(const Target& target, Physical& addition) {
  const Texts users = TextsIn(target.properties, "Users");
  if (Differ(addition.properties, target.properties, "GroupName")) {
    TRY(RemoveMembers(target.call, addition, {}));
    Apply(addition, target.properties, "GroupName");
  }
  TRY(AddMembers(target.call, addition, users));
  return RemoveMembers(target.call, addition, users);
}

base::Status RemoveMemberships(Call& call, Physical& addition) { return RemoveMembers(call, addition, {}); }

}  // namespace crossrole::sim::stack_resources
