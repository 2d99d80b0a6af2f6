// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/cloudformation.h"
#include "base/clock.h"
#include "sim/call.h"
#include "sim/cloudformation/expression.h"
#include "sim/cloudformation/template.h"

// Stacks, and how they change. A stack changes in steps, one resource each, that are carried out when their time has come.

namespace crossrole::sim::cloudformation {

/// A resource of a stack as it is.
struct StackResource {
  std::string logical_id;
  std::string type;
  std::string physical_id{};
  std::string status{};
  std::string reason{};
  std::string deletion_policy = "Delete";
  std::string replace_policy = "Delete";  // what becomes of it when another takes its place
  base::Time at{};
  boost::json::object properties{};  // computed, as last applied
  std::map<std::string, std::string, std::less<>> attributes{};

  /// Whether the stack has it still.
  bool is_there() const { return status != "DELETE_COMPLETE" && status != "DELETE_SKIPPED"; }
};

/// What happened to a stack or one of its resources.
struct StackEvent {
  std::string id;
  std::string logical_id;
  std::string physical_id;
  std::string type;
  std::string status;
  std::string reason;
  std::string properties;
  base::Time at{};
};

/// An output, computed when a change is complete.
struct StackOutput {
  std::string key;
  std::string value;
  std::string description;
};

/// What a stack is made from.
struct Definition {
  std::shared_ptr<const Template> template_{};
  Parameters parameters{};  // complete
  Tags tags{};
  std::vector<std::string> capabilities{};
};

/// What a step does to its resource.
enum class Verb : std::uint8_t { kApply, kRestore, kRemove, kSettle };

/// One step of a change.
struct Step {
  Verb verb = Verb::kApply;
  std::string logical_id;
};

/// What becomes of a stack whose creation fails.
enum class OnFailure : std::uint8_t { kRollback, kDelete, kDoNothing };

/// A change under way.
enum class Change : std::uint8_t { kCreate, kUpdate, kDelete, kRollback, kUpdateRollback, kCleanup, kUpdateRollbackCleanup };

/// The steps that are left of a change.
struct Work {
  Change change = Change::kCreate;
  std::deque<Step> steps{};
  base::Time due{};                        // of the next step
  std::shared_ptr<const Caller> caller{};  // in whose name resources are made
  Definition before{};                     // of an update
  std::vector<StackResource> replaced{};   // physical resources to be removed by the cleanup
  std::vector<StackResource> originals{};  // resources as they were before this update changed them
};

/// A change that is planned for one resource.
struct PlannedChange {
  std::string action;  // Add, Modify, Remove
  std::string logical_id;
  std::string physical_id;
  std::string type;
  bool replaces = false;
};

/// A change set.
struct ChangeSet {
  std::string id;
  std::string name;
  std::string description;
  std::string status = "CREATE_COMPLETE";
  std::string reason{};
  std::string execution_status = "AVAILABLE";
  Definition definition{};
  std::vector<PlannedChange> changes{};
  OnFailure on_failure = OnFailure::kRollback;
  std::shared_ptr<const Caller> caller{};
  base::Time created{};
};

/// A stack.
struct Stack {
  std::string id;
  std::string name;
  std::string region;
  std::string uuid;
  Definition definition{};
  std::string status{};
  std::string reason{};
  base::Time created{};
  std::optional<base::Time> updated{};
  std::optional<base::Time> deleted{};
  OnFailure on_failure = OnFailure::kRollback;
  bool termination_protection = false;
  std::string role_arn{};
  std::string change_set_id{};
  std::vector<StackResource> resources{};  // in the order of their making
  std::vector<StackEvent> events{};        // oldest first
  std::vector<StackOutput> outputs{};
  std::vector<ChangeSet> change_sets{};
  std::optional<Work> work{};

  /// Whether something is going on.
  bool InProgress() const { return work.has_value(); }
  /// The resource, or nullptr.
  StackResource* FindResource(std::string_view logical_id);
};

/// What stands for the values of parameters with NoEcho.
constexpr std::string_view kHidden = "****";

struct StackSetTable;  // stack_set.h

/// The stacks of an account in every region, deleted ones too.
struct StackTable {
  std::vector<std::unique_ptr<Stack>> stacks{};
  std::shared_ptr<StackSetTable> sets{};  // that the account administers; null until the first

  /// By name (stacks that exist) or id (deleted ones too); nullptr when there is none.
  Stack* Find(std::string_view region, std::string_view name_or_id);
};

/// The stacks of the caller's account.
StackTable& StacksOf(const Call& call);
/// What expressions of a stack's template see.
base::Result<Scope> ScopeOf(const Account& account, Stack& stack, const Definition& definition);
/// Adds an event, which sets the status of the stack or resource.
void RecordStack(const Call& call, Stack& stack, std::string status, std::string reason);
void RecordResource(const Call& call, Stack& stack, StackResource& resource, std::string status, std::string reason);
/// The properties of a resource as JSON for others to read: without the values of parameters with NoEcho.
std::string ShownProperties(const Account& account, Stack& stack, const StackResource& resource);
/// A refusal for others to read: with stars for what `definitions` (null ones aside) have for parameters with NoEcho.
base::Error WithoutHidden(const std::vector<const Definition*>& definitions, base::Error error);

/// Begins to make a stack as `definition` says.
void BeginCreate(const Call& call, Stack& stack, Definition definition);
/// Begins to change a stack into what `definition` says.
void BeginUpdate(const Call& call, Stack& stack, Definition definition);
/// Begins to delete a stack.
void BeginDelete(const Call& call, Stack& stack);
/// What `definition` would change. Errors: ValidationError for expressions that cannot be computed.
base::Result<std::vector<PlannedChange>> PlanChanges(const Account& account, Stack& stack, const Definition& definition);

/// Whether the stack has settled, so that it can be `what` ("updated"). Errors: ValidationError.
base::Status CheckCanChange(const Stack& stack, std::string_view what);

/// Operations by what they do.
void AddChangeOperations(OperationTable& table);
void AddChangeSetOperations(OperationTable& table);
void AddDescribeOperations(OperationTable& table);

/// The stack that an input names. Errors: ValidationError.
base::Result<Stack*> FindStack(const Call& call, const std::string& name_or_id);
/// The parts of an input that say what a stack is to be.
struct DefinitionInput {
  const std::optional<std::string>& body;
  const std::optional<std::string>& url;
  bool use_previous = false;
  const std::vector<aws::cloudformation::Parameter>& parameters;
  const std::vector<std::string>& capabilities;
  Tags tags{};
};
/// The definition they ask for, wherever it is to be used. Errors: ValidationError, InsufficientCapabilitiesException.
base::Result<Definition> ReadAnywhere(const Definition& before, const DefinitionInput& input);
/// The values that a list gives; those that it says to keep come from `before`. Errors: ValidationError.
base::Result<Parameters> ReadParameters(const Parameters& before, const std::vector<aws::cloudformation::Parameter>& list);
/// Whether the rules of the template let the stack be what `definition` says. Errors: ValidationError.
base::Status CheckIn(const Account& account, Stack& stack, const Definition& definition);
/// The definition they ask for, for this stack. Errors: ValidationError, InsufficientCapabilitiesException.
base::Result<Definition> ReadDefinition(const Call& call, Stack& stack, const DefinitionInput& input);
/// Who makes the resources: the caller, or the service role. Errors: AccessDenied, ValidationError.
base::Result<std::shared_ptr<const Caller>> WorkerFor(const Call& call, const std::string& role_arn);
/// CloudFormation itself, working as `role` of `account`.
std::shared_ptr<const Caller> WorkerAs(const Call& call, Account& account, const Role& role, std::string_view session_name);
/// Whether CloudFormation may assume the role, by its trust policy.
bool TrustsCloudFormation(const Call& call, const Role& role);
/// A stack that is not in the table yet.
std::unique_ptr<Stack> MakeStack(const Call& call, const std::string& name);
/// The parameters of a definition, without the values that are not to be shown.
std::vector<aws::cloudformation::Parameter> ShowParameters(const Definition& definition);
/// Tags of an input.
Tags ReadTags(const std::vector<aws::cloudformation::Tag>& tags);
/// For operations on the stack that an input names.
Ask OnStack(const Call& call, const std::string& name_or_id);

}  // namespace crossrole::sim::cloudformation
