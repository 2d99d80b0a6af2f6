// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "sim/identity_center/instance.h"
#include "sim/internal/identifiers.h"
#include "sim/internal/refuse.h"

namespace crossrole::sim::identity_center {
namespace {

namespace api = aws::sso;

constexpr std::chrono::milliseconds kTakes{1000};

api::PermissionSetProvisioningStatus Show(const Call& call, const Operation& operation) {
  api::PermissionSetProvisioningStatus shown{.status = operation.status,
                                             .request_id = operation.id,
                                             .permission_set_arn = operation.assignment.set_arn,
                                             .created_date = call.Shown(operation.created)};
  if (!operation.assignment.account_id.empty()) shown.account_id = operation.assignment.account_id;
  if (!operation.failure.empty()) shown.failure_reason = operation.failure;
  return shown;
}

base::Result<api::ProvisionPermissionSetOutput> Provision(Call& call, const api::ProvisionPermissionSetInput& input) {
  TRY_ASSIGN(Instance* instance, FindInstance(call, input.instance_arn));
  TRY_ASSIGN(const PermissionSet* set, FindSet(call, input.instance_arn, input.permission_set_arn));
  const bool one = input.target_type == "AWS_ACCOUNT";
  if (one != input.target_id.has_value()) {
    return Refuse("ValidationException", "TargetId is needed for AWS_ACCOUNT, and for nothing else.");
  }
  if (one && !set->provisioned.contains(*input.target_id)) {
    return Refuse("ResourceNotFoundException", "The permission set is not provisioned to AWS account " + *input.target_id);
  }
  const auto running = std::ranges::count_if(instance->pending, [&](const std::string& id) { return instance->operations.find(id)->second.work == Work::kProvision; });
  if (!call.concurrency.Admits(LongWork::kProvisioning, static_cast<std::size_t>(running))) {
    return Refuse("Throttling", "There are too many requests processing. Please try again later.");
  }
  Operation operation{.id = MakeUuid(call.random),
                      .work = Work::kProvision,
                      .assignment = {input.target_id.value_or(""), input.permission_set_arn, "", ""},
                      .created = call.now(),
                      .due = call.now() + kTakes};
  instance->pending.insert(operation.id);
  api::ProvisionPermissionSetOutput output{.permission_set_provisioning_status = Show(call, operation)};
  instance->operations.emplace(operation.id, operation);
  return output;
}

base::Result<api::DescribePermissionSetProvisioningStatusOutput> Describe(Call& call, const api::DescribePermissionSetProvisioningStatusInput& input) {
  TRY_ASSIGN(const Instance* instance, FindInstance(call, input.instance_arn));
  const auto operation = instance->operations.find(input.provision_permission_set_request_id);
  if (operation == instance->operations.end() || operation->second.work != Work::kProvision) {
    return Refuse("ResourceNotFoundException", "The request " + input.provision_permission_set_request_id + " does not exist");
  }
  return api::DescribePermissionSetProvisioningStatusOutput{.permission_set_provisioning_status = Show(call, operation->second)};
}

base::Result<api::ListPermissionSetProvisioningStatusOutput> List(Call& call, const api::ListPermissionSetProvisioningStatusInput& input) {
  TRY_ASSIGN(const Instance* instance, FindInstance(call, input.instance_arn));
  std::vector<api::PermissionSetProvisioningStatusMetadata> list;
  for (const auto& [id, operation] : instance->operations) {
    const bool wanted = !input.filter || !input.filter->status || *input.filter->status == operation.status;
    if (operation.work == Work::kProvision && wanted) {
      list.push_back({.status = operation.status, .request_id = id, .created_date = call.Shown(operation.created)});
    }
  }
  api::ListPermissionSetProvisioningStatusOutput output;
  TRY(FillPage(FindPage, input, list, [](const auto& each) { return each; }, output.permission_sets_provisioning_status, output));
  return output;
}

bool IsWanted(const std::optional<std::string>& status, const PermissionSet& set, int revision) {
  return !status || (*status == "LATEST_PERMISSION_SET_PROVISIONED") == (revision == set.revision);
}

base::Result<api::ListPermissionSetsProvisionedToAccountOutput> ListSets(Call& call, const api::ListPermissionSetsProvisionedToAccountInput& input) {
  TRY_ASSIGN(const Instance* instance, FindInstance(call, input.instance_arn));
  std::vector<std::string> arns;
  for (const auto& [arn, set] : instance->sets) {
    const auto provisioned = set.provisioned.find(input.account_id);
    if (provisioned != set.provisioned.end() && IsWanted(input.provisioning_status, set, provisioned->second)) arns.push_back(arn);
  }
  api::ListPermissionSetsProvisionedToAccountOutput output;
  TRY(FillPage(FindPage, input, arns, [](const std::string& arn) { return arn; }, output.permission_sets, output));
  return output;
}

base::Result<api::ListAccountsForProvisionedPermissionSetOutput> ListAccounts(Call& call, const api::ListAccountsForProvisionedPermissionSetInput& input) {
  TRY_ASSIGN(const PermissionSet* set, FindSet(call, input.instance_arn, input.permission_set_arn));
  std::vector<std::string> accounts;
  for (const auto& [id, revision] : set->provisioned) {
    if (IsWanted(input.provisioning_status, *set, revision)) accounts.push_back(id);
  }
  api::ListAccountsForProvisionedPermissionSetOutput output;
  TRY(FillPage(FindPage, input, accounts, [](const std::string& id) { return id; }, output.account_ids, output));
  return output;
}

}  // namespace

void AddProvisioningOperations(OperationTable& table) {
  table.Add<api::ProvisionPermissionSet>(OnSet{}, Provision);
  table.Add<api::DescribePermissionSetProvisioningStatus>(OnSet{}, Describe);
  table.Add<api::ListPermissionSetProvisioningStatus>(OnSet{}, List);
  table.Add<api::ListPermissionSetsProvisionedToAccount>(OnSet{}, ListSets);
  table.Add<api::ListAccountsForProvisionedPermissionSet>(OnSet{}, ListAccounts);
}

}  // namespace crossrole::sim::identity_center
