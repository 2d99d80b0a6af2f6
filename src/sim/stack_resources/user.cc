// SPDX-License-Identifier: Apache-2.0
#include "sim/stack_resources/holders.h"
#include "sim/stack_resources/rows.h"

namespace crossrole::sim::stack_resources {

namespace json = boost::json;
namespace api = aws::iam;

namespace {

constexpr HolderKind kUser = HolderKind::kUser;

base::Status ChangeLogin(Call& call, Physical& user, const json::object& after) {
  if (!Differ(user.properties, after, "LoginProfile")) return {};
  const json::object* login = ObjectIn(after, "LoginProfile");
  if (login == nullptr) {
    TRY(Gone(Do<api::DeleteLoginProfile>(call, {.user_name = user.id})));
  } else if (user.properties.contains("LoginProfile")) {
    TRY(Do<api::UpdateLoginProfile>(call, {.user_name = user.id,
                                           .password = base::Secret(TextIn(*login, "Password").value_or("")),
                                           .password_reset_required = TextIn(*login, "PasswordResetRequired") == "true"}));
  } else {
    TRY(Do<api::CreateLoginProfile>(call, {.user_name = user.id,
                                           .password = base::Secret(TextIn(*login, "Password").value_or("")),
                                           .password_reset_required = TextIn(*login, "PasswordResetRequired") == "true"}));
  }
  Apply(user, after, "LoginProfile");
  return {};
}

base::Status JoinGroups(Call& call, Physical& user, const json::object& after) {
  for (const std::string& group : Without(TextsIn(after, "Groups"), TextsIn(user.properties, "Groups"))) {
    TRY(Do<api::AddUserToGroup>(call, {.group_name = group, .user_name = user.id}));
    AddText(user, "Groups", group);
  }
  return {};
}

base::Status LeaveGroups(Call& call, Physical& user, const json::object& after) {
  for (const std::string& group : Without(TextsIn(user.properties, "Groups"), TextsIn(after, "Groups"))) {
    TRY(Gone(Do<api::RemoveUserFromGroup>(call, {.group_name = group, .user_name = user.id})));
    DropText(user, "Groups", group);
  }
  return {};
}

base::Status ChangePath(Call& call, Physical& user, const json::object& after) {
  if (!Differ(user.properties, after, "Path")) return {};
  TRY(Do<api::UpdateUser>(call, {.user_name = user.id, .new_path = TextIn(after, "Path").value_or("/")}));
  Apply(user, after, "Path");
  TRY_ASSIGN(const api::GetUserOutput now, Do<api::GetUser>(call, {.user_name = user.id}));
  user.attributes["Arn"] = now.user.arn;
  return {};
}

}  // namespace

base::Status CreateUser(const Target& target, Physical& made) {
  Call& call = target.call;
  const json::object& properties = target.properties;
  TRY_ASSIGN(const api::CreateUserOutput answer,
             Do<api::CreateUser>(call, {.path = TextIn(properties, "Path"),
                                        .user_name = NameFor(target, "UserName", 64),
                                        .permissions_boundary = TextIn(properties, "PermissionsBoundary"),
                                        .tags = TagsFor(target)}));
  made.id = answer.user.user_name;
  made.attributes = {{"Arn", answer.user.arn}};
  TRY(ChangeLogin(call, made, properties));
  TRY(JoinGroups(call, made, properties));
  return GivePolicies(call, kUser, made, properties);
}

base::Status UpdateUser(const Target& target, Physical& user) {
  Call& call = target.call;
  const json::object& after = target.properties;
  TRY(ChangePath(call, user, after));
  TRY(ChangeBoundary(call, kUser, user, after));
  TRY(ChangeLogin(call, user, after));
  TRY(JoinGroups(call, user, after));
  TRY(GivePolicies(call, kUser, user, after));
  TRY(LeaveGroups(call, user, after));
  TRY(TakePolicies(call, kUser, user, after));
  const TagChange tags = ChangeOfTags(target, user);
  if (!tags.set.empty()) TRY(Do<api::TagUser>(call, {.user_name = user.id, .tags = tags.set}));
  Apply(user, after, "Tags");
  if (!tags.dropped.empty()) TRY(Do<api::UntagUser>(call, {.user_name = user.id, .tag_keys = tags.dropped}));
  return {};
}

base::Status RemoveUser(Call& call, Physical& user) {
  TRY(ChangeLogin(call, user, {}));
  TRY(LeaveGroups(call, user, {}));
  TRY(TakePolicies(call, kUser, user, {}));
  return Gone(Do<api::DeleteUser>(call, {.user_name = user.id}));
}

}  // namespace crossrole::sim::stack_resources
