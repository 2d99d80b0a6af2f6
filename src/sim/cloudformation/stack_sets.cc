// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "model/arn.h"
#include "sim/cloudformation/stack_set.h"
#include "sim/cloudformation/stack_set_show.h"
#include "sim/internal/identifiers.h"
#include "sim/internal/refuse.h"

namespace crossrole::sim::cloudformation {
namespace {

namespace api = aws::cloudformation;

constexpr std::string_view kAdministrationRole = "AWSCloudFormationStackSetAdministrationRole";
constexpr std::string_view kExecutionRole = "AWSCloudFormationStackSetExecutionRole";
constexpr std::string_view kServiceManaged = "SERVICE_MANAGED";

base::Status CheckName(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto allowed = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '-'; };
  if (!name.empty() && name.size() <= 128 && letter(name.front()) && std::ranges::all_of(name, allowed)) return {};
  return Invalid(fmt::format("1 validation error detected: Value '{}' at 'stackSetName' failed to satisfy constraint: Member must satisfy "
                             "regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*",
                             name));
}

// The roles of a self-managed set; whoever names an administration role has to be allowed to pass it.
base::Status SetRoles(const Call& call, StackSet& set, const std::optional<std::string>& administration,
                      const std::optional<std::string>& execution) {
  if (set.permissions == Permissions::kServiceManaged) {
    if (administration || execution) {
      return Invalid("AdministrationRoleARN and ExecutionRoleName cannot be specified for stack sets with service-managed permissions");
    }
    return {};
  }
  if (administration && !model::RoleArn::Parse(*administration)) return Invalid(fmt::format("Role {} is invalid", *administration));
  std::string arn = administration.value_or(set.administration_role_arn);
  if (arn.empty()) arn = call.account().IamArn(fmt::format("role/{}", kAdministrationRole));
  Ask pass{.resource = arn, .action = "iam:PassRole"};
  pass.context.Set("iam:PassedToService", "cloudformation.amazonaws.com");
  TRY(Authorize(call, pass));
  set.administration_role_arn = std::move(arn);
  if (execution) set.execution_role_name = *execution;
  if (set.execution_role_name.empty()) set.execution_role_name = kExecutionRole;
  return {};
}

base::Status SetDeployment(StackSet& set, const std::optional<api::AutoDeployment>& wanted) {
  if (!wanted) return {};
  if (set.permissions == Permissions::kSelfManaged) {
    return Invalid("AutoDeployment can only be specified for stack sets with service-managed permissions");
  }
  const bool enabled = wanted->enabled.value_or(false);
  if (!enabled && wanted->retain_stacks_on_account_removal) {
    return Invalid("RetainStacksOnAccountRemoval can only be specified when AutoDeployment is enabled");
  }
  set.auto_deploys = enabled;
  set.retains_stacks = wanted->retain_stacks_on_account_removal.value_or(false);
  return {};
}

base::Status CheckPermissionsOf(const Call& call, const Account& administrator, bool service_managed) {
  if (service_managed) return CheckAccess(call, administrator);
  if (&administrator == &call.account()) return {};
  return Invalid("Delegated administrators can only operate stack sets with service-managed permissions");
}

bool IsSame(const StackSet& one, const StackSet& other) {
  return one.definition.template_->body == other.definition.template_->body && one.definition.parameters == other.definition.parameters &&
         one.description == other.description && one.permissions == other.permissions;
}

base::Result<std::unique_ptr<StackSet>> ReadSet(const Call& call, Account& administrator, const api::CreateStackSetInput& input) {
  auto set = std::make_unique<StackSet>();
  set->id = input.stack_set_name + ":" + MakeUuid(call.random);
  set->name = input.stack_set_name;
  set->region = call.region;
  set->arn = fmt::format("arn:{}:cloudformation:{}:{}:stackset/{}", administrator.partition_name(), call.region, administrator.id, set->id);
  set->account = &administrator;
  set->description = input.description.value_or("");
  set->queues = input.managed_execution && input.managed_execution->active.value_or(false);
  set->token = input.client_request_token.value_or("");
  if (input.permission_model == kServiceManaged) set->permissions = Permissions::kServiceManaged;
  TRY_ASSIGN(set->definition, ReadAnywhere({}, {.body = input.template_body,
                                                .url = input.template_url,
                                                .parameters = input.parameters,
                                                .capabilities = input.capabilities,
                                                .tags = ReadTags(input.tags)}));
  TRY(SetRoles(call, *set, input.administration_role_arn, input.execution_role_name));
  TRY(SetDeployment(*set, input.auto_deployment));
  return set;
}

StackSetTable& SetsOf(Account& administrator) {
  if (!administrator.stacks) administrator.stacks = std::make_shared<StackTable>();
  if (!administrator.stacks->sets) administrator.stacks->sets = std::make_shared<StackSetTable>();
  return *administrator.stacks->sets;
}

base::Result<api::CreateStackSetOutput> CreateStackSet(Call& call, const api::CreateStackSetInput& input) {
  TRY(CheckName(input.stack_set_name));
  if (input.stack_id) return Invalid("Importing stacks into stack sets is not supported");
  TRY_ASSIGN(Account* administrator, AdministratorFor(call, input.call_as));
  TRY(CheckPermissionsOf(call, *administrator, input.permission_model == kServiceManaged));
  TRY_ASSIGN(auto set, ReadSet(call, *administrator, input));
  auto& sets = SetsOf(*administrator).sets;
  const auto same = std::ranges::find_if(sets, [&](const auto& each) {
    return !each->deleted && each->region == call.region && each->name == set->name;
  });
  if (same != sets.end()) {
    if (set->token.empty() || (*same)->token != set->token) {
      return Refuse("NameAlreadyExistsException", fmt::format("Name {} already exists", set->name));
    }
    if (!IsSame(**same, *set)) {
      return Refuse("CreatedButModifiedException", fmt::format("StackSet {} has been created with other parameters", set->name));
    }
    return api::CreateStackSetOutput{.stack_set_id = (*same)->id};
  }
  api::CreateStackSetOutput output{.stack_set_id = set->id};
  sets.push_back(std::move(set));
  return output;
}

// The instances an update is for: those that are named, or all.
base::Result<std::vector<InstanceKey>> Updated(const StackSet& set, const api::UpdateStackSetInput& input) {
  const bool by_unit = input.deployment_targets && !input.deployment_targets->organizational_unit_ids.empty();
  const auto& accounts = input.deployment_targets ? input.deployment_targets->accounts : input.accounts;
  if ((by_unit || !accounts.empty()) != !input.regions.empty()) return Invalid("Accounts and Regions must be specified together");
  std::map<std::string, std::string> in_units;
  if (by_unit && set.account->organization != nullptr) {
    in_units = AccountsIn(*set.account->organization, input.deployment_targets->organizational_unit_ids);
  }
  std::vector<InstanceKey> keys;
  for (const auto& [key, instance] : set.instances) {
    if (instance.status == "INOPERABLE") continue;
    const bool named = in_units.contains(key.first) || Has(accounts, key.first);
    if (input.regions.empty() || (named && Has(input.regions, key.second))) keys.push_back(key);
  }
  if (!input.regions.empty() && !by_unit && keys.empty()) {
    return Refuse("StackInstanceNotFoundException", fmt::format("No stack instance of StackSet {} is in these accounts and regions", set.id));
  }
  return keys;
}

// Settings of the set itself. What is not named stays, but for the roles' and the template's own parts.
base::Status Change(const Call& call, StackSet& set, const api::UpdateStackSetInput& input) {
  StackSet changed{.name = set.name,
                   .account = set.account,
                   .permissions = set.permissions,
                   .administration_role_arn = set.administration_role_arn,
                   .execution_role_name = set.execution_role_name,
                   .auto_deploys = set.auto_deploys,
                   .retains_stacks = set.retains_stacks};
  if (input.permission_model && (*input.permission_model == kServiceManaged) != (set.permissions == Permissions::kServiceManaged)) {
    return Invalid("The permission model of a stack set with instances cannot be changed");
  }
  TRY_ASSIGN(changed.definition, ReadAnywhere(set.definition, {.body = input.template_body,
                                                               .url = input.template_url,
                                                               .use_previous = input.use_previous_template.value_or(false),
                                                               .parameters = input.parameters,
                                                               .capabilities = input.capabilities,
                                                               .tags = input.tags ? ReadTags(*input.tags) : set.definition.tags}));
  TRY(SetRoles(call, changed, input.administration_role_arn, input.execution_role_name));
  TRY(SetDeployment(changed, input.auto_deployment));
  set.definition = std::move(changed.definition);
  set.administration_role_arn = std::move(changed.administration_role_arn);
  set.execution_role_name = std::move(changed.execution_role_name);
  set.auto_deploys = changed.auto_deploys;
  set.retains_stacks = changed.retains_stacks;
  if (input.description) set.description = *input.description;
  if (input.managed_execution) set.queues = input.managed_execution->active.value_or(false);
  return {};
}

base::Result<api::UpdateStackSetOutput> UpdateStackSet(Call& call, const api::UpdateStackSetInput& input) {
  TRY_ASSIGN(StackSet* set, FindStackSet(call, input.stack_set_name, input.call_as));
  if (set->permissions == Permissions::kServiceManaged) {
    TRY(CheckAccess(call, *set->account));
  }
  TRY_ASSIGN(StackSetOperation operation,
             PlanOperation(call, *set, "UPDATE",
                           {.id = input.operation_id, .preferences = input.operation_preferences, .targets = input.deployment_targets}));
  TRY_ASSIGN(const std::vector<InstanceKey> keys, Updated(*set, input));
  TRY(Change(call, *set, input));
  for (auto& [key, instance] : set->instances) {
    if (instance.status == "CURRENT") instance.status = "OUTDATED";
  }
  AddKeys(operation, *set, keys);
  return api::UpdateStackSetOutput{.operation_id = AddOperation(call, *set, std::move(operation))};
}

base::Result<api::DeleteStackSetOutput> DeleteStackSet(Call& call, const api::DeleteStackSetInput& input) {
  const auto found = FindStackSet(call, input.stack_set_name, input.call_as);
  // The model declares no error for a set that is not there: like DeleteStack, the operation has nothing to do.
  if (!found && found.error().aws_code == "StackSetNotFoundException") return api::DeleteStackSetOutput{};
  TRY_ASSIGN(StackSet* set, found);
  if (const StackSetOperation* busy = set->Current()) {
    return Refuse("OperationInProgressException", fmt::format("Another Operation on StackSet {} is in progress: {}", set->arn, busy->id));
  }
  if (!set->instances.empty()) return Refuse("StackSetNotEmptyException", "StackSet is not empty");
  set->deleted = true;
  return api::DeleteStackSetOutput{};
}

base::Result<api::DescribeStackSetOutput> DescribeStackSet(Call& call, const api::DescribeStackSetInput& input) {
  TRY_ASSIGN(const StackSet* set, FindStackSet(call, input.stack_set_name, input.call_as));
  return api::DescribeStackSetOutput{.stack_set = ShowSet(*set)};
}

base::Result<api::ListStackSetsOutput> ListStackSets(Call& call, const api::ListStackSetsInput& input) {
  TRY_ASSIGN(const Account* administrator, AdministratorFor(call, input.call_as));
  std::vector<const StackSet*> sets;
  if (administrator->stacks && administrator->stacks->sets) {
    for (const auto& set : administrator->stacks->sets->sets) {
      const bool visible = administrator == &call.account() || set->permissions == Permissions::kServiceManaged;
      const bool wanted = !input.status || (*input.status == "DELETED") == set->deleted;
      if (visible && wanted && set->region == call.region) sets.push_back(set.get());
    }
  }
  api::ListStackSetsOutput output;
  TRY(PageInto(input, sets, ShowSummary, output));
  return output;
}

base::Result<const organizations::Organization*> OwnOrganization(const Call& call, const std::optional<std::string>& call_as) {
  TRY_ASSIGN(const Account* administrator, AdministratorFor(call, call_as));
  const organizations::Organization* organization = administrator->organization;
  if (organization != nullptr && organization->management == administrator) return organization;
  return Refuse("InvalidOperationException", "You must be the management account of an organization");
}

base::Result<api::ActivateOrganizationsAccessOutput> Activate(Call& call, const api::ActivateOrganizationsAccessInput&) {
  TRY(OwnOrganization(call, std::nullopt));
  TRY(MakeAdminRole(call));
  call.account().organization->trusted_services.emplace(kMemberPrincipal, call.now());
  return api::ActivateOrganizationsAccessOutput{};
}

base::Result<api::DeactivateOrganizationsAccessOutput> Deactivate(Call& call, const api::DeactivateOrganizationsAccessInput&) {
  TRY(OwnOrganization(call, std::nullopt));
  call.account().organization->trusted_services.erase(std::string(kMemberPrincipal));
  return api::DeactivateOrganizationsAccessOutput{};
}

base::Result<api::DescribeOrganizationsAccessOutput> DescribeAccess(Call& call, const api::DescribeOrganizationsAccessInput& input) {
  TRY_ASSIGN(const organizations::Organization* organization, OwnOrganization(call, input.call_as));
  return api::DescribeOrganizationsAccessOutput{.status = IsActivated(call, *organization) ? "ENABLED" : "DISABLED"};
}

}  // namespace

void AddStackSetOperations(OperationTable& table) {
  const auto on_set = [](const Call& call, const auto& input) { return OnStackSet(call, input.stack_set_name, input.call_as); };
  const auto anything = [](const Call&, const auto&) { return Ask{}; };
  table.Add<api::CreateStackSet>(on_set, CreateStackSet);
  table.Add<api::UpdateStackSet>(on_set, UpdateStackSet);
  table.Add<api::DeleteStackSet>(on_set, DeleteStackSet);
  table.Add<api::DescribeStackSet>(on_set, DescribeStackSet);
  table.Add<api::ListStackSets>(anything, ListStackSets);
  table.Add<api::ActivateOrganizationsAccess>(anything, Activate);
  table.Add<api::DeactivateOrganizationsAccess>(anything, Deactivate);
  table.Add<api::DescribeOrganizationsAccess>(anything, DescribeAccess);
}

}  // namespace crossrole::sim::cloudformation
