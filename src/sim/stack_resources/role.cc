// SPDX-License-Identifier: Apache-2.0
#include "sim/stack_resources/holders.h"
#include "sim/stack_resources/rows.h"

namespace crossrole::sim::stack_resources {

namespace json = boost::json;
namespace api = aws::iam;

namespace {

constexpr HolderKind kRole = HolderKind::kRole;

base::Status ChangeTrust(Call& call, Physical& role, const json::object& after) {
  if (!Differ(role.properties, after, "AssumeRolePolicyDocument")) return {};
  TRY(Do<api::UpdateAssumeRolePolicy>(call, {.role_name = role.id, .policy_document = DocumentIn(after, "AssumeRolePolicyDocument")}));
  Apply(role, after, "AssumeRolePolicyDocument");
  return {};
}

base::Status ChangeSettings(Call& call, Physical& role, const json::object& after) {
  if (!Differ(role.properties, after, "Description") && !Differ(role.properties, after, "MaxSessionDuration")) return {};
  TRY(Do<api::UpdateRole>(call, {.role_name = role.id,
                                 .description = TextIn(after, "Description").value_or(""),
                                 .max_session_duration = NumberIn(after, "MaxSessionDuration")}));
  Apply(role, after, "Description");
  Apply(role, after, "MaxSessionDuration");
  return {};
}

}  // namespace

base::Status CreateRole(const Target& target, Physical& made) {
  const json::object& properties = target.properties;
  TRY_ASSIGN(const api::CreateRoleOutput answer,
             Do<api::CreateRole>(target.call, {.path = TextIn(properties, "Path"),
                                               .role_name = NameFor(target, "RoleName", 64),
                                               .assume_role_policy_document = DocumentIn(properties, "AssumeRolePolicyDocument"),
                                               .description = TextIn(properties, "Description"),
                                               .max_session_duration = NumberIn(properties, "MaxSessionDuration"),
                                               .permissions_boundary = TextIn(properties, "PermissionsBoundary"),
                                               .tags = TagsFor(target)}));
  made.id = answer.role.role_name;
  made.attributes = {{"Arn", answer.role.arn}, {"RoleId", answer.role.role_id}};
  return GivePolicies(target.call, kRole, made, properties);
}

base::Status UpdateRole(const Target& target, Physical& role) {
  Call& call = target.call;
  const json::object& after = target.properties;
  TRY(ChangeTrust(call, role, after));
  TRY(ChangeSettings(call, role, after));
  TRY(ChangeBoundary(call, kRole, role, after));
  TRY(GivePolicies(call, kRole, role, after));
  TRY(TakePolicies(call, kRole, role, after));
  const TagChange tags = ChangeOfTags(target, role);
  if (!tags.set.empty()) TRY(Do<api::TagRole>(call, {.role_name = role.id, .tags = tags.set}));
  Apply(role, after, "Tags");
  if (!tags.dropped.empty()) TRY(Do<api::UntagRole>(call, {.role_name = role.id, .tag_keys = tags.dropped}));
  return {};
}

base::Status RemoveRole(Call& call, Physical& role) {
  TRY(TakePolicies(call, kRole, role, {}));
  return Gone(Do<api::DeleteRole>(call, {.role_name = role.id}));
}

}  // namespace crossrole::sim::stack_resources
