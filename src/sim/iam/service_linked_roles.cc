// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "sim/iam/entities.h"
#include "sim/iam/extras.h"
#include "sim/iam/operations.h"
#include "sim/iam/service_role_names.h"
#include "sim/internal/identifiers.h"
#include "sim/internal/trust_document.h"

namespace crossrole::sim::iam {
namespace {

namespace api = aws::iam;

base::Result<api::CreateServiceLinkedRoleOutput> Create(Call& call, const api::CreateServiceLinkedRoleInput& input) {
  const std::string& principal = input.aws_service_name;
  if (!principal.ends_with(".amazonaws.com")) {
    return Refuse("InvalidInput", "The specified AWS service name is not valid: " + principal);
  }
  if (input.custom_suffix && SuffixOf(principal) == Suffix::kRefused) {
    return Refuse("InvalidInput", "Custom suffix is not allowed for " + principal);
  }
  Account& account = call.account();
  Role role{.description = input.description.value_or(""), .has_description = input.description.has_value()};
  role.name = ServiceRoleName(principal, input.custom_suffix.value_or(""));
  role.path = "/aws-service-role/" + principal + "/";
  role.arn = account.IamArn("role" + role.path + role.name);
  if (account.roles.Find(role.name)) {
    return Refuse("InvalidInput", fmt::format("Service role name {} has been taken in this account, please try a different suffix.", role.name));
  }
  TRY_ASSIGN(role.trust, StorePolicy(fmt::format(R"({{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":)"
                                                 R"({{"Service":"{}"}},"Action":"sts:AssumeRole"}}]}})",
                                                 principal),
                                     policy::DocumentKind::kTrust));
  role.id = MakeUniqueId("AROA", call.random);
  role.created = call.now();
  api::Role shown = ShowRole(call, role, Show::kListed);
  call.world.Put(account, call.spread, std::move(role));
  return api::CreateServiceLinkedRoleOutput{.role = std::move(shown)};
}

base::Result<api::DeleteServiceLinkedRoleOutput> Delete(Call& call, const api::DeleteServiceLinkedRoleInput& input) {
  const auto role = call.account().roles.Find(input.role_name);
  if (!role || !role->path.starts_with("/aws-service-role/")) {
    return Refuse("NoSuchEntity", "The role with name " + input.role_name + " cannot be found.");
  }
  const std::string service = role->path.substr(std::string_view("/aws-service-role/").size());
  std::string task = "task/aws-service-role/" + service + role->name + "/" + MakeUuid(call.random);
  ExtrasOf(call.account()).deletion_tasks.insert(task);
  call.world.Erase(call.account(), call.spread, *role);
  return api::DeleteServiceLinkedRoleOutput{.deletion_task_id = std::move(task)};
}

base::Result<api::GetServiceLinkedRoleDeletionStatusOutput> GetStatus(Call& call, const api::GetServiceLinkedRoleDeletionStatusInput& input) {
  if (!ExtrasOf(std::as_const(call.account())).deletion_tasks.contains(input.deletion_task_id)) {
    return Refuse("NoSuchEntity", "The deletion task " + input.deletion_task_id + " cannot be found.");
  }
  return api::GetServiceLinkedRoleDeletionStatusOutput{.status = "SUCCEEDED"};
}

Ask OnNewRole(const Call& call, const api::CreateServiceLinkedRoleInput& input) {
  Ask ask{.resource = call.account().IamArn("role/aws-service-role/" + input.aws_service_name + "/" +
                                            ServiceRoleName(input.aws_service_name, input.custom_suffix.value_or("")))};
  ask.context.Set("iam:AWSServiceName", input.aws_service_name);
  return ask;
}

}  // namespace

void AddServiceLinkedRoleOperations(OperationTable& table) {
  table.Add<api::CreateServiceLinkedRole>(OnNewRole, Create);
  table.Add<api::DeleteServiceLinkedRole>(OnEntity{}, Delete);
  table.Add<api::GetServiceLinkedRoleDeletionStatus>(OnAnything{}, GetStatus);
}

}  // namespace crossrole::sim::iam
