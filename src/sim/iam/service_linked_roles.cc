// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <array>

#include "sim/iam/entities.h"
#include "sim/iam/extras.h"
#include "sim/iam/operations.h"
#include "sim/internal/identifiers.h"
#include "sim/internal/trust_document.h"

namespace crossrole::sim::iam {
namespace {

namespace api = aws::iam;

struct Service {
  std::string_view principal;
  std::string_view role;    // behind "AWSServiceRoleFor"
  std::string_view suffix;  // "yes" when several roles with suffixes are possible
};

// The services whose roles administrators meet most; of others the name is made from the principal.
constexpr std::array<Service, 12> kServices = {{{"autoscaling.amazonaws.com", "AutoScaling", "yes"},
                                                {"cloudtrail.amazonaws.com", "CloudTrail", ""},
                                                {"config.amazonaws.com", "Config", ""},
                                                {"ecs.amazonaws.com", "ECS", ""},
                                                {"eks.amazonaws.com", "AmazonEKS", ""},
                                                {"elasticloadbalancing.amazonaws.com", "ElasticLoadBalancing", ""},
                                                {"guardduty.amazonaws.com", "AmazonGuardDuty", ""},
                                                {"member.org.stacksets.cloudformation.amazonaws.com", "CloudFormationStackSetsOrgMember", ""},
                                                {"stacksets.cloudformation.amazonaws.com", "CloudFormationStackSetsOrgAdmin", ""},
                                                {"organizations.amazonaws.com", "Organizations", ""},
                                                {"sso.amazonaws.com", "SSO", ""},
                                                {"support.amazonaws.com", "Support", ""}}};

std::string NameFor(std::string_view principal, std::string_view suffix) {
  const auto known = std::ranges::find(kServices, principal, &Service::principal);
  std::string name = "AWSServiceRoleFor";
  if (known != kServices.end()) {
    name += known->role;
  } else {
    bool capital = true;
    for (const char c : principal.substr(0, principal.find(".amazonaws.com"))) {
      const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
      if (letter) name += capital && c >= 'a' ? static_cast<char>(c - 32) : c;
      capital = !letter;
    }
  }
  return suffix.empty() ? name : name + "_" + std::string(suffix);
}

base::Result<api::CreateServiceLinkedRoleOutput> Create(Call& call, const api::CreateServiceLinkedRoleInput& input) {
  const std::string& principal = input.aws_service_name;
  const auto known = std::ranges::find(kServices, principal, &Service::principal);
  if (!principal.ends_with(".amazonaws.com")) {
    return Refuse("InvalidInput", "The specified AWS service name is not valid: " + principal);
  }
  if (input.custom_suffix && (known == kServices.end() || known->suffix.empty())) {
    return Refuse("InvalidInput", "Custom suffix is not allowed for " + principal);
  }
  Account& account = call.account();
  Role role{.description = input.description.value_or(""), .has_description = input.description.has_value()};
  role.name = NameFor(principal, input.custom_suffix.value_or(""));
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
                                            NameFor(input.aws_service_name, input.custom_suffix.value_or("")))};
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
