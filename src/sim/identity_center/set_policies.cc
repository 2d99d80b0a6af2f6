// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "policy/parse.h"
#include "sim/identity_center/instance.h"
#include "sim/internal/refuse.h"

namespace crossrole::sim::identity_center {
namespace {

namespace api = aws::sso;

constexpr std::size_t kPoliciesPerSet = 20;  // managed ones of AWS and of customers together

base::Result<api::PutInlinePolicyToPermissionSetOutput> PutInline(Call& call, const api::PutInlinePolicyToPermissionSetInput& input) {
  TRY_ASSIGN(PermissionSet* set, FindSet(call, input.instance_arn, input.permission_set_arn));
  if (!policy::Parse(input.inline_policy, policy::DocumentKind::kIdentity)) {
    return Refuse("ValidationException", "The inline policy is not a valid policy document.");
  }
  set->inline_policy = input.inline_policy;
  ++set->revision;
  return api::PutInlinePolicyToPermissionSetOutput{};
}

base::Result<api::GetInlinePolicyForPermissionSetOutput> GetInline(Call& call, const api::GetInlinePolicyForPermissionSetInput& input) {
  TRY_ASSIGN(const PermissionSet* set, FindSet(call, input.instance_arn, input.permission_set_arn));
  return api::GetInlinePolicyForPermissionSetOutput{.inline_policy = set->inline_policy};
}

base::Result<api::DeleteInlinePolicyFromPermissionSetOutput> DeleteInline(Call& call, const api::DeleteInlinePolicyFromPermissionSetInput& input) {
  TRY_ASSIGN(PermissionSet* set, FindSet(call, input.instance_arn, input.permission_set_arn));
  set->inline_policy.clear();
  ++set->revision;
  return api::DeleteInlinePolicyFromPermissionSetOutput{};
}

base::Status CheckRoom(const PermissionSet& set) {
  if (set.managed.size() + set.customer_managed.size() < kPoliciesPerSet) return {};
  return Refuse("ServiceQuotaExceededException", "You have exceeded the number of policies of a permission set.");
}

base::Result<api::AttachManagedPolicyToPermissionSetOutput> AttachManaged(Call& call, const api::AttachManagedPolicyToPermissionSetInput& input) {
  TRY_ASSIGN(PermissionSet* set, FindSet(call, input.instance_arn, input.permission_set_arn));
  if (input.managed_policy_arn.find(":iam::aws:policy/") == std::string::npos || !call.world.FindPolicy(call.account(), input.managed_policy_arn)) {
    return Refuse("ResourceNotFoundException", "Policy " + input.managed_policy_arn + " does not exist");
  }
  if (std::ranges::find(set->managed, input.managed_policy_arn) != set->managed.end()) {
    return Refuse("ConflictException", "Permission set already has a managed policy attached with the same ARN.");
  }
  TRY(CheckRoom(*set));
  set->managed.push_back(input.managed_policy_arn);
  ++set->revision;
  return api::AttachManagedPolicyToPermissionSetOutput{};
}

base::Result<api::DetachManagedPolicyFromPermissionSetOutput> DetachManaged(Call& call, const api::DetachManagedPolicyFromPermissionSetInput& input) {
  TRY_ASSIGN(PermissionSet* set, FindSet(call, input.instance_arn, input.permission_set_arn));
  if (std::erase(set->managed, input.managed_policy_arn) == 0) {
    return Refuse("ResourceNotFoundException", "The managed policy is not attached to the permission set.");
  }
  ++set->revision;
  return api::DetachManagedPolicyFromPermissionSetOutput{};
}

base::Result<api::ListManagedPoliciesInPermissionSetOutput> ListManaged(Call& call, const api::ListManagedPoliciesInPermissionSetInput& input) {
  TRY_ASSIGN(const PermissionSet* set, FindSet(call, input.instance_arn, input.permission_set_arn));
  api::ListManagedPoliciesInPermissionSetOutput output;
  TRY(FillPage(FindPage, input, set->managed,
               [](const std::string& arn) { return api::AttachedManagedPolicy{.name = arn.substr(arn.rfind('/') + 1), .arn = arn}; },
               output.attached_managed_policies, output));
  return output;
}

bool Same(const api::CustomerManagedPolicyReference& a, const api::CustomerManagedPolicyReference& b) {
  return a.name == b.name && a.path.value_or("/") == b.path.value_or("/");
}

base::Result<api::AttachCustomerManagedPolicyReferenceToPermissionSetOutput> AttachReference(
    Call& call, const api::AttachCustomerManagedPolicyReferenceToPermissionSetInput& input) {
  TRY_ASSIGN(PermissionSet* set, FindSet(call, input.instance_arn, input.permission_set_arn));
  api::CustomerManagedPolicyReference reference = input.customer_managed_policy_reference;
  reference.path = reference.path.value_or("/");
  if (std::ranges::any_of(set->customer_managed, [&](const auto& each) { return Same(each, reference); })) {
    return Refuse("ConflictException", "Permission set already has a customer managed policy with the same name and path.");
  }
  TRY(CheckRoom(*set));
  set->customer_managed.push_back(std::move(reference));
  ++set->revision;
  return api::AttachCustomerManagedPolicyReferenceToPermissionSetOutput{};
}

base::Result<api::DetachCustomerManagedPolicyReferenceFromPermissionSetOutput> DetachReference(
    Call& call, const api::DetachCustomerManagedPolicyReferenceFromPermissionSetInput& input) {
  TRY_ASSIGN(PermissionSet* set, FindSet(call, input.instance_arn, input.permission_set_arn));
  if (std::erase_if(set->customer_managed, [&](const auto& each) { return Same(each, input.customer_managed_policy_reference); }) == 0) {
    return Refuse("ResourceNotFoundException", "The customer managed policy is not attached to the permission set.");
  }
  ++set->revision;
  return api::DetachCustomerManagedPolicyReferenceFromPermissionSetOutput{};
}

base::Result<api::ListCustomerManagedPolicyReferencesInPermissionSetOutput> ListReferences(
    Call& call, const api::ListCustomerManagedPolicyReferencesInPermissionSetInput& input) {
  TRY_ASSIGN(const PermissionSet* set, FindSet(call, input.instance_arn, input.permission_set_arn));
  api::ListCustomerManagedPolicyReferencesInPermissionSetOutput output;
  TRY(FillPage(FindPage, input, set->customer_managed, [](const auto& each) { return each; }, output.customer_managed_policy_references, output));
  return output;
}

base::Result<api::PutPermissionsBoundaryToPermissionSetOutput> PutBoundary(Call& call, const api::PutPermissionsBoundaryToPermissionSetInput& input) {
  TRY_ASSIGN(PermissionSet* set, FindSet(call, input.instance_arn, input.permission_set_arn));
  const api::PermissionsBoundary& boundary = input.permissions_boundary;
  if (boundary.managed_policy_arn.has_value() == boundary.customer_managed_policy_reference.has_value()) {
    return Refuse("ValidationException", "Exactly one of ManagedPolicyArn and CustomerManagedPolicyReference must be given.");
  }
  set->boundary = boundary;
  ++set->revision;
  return api::PutPermissionsBoundaryToPermissionSetOutput{};
}

base::Result<api::GetPermissionsBoundaryForPermissionSetOutput> GetBoundary(Call& call, const api::GetPermissionsBoundaryForPermissionSetInput& input) {
  TRY_ASSIGN(const PermissionSet* set, FindSet(call, input.instance_arn, input.permission_set_arn));
  if (!set->boundary) return Refuse("ResourceNotFoundException", "The permission set has no permissions boundary.");
  return api::GetPermissionsBoundaryForPermissionSetOutput{.permissions_boundary = set->boundary};
}

base::Result<api::DeletePermissionsBoundaryFromPermissionSetOutput> DeleteBoundary(
    Call& call, const api::DeletePermissionsBoundaryFromPermissionSetInput& input) {
  TRY_ASSIGN(PermissionSet* set, FindSet(call, input.instance_arn, input.permission_set_arn));
  set->boundary.reset();
  ++set->revision;
  return api::DeletePermissionsBoundaryFromPermissionSetOutput{};
}

}  // namespace

void AddSetPolicyOperations(OperationTable& table) {
  table.Add<api::PutInlinePolicyToPermissionSet>(OnSet{}, PutInline);
  table.Add<api::GetInlinePolicyForPermissionSet>(OnSet{}, GetInline);
  table.Add<api::DeleteInlinePolicyFromPermissionSet>(OnSet{}, DeleteInline);
  table.Add<api::AttachManagedPolicyToPermissionSet>(OnSet{}, AttachManaged);
  table.Add<api::DetachManagedPolicyFromPermissionSet>(OnSet{}, DetachManaged);
  table.Add<api::ListManagedPoliciesInPermissionSet>(OnSet{}, ListManaged);
  table.Add<api::AttachCustomerManagedPolicyReferenceToPermissionSet>(OnSet{}, AttachReference);
  table.Add<api::DetachCustomerManagedPolicyReferenceFromPermissionSet>(OnSet{}, DetachReference);
  table.Add<api::ListCustomerManagedPolicyReferencesInPermissionSet>(OnSet{}, ListReferences);
  table.Add<api::PutPermissionsBoundaryToPermissionSet>(OnSet{}, PutBoundary);
  table.Add<api::GetPermissionsBoundaryForPermissionSet>(OnSet{}, GetBoundary);
  table.Add<api::DeletePermissionsBoundaryFromPermissionSet>(OnSet{}, DeleteBoundary);
}

}  // namespace crossrole::sim::identity_center
