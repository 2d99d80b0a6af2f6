// SPDX-License-Identifier: Apache-2.0
#include "sim/internal/refuse.h"
#include "sim/stack_resources/properties.h"
#include "sim/stack_resources/rows.h"

namespace crossrole::sim::stack_resources {

namespace api = aws::iam;

base::Status CreateServiceLinkedRole(const Target& target, Physical& made) {
  const boost::json::object& properties = target.properties;
  TRY_ASSIGN(const api::CreateServiceLinkedRoleOutput answer,
             Do<api::CreateServiceLinkedRole>(target.call, {.aws_service_name = TextIn(properties, "AWSServiceName").value_or(""),
                                                            .description = TextIn(properties, "Description"),
                                                            .custom_suffix = TextIn(properties, "CustomSuffix")}));
  made.id = answer.role ? answer.role->role_name : "";
  made.attributes = {{"RoleName", made.id}};
  return {};
}

base::Status UpdateServiceLinkedRole(const Target& target, Physical& role) {
  if (!Differ(role.properties, target.properties, "Description")) return {};
  TRY(Do<api::UpdateRole>(target.call, {.role_name = role.id, .description = TextIn(target.properties, "Description").value_or("")}));
  return {};
}

base::Status RemoveServiceLinkedRole(Call& call, Physical& role) {
  const auto begun = Do<api::DeleteServiceLinkedRole>(call, {.role_name = role.id});
  if (!begun) return Gone(begun);
  TRY_ASSIGN(const api::GetServiceLinkedRoleDeletionStatusOutput task,
             Do<api::GetServiceLinkedRoleDeletionStatus>(call, {.deletion_task_id = begun->deletion_task_id}));
  if (task.status != "FAILED") return {};
  return Refuse("DeleteConflict", "The service-linked role " + role.id + " is in use.");
}

}  // namespace crossrole::sim::stack_resources
