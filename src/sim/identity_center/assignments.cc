// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "sim/identity_center/instance.h"
#include "sim/internal/identifiers.h"
#include "sim/internal/refuse.h"

namespace crossrole::sim::identity_center {
namespace {

namespace api = aws::sso;

// How long the simulation takes for an assignment.
constexpr std::chrono::milliseconds kTakes{1000};

api::AccountAssignmentOperationStatus Show(const Call& call, const Operation& operation) {
  const Assignment& what = operation.assignment;
  api::AccountAssignmentOperationStatus shown{.status = operation.status,
                                              .request_id = operation.id,
                                              .target_id = what.account_id,
                                              .target_type = "AWS_ACCOUNT",
                                              .permission_set_arn = what.set_arn,
                                              .principal_type = what.principal_type,
                                              .principal_id = what.principal_id,
                                              .created_date = call.Shown(operation.created)};
  if (!operation.failure.empty()) shown.failure_reason = operation.failure;
  return shown;
}

base::Status CheckPrincipal(const Instance& instance, const Assignment& what) {
  const bool known = what.principal_type == "GROUP" ? instance.groups.contains(what.principal_id) : instance.users.contains(what.principal_id);
  if (known) return {};
  return Refuse("ResourceNotFoundException", what.principal_type + " with id " + what.principal_id + " does not exist");
}

template <typename Input>
base::Result<const Operation*> Start(Call& call, const Input& input, Work work) {
  TRY_ASSIGN(Instance* instance, FindInstance(call, input.instance_arn));
  TRY(FindSet(call, input.instance_arn, input.permission_set_arn));
  const Assignment what{input.target_id, input.permission_set_arn, input.principal_type, input.principal_id};
  if (!instance->organization->members.contains(what.account_id)) {
    return Refuse("ResourceNotFoundException", "AWS account " + what.account_id + " does not exist in the organization");
  }
  // Source: Identity Center User Guide, "Delegated administration".
  if (&call.account() != instance->organization->management && what.account_id == instance->organization->management->id) {
    return Refuse("AccessDeniedException", "A delegated administrator cannot change assignments of the management account.");
  }
  if (work == Work::kAssign) TRY(CheckPrincipal(*instance, what));
  const bool busy = std::ranges::any_of(instance->pending, [&](const std::string& id) { return instance->operations.find(id)->second.assignment == what; });
  if (busy) return Refuse("ConflictException", "There is a conflicting operation in progress for this assignment.");
  const auto changes = std::ranges::count_if(instance->pending, [&](const std::string& id) { return instance->operations.find(id)->second.work != Work::kProvision; });
  if (!call.concurrency.Admits(LongWork::kAssignmentChange, static_cast<std::size_t>(changes))) {
    return Refuse("Throttling", "There are too many requests processing. Please try again later.");
  }
  Operation operation{.id = MakeUuid(call.random), .work = work, .assignment = what, .created = call.now(), .due = call.now() + kTakes};
  instance->pending.insert(operation.id);
  return &instance->operations.emplace(operation.id, operation).first->second;
}

base::Result<api::CreateAccountAssignmentOutput> Create(Call& call, const api::CreateAccountAssignmentInput& input) {
  TRY_ASSIGN(const Operation* operation, Start(call, input, Work::kAssign));
  return api::CreateAccountAssignmentOutput{.account_assignment_creation_status = Show(call, *operation)};
}

base::Result<api::DeleteAccountAssignmentOutput> Delete(Call& call, const api::DeleteAccountAssignmentInput& input) {
  TRY_ASSIGN(const Operation* operation, Start(call, input, Work::kUnassign));
  return api::DeleteAccountAssignmentOutput{.account_assignment_deletion_status = Show(call, *operation)};
}

base::Result<const Operation*> FindOperation(Call& call, std::string_view instance_arn, std::string_view id, Work work) {
  TRY_ASSIGN(const Instance* instance, FindInstance(call, instance_arn));
  const auto operation = instance->operations.find(id);
  if (operation == instance->operations.end() || operation->second.work != work) {
    return Refuse("ResourceNotFoundException", "The request " + std::string(id) + " does not exist");
  }
  return &operation->second;
}

base::Result<api::DescribeAccountAssignmentCreationStatusOutput> DescribeCreation(Call& call, const api::DescribeAccountAssignmentCreationStatusInput& input) {
  TRY_ASSIGN(const Operation* operation, FindOperation(call, input.instance_arn, input.account_assignment_creation_request_id, Work::kAssign));
  return api::DescribeAccountAssignmentCreationStatusOutput{.account_assignment_creation_status = Show(call, *operation)};
}

base::Result<api::DescribeAccountAssignmentDeletionStatusOutput> DescribeDeletion(Call& call, const api::DescribeAccountAssignmentDeletionStatusInput& input) {
  TRY_ASSIGN(const Operation* operation, FindOperation(call, input.instance_arn, input.account_assignment_deletion_request_id, Work::kUnassign));
  return api::DescribeAccountAssignmentDeletionStatusOutput{.account_assignment_deletion_status = Show(call, *operation)};
}

template <typename Input>
base::Result<std::vector<api::AccountAssignmentOperationStatusMetadata>> Operations(Call& call, const Input& input, Work work) {
  TRY_ASSIGN(const Instance* instance, FindInstance(call, input.instance_arn));
  std::vector<api::AccountAssignmentOperationStatusMetadata> list;
  for (const auto& [id, operation] : instance->operations) {
    const bool wanted = !input.filter || !input.filter->status || *input.filter->status == operation.status;
    if (operation.work == work && wanted) list.push_back({.status = operation.status, .request_id = id, .created_date = call.Shown(operation.created)});
  }
  return list;
}

base::Result<api::ListAccountAssignmentCreationStatusOutput> ListCreations(Call& call, const api::ListAccountAssignmentCreationStatusInput& input) {
  TRY_ASSIGN(const auto list, Operations(call, input, Work::kAssign));
  api::ListAccountAssignmentCreationStatusOutput output;
  TRY(FillPage(FindPage, input, list, [](const auto& each) { return each; }, output.account_assignments_creation_status, output));
  return output;
}

base::Result<api::ListAccountAssignmentDeletionStatusOutput> ListDeletions(Call& call, const api::ListAccountAssignmentDeletionStatusInput& input) {
  TRY_ASSIGN(const auto list, Operations(call, input, Work::kUnassign));
  api::ListAccountAssignmentDeletionStatusOutput output;
  TRY(FillPage(FindPage, input, list, [](const auto& each) { return each; }, output.account_assignments_deletion_status, output));
  return output;
}

base::Result<api::ListAccountAssignmentsOutput> List(Call& call, const api::ListAccountAssignmentsInput& input) {
  TRY_ASSIGN(const Instance* instance, FindInstance(call, input.instance_arn));
  TRY(FindSet(call, input.instance_arn, input.permission_set_arn));
  std::vector<Assignment> found;
  // Sorted by account and set, so that these stand together.
  for (auto it = instance->assignments.lower_bound({input.account_id, input.permission_set_arn, "", ""});
       it != instance->assignments.end() && it->account_id == input.account_id && it->set_arn == input.permission_set_arn; ++it) {
    found.push_back(*it);
  }
  api::ListAccountAssignmentsOutput output;
  TRY(FillPage(FindPage, input, found,
               [](const Assignment& each) {
                 return api::AccountAssignment{.account_id = each.account_id, .permission_set_arn = each.set_arn,
                                               .principal_type = each.principal_type, .principal_id = each.principal_id};
               },
               output.account_assignments, output));
  return output;
}

// A user has what it was given itself, and what its groups were.
base::Result<api::ListAccountAssignmentsForPrincipalOutput> ListForPrincipal(Call& call, const api::ListAccountAssignmentsForPrincipalInput& input) {
  TRY_ASSIGN(const Instance* instance, FindInstance(call, input.instance_arn));
  TRY(CheckPrincipal(*instance, {"", "", input.principal_type, input.principal_id}));
  std::set<std::string> principals = {input.principal_id};
  for (const auto& [id, membership] : instance->memberships) {
    if (input.principal_type == "USER" && membership.user_id == input.principal_id) principals.insert(membership.group_id);
  }
  std::vector<Assignment> found;
  for (const Assignment& each : instance->assignments) {
    const bool wanted = !input.filter || !input.filter->account_id || *input.filter->account_id == each.account_id;
    if (wanted && principals.contains(each.principal_id)) found.push_back(each);
  }
  api::ListAccountAssignmentsForPrincipalOutput output;
  TRY(FillPage(FindPage, input, found,
               [](const Assignment& each) {
                 return api::AccountAssignmentForPrincipal{.account_id = each.account_id, .permission_set_arn = each.set_arn,
                                                           .principal_id = each.principal_id, .principal_type = each.principal_type};
               },
               output.account_assignments, output));
  return output;
}

}  // namespace

void AddAssignmentOperations(OperationTable& table) {
  table.Add<api::CreateAccountAssignment>(OnSet{}, Create);
  table.Add<api::DeleteAccountAssignment>(OnSet{}, Delete);
  table.Add<api::DescribeAccountAssignmentCreationStatus>(OnSet{}, DescribeCreation);
  table.Add<api::DescribeAccountAssignmentDeletionStatus>(OnSet{}, DescribeDeletion);
  table.Add<api::ListAccountAssignmentCreationStatus>(OnSet{}, ListCreations);
  table.Add<api::ListAccountAssignmentDeletionStatus>(OnSet{}, ListDeletions);
  table.Add<api::ListAccountAssignments>(OnSet{}, List);
  table.Add<api::ListAccountAssignmentsForPrincipal>(OnSet{}, ListForPrincipal);
}

}  // namespace crossrole::sim::identity_center
