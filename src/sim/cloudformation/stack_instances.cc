// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "model/partition.h"
#include "sim/cloudformation/stack_set.h"
#include "sim/cloudformation/stack_set_show.h"
#include "sim/internal/refuse.h"

namespace crossrole::sim::cloudformation {
namespace {

namespace api = aws::cloudformation;

// Accounts with the unit through which they are targeted.
using Accounts = std::map<std::string, std::string>;

base::Status CheckRegions(const StackSet& set, const std::vector<std::string>& regions) {
  if (regions.empty()) return Invalid("Regions must not be empty");
  for (const std::string& region : regions) {
    if (model::PartitionOfRegion(region) != set.account->partition) return Invalid(fmt::format("Region {} is not supported", region));
  }
  return {};
}

base::Status CheckUnits(const organizations::Organization& organization, const std::vector<std::string>& units) {
  for (const std::string& unit : units) {
    if (!organization.units.contains(unit)) return Invalid(fmt::format("Organizational unit {} was not found", unit));
  }
  return {};
}

// What a filter makes of the accounts in units and those that are named.
base::Result<Accounts> Filter(const organizations::Organization& organization, const api::DeploymentTargets& targets) {
  Accounts in_units = AccountsIn(organization, targets.organizational_unit_ids);
  const std::string filter = targets.account_filter_type.value_or("NONE");
  if (filter == "NONE") {
    if (!targets.accounts.empty()) return Invalid("AccountFilterType must be specified with Accounts and OrganizationalUnitIds");
    return in_units;
  }
  if (targets.accounts.empty()) return Invalid("Accounts must be specified with AccountFilterType");
  const auto named = [&](const auto& each) { return Has(targets.accounts, each.first); };
  if (filter == "INTERSECTION") std::erase_if(in_units, [&](const auto& each) { return !named(each); });
  if (filter == "DIFFERENCE") std::erase_if(in_units, named);
  if (filter == "UNION") {
    for (const std::string& account : targets.accounts) {
      const bool member = organization.members.contains(account) && account != organization.management->id;
      if (!member) return Invalid(fmt::format("Account {} is not a member of the organization", account));
      in_units.emplace(account, "");
    }
  }
  return in_units;
}

base::Result<Accounts> SelfManaged(const std::vector<std::string>& accounts, const std::optional<api::DeploymentTargets>& targets) {
  if (targets && !targets->organizational_unit_ids.empty()) {
    return Invalid("StackSets with SELF_MANAGED permission model can't have OrganizationalUnitIds as targets");
  }
  if (!accounts.empty() && targets) return Invalid("You can specify either Accounts or DeploymentTargets, but not both");
  const std::vector<std::string>& named = targets ? targets->accounts : accounts;
  if (named.empty()) return Invalid("Accounts must be specified");
  Accounts found;
  for (const std::string& account : named) found.emplace(account, "");
  return found;
}

template <typename Input>
base::Result<Accounts> ReadTargets(const Call& call, const StackSet& set, const Input& input) {
  TRY(CheckRegions(set, input.regions));
  if (set.permissions == Permissions::kSelfManaged) return SelfManaged(input.accounts, input.deployment_targets);
  if (!input.accounts.empty()) return Invalid("StackSets with SERVICE_MANAGED permission model can only have OrganizationalUnit as target");
  if (!input.deployment_targets || input.deployment_targets->organizational_unit_ids.empty()) {
    return Invalid("StackSets with SERVICE_MANAGED permission model can only have OrganizationalUnit as target");
  }
  TRY(CheckAccess(call, *set.account));
  const organizations::Organization& organization = *set.account->organization;
  TRY(CheckUnits(organization, input.deployment_targets->organizational_unit_ids));
  return Filter(organization, *input.deployment_targets);
}

// What may be overridden: parameters that the template has.
base::Status CheckOverrides(const StackSet& set, const Parameters& overrides) {
  Parameters all = set.definition.parameters;
  for (const auto& [key, value] : overrides) all.insert_or_assign(key, value);
  TRY(ResolveParameters(*set.definition.template_, all));
  return {};
}

// Units follow their accounts in these regions from now on.
void Target(StackSet& set, const std::optional<api::DeploymentTargets>& targets, const std::vector<std::string>& regions) {
  if (set.permissions != Permissions::kServiceManaged) return;
  for (const std::string& unit : targets->organizational_unit_ids) set.units[unit].insert(regions.begin(), regions.end());
  std::vector<std::string> units;
  for (const auto& [unit, of] : set.units) units.push_back(unit);
  set.followed = AccountsIn(*set.account->organization, units);
}

void Untarget(StackSet& set, const api::DeleteStackInstancesInput& input) {
  if (set.permissions != Permissions::kServiceManaged) return;
  if (input.deployment_targets->account_filter_type.value_or("NONE") != "NONE") return;
  for (const std::string& unit : input.deployment_targets->organizational_unit_ids) {
    const auto targeted = set.units.find(unit);
    if (targeted == set.units.end()) continue;
    for (const std::string& region : input.regions) targeted->second.erase(region);
    if (targeted->second.empty()) set.units.erase(targeted);
  }
  std::vector<std::string> units;
  for (const auto& [unit, of] : set.units) units.push_back(unit);
  set.followed = AccountsIn(*set.account->organization, units);
}

base::Result<api::CreateStackInstancesOutput> CreateInstances(Call& call, const api::CreateStackInstancesInput& input) {
  TRY_ASSIGN(StackSet* set, FindStackSet(call, input.stack_set_name, input.call_as));
  TRY_ASSIGN(const Accounts accounts, ReadTargets(call, *set, input));
  TRY_ASSIGN(const Parameters overrides, ReadParameters({}, input.parameter_overrides));
  TRY(CheckOverrides(*set, overrides));
  TRY_ASSIGN(StackSetOperation operation,
             PlanOperation(call, *set, "CREATE",
                           {.id = input.operation_id, .preferences = input.operation_preferences, .targets = input.deployment_targets}));
  std::vector<InstanceKey> keys;
  for (const auto& [account, unit] : accounts) {
    for (const std::string& region : input.regions) {
      StackInstance& instance = set->instances[{account, region}];
      instance.account = account;
      instance.region = region;
      instance.unit = unit;
      instance.overrides = overrides;
      instance.detail = "PENDING";
      instance.operation_id = operation.id;
      keys.emplace_back(account, region);
    }
  }
  Target(*set, input.deployment_targets, input.regions);
  AddKeys(operation, *set, keys);
  return api::CreateStackInstancesOutput{.operation_id = AddOperation(call, *set, std::move(operation))};
}

// The instances in these accounts and regions that there are.
std::vector<InstanceKey> Existing(const StackSet& set, const Accounts& accounts, const std::vector<std::string>& regions) {
  std::vector<InstanceKey> keys;
  for (const auto& [account, unit] : accounts) {
    for (const std::string& region : regions) {
      if (set.instances.contains({account, region})) keys.emplace_back(account, region);
    }
  }
  return keys;
}

base::Result<api::UpdateStackInstancesOutput> UpdateInstances(Call& call, const api::UpdateStackInstancesInput& input) {
  TRY_ASSIGN(StackSet* set, FindStackSet(call, input.stack_set_name, input.call_as));
  TRY_ASSIGN(const Accounts accounts, ReadTargets(call, *set, input));
  const std::vector<InstanceKey> keys = Existing(*set, accounts, input.regions);
  const bool all = keys.size() == accounts.size() * input.regions.size();
  if (keys.empty() || (set->permissions == Permissions::kSelfManaged && !all)) {
    return Refuse("StackInstanceNotFoundException", fmt::format("StackSet {} has no stack instance in some of these accounts and regions", set->id));
  }
  std::vector<Parameters> overrides;
  for (const InstanceKey& key : keys) {
    // Without a list everything stays; what a list leaves out goes back to the set's value.
    const Parameters& before = set->instances.at(key).overrides;
    TRY_ASSIGN(Parameters wanted, ReadParameters(before, input.parameter_overrides));
    overrides.push_back(input.parameter_overrides.empty() ? before : std::move(wanted));
    TRY(CheckOverrides(*set, overrides.back()));
  }
  TRY_ASSIGN(StackSetOperation operation,
             PlanOperation(call, *set, "UPDATE",
                           {.id = input.operation_id, .preferences = input.operation_preferences, .targets = input.deployment_targets}));
  for (std::size_t i = 0; i < keys.size(); ++i) {
    StackInstance& instance = set->instances.at(keys[i]);
    instance.overrides = std::move(overrides[i]);
    instance.detail = "PENDING";
    if (instance.status == "CURRENT") instance.status = "OUTDATED";
  }
  AddKeys(operation, *set, keys);
  return api::UpdateStackInstancesOutput{.operation_id = AddOperation(call, *set, std::move(operation))};
}

base::Result<api::DeleteStackInstancesOutput> DeleteInstances(Call& call, const api::DeleteStackInstancesInput& input) {
  TRY_ASSIGN(StackSet* set, FindStackSet(call, input.stack_set_name, input.call_as));
  TRY_ASSIGN(Accounts accounts, ReadTargets(call, *set, input));
  const bool everything = set->permissions == Permissions::kServiceManaged &&
                          input.deployment_targets->account_filter_type.value_or("NONE") == "NONE";
  for (const auto& [key, instance] : set->instances) {
    // Accounts may have left the unit, and have kept their stack.
    if (everything && Has(input.deployment_targets->organizational_unit_ids, instance.unit)) {
      accounts.emplace(key.first, instance.unit);
    }
  }
  TRY_ASSIGN(StackSetOperation operation,
             PlanOperation(call, *set, "DELETE",
                           {.id = input.operation_id, .preferences = input.operation_preferences, .targets = input.deployment_targets}));
  operation.retain_stacks = input.retain_stacks;
  const std::vector<InstanceKey> keys = Existing(*set, accounts, input.regions);
  for (const InstanceKey& key : keys) set->instances.at(key).detail = "PENDING";
  Untarget(*set, input);
  AddKeys(operation, *set, keys);
  return api::DeleteStackInstancesOutput{.operation_id = AddOperation(call, *set, std::move(operation))};
}

std::optional<std::string> UnlessEmpty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

bool IsHidden(const StackInstance& instance, const api::StackInstanceFilter& filter) {
  const std::string value = filter.values.value_or("");
  if (filter.name == "DETAILED_STATUS") return instance.detail != value;
  if (filter.name == "LAST_OPERATION_ID") return instance.operation_id != value;
  return value != "NOT_CHECKED";
}

base::Result<api::ListStackInstancesOutput> ListInstances(Call& call, const api::ListStackInstancesInput& input) {
  TRY_ASSIGN(const StackSet* set, FindStackSet(call, input.stack_set_name, input.call_as));
  std::vector<const StackInstance*> instances;
  for (const auto& [key, instance] : set->instances) {
    if (input.stack_instance_account && *input.stack_instance_account != instance.account) continue;
    if (input.stack_instance_region && *input.stack_instance_region != instance.region) continue;
    const auto hides = [&](const api::StackInstanceFilter& filter) { return IsHidden(instance, filter); };
    if (std::ranges::none_of(input.filters, hides)) instances.push_back(&instance);
  }
  const auto show = [set](const StackInstance* instance) {
    return api::StackInstanceSummary{
        .stack_set_id = set->id,
        .region = instance->region,
        .account = instance->account,
        .stack_id = UnlessEmpty(instance->stack_id),
        .status = instance->status,
        .status_reason = UnlessEmpty(instance->reason),
        .stack_instance_status = api::StackInstanceComprehensiveStatus{.detailed_status = instance->detail},
        .organizational_unit_id = UnlessEmpty(instance->unit),
        .drift_status = "NOT_CHECKED",
        .last_operation_id = UnlessEmpty(instance->operation_id)};
  };
  api::ListStackInstancesOutput output;
  TRY(PageInto(input, instances, show, output));
  return output;
}

base::Result<api::DescribeStackInstanceOutput> DescribeInstance(Call& call, const api::DescribeStackInstanceInput& input) {
  TRY_ASSIGN(StackSet* set, FindStackSet(call, input.stack_set_name, input.call_as));
  const StackInstance* instance = set->FindInstance(input.stack_instance_account, input.stack_instance_region);
  if (instance == nullptr) {
    return Refuse("StackInstanceNotFoundException", fmt::format("Stack instance not found for StackSet {}, account {} and region {}", set->id,
                                                                input.stack_instance_account, input.stack_instance_region));
  }
  api::StackInstance shown{.stack_set_id = set->id,
                           .region = instance->region,
                           .account = instance->account,
                           .stack_id = UnlessEmpty(instance->stack_id),
                           .status = instance->status,
                           .stack_instance_status = api::StackInstanceComprehensiveStatus{.detailed_status = instance->detail},
                           .status_reason = UnlessEmpty(instance->reason),
                           .organizational_unit_id = UnlessEmpty(instance->unit),
                           .drift_status = "NOT_CHECKED",
                           .last_operation_id = UnlessEmpty(instance->operation_id)};
  for (const api::Parameter& parameter : ShowParameters({.template_ = set->definition.template_, .parameters = instance->overrides})) {
    shown.parameter_overrides.push_back(parameter);
  }
  return api::DescribeStackInstanceOutput{.stack_instance = std::move(shown)};
}

}  // namespace

void AddStackInstanceOperations(OperationTable& table) {
  const auto on_set = [](const Call& call, const auto& input) { return OnStackSet(call, input.stack_set_name, input.call_as); };
  table.Add<api::CreateStackInstances>(on_set, CreateInstances);
  table.Add<api::UpdateStackInstances>(on_set, UpdateInstances);
  table.Add<api::DeleteStackInstances>(on_set, DeleteInstances);
  table.Add<api::ListStackInstances>(on_set, ListInstances);
  table.Add<api::DescribeStackInstance>(on_set, DescribeInstance);
}

}  // namespace crossrole::sim::cloudformation
