// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/cloudformation/stack.h"
#include "sim/organizations/organization.h"

// Stack sets: one definition, and stacks made from it in accounts and regions. Their operations are carried out stack by
// stack as time goes on, as the steps of stacks are.

namespace crossrole::sim::cloudformation {

/// Whether `list` has `value`.
inline bool Has(const std::vector<std::string>& list, std::string_view value) { return std::ranges::find(list, value) != list.end(); }

/// A stack of a set, or the wish for one.
struct StackInstance {
  std::string account;
  std::string region;
  std::string unit{};      // through which it was targeted; "" with self-managed permissions
  std::string stack_id{};  // "" until there was a stack
  Parameters overrides{};
  std::string status = "OUTDATED";
  std::string detail = "PENDING";
  std::string reason{};
  std::string operation_id{};  // of the last one
};

/// Account (first) and region of an instance.
using InstanceKey = std::pair<std::string, std::string>;

/// What an operation does, or has done, in one account and region.
struct StackSetResult {
  std::string account;
  std::string unit{};
  std::string status = "PENDING";
  std::string reason{};
};

/// The part of an operation in one region.
struct StackSetBatch {
  std::string region;
  std::vector<StackSetResult> results{};
  std::size_t next = 0;                // the first that has not been started
  std::vector<std::size_t> running{};  // indexes into `results`
  std::size_t failed = 0;
};

/// An operation on the stacks of a set.
struct StackSetOperation {
  std::string id;
  std::string action;  // CREATE, UPDATE, DELETE
  std::string status = "QUEUED";
  std::optional<aws::cloudformation::StackSetOperationPreferences> preferences{};
  std::optional<aws::cloudformation::DeploymentTargets> targets{};
  bool retain_stacks = false;
  bool given_up = false;   // too much has failed
  base::Time created{};
  base::Time moment{};     // how far it has come
  std::optional<base::Time> ended{};
  std::vector<StackSetBatch> batches{};
};

/// Whose roles make the stacks.
enum class Permissions : std::uint8_t { kSelfManaged, kServiceManaged };

/// A stack set.
struct StackSet {
  std::string id;  // <name>:<uuid>
  std::string name;
  std::string region;
  std::string arn;
  Account* account = nullptr;  // that it is administered in
  bool deleted = false;
  std::string description{};
  Definition definition{};
  Permissions permissions = Permissions::kSelfManaged;
  std::string administration_role_arn{};  // self-managed
  std::string execution_role_name{};
  bool auto_deploys = false;
  bool retains_stacks = false;  // of accounts that leave
  bool queues = false;          // managed execution
  std::string token{};
  std::map<InstanceKey, StackInstance> instances{};
  std::map<std::string, std::set<std::string>> units{};  // regions by targeted unit
  std::map<std::string, std::string> followed{};         // accounts known to be in these, with the unit
  std::deque<StackSetOperation> operations{};            // oldest first
  std::size_t current = 0;                               // the first that has not ended

  /// The operation under way or waiting, or nullptr.
  StackSetOperation* Current() { return current < operations.size() ? &operations[current] : nullptr; }
  /// The instance, or nullptr.
  StackInstance* FindInstance(const std::string& account_id, const std::string& in_region);
};

/// The stack sets that an account administers, in every region, deleted ones too.
struct StackSetTable {
  std::vector<std::unique_ptr<StackSet>> sets{};
};

/// The principal that administrators of service-managed stack sets are registered for, and that is trusted.
inline constexpr std::string_view kMemberPrincipal = "member.org.stacksets.cloudformation.amazonaws.com";
/// The one whose role in the management account says that access has been activated.
inline constexpr std::string_view kAdminPrincipal = "stacksets.cloudformation.amazonaws.com";

/// Whether stack sets may reach the accounts of the organization: its trust alone does not suffice, as at AWS, since what makes
/// the roles is ActivateOrganizationsAccess.
bool IsActivated(const Call& call, const organizations::Organization& organization);
/// The account whose sets a call is about: the caller's, or with DELEGATED_ADMIN the management account. Errors: ValidationError.
base::Result<Account*> AdministratorFor(const Call& call, const std::optional<std::string>& call_as);
/// The living set called `name` (or with this id or ARN) that the caller may see. Errors: StackSetNotFoundException, ValidationError.
base::Result<StackSet*> FindStackSet(const Call& call, const std::string& name, const std::optional<std::string>& call_as);
/// Whether service-managed stacks can be made from `administrator`. Errors: ValidationError.
base::Status CheckAccess(const Call& call, const Account& administrator);
/// For operations on a set.
Ask OnStackSet(const Call& call, const std::string& name, const std::optional<std::string>& call_as);

/// The accounts in these units and below them, each with the unit; never the management account.
std::map<std::string, std::string> AccountsIn(const organizations::Organization& organization, const std::vector<std::string>& units);

/// What an operation that is asked for says besides its targets.
struct OperationInput {
  const std::optional<std::string>& id;
  const std::optional<aws::cloudformation::StackSetOperationPreferences>& preferences;
  const std::optional<aws::cloudformation::DeploymentTargets>& targets;
};
/// An operation that may begin now. Errors: OperationInProgressException, OperationIdAlreadyExistsException, ValidationError.
base::Result<StackSetOperation> PlanOperation(const Call& call, StackSet& set, std::string action, const OperationInput& input);
/// Puts work of `operation` in order: a batch a region, which has each of `accounts` (with the unit).
void AddBatches(StackSetOperation& operation, const std::vector<std::string>& regions, const std::map<std::string, std::string>& accounts);
/// Lets `operation` begin as soon as those before it are done; its id.
std::string AddOperation(const Call& call, StackSet& set, StackSetOperation operation);

/// Who makes the stacks of a set in an account. Errors: AWS's words for why nobody can.
base::Result<std::shared_ptr<const Caller>> ExecutorFor(const Call& call, const StackSet& set, const std::string& account_id);
/// Makes the roles in the management account by which stack sets reach the others.
base::Status MakeAdminRole(const Call& call);
/// `call`, at another time in another region by somebody else.
Call CallAs(const Call& call, std::shared_ptr<const Caller> caller, std::string region, base::Time moment);

/// Carries operations on as far as they come by now; whether a stack was begun.
bool RunStackSets(const Call& call, StackTable& table);
/// Whether an operation is under way.
bool HasStackSetWork(const StackTable& table);

/// Operations by what they are about.
void AddStackSetOperations(OperationTable& table);
void AddStackInstanceOperations(OperationTable& table);
void AddStackSetHistoryOperations(OperationTable& table);

}  // namespace crossrole::sim::cloudformation
