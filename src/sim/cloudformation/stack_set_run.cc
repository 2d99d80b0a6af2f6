// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/cloudformation/operations.h"
#include "sim/cloudformation/stack_set.h"
#include "sim/internal/identifiers.h"
#include "sim/internal/refuse.h"

namespace crossrole::sim::cloudformation {
namespace {

namespace api = aws::cloudformation;

// How a stack of a set is done with: at once, or when its own steps are.
enum class Begun : std::uint8_t { kDone, kRunning, kSkipped };

std::size_t Share(const std::optional<std::int32_t>& count, const std::optional<std::int32_t>& percentage, std::size_t of, std::size_t otherwise) {
  if (count) return static_cast<std::size_t>(*count);
  if (percentage) return of * static_cast<std::size_t>(*percentage) / 100;
  return otherwise;
}

// What failed in a stack, as results of stack sets say it.
std::string ReasonOf(const Stack& stack) {
  for (auto it = stack.events.rbegin(); it != stack.events.rend(); ++it) {
    if (!it->status.ends_with("_FAILED") || it->physical_id == stack.id) continue;
    return fmt::format("ResourceLogicalId:{}, ResourceType:{}, ResourceStatusReason:{}.", it->logical_id, it->type, it->reason);
  }
  return stack.reason;
}

// One set, while its operations are carried out.
class Operator {
 public:
  Operator(const Call& call, StackSet& set) : call_(call), set_(set) {}

  bool Run() {
    while (StackSetOperation* operation = set_.Current()) {
      if (operation->moment > call_.now()) return begun_;
      if (operation->status == "QUEUED") operation->status = "RUNNING";
      if (!Proceed(*operation)) return begun_;
      End(*operation);
    }
    return begun_;
  }

 private:
  // Whether nothing is left to do.
  bool Proceed(StackSetOperation& operation) {
    bool finished = true;
    for (StackSetBatch& batch : operation.batches) {
      Settle(operation, batch);
      while (!operation.given_up && operation.status == "RUNNING" && HasRoom(operation, batch)) Start(operation, batch);
      if (operation.given_up || operation.status == "STOPPING") CancelRest(operation, batch);
      const bool done = batch.running.empty() && batch.next == batch.results.size();
      finished = finished && done;
      const bool parallel = operation.preferences && operation.preferences->region_concurrency_type == "PARALLEL";
      const bool going_on = !operation.given_up && operation.status == "RUNNING";
      if (!done && !parallel && going_on) break;
    }
    return finished;
  }

  std::size_t Tolerance(const StackSetOperation& operation, const StackSetBatch& batch) const {
    if (!operation.preferences) return 0;
    const auto& wanted = *operation.preferences;
    return Share(wanted.failure_tolerance_count, wanted.failure_tolerance_percentage, batch.results.size(), 0);
  }

  bool HasRoom(const StackSetOperation& operation, const StackSetBatch& batch) const {
    if (batch.next == batch.results.size()) return false;
    if (!operation.preferences) return batch.running.empty();
    const auto& wanted = *operation.preferences;
    std::size_t slots = std::max<std::size_t>(1, Share(wanted.max_concurrent_count, wanted.max_concurrent_percentage, batch.results.size(), 1));
    if (wanted.concurrency_mode != "SOFT_FAILURE_TOLERANCE") slots = std::min(slots, Tolerance(operation, batch) - batch.failed + 1);
    return batch.running.size() < slots && call_.concurrency.Admits(LongWork::kStackInstanceChange, batch.running.size());
  }

  // Takes note of stacks that are done.
  void Settle(StackSetOperation& operation, StackSetBatch& batch) {
    std::erase_if(batch.running, [&](std::size_t index) {
      StackSetResult& result = batch.results[index];
      const Stack* stack = StackOf(result.account, batch.region);
      if (stack != nullptr && stack->InProgress()) return false;
      if (stack != nullptr) operation.moment = std::max(operation.moment, stack->events.back().at);
      const bool deleting = operation.action == "DELETE";
      const bool good = stack == nullptr || (deleting ? stack->status == "DELETE_COMPLETE"
                                                      : stack->status == "CREATE_COMPLETE" || stack->status == "UPDATE_COMPLETE");
      Conclude(operation, batch, result, good ? base::Status{} : Invalid(ReasonOf(*stack)));
      return true;
    });
  }

  void Conclude(StackSetOperation& operation, StackSetBatch& batch, StackSetResult& result, const base::Status& status) {
    StackInstance* instance = set_.FindInstance(result.account, batch.region);
    result.status = status ? "SUCCEEDED" : "FAILED";
    result.reason = status ? "" : status.error().message;
    if (!status && ++batch.failed > Tolerance(operation, batch)) operation.given_up = true;
    if (instance == nullptr) return;
    const bool deleting = operation.action == "DELETE";
    if (status && deleting) {
      set_.instances.erase({result.account, batch.region});
      return;
    }
    instance->status = status ? "CURRENT" : deleting ? "INOPERABLE" : "OUTDATED";
    instance->detail = status ? "SUCCEEDED" : "FAILED";
    instance->reason = result.reason;
  }

  void Start(StackSetOperation& operation, StackSetBatch& batch) {
    StackSetResult& result = batch.results[batch.next];
    StackInstance* instance = set_.FindInstance(result.account, batch.region);
    if (instance != nullptr) instance->operation_id = operation.id;
    const base::Result<Begun> begun = instance == nullptr ? Begun::kDone : Begin(operation, *instance);
    if (!begun) {
      Conclude(operation, batch, result, base::Fail(begun.error()));
    } else if (*begun == Begun::kDone) {
      Conclude(operation, batch, result, {});
    } else if (*begun == Begun::kSkipped) {
      result.status = "SUCCEEDED";
      instance->detail = "SKIPPED_SUSPENDED_ACCOUNT";
      instance->reason = result.reason = "The operation was skipped because the account is suspended";
    } else {
      result.status = instance->detail = "RUNNING";
      batch.running.push_back(batch.next);
      begun_ = true;
    }
    ++batch.next;
  }

  base::Result<Begun> Begin(const StackSetOperation& operation, StackInstance& instance) {
    const bool deleting = operation.action == "DELETE";
    if (deleting && operation.retain_stacks) return Begun::kDone;
    Stack* stack = StackOf(instance.account, instance.region);
    if (stack != nullptr && stack->status == "DELETE_COMPLETE") stack = nullptr;
    if (deleting && stack == nullptr) return Begun::kDone;
    const Account* target = call_.world.FindAccount(instance.account);
    const bool suspended = target != nullptr && target->state != AccountState::kActive;
    if (suspended && !deleting) return Begun::kSkipped;
    if (suspended) return Invalid("The account is suspended");
    const Call at = CallAs(call_, call_.caller, instance.region, operation.moment);
    TRY_ASSIGN(auto executor, ExecutorFor(at, set_, instance.account));
    const Call own = CallAs(call_, std::move(executor), instance.region, operation.moment);
    if (deleting) return Delete(own, *stack);
    return Apply(own, instance, stack);
  }

  base::Result<Begun> Delete(const Call& own, Stack& stack) {
    TRY(Authorize(own, {.resource = stack.id, .action = "cloudformation:DeleteStack"}));
    if (stack.termination_protection) {
      return Invalid(fmt::format("Stack [{}] cannot be deleted while TerminationProtection is enabled", stack.name));
    }
    BeginDelete(own, stack);
    return Begun::kRunning;
  }

  base::Result<Begun> Apply(const Call& own, StackInstance& instance, Stack* stack) {
    Definition definition = set_.definition;
    for (const auto& [key, value] : instance.overrides) definition.parameters.insert_or_assign(key, value);
    TRY_ASSIGN(definition.parameters, ResolveParameters(*definition.template_, definition.parameters));
    if (stack == nullptr) return Create(own, instance, std::move(definition));
    TRY(Authorize(own, {.resource = stack->id, .action = "cloudformation:UpdateStack"}));
    TRY(CheckCanChange(*stack, "updated"));
    TRY(CheckIn(own.account(), *stack, definition));
    TRY_ASSIGN(const std::vector<PlannedChange> changes, PlanChanges(own.account(), *stack, definition));
    if (changes.empty()) {
      stack->definition = std::move(definition);
      return Begun::kDone;
    }
    BeginUpdate(own, *stack, std::move(definition));
    return Begun::kRunning;
  }

  base::Result<Begun> Create(const Call& own, StackInstance& instance, Definition definition) {
    auto stack = MakeStack(own, fmt::format("StackSet-{}-{}", set_.name, MakeUuid(own.random)));
    TRY(Authorize(own, {.resource = stack->id, .action = "cloudformation:CreateStack"}));
    TRY(CheckIn(own.account(), *stack, definition));
    // AWS leaves nothing of a stack that could not be made; the next operation makes another.
    stack->on_failure = OnFailure::kDelete;
    BeginCreate(own, *stack, std::move(definition));
    instance.stack_id = stack->id;
    StacksOf(own).stacks.push_back(std::move(stack));
    return Begun::kRunning;
  }

  void CancelRest(const StackSetOperation& operation, StackSetBatch& batch) {
    for (; batch.next < batch.results.size(); ++batch.next) {
      StackSetResult& result = batch.results[batch.next];
      result.status = "CANCELLED";
      result.reason = operation.given_up ? "Cancelled since failure tolerance has exceeded" : "Cancelled since the operation was stopped";
      StackInstance* instance = set_.FindInstance(result.account, batch.region);
      if (instance == nullptr) continue;
      instance->operation_id = operation.id;
      instance->detail = "CANCELLED";
      instance->reason = result.reason;
    }
  }

  void End(StackSetOperation& operation) {
    operation.status = operation.status == "STOPPING" ? "STOPPED" : operation.given_up ? "FAILED" : "SUCCEEDED";
    operation.ended = operation.moment;
    ++set_.current;
    if (StackSetOperation* next = set_.Current()) next->moment = std::max(next->moment, operation.moment);
  }

  // The stack of an instance, also one that has been deleted.
  Stack* StackOf(const std::string& account, const std::string& region) const {
    const StackInstance* instance = set_.FindInstance(account, region);
    const Account* target = instance == nullptr || instance->stack_id.empty() ? nullptr : call_.world.FindAccount(account);
    return target == nullptr || !target->stacks ? nullptr : target->stacks->Find(region, instance->stack_id);
  }

  const Call& call_;
  StackSet& set_;
  bool begun_ = false;
};

std::map<std::string, std::string> TargetsOf(const organizations::Organization& organization, const StackSet& set) {
  std::vector<std::string> units;
  for (const auto& [unit, regions] : set.units) units.push_back(unit);
  return AccountsIn(organization, units);
}

// Makes instances for accounts that have come into units of the set.
void DeployTo(const Call& call, StackSet& set, const std::map<std::string, std::string>& accounts) {
  StackSetOperation operation{.id = MakeUuid(call.random), .action = "CREATE"};
  std::map<std::string, std::map<std::string, std::string>> by_region;
  for (const auto& [account, unit] : accounts) {
    for (const std::string& region : set.units.at(unit)) {
      if (set.instances.contains({account, region})) continue;
      by_region[region].emplace(account, unit);
      set.instances.emplace(InstanceKey{account, region},
                            StackInstance{.account = account, .region = region, .unit = unit, .operation_id = operation.id});
    }
  }
  for (const auto& [region, wanted] : by_region) AddBatches(operation, {region}, wanted);
  if (!operation.batches.empty()) AddOperation(call, set, std::move(operation));
}

// Takes the instances of accounts that have left.
void Withdraw(const Call& call, StackSet& set, const std::set<std::string>& accounts) {
  StackSetOperation operation{.id = MakeUuid(call.random), .action = "DELETE", .retain_stacks = set.retains_stacks};
  std::map<std::string, std::map<std::string, std::string>> by_region;
  for (const auto& [key, instance] : set.instances) {
    if (accounts.contains(key.first)) by_region[key.second].emplace(key.first, instance.unit);
  }
  for (const auto& [region, wanted] : by_region) AddBatches(operation, {region}, wanted);
  if (!operation.batches.empty()) AddOperation(call, set, std::move(operation));
}

void Follow(const Call& call, const organizations::Organization& organization, StackSet& set) {
  std::map<std::string, std::string> now = TargetsOf(organization, set);
  std::map<std::string, std::string> arrived;
  for (const auto& [account, unit] : now) {
    if (!set.followed.contains(account)) arrived.emplace(account, unit);
  }
  std::set<std::string> gone;
  for (const auto& [account, unit] : set.followed) {
    if (!now.contains(account)) gone.insert(account);
  }
  set.followed = std::move(now);
  if (!set.auto_deploys || !IsActivated(call, organization)) return;
  if (!arrived.empty()) DeployTo(call, set, arrived);
  if (!gone.empty()) Withdraw(call, set, gone);
}

}  // namespace

void AddBatches(StackSetOperation& operation, const std::vector<std::string>& regions, const std::map<std::string, std::string>& accounts) {
  for (const std::string& region : regions) {
    StackSetBatch batch{.region = region};
    for (const auto& [account, unit] : accounts) batch.results.push_back({.account = account, .unit = unit});
    operation.batches.push_back(std::move(batch));
  }
}

std::string AddOperation(const Call& call, StackSet& set, StackSetOperation operation) {
  operation.created = operation.moment = call.now();
  if (set.Current() == nullptr) operation.status = "RUNNING";
  const std::string id = operation.id;
  set.operations.push_back(std::move(operation));
  call.world.accounts_with_work().insert(set.account);
  return id;
}

bool RunStackSets(const Call& call, StackTable& table) {
  bool begun = false;
  if (!table.sets) return begun;
  for (const auto& set : table.sets->sets) {
    if (set->Current() != nullptr && Operator(call, *set).Run()) begun = true;
  }
  return begun;
}

bool HasStackSetWork(const StackTable& table) {
  return table.sets && std::ranges::any_of(table.sets->sets, [](const auto& set) { return set->Current() != nullptr; });
}

void FollowMembers(const Call& call, organizations::Organization& organization) {
  const auto& stacks = organization.management->stacks;
  if (!stacks || !stacks->sets) return;
  for (const auto& set : stacks->sets->sets) {
    if (!set->deleted && set->permissions == Permissions::kServiceManaged) Follow(call, organization, *set);
  }
}

}  // namespace crossrole::sim::cloudformation
