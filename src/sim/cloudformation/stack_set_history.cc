// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/cloudformation/stack_set.h"
#include "sim/cloudformation/stack_set_show.h"
#include "sim/internal/identifiers.h"
#include "sim/internal/optional_text.h"
#include "sim/internal/refuse.h"

namespace crossrole::sim::cloudformation {
namespace {

namespace api = aws::cloudformation;

base::Result<StackSetOperation*> FindOperation(StackSet& set, const std::string& id) {
  const auto it = std::ranges::find(set.operations, id, &StackSetOperation::id);
  if (it == set.operations.end()) return Refuse("OperationNotFoundException", fmt::format("Operation {} not found", id));
  return &*it;
}

std::int32_t FailedOf(const StackSetOperation& operation) {
  std::size_t failed = 0;
  for (const StackSetBatch& batch : operation.batches) failed += batch.failed;
  return static_cast<std::int32_t>(failed);
}

std::optional<std::string> ReasonOf(const StackSetOperation& operation) {
  if (operation.status == "FAILED") return "The operation has failed in more accounts than its failure tolerance allows";
  return std::nullopt;
}

base::Result<api::DescribeStackSetOperationOutput> DescribeOperation(Call& call, const api::DescribeStackSetOperationInput& input) {
  TRY_ASSIGN(StackSet* set, FindStackSet(call, input.stack_set_name, input.call_as));
  TRY_ASSIGN(const StackSetOperation* operation, FindOperation(*set, input.operation_id));
  api::StackSetOperation shown{.operation_id = operation->id,
                               .stack_set_id = set->id,
                               .action = operation->action,
                               .status = operation->status,
                               .operation_preferences = operation->preferences,
                               .administration_role_arn = UnlessEmpty(set->administration_role_arn),
                               .execution_role_name = UnlessEmpty(set->execution_role_name),
                               .creation_timestamp = call.Shown(operation->created),
                               .deployment_targets = operation->targets,
                               .status_reason = ReasonOf(*operation),
                               .status_details = api::StackSetOperationStatusDetails{.failed_stack_instances_count = FailedOf(*operation)}};
  if (operation->action == "DELETE") shown.retain_stacks = operation->retain_stacks;
  if (operation->ended) shown.end_timestamp = call.Shown(*operation->ended);
  return api::DescribeStackSetOperationOutput{.stack_set_operation = std::move(shown)};
}

base::Result<api::ListStackSetOperationsOutput> ListOperations(Call& call, const api::ListStackSetOperationsInput& input) {
  TRY_ASSIGN(const StackSet* set, FindStackSet(call, input.stack_set_name, input.call_as));
  std::vector<const StackSetOperation*> newest_first;
  for (auto it = set->operations.rbegin(); it != set->operations.rend(); ++it) newest_first.push_back(&*it);
  const auto show = [&call](const StackSetOperation* operation) {
    api::StackSetOperationSummary shown{
        .operation_id = operation->id,
        .action = operation->action,
        .status = operation->status,
        .creation_timestamp = call.Shown(operation->created),
        .status_reason = ReasonOf(*operation),
        .status_details = api::StackSetOperationStatusDetails{.failed_stack_instances_count = FailedOf(*operation)},
        .operation_preferences = operation->preferences};
    if (operation->ended) shown.end_timestamp = call.Shown(*operation->ended);
    return shown;
  };
  api::ListStackSetOperationsOutput output;
  TRY(PageInto(input, newest_first, show, output));
  return output;
}

// Source: AWS CLI Command Reference, list-stack-set-operation-results, the example.
std::string NoGate(const StackSet& set, std::string_view account, std::string_view region) {
  return fmt::format("Function not found: arn:{}:lambda:{}:{}:function:AWSCloudFormationStackSetAccountGate", set.account->partition_name(), region, account);
}

base::Result<api::ListStackSetOperationResultsOutput> ListResults(Call& call, const api::ListStackSetOperationResultsInput& input) {
  TRY_ASSIGN(StackSet* set, FindStackSet(call, input.stack_set_name, input.call_as));
  TRY_ASSIGN(const StackSetOperation* operation, FindOperation(*set, input.operation_id));
  std::vector<api::StackSetOperationResultSummary> results;
  for (const StackSetBatch& batch : operation->batches) {
    for (const StackSetResult& result : batch.results) {
      const auto hides = [&](const api::OperationResultFilter& filter) { return filter.values && *filter.values != result.status; };
      if (std::ranges::any_of(input.filters, hides)) continue;
      results.push_back({.account = result.account,
                         .region = batch.region,
                         .status = result.status,
                         .status_reason = UnlessEmpty(result.reason),
                         .account_gate_result = api::AccountGateResult{.status = "SKIPPED", .status_reason = NoGate(*set, result.account, batch.region)},
                         .organizational_unit_id = UnlessEmpty(result.unit)});
    }
  }
  api::ListStackSetOperationResultsOutput output;
  TRY(PageInto(input, results, [](const auto& each) { return each; }, output));
  return output;
}

base::Result<api::StopStackSetOperationOutput> StopOperation(Call& call, const api::StopStackSetOperationInput& input) {
  TRY_ASSIGN(StackSet* set, FindStackSet(call, input.stack_set_name, input.call_as));
  TRY_ASSIGN(StackSetOperation* operation, FindOperation(*set, input.operation_id));
  if (operation->ended) {
    return Refuse("InvalidOperationException", fmt::format("Operation {} is in status {} and cannot be stopped", operation->id, operation->status));
  }
  operation->status = "STOPPING";
  return api::StopStackSetOperationOutput{};
}

base::Status CheckPreferences(const std::optional<api::StackSetOperationPreferences>& wanted) {
  if (!wanted) return {};
  if (wanted->failure_tolerance_count && wanted->failure_tolerance_percentage) {
    return Invalid("You can specify either FailureToleranceCount or FailureTolerancePercentage, but not both");
  }
  if (wanted->max_concurrent_count && wanted->max_concurrent_percentage) {
    return Invalid("You can specify either MaxConcurrentCount or MaxConcurrentPercentage, but not both");
  }
  return {};
}

}  // namespace

base::Result<StackSetOperation> PlanOperation(const Call& call, StackSet& set, std::string action, const OperationInput& input) {
  TRY(CheckPreferences(input.preferences));
  const std::string id = input.id ? *input.id : MakeUuid(call.random);
  if (std::ranges::find(set.operations, id, &StackSetOperation::id) != set.operations.end()) {
    return Refuse("OperationIdAlreadyExistsException", fmt::format("Operation {} already exists", id));
  }
  const StackSetOperation* busy = set.Current();
  if (busy != nullptr && !set.queues) {
    return Refuse("OperationInProgressException", fmt::format("Another Operation on StackSet {} is in progress: {}", set.arn, busy->id));
  }
  return StackSetOperation{.id = id, .action = std::move(action), .preferences = input.preferences, .targets = input.targets};
}

void AddKeys(StackSetOperation& operation, const StackSet& set, const std::vector<InstanceKey>& keys) {
  std::map<std::string, std::map<std::string, std::string>> by_region;
  for (const InstanceKey& key : keys) by_region[key.second].emplace(key.first, set.instances.at(key).unit);
  const std::vector<std::string> order = operation.preferences ? operation.preferences->region_order : std::vector<std::string>();
  for (const std::string& region : order) {
    const auto named = by_region.extract(region);
    if (!named.empty()) AddBatches(operation, {region}, named.mapped());
  }
  for (const auto& [region, accounts] : by_region) AddBatches(operation, {region}, accounts);
}

base::Result<std::size_t> PageBegin(const std::optional<std::string>& token, std::size_t size) {
  if (!token) return 0;
  const auto text = base::Base64Decode(*token);
  if (!text || text->empty() || text->size() > 9 || text->find_first_not_of("0123456789") != std::string::npos) {
    return Invalid("Invalid NextToken");
  }
  return std::min(size, static_cast<std::size_t>(std::stoul(*text)));
}

api::StackSet ShowSet(const StackSet& set) {
  api::StackSet shown{.stack_set_name = set.name,
                      .stack_set_id = set.id,
                      .description = UnlessEmpty(set.description),
                      .status = set.deleted ? "DELETED" : "ACTIVE",
                      .template_body = set.definition.template_->body,
                      .parameters = ShowParameters(set.definition),
                      .capabilities = set.definition.capabilities,
                      .stack_set_arn = set.arn,
                      .administration_role_arn = UnlessEmpty(set.administration_role_arn),
                      .execution_role_name = UnlessEmpty(set.execution_role_name),
                      .stack_set_drift_detection_details = api::StackSetDriftDetectionDetails{.drift_status = "NOT_CHECKED"},
                      .managed_execution = api::ManagedExecution{.active = set.queues}};
  const api::StackSetSummary summary = ShowSummary(&set);
  shown.auto_deployment = summary.auto_deployment;
  shown.permission_model = summary.permission_model;
  for (const Tag& tag : set.definition.tags) shown.tags.push_back({.key = tag.key, .value = tag.value});
  for (const auto& [unit, regions] : set.units) shown.organizational_unit_ids.push_back(unit);
  std::set<std::string> regions;
  for (const auto& [key, instance] : set.instances) regions.insert(key.second);
  shown.regions.assign(regions.begin(), regions.end());
  return shown;
}

api::StackSetSummary ShowSummary(const StackSet* set) {
  api::StackSetSummary shown{.stack_set_name = set->name,
                             .stack_set_id = set->id,
                             .description = UnlessEmpty(set->description),
                             .status = set->deleted ? "DELETED" : "ACTIVE",
                             .permission_model = set->permissions == Permissions::kServiceManaged ? "SERVICE_MANAGED" : "SELF_MANAGED",
                             .drift_status = "NOT_CHECKED",
                             .managed_execution = api::ManagedExecution{.active = set->queues}};
  if (set->permissions == Permissions::kServiceManaged) {
    shown.auto_deployment = api::AutoDeployment{.enabled = set->auto_deploys};
    if (set->auto_deploys) shown.auto_deployment->retain_stacks_on_account_removal = set->retains_stacks;
  }
  return shown;
}

void AddStackSetHistoryOperations(OperationTable& table) {
  const auto on_set = [](const Call& call, const auto& input) { return OnStackSet(call, input.stack_set_name, input.call_as); };
  table.Add<api::DescribeStackSetOperation>(on_set, DescribeOperation);
  table.Add<api::ListStackSetOperations>(on_set, ListOperations);
  table.Add<api::ListStackSetOperationResults>(on_set, ListResults);
  table.Add<api::StopStackSetOperation>(on_set, StopOperation);
}

}  // namespace crossrole::sim::cloudformation
