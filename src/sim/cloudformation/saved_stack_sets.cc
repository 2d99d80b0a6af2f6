// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "sim/cloudformation/saved_parts.h"
#include "sim/internal/snapshot_parts.h"

namespace crossrole::sim::cloudformation {
namespace {

namespace api = aws::cloudformation;
namespace json = boost::json;
using saved::Broken;
using saved::Moment;
using saved::Text;

constexpr std::array<std::string_view, 3> kActions = {"CREATE", "UPDATE", "DELETE"};

void SetText(json::object& object, std::string_view name, const std::optional<std::string>& text) {
  if (text) object[name] = *text;
}

std::optional<std::string> OptionalText(const json::object& object, std::string_view name) {
  return object.contains(name) ? std::optional(Text(object, name)) : std::nullopt;
}

void SetCount(json::object& object, std::string_view name, const std::optional<std::int32_t>& count) {
  if (count) object[name] = *count;
}

std::optional<std::int32_t> OptionalCount(const json::object& object, std::string_view name) {
  if (!object.contains(name)) return std::nullopt;
  return static_cast<std::int32_t>(saved::Count(object, name, std::numeric_limits<std::int32_t>::max()));
}

json::object SavePreferences(const api::StackSetOperationPreferences& preferences) {
  json::object object{{"region_order", saved::TextsToJson(preferences.region_order)}};
  SetText(object, "region_concurrency", preferences.region_concurrency_type);
  SetText(object, "concurrency", preferences.concurrency_mode);
  SetCount(object, "tolerance_count", preferences.failure_tolerance_count);
  SetCount(object, "tolerance_percentage", preferences.failure_tolerance_percentage);
  SetCount(object, "concurrent_count", preferences.max_concurrent_count);
  SetCount(object, "concurrent_percentage", preferences.max_concurrent_percentage);
  return object;
}

api::StackSetOperationPreferences LoadPreferences(const json::object& object) {
  return {.region_concurrency_type = OptionalText(object, "region_concurrency"),
          .region_order = saved::Texts(object, "region_order"),
          .failure_tolerance_count = OptionalCount(object, "tolerance_count"),
          .failure_tolerance_percentage = OptionalCount(object, "tolerance_percentage"),
          .max_concurrent_count = OptionalCount(object, "concurrent_count"),
          .max_concurrent_percentage = OptionalCount(object, "concurrent_percentage"),
          .concurrency_mode = OptionalText(object, "concurrency")};
}

json::object SaveTargets(const api::DeploymentTargets& targets) {
  json::object object{{"accounts", saved::TextsToJson(targets.accounts)}, {"units", saved::TextsToJson(targets.organizational_unit_ids)}};
  SetText(object, "url", targets.accounts_url);
  SetText(object, "filter", targets.account_filter_type);
  return object;
}

api::DeploymentTargets LoadTargets(const json::object& object) {
  return {.accounts = saved::Texts(object, "accounts"),
          .accounts_url = OptionalText(object, "url"),
          .organizational_unit_ids = saved::Texts(object, "units"),
          .account_filter_type = OptionalText(object, "filter")};
}

json::object SaveBatch(const StackSetBatch& batch) {
  json::array results;
  for (const StackSetResult& result : batch.results) {
    results.push_back(json::object{{"account", result.account}, {"unit", result.unit}, {"status", result.status}, {"reason", result.reason}});
  }
  json::array running;
  for (const std::size_t index : batch.running) running.push_back(json::object{{"result", index}});
  return {{"region", batch.region},
          {"results", std::move(results)},
          {"next", batch.next},
          {"running", std::move(running)},
          {"failed", batch.failed}};
}

base::Result<StackSetBatch> LoadBatch(const json::object& object) {
  StackSetBatch batch{.region = Text(object, "region")};
  TRY(saved::Each(object, "results", [&](const json::object& each) -> base::Status {
    batch.results.push_back(
        {.account = Text(each, "account"), .unit = Text(each, "unit"), .status = Text(each, "status"), .reason = Text(each, "reason")});
    return {};
  }));
  batch.next = saved::Count(object, "next", batch.results.size());
  batch.failed = saved::Count(object, "failed", batch.next);
  TRY(saved::Each(object, "running", [&](const json::object& each) -> base::Status {
    const std::size_t index = saved::Count(each, "result", batch.results.size());
    if (index >= batch.next) return Broken(fmt::format("result {} has not been started", index));
    if (std::ranges::find(batch.running, index) != batch.running.end()) return Twice(fmt::format("result {}", index));
    batch.running.push_back(index);
    return {};
  }));
  return batch;
}

json::object SaveOperation(const StackSetOperation& operation) {
  json::array batches;
  for (const StackSetBatch& batch : operation.batches) batches.push_back(SaveBatch(batch));
  json::object object{{"id", operation.id},
                      {"action", operation.action},
                      {"status", operation.status},
                      {"retain", operation.retain_stacks},
                      {"given_up", operation.given_up},
                      {"created", base::ToMicros(operation.created)},
                      {"moment", base::ToMicros(operation.moment)},
                      {"batches", std::move(batches)}};
  if (operation.preferences) object["preferences"] = SavePreferences(*operation.preferences);
  if (operation.targets) object["targets"] = SaveTargets(*operation.targets);
  saved::SetMoment(object, "ended", operation.ended);
  return object;
}

base::Result<StackSetOperation> LoadOperation(const json::object& object) {
  StackSetOperation operation{.id = Text(object, "id"),
                              .action = Text(object, "action"),
                              .status = Text(object, "status"),
                              .retain_stacks = saved::Flag(object, "retain"),
                              .given_up = saved::Flag(object, "given_up"),
                              .created = Moment(object, "created"),
                              .moment = Moment(object, "moment"),
                              .ended = saved::OptionalMoment(object, "ended")};
  if (std::ranges::find(kActions, operation.action) == kActions.end()) {
    return Broken(fmt::format("`{}` is nothing that an operation does", operation.action));
  }
  if (object.contains("preferences")) operation.preferences = LoadPreferences(saved::Object(object, "preferences"));
  if (object.contains("targets")) operation.targets = LoadTargets(saved::Object(object, "targets"));
  TRY(saved::Each(object, "batches", [&](const json::object& each) -> base::Status {
    TRY_ASSIGN(operation.batches.emplace_back(), LoadBatch(each));
    return {};
  }));
  return operation;
}

json::object SaveInstance(const StackInstance& instance) {
  return {{"account", instance.account},
          {"region", instance.region},
          {"unit", instance.unit},
          {"stack", instance.stack_id},
          {"overrides", saved::MapToJson(instance.overrides)},
          {"status", instance.status},
          {"detail", instance.detail},
          {"reason", instance.reason},
          {"operation", instance.operation_id}};
}

base::Status LoadInstance(const World& world, const json::object& object, StackSet& set) {
  StackInstance instance{.account = Text(object, "account"),
                         .region = Text(object, "region"),
                         .unit = Text(object, "unit"),
                         .stack_id = Text(object, "stack"),
                         .overrides = saved::TextMap(object, "overrides"),
                         .status = Text(object, "status"),
                         .detail = Text(object, "detail"),
                         .reason = Text(object, "reason"),
                         .operation_id = Text(object, "operation")};
  // Only whoever manages a set by its own roles may have named an account that does not exist.
  if (set.permissions == Permissions::kServiceManaged) saved::AccountOf(world, object, "account");
  const auto has_id = [&](const StackSetOperation& operation) { return operation.id == instance.operation_id; };
  if (!instance.operation_id.empty() && std::ranges::none_of(set.operations, has_id)) return Unknown(instance.operation_id);
  const InstanceKey key(instance.account, instance.region);
  if (!set.instances.emplace(key, std::move(instance)).second) return Twice(key.first + " in " + key.second);
  return {};
}

// Operations end in their order.
base::Status Append(StackSet& set, StackSetOperation operation) {
  if (std::ranges::find(set.operations, operation.id, &StackSetOperation::id) != set.operations.end()) return Twice(operation.id);
  if (operation.ended && set.current < set.operations.size()) return Broken("an operation has ended before the one before it");
  if (operation.ended) ++set.current;
  set.operations.push_back(std::move(operation));
  return {};
}

base::Status LoadHistory(const World& world, const json::object& object, StackSet& set) {
  TRY(saved::Each(object, "operations", [&](const json::object& each) -> base::Status {
    TRY_ASSIGN(StackSetOperation operation, LoadOperation(each));
    return Append(set, std::move(operation));
  }));
  return saved::Each(object, "instances", [&](const json::object& each) { return LoadInstance(world, each, set); });
}

}  // namespace

json::object SaveStackSet(const StackSet& set, SavedTemplates& templates) {
  json::object units;
  for (const auto& [unit, regions] : set.units) units[unit] = saved::TextsToJson({regions.begin(), regions.end()});
  json::array instances;
  for (const auto& [key, instance] : set.instances) instances.push_back(SaveInstance(instance));
  json::array operations;
  for (const StackSetOperation& operation : set.operations) operations.push_back(SaveOperation(operation));
  return {{"id", set.id},
          {"name", set.name},
          {"region", set.region},
          {"arn", set.arn},
          {"deleted", set.deleted},
          {"description", set.description},
          {"definition", SaveDefinition(set.definition, templates)},
          {"permissions", static_cast<int>(set.permissions)},
          {"administration_role", set.administration_role_arn},
          {"execution_role", set.execution_role_name},
          {"auto_deploys", set.auto_deploys},
          {"retains_stacks", set.retains_stacks},
          {"queues", set.queues},
          {"token", set.token},
          {"units", std::move(units)},
          {"followed", saved::MapToJson(set.followed)},
          {"instances", std::move(instances)},
          {"operations", std::move(operations)}};
}

base::Result<std::unique_ptr<StackSet>> LoadStackSet(const World& world, Account& account, const SavedTemplates& templates,
                                                     const json::object& object) {
  auto set = std::make_unique<StackSet>();
  set->id = Text(object, "id");
  set->name = Text(object, "name");
  set->region = Text(object, "region");
  set->arn = Text(object, "arn");
  set->account = &account;
  set->deleted = saved::Flag(object, "deleted");
  set->description = Text(object, "description");
  TRY_ASSIGN(set->definition, LoadDefinition(saved::Object(object, "definition"), templates));
  if (!set->definition.template_) return Broken("the stack set has no template");
  set->permissions = saved::Choice(object, "permissions", Permissions::kServiceManaged);
  set->administration_role_arn = Text(object, "administration_role");
  set->execution_role_name = Text(object, "execution_role");
  set->auto_deploys = saved::Flag(object, "auto_deploys");
  set->retains_stacks = saved::Flag(object, "retains_stacks");
  set->queues = saved::Flag(object, "queues");
  set->token = Text(object, "token");
  const json::object& units = saved::Object(object, "units");
  for (const auto& member : units) {
    const std::vector<std::string> regions = saved::Texts(units, member.key());
    set->units[member.key()].insert(regions.begin(), regions.end());
  }
  set->followed = saved::TextMap(object, "followed");
  TRY(LoadHistory(world, object, *set));
  return set;
}

}  // namespace crossrole::sim::cloudformation
