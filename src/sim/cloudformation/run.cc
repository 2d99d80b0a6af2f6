// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "aws/cloudformation.h"
#include "aws/iam.h"
#include "base/text.h"
#include "sim/cloudformation/operations.h"
#include "sim/cloudformation/resources.h"
#include "sim/cloudformation/stack.h"
#include "sim/cloudformation/stack_set.h"
#include "sim/internal/identifiers.h"
#include "sim/internal/refuse.h"

namespace crossrole::sim::cloudformation {
namespace {

namespace json = boost::json;

constexpr std::string_view kStackType = "AWS::CloudFormation::Stack";

std::string_view HandlerCode(std::string_view aws_code) {
  if (aws_code == "AccessDenied") return "AccessDenied";
  if (aws_code == "EntityAlreadyExists") return "AlreadyExists";
  if (aws_code == "NoSuchEntity") return "NotFound";
  if (aws_code == "LimitExceeded") return "ServiceLimitExceeded";
  return "InvalidRequest";
}

// An error of the service that makes a resource as CloudFormation reports it.
std::string ReasonOf(const Call& call, const StackResource& resource, const base::Error& error) {
  const bool is_set = resource.type.starts_with("AWS::CloudFormation::");
  const int status = error.aws_code == "AccessDenied"
                         ? 403
                         : aws::StatusOfError(is_set ? aws::cloudformation::kServiceFacts : aws::iam::kServiceFacts, error.aws_code);
  return fmt::format("Resource handler returned message: \"{} (Service: {}, Status Code: {}, Request ID: {})\" (RequestToken: "
                     "{}, HandlerErrorCode: {})",
                     error.message, is_set ? "CloudFormation" : "Iam", status, MakeUuid(call.random), MakeUuid(call.random),
                     HandlerCode(error.aws_code));
}

std::string_view PrefixOf(Change change) {
  switch (change) {
    case Change::kCreate: return "CREATE";
    case Change::kUpdate: return "UPDATE";
    case Change::kDelete: return "DELETE";
    case Change::kRollback: return "ROLLBACK";
    case Change::kUpdateRollback: return "UPDATE_ROLLBACK";
    case Change::kCleanup: return "UPDATE_COMPLETE_CLEANUP";
    case Change::kUpdateRollbackCleanup: return "UPDATE_ROLLBACK_COMPLETE_CLEANUP";
  }
  return "";
}

// Whether the resource's condition holds.
bool IsWanted(const Scope& scope, const ResourceDeclaration& declared) {
  if (declared.condition.empty()) return true;
  const auto it = scope.conditions.find(declared.condition);
  return it != scope.conditions.end() && it->second;
}

void Begin(const Call& call, Stack& stack, Work work) {
  work.due = call.now();
  work.caller = call.caller;
  RecordStack(call, stack, fmt::format("{}_IN_PROGRESS", PrefixOf(work.change)), stack.reason);
  stack.work = std::move(work);
  call.world.accounts_with_work().insert(&call.account());
}

std::deque<Step> ApplyAll(const Call& call, Stack& stack, const Definition& definition) {
  std::deque<Step> steps;
  const auto scope = ScopeOf(call.account(), stack, definition);
  if (!scope) return steps;
  for (const ResourceDeclaration& resource : definition.template_->resources) {
    if (IsWanted(*scope, resource)) steps.push_back({Verb::kApply, resource.logical_id});
  }
  return steps;
}

// Backwards in the order of the template: an update may have given an older resource something newer to depend on.
std::deque<Step> RemoveAll(const Stack& stack) {
  std::deque<Step> steps;
  std::set<std::string> declared;
  const auto remove = [&](const std::string& logical_id) {
    const auto resource = std::ranges::find(stack.resources, logical_id, &StackResource::logical_id);
    if (resource != stack.resources.end() && resource->is_there()) steps.push_front({Verb::kRemove, logical_id});
  };
  if (stack.definition.template_) {
    for (const ResourceDeclaration& resource : stack.definition.template_->resources) {
      declared.insert(resource.logical_id);
      remove(resource.logical_id);
    }
  }
  for (const StackResource& resource : stack.resources) {
    if (!declared.contains(resource.logical_id)) remove(resource.logical_id);
  }
  return steps;
}

// One stack, while its steps are carried out.
class Runner {
 public:
  Runner(Call& call, Stack& stack) : call_(call), stack_(stack) {}

  void RunStep() {
    Work& work = *stack_.work;
    if (work.steps.empty()) return Finish();
    const Step step = work.steps.front();
    work.steps.pop_front();
    base::Status done;
    if (step.verb == Verb::kApply) done = Apply(step.logical_id);
    if (step.verb == Verb::kRestore) done = Restore(step.logical_id);
    if (step.verb == Verb::kRemove) done = Remove(step.logical_id);
    if (step.verb == Verb::kSettle) done = GoOn(step.logical_id);
    if (!done) Fail(step.logical_id);
  }

 private:
  base::Status Apply(const std::string& logical_id) {
    const Definition& definition = stack_.definition;
    const ResourceDeclaration& declared = *definition.template_->FindResource(logical_id);
    StackResource* existing = stack_.FindResource(logical_id);
    if (existing != nullptr && !existing->is_there()) existing = nullptr;
    TRY_ASSIGN(const Scope scope, ScopeOf(call_.account(), stack_, definition));
    const base::Result<json::value> computed = Compute(scope, declared.properties);
    if (existing == nullptr) return Create(declared, computed);
    if (!computed) return FailResource(*existing, "UPDATE_FAILED", computed.error());
    existing->deletion_policy = declared.deletion_policy;
    existing->replace_policy = declared.replace_policy;
    if (computed->as_object() == existing->properties && !tags_changed()) return {};
    return Update(*existing, computed->as_object());
  }

  bool tags_changed() const {
    const auto texts = [](const Tags& tags) {
      std::set<std::pair<std::string, std::string>> set;
      for (const Tag& tag : tags) set.emplace(tag.key, tag.value);
      return set;
    };
    return stack_.work->change == Change::kUpdate && texts(stack_.work->before.tags) != texts(stack_.definition.tags);
  }

  base::Status Create(const ResourceDeclaration& declared, const base::Result<json::value>& properties) {
    std::erase_if(stack_.resources, [&](const StackResource& each) { return each.logical_id == declared.logical_id; });
    StackResource& resource = stack_.resources.emplace_back(
        StackResource{.logical_id = declared.logical_id,
                      .type = declared.type,
                      .deletion_policy = declared.deletion_policy,
                      .replace_policy = declared.replace_policy});
    RecordResource(call_, stack_, resource, "CREATE_IN_PROGRESS", "");
    if (!properties) return FailResource(resource, "CREATE_FAILED", properties.error());
    const base::Status made = CreateResource(call_, stack_, resource, properties->as_object());
    if (!made) return FailResource(resource, "CREATE_FAILED", made.error());
    RecordResource(call_, stack_, resource, "CREATE_IN_PROGRESS", "Resource creation Initiated");
    return Settle(resource);
  }

  base::Status Update(StackResource& resource, const json::object& properties) {
    const StackResource original = resource;
    RecordResource(call_, stack_, resource, "UPDATE_IN_PROGRESS", "");
    stack_.work->originals.push_back(original);
    if (!NeedsReplacement(resource, properties)) {
      const base::Status updated = UpdateResource(call_, stack_, resource, properties);
      if (!updated) return FailResource(resource, "UPDATE_FAILED", updated.error());
      return Settle(resource);
    }
    if (HasCustomName(resource, properties)) {
      RecordResource(call_, stack_, resource, "UPDATE_FAILED",
                     fmt::format("CloudFormation cannot update a stack when a custom-named resource requires replacing. "
                                 "Rename {} and update the stack again.",
                                 resource.physical_id));
      return base::Fail(base::Code::kAwsRefused, "replacement under the same name");
    }
    StackResource fresh{.logical_id = resource.logical_id, .type = resource.type, .deletion_policy = resource.deletion_policy};
    const base::Status made = CreateResource(call_, stack_, fresh, properties);
    if (!made) {
      if (!fresh.physical_id.empty()) stack_.work->replaced.push_back(std::move(fresh));
      return FailResource(resource, "UPDATE_FAILED", made.error());
    }
    stack_.work->replaced.push_back(original);
    fresh.replace_policy = original.replace_policy;
    fresh.status = resource.status;
    resource = std::move(fresh);
    return Settle(resource);
  }

  // The end of a change of a resource: now, or when what it has begun is done.
  base::Status Settle(StackResource& resource) {
    const std::string change = resource.status.substr(0, resource.status.find('_'));
    const auto settled = SettleResource(call_, stack_, resource, change == "DELETE");
    if (!settled) return FailResource(resource, change + "_FAILED", settled.error());
    if (*settled) {
      RecordResource(call_, stack_, resource, change + "_COMPLETE", "");
    } else {
      stack_.work->steps.push_front({Verb::kSettle, resource.logical_id});
    }
    return {};
  }

  base::Status GoOn(const std::string& logical_id) {
    StackResource* resource = stack_.FindResource(logical_id);
    return resource == nullptr ? base::Status() : Settle(*resource);
  }

  // Back to what the resource was before the update.
  base::Status Restore(const std::string& logical_id) {
    StackResource* resource = stack_.FindResource(logical_id);
    const auto& originals = stack_.work->originals;
    const auto original = std::ranges::find(originals, logical_id, &StackResource::logical_id);
    if (resource == nullptr || original == originals.end()) return {};
    RecordResource(call_, stack_, *resource, "UPDATE_IN_PROGRESS", "");
    if (original->physical_id != resource->physical_id) {
      stack_.work->replaced.push_back(*resource);
      // The policy is about what was there before.
      stack_.work->replaced.back().replace_policy = "Delete";
      std::erase_if(stack_.work->replaced,
                    [&](const StackResource& each) { return each.physical_id == original->physical_id; });
      *resource = *original;
    } else {
      const base::Status restored = UpdateResource(call_, stack_, *resource, original->properties);
      if (!restored) return FailResource(*resource, "UPDATE_FAILED", restored.error());
      return Settle(*resource);
    }
    RecordResource(call_, stack_, *resource, "UPDATE_COMPLETE", "");
    return {};
  }

  base::Status Remove(const std::string& logical_id) {
    StackResource* resource = stack_.FindResource(logical_id);
    if (resource == nullptr) return {};
    if (IsKept(*resource)) {
      RecordResource(call_, stack_, *resource, "DELETE_SKIPPED", "");
      return {};
    }
    TRY(BeginRemoval(*resource));
    return Settle(*resource);
  }

  // Source: CloudFormation User Guide, "DeletionPolicy attribute".
  bool IsKept(const StackResource& resource) const {
    if (resource.physical_id.empty()) return false;
    if (resource.deletion_policy != "RetainExceptOnCreate") return resource.deletion_policy == "Retain";
    const Work& work = *stack_.work;
    // What a change that is rolled back had made goes again.
    const bool is_rolled_back = work.change == Change::kRollback || work.change == Change::kUpdateRollbackCleanup;
    const bool was_there = std::ranges::find(work.originals, resource.logical_id, &StackResource::logical_id) != work.originals.end();
    return !is_rolled_back || was_there;
  }

  // What IAM refuses it may quote.
  base::Error Shown(const base::Error& error) const {
    return WithoutHidden({&stack_.definition, stack_.work ? &stack_.work->before : nullptr}, error);
  }

  base::Status FailResource(StackResource& resource, std::string status, const base::Error& refused) {
    const base::Error error = Shown(refused);
    const bool of_template = error.aws_code == "ValidationError" && (error.message.starts_with("Template error") ||
                                                                     error.message.starts_with("Properties validation failed"));
    RecordResource(call_, stack_, resource, std::move(status), of_template ? error.message : ReasonOf(call_, resource, error));
    return base::Fail(error);
  }

  void Fail(const std::string& logical_id) {
    Work& work = *stack_.work;
    switch (work.change) {
      case Change::kCreate: return FailCreate(logical_id);
      case Change::kUpdate: return FailUpdate(logical_id);
      case Change::kDelete:
        End("DELETE_FAILED", fmt::format("The following resource(s) failed to delete: [{}]. ", logical_id));
        return;
      case Change::kRollback: return End("ROLLBACK_FAILED", fmt::format("The following resource(s) failed to delete: [{}]. ", logical_id));
      case Change::kUpdateRollback:
        return End("UPDATE_ROLLBACK_FAILED", fmt::format("The following resource(s) failed to update: [{}]. ", logical_id));
      case Change::kCleanup:
      case Change::kUpdateRollbackCleanup: return;  // what cannot be cleaned up is left behind, as at AWS
    }
  }

  void FailCreate(const std::string& logical_id) {
    const std::string reason = fmt::format("The following resource(s) failed to create: [{}]. ", logical_id);
    if (stack_.on_failure == OnFailure::kDoNothing) return End("CREATE_FAILED", reason);
    stack_.work->change = stack_.on_failure == OnFailure::kDelete ? Change::kDelete : Change::kRollback;
    stack_.work->steps = RemoveAll(stack_);
    RecordStack(call_, stack_, fmt::format("{}_IN_PROGRESS", PrefixOf(stack_.work->change)),
                reason + (stack_.on_failure == OnFailure::kDelete ? "Delete requested by user." : "Rollback requested by user."));
  }

  void FailUpdate(const std::string& logical_id) {
    Work& work = *stack_.work;
    RecordStack(call_, stack_, "UPDATE_ROLLBACK_IN_PROGRESS",
                fmt::format("The following resource(s) failed to update: [{}]. ", logical_id));
    work.change = Change::kUpdateRollback;
    work.steps.clear();
    for (auto it = work.originals.rbegin(); it != work.originals.rend(); ++it) {
      work.steps.push_back({Verb::kRestore, it->logical_id});
    }
    std::swap(stack_.definition, work.before);
  }

  // All steps of a change are done: what comes next.
  void Finish() {
    Work& work = *stack_.work;
    switch (work.change) {
      case Change::kCreate: return Complete("CREATE_COMPLETE");
      case Change::kUpdate: return StartCleanup(Change::kCleanup);
      case Change::kCleanup: return CleanUp("UPDATE_COMPLETE");
      case Change::kUpdateRollback: return StartCleanup(Change::kUpdateRollbackCleanup);
      case Change::kUpdateRollbackCleanup: return CleanUp("UPDATE_ROLLBACK_COMPLETE");
      case Change::kRollback: return End("ROLLBACK_COMPLETE", "");
      case Change::kDelete:
        stack_.deleted = call_.now();
        stack_.change_sets.clear();
        return End("DELETE_COMPLETE", "");
    }
  }

  // What the template (the old one, in a rollback) does not have (any more).
  void StartCleanup(Change change) {
    Work& work = *stack_.work;
    work.change = change;
    RecordStack(call_, stack_, fmt::format("{}_IN_PROGRESS", PrefixOf(change)), "");
    const auto scope = ScopeOf(call_.account(), stack_, stack_.definition);
    for (const StackResource& resource : stack_.resources) {
      if (!resource.is_there()) continue;
      const ResourceDeclaration* declared = stack_.definition.template_->FindResource(resource.logical_id);
      const bool wanted = declared != nullptr && scope && IsWanted(*scope, *declared);
      if (!wanted) work.steps.push_front({Verb::kRemove, resource.logical_id});
    }
  }

  // What is no longer wanted may hold each other in any order: as at AWS it is tried three times, and then left behind.
  void CleanUp(std::string status) {
    std::vector<StackResource>& replaced = stack_.work->replaced;
    bool left = true;
    for (int attempt = 0; attempt < 3 && left; ++attempt) {
      left = false;
      for (auto old = replaced.rbegin(); old != replaced.rend(); ++old) {
        if (old->replace_policy == "Retain" && old->is_there()) RecordResource(call_, stack_, *old, "DELETE_SKIPPED", "");
        if (old->is_there()) left = !RemovePhysical(*old) || left;
      }
      for (StackResource& resource : stack_.resources) {
        if (resource.status == "DELETE_FAILED") left = !RemovePhysical(resource) || left;
      }
    }
    Complete(std::move(status));
  }

  base::Status BeginRemoval(StackResource& resource) {
    RecordResource(call_, stack_, resource, "DELETE_IN_PROGRESS", "");
    const base::Status removed = RemoveResource(call_, stack_, resource);
    return removed ? removed : FailResource(resource, "DELETE_FAILED", removed.error());
  }

  // What is not gone at once is left behind.
  base::Status RemovePhysical(StackResource& resource) {
    TRY(BeginRemoval(resource));
    const auto settled = SettleResource(call_, stack_, resource, true);
    if (!settled) return FailResource(resource, "DELETE_FAILED", settled.error());
    if (!*settled) return FailResource(resource, "DELETE_FAILED", Invalid("The resource takes longer to delete").error());
    RecordResource(call_, stack_, resource, "DELETE_COMPLETE", "");
    return {};
  }

  void Complete(std::string status) {
    const base::Status outputs = ComputeOutputs();
    End(std::move(status), outputs ? "" : Shown(outputs.error()).message);
  }

  base::Status ComputeOutputs() {
    stack_.outputs.clear();
    TRY_ASSIGN(const Scope scope, ScopeOf(call_.account(), stack_, stack_.definition));
    for (const auto& member : stack_.definition.template_->Section("Outputs")) {
      const json::object* output = member.value().if_object();
      const json::value* value = output == nullptr ? nullptr : output->if_contains("Value");
      if (value == nullptr) continue;
      if (const json::value* condition = output->if_contains("Condition")) {
        const auto it = scope.conditions.find(TextOfScalar(*condition).value_or(""));
        if (it != scope.conditions.end() && !it->second) continue;
      }
      TRY_ASSIGN(const json::value computed, Compute(scope, *value));
      const json::value* description = output->if_contains("Description");
      stack_.outputs.push_back({.key = std::string(member.key()),
                                .value = TextOfScalar(computed).value_or(""),
                                .description = description == nullptr ? "" : TextOfScalar(*description).value_or("")});
    }
    return {};
  }

  void End(std::string status, std::string reason) {
    RecordStack(call_, stack_, std::move(status), std::move(reason));
    stack_.work.reset();
  }

  Call& call_;
  Stack& stack_;
};

// The stack with the earliest step that is due in `account`; nullptr when there is none.
Stack* NextDue(const Account& account, base::Time now) {
  Stack* next = nullptr;
  for (const auto& stack : account.stacks->stacks) {
    if (!stack->work || stack->work->due > now) continue;
    if (next == nullptr || stack->work->due < next->work->due) next = stack.get();
  }
  return next;
}

void RunAccount(const Call& call, const Account& account, std::chrono::milliseconds step) {
  while (Stack* stack = NextDue(account, call.now())) {
    Work& work = *stack->work;
    auto caller = std::make_shared<Caller>(*work.caller);
    caller->via = "cloudformation.amazonaws.com";
    Call own{.world = call.world,
             .caller = std::move(caller),
             .region = std::string(model::FactsOf(account.partition).default_region),
             .spread = {.now = work.due, .delay = call.spread.delay},
             .advance = call.advance,
             .tokens = call.tokens,
             .random = call.random,
             .operations = call.operations,
             .evaluation = call.evaluation,
             .trail = call.trail};
    work.due += step;
    Runner(own, *stack).RunStep();
  }
}

}  // namespace

void RecordStack(const Call& call, Stack& stack, std::string status, std::string reason) {
  stack.status = std::move(status);
  stack.reason = std::move(reason);
  stack.events.push_back({.id = MakeUuid(call.random),
                          .logical_id = stack.name,
                          .physical_id = stack.id,
                          .type = std::string(kStackType),
                          .status = stack.status,
                          .reason = stack.reason,
                          .properties = "",
                          .at = call.now()});
}

void RecordResource(const Call& call, Stack& stack, StackResource& resource, std::string status, std::string reason) {
  resource.status = std::move(status);
  resource.reason = std::move(reason);
  resource.at = call.now();
  stack.events.push_back({.id = fmt::format("{}-{}-{}", resource.logical_id, resource.status, MakeUuid(call.random)),
                          .logical_id = resource.logical_id,
                          .physical_id = resource.physical_id,
                          .type = resource.type,
                          .status = resource.status,
                          .reason = resource.reason,
                          .properties = ShownProperties(call.account(), stack, resource),
                          .at = call.now()});
}

void BeginCreate(const Call& call, Stack& stack, Definition definition) {
  stack.definition = std::move(definition);
  stack.reason = "User Initiated";
  std::deque<Step> steps = ApplyAll(call, stack, stack.definition);
  Begin(call, stack, {.change = Change::kCreate, .steps = std::move(steps)});
}

void BeginUpdate(const Call& call, Stack& stack, Definition definition) {
  Definition before = std::exchange(stack.definition, std::move(definition));
  stack.updated = call.now();
  stack.reason = "User Initiated";
  std::deque<Step> steps = ApplyAll(call, stack, stack.definition);
  Begin(call, stack, {.change = Change::kUpdate, .steps = std::move(steps), .before = std::move(before)});
}

void BeginDelete(const Call& call, Stack& stack) {
  stack.reason = "User Initiated";
  Begin(call, stack, {.change = Change::kDelete, .steps = RemoveAll(stack)});
}

void RunDue(const Call& call, std::chrono::milliseconds step) {
  std::set<Account*>& busy = call.world.accounts_with_work();
  // A stack that is done lets its set begin the next one, which may be due by now as well.
  for (bool again = !busy.empty(); again;) {
    for (const Account* account : busy) RunAccount(call, *account, step);
    again = false;
    for (const Account* account : busy) again = RunStackSets(call, *account->stacks) || again;
  }
  std::erase_if(busy, [](const Account* account) {
    return !HasStackSetWork(*account->stacks) &&
           std::ranges::none_of(account->stacks->stacks, [](const auto& stack) { return stack->InProgress(); });
  });
}

}  // namespace crossrole::sim::cloudformation
