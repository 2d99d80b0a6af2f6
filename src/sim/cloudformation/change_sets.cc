// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/cloudformation/stack.h"
#include "sim/internal/identifiers.h"
#include "sim/internal/refuse.h"

namespace crossrole::sim::cloudformation {
namespace {

namespace api = aws::cloudformation;

constexpr std::string_view kNoChanges =
    "The submitted information didn't contain changes. Submit different information to create a change set.";

// A change set is named alone by its ARN, or by its name and the stack's.
struct Found {
  Stack* stack = nullptr;
  ChangeSet* change_set = nullptr;
};

base::Result<Found> FindChangeSet(const Call& call, const std::string& name, const std::optional<std::string>& stack_name) {
  for (const auto& stack : StacksOf(call).stacks) {
    if (stack->region != call.region) continue;
    const bool is_named = stack_name && (stack->id == *stack_name || (stack->name == *stack_name && stack->status != "DELETE_COMPLETE"));
    for (ChangeSet& change_set : stack->change_sets) {
      if (change_set.id == name || (is_named && change_set.name == name)) return Found{stack.get(), &change_set};
    }
  }
  if (!stack_name && !name.starts_with("arn:")) {
    return Invalid("StackName must be specified if ChangeSetName is not specified as an ARN.");
  }
  return Refuse("ChangeSetNotFound", fmt::format("ChangeSet [{}] does not exist", name));
}

// The stack a change set is for; a new one waits for review.
base::Result<Stack*> StackFor(Call& call, const api::CreateChangeSetInput& input) {
  Stack* stack = StacksOf(call).Find(call.region, input.stack_name);
  const bool exists = stack != nullptr && stack->status != "REVIEW_IN_PROGRESS" && stack->status != "DELETE_COMPLETE";
  if (input.change_set_type.value_or("UPDATE") != "CREATE") {
    if (!exists) return Invalid(fmt::format("Stack [{}] does not exist", input.stack_name));
    return stack;
  }
  if (exists) {
    return Invalid(fmt::format("Stack [{}] already exists and cannot be created again with the changeSet [{}].",
                               input.stack_name, input.change_set_name));
  }
  if (stack != nullptr && stack->status == "REVIEW_IN_PROGRESS") return stack;
  auto made = MakeStack(call, input.stack_name);
  RecordStack(call, *made, "REVIEW_IN_PROGRESS", "User Initiated");
  stack = made.get();
  StacksOf(call).stacks.push_back(std::move(made));
  return stack;
}

base::Result<api::CreateChangeSetOutput> CreateChangeSet(Call& call, const api::CreateChangeSetInput& input) {
  // A template that cannot be used must not leave a stack behind.
  const auto probe = MakeStack(call, input.stack_name);
  Stack* const existing = StacksOf(call).Find(call.region, input.stack_name);
  Stack& context = existing == nullptr ? *probe : *existing;
  TRY_ASSIGN(Definition definition,
             ReadDefinition(call, context,
                            {.body = input.template_body,
                             .url = input.template_url,
                             .use_previous = input.use_previous_template.value_or(false),
                             .parameters = input.parameters,
                             .capabilities = input.capabilities,
                             .tags = input.tags ? ReadTags(*input.tags) : context.definition.tags}));
  TRY_ASSIGN(auto worker, WorkerFor(call, input.role_arn.value_or(context.role_arn)));
  TRY_ASSIGN(Stack* const stack, StackFor(call, input));
  if (std::ranges::find(stack->change_sets, input.change_set_name, &ChangeSet::name) != stack->change_sets.end()) {
    return Refuse("AlreadyExistsException",
                  fmt::format("ChangeSet {} cannot be created due to a mismatch with existing attribute", input.change_set_name));
  }
  ChangeSet change_set{.id = fmt::format("arn:{}:cloudformation:{}:{}:changeSet/{}/{}", call.account().partition_name(),
                                         call.region, call.account().id, input.change_set_name, MakeUuid(call.random)),
                       .name = input.change_set_name,
                       .description = input.description.value_or(""),
                       .definition = std::move(definition),
                       .caller = std::move(worker),
                       .created = call.now()};
  if (input.on_stack_failure == "DELETE") change_set.on_failure = OnFailure::kDelete;
  if (input.on_stack_failure == "DO_NOTHING") change_set.on_failure = OnFailure::kDoNothing;
  TRY_ASSIGN(change_set.changes, PlanChanges(call.account(), *stack, change_set.definition));
  if (change_set.changes.empty()) {
    change_set.status = "FAILED";
    change_set.reason = kNoChanges;
    change_set.execution_status = "UNAVAILABLE";
  }
  if (input.role_arn) stack->role_arn = *input.role_arn;
  api::CreateChangeSetOutput output{.id = change_set.id, .stack_id = stack->id};
  stack->change_sets.push_back(std::move(change_set));
  return output;
}

api::Change ShowChange(const PlannedChange& change) {
  api::ResourceChange shown{.action = change.action, .logical_resource_id = change.logical_id, .resource_type = change.type};
  if (!change.physical_id.empty()) shown.physical_resource_id = change.physical_id;
  if (change.action == "Modify") {
    shown.replacement = change.replaces ? "True" : "False";
    shown.scope = {"Properties"};
  }
  return {.type = "Resource", .resource_change = std::move(shown)};
}

base::Result<api::DescribeChangeSetOutput> DescribeChangeSet(Call& call, const api::DescribeChangeSetInput& input) {
  TRY_ASSIGN(const Found found, FindChangeSet(call, input.change_set_name, input.stack_name));
  const ChangeSet& change_set = *found.change_set;
  api::DescribeChangeSetOutput output{.change_set_name = change_set.name,
                                      .change_set_id = change_set.id,
                                      .stack_id = found.stack->id,
                                      .stack_name = found.stack->name,
                                      .creation_time = call.Shown(change_set.created),
                                      .execution_status = change_set.execution_status,
                                      .status = change_set.status,
                                      .capabilities = change_set.definition.capabilities};
  if (!change_set.description.empty()) output.description = change_set.description;
  if (!change_set.reason.empty()) output.status_reason = change_set.reason;
  output.parameters = ShowParameters(change_set.definition);
  for (const Tag& tag : change_set.definition.tags) output.tags.push_back({.key = tag.key, .value = tag.value});
  for (const PlannedChange& change : change_set.changes) output.changes.push_back(ShowChange(change));
  return output;
}

base::Result<api::ExecuteChangeSetOutput> ExecuteChangeSet(Call& call, const api::ExecuteChangeSetInput& input) {
  TRY_ASSIGN(const Found found, FindChangeSet(call, input.change_set_name, input.stack_name));
  Stack& stack = *found.stack;
  if (found.change_set->execution_status != "AVAILABLE" || stack.InProgress()) {
    return Refuse("InvalidChangeSetStatus", fmt::format("ChangeSet [{}] cannot be executed in its current execution status of [{}]",
                                                        found.change_set->id, found.change_set->execution_status));
  }
  const ChangeSet change_set = std::move(*found.change_set);
  stack.change_sets.clear();
  stack.change_set_id = change_set.id;
  Call as_worker = call;
  as_worker.caller = change_set.caller;
  stack.on_failure = input.disable_rollback.value_or(false) ? OnFailure::kDoNothing : change_set.on_failure;
  if (stack.status == "REVIEW_IN_PROGRESS") {
    BeginCreate(as_worker, stack, change_set.definition);
  } else {
    BeginUpdate(as_worker, stack, change_set.definition);
  }
  return api::ExecuteChangeSetOutput{};
}

base::Result<api::DeleteChangeSetOutput> DeleteChangeSet(Call& call, const api::DeleteChangeSetInput& input) {
  const auto found = FindChangeSet(call, input.change_set_name, input.stack_name);
  if (!found) {
    if (found.error().aws_code == "ChangeSetNotFound") return api::DeleteChangeSetOutput{};
    return base::Fail(found.error());
  }
  const std::string id = found->change_set->id;
  std::erase_if(found->stack->change_sets, [&](const ChangeSet& each) { return each.id == id; });
  return api::DeleteChangeSetOutput{};
}

base::Result<api::ListChangeSetsOutput> ListChangeSets(Call& call, const api::ListChangeSetsInput& input) {
  TRY_ASSIGN(const Stack* const stack, FindStack(call, input.stack_name));
  api::ListChangeSetsOutput output;
  for (const ChangeSet& change_set : stack->change_sets) {
    output.summaries.push_back({.stack_id = stack->id,
                                .stack_name = stack->name,
                                .change_set_id = change_set.id,
                                .change_set_name = change_set.name,
                                .execution_status = change_set.execution_status,
                                .status = change_set.status,
                                .status_reason = change_set.reason.empty() ? std::nullopt : std::optional(change_set.reason),
                                .creation_time = call.Shown(change_set.created)});
  }
  return output;
}

Ask OnStackOf(const Call& call, const std::string& change_set, const std::optional<std::string>& stack) {
  if (stack) return OnStack(call, *stack);
  for (const auto& each : StacksOf(call).stacks) {
    if (std::ranges::find(each->change_sets, change_set, &ChangeSet::id) != each->change_sets.end()) return {.resource = each->id};
  }
  return {};
}

}  // namespace

void AddChangeSetOperations(OperationTable& table) {
  const auto on_change_set = [](const Call& call, const auto& input) {
    return OnStackOf(call, input.change_set_name, input.stack_name);
  };
  const auto on_stack = [](const Call& call, const auto& input) { return OnStack(call, input.stack_name); };
  table.Add<api::CreateChangeSet>(on_stack, CreateChangeSet);
  table.Add<api::DescribeChangeSet>(on_change_set, DescribeChangeSet);
  table.Add<api::ExecuteChangeSet>(on_change_set, ExecuteChangeSet);
  table.Add<api::DeleteChangeSet>(on_change_set, DeleteChangeSet);
  table.Add<api::ListChangeSets>(on_stack, ListChangeSets);
}

}  // namespace crossrole::sim::cloudformation
