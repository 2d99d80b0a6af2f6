// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "sim/iam/operations.h"
#include "sim/iam/entities.h"
#include "sim/internal/identifiers.h"
#include "sim/internal/trust_document.h"

namespace crossrole::sim::iam {
namespace {

namespace api = aws::iam;

constexpr std::size_t kRolesPerAccount = 1000;

base::Result<api::CreateRoleOutput> CreateRole(Call& call, const api::CreateRoleInput& input) {
  Account& account = call.account();
  Role role{.description = input.description.value_or(""),
            .has_description = input.description.has_value(),
            .boundary = input.permissions_boundary.value_or(""),
            .max_session = std::chrono::seconds(input.max_session_duration.value_or(3600))};
  role.name = input.role_name;
  role.path = input.path.value_or("/");
  role.arn = account.IamArn("role" + role.path + role.name);
  if (role.path.starts_with("/aws-service-role/")) return Refuse("InvalidInput", "The path /aws-service-role/ is for service-linked roles.");
  TRY(AuthorizeTags(call, OnNewEntity{}(call, input), "Role", input.tags));
  TRY_ASSIGN(role.tags, ReadTags(input.tags));
  TRY_ASSIGN(role.trust, StoreTrust(call.world, account, call.spread.seen(), input.assume_role_policy_document));
  if (account.roles.Find(role.name)) {
    return Refuse("EntityAlreadyExists", "Role with name " + role.name + " already exists.");
  }
  if (!role.boundary.empty()) TRY(CheckBoundary(call, role.boundary));
  if (account.roles.size() >= kRolesPerAccount) {
    return Refuse("LimitExceeded", "Cannot exceed quota for RolesPerAccount: " + std::to_string(kRolesPerAccount));
  }
  role.id = MakeUniqueId("AROA", call.random);
  role.created = call.now();
  api::Role shown = ShowRole(call, role, Show::kWhole);
  shown.role_last_used.reset();
  call.world.Put(account, call.spread, std::move(role));
  return api::CreateRoleOutput{.role = std::move(shown)};
}

base::Result<api::GetRoleOutput> GetRole(Call& call, const api::GetRoleInput& input) {
  TRY_ASSIGN(const auto role, FindEntity(call, input));
  return api::GetRoleOutput{.role = ShowRole(call, *role, Show::kWhole)};
}

// Of a service-linked role IAM lets the description be changed, and nothing else.
template <typename Input>
base::Result<std::shared_ptr<const Role>> FindDescribable(const Call& call, const Input& input) {
  TRY_ASSIGN(auto found, FindEntity(call, input));
  if (found->path.starts_with("/aws-service-role/")) return found;
  return FindChangeable(call, input);
}

base::Result<api::UpdateRoleOutput> UpdateRole(Call& call, const api::UpdateRoleInput& input) {
  TRY_ASSIGN(const auto found, input.max_session_duration ? FindChangeable(call, input) : FindDescribable(call, input));
  Role role = *found;
  if (input.description) {
    role.description = *input.description;
    role.has_description = true;
  }
  role.max_session = std::chrono::seconds(input.max_session_duration.value_or(3600));
  call.world.Put(call.account(), call.spread, std::move(role));
  return api::UpdateRoleOutput{};
}

base::Result<api::UpdateRoleDescriptionOutput> UpdateRoleDescription(Call& call,
                                                                     const api::UpdateRoleDescriptionInput& input) {
  TRY_ASSIGN(const auto found, FindDescribable(call, input));
  Role role = *found;
  role.description = input.description;
  role.has_description = true;
  api::Role shown = ShowRole(call, role, Show::kListed);
  call.world.Put(call.account(), call.spread, std::move(role));
  return api::UpdateRoleDescriptionOutput{.role = std::move(shown)};
}

base::Result<api::DeleteRoleOutput> DeleteRole(Call& call, const api::DeleteRoleInput& input) {
  TRY_ASSIGN(const auto role, FindChangeable(call, input));
  if (!role->attached.empty()) {
    return Refuse("DeleteConflict", "Cannot delete entity, must detach all policies first.");
  }
  if (!role->inline_policies.empty()) {
    return Refuse("DeleteConflict", "Cannot delete entity, must delete policies first.");
  }
  call.world.Erase(call.account(), call.spread, *role);
  return api::DeleteRoleOutput{};
}

base::Result<api::ListRolesOutput> ListRoles(Call& call, const api::ListRolesInput& input) {
  std::vector<std::shared_ptr<const Role>> roles;
  call.account().roles.Each([&](const std::shared_ptr<const Role>& role) {
    if (role->path.starts_with(input.path_prefix.value_or("/"))) roles.push_back(role);
  });
  std::vector<std::shared_ptr<const Role>> page;
  api::ListRolesOutput output;
  TRY(Page(input, std::move(roles), [](const auto& role) { return std::string_view(role->name); }, page, output));
  for (const auto& role : page) output.roles.push_back(ShowRole(call, *role, Show::kListed));
  return output;
}

base::Result<api::UpdateAssumeRolePolicyOutput> UpdateAssumeRolePolicy(Call& call,
                                                                       const api::UpdateAssumeRolePolicyInput& input) {
  TRY_ASSIGN(const auto found, FindChangeable(call, input));
  Role role = *found;
  TRY_ASSIGN(role.trust, StoreTrust(call.world, call.account(), call.spread.seen(), input.policy_document));
  call.world.Put(call.account(), call.spread, std::move(role));
  return api::UpdateAssumeRolePolicyOutput{};
}

}  // namespace

void AddRoleOperations(OperationTable& table) {
  table.Add<api::CreateRole>(OnNewEntity{}, CreateRole);
  table.Add<api::GetRole>(OnEntity{}, GetRole);
  table.Add<api::UpdateRole>(OnEntity{}, UpdateRole);
  table.Add<api::UpdateRoleDescription>(OnEntity{}, UpdateRoleDescription);
  table.Add<api::DeleteRole>(OnEntity{}, DeleteRole);
  table.Add<api::ListRoles>(OnAll{"role"}, ListRoles);
  table.Add<api::UpdateAssumeRolePolicy>(OnEntity{}, UpdateAssumeRolePolicy);
}

}  // namespace crossrole::sim::iam
