// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "sim/organizations/access.h"

namespace crossrole::sim::organizations {
namespace {

namespace api = aws::organizations;

constexpr std::ptrdiff_t kPerTarget = 5;  // of one type

std::string DefaultOf(PolicyType type) { return type == PolicyType::kServiceControl ? "p-FullAWSAccess" : "p-RCPFullAWSAccess"; }

base::Result<api::EnablePolicyTypeOutput> EnableType(Call& call, const api::EnablePolicyTypeInput& input) {
  TRY_ASSIGN(Organization* organization, FindOrganization(call, Reach::kManagement));
  TRY_ASSIGN(const PolicyType type, ReadType(input.policy_type));
  if (input.root_id != organization->root) return Refuse("RootNotFoundException", "You specified a root that doesn't exist.");
  if (!organization->enabled_types.insert(type).second) {
    return Refuse("PolicyTypeAlreadyEnabledException", "The specified policy type is already enabled.");
  }
  // Everything there is gets AWS's own policy, so that nothing is forbidden at once.
  for (const auto& [id, unit] : organization->units) organization->attached[id].push_back(DefaultOf(type));
  for (const auto& [id, member] : organization->members) organization->attached[id].push_back(DefaultOf(type));
  return api::EnablePolicyTypeOutput{.root = ShowRoot(*organization)};
}

base::Result<api::DisablePolicyTypeOutput> DisableType(Call& call, const api::DisablePolicyTypeInput& input) {
  TRY_ASSIGN(Organization* organization, FindOrganization(call, Reach::kManagement));
  TRY_ASSIGN(const PolicyType type, ReadType(input.policy_type));
  if (input.root_id != organization->root) return Refuse("RootNotFoundException", "You specified a root that doesn't exist.");
  if (organization->enabled_types.erase(type) == 0) {
    return Refuse("PolicyTypeNotEnabledException", "The specified policy type isn't currently enabled.");
  }
  for (auto& [id, policies] : organization->attached) {
    std::erase_if(policies, [&](const std::string& policy) { return organization->policies.find(policy)->second.type == type; });
  }
  return api::DisablePolicyTypeOutput{.root = ShowRoot(*organization)};
}

std::ptrdiff_t CountOf(const Organization& organization, const std::vector<std::string>& policies, PolicyType type) {
  return std::ranges::count_if(policies, [&](const std::string& id) { return organization.policies.find(id)->second.type == type; });
}

base::Result<api::AttachPolicyOutput> Attach(Call& call, const api::AttachPolicyInput& input) {
  TRY_ASSIGN(Organization* organization, FindOrganization(call, Reach::kManagement));
  TRY_ASSIGN(const OrganizationPolicy* policy, FindPolicy(*organization, input.policy_id));
  TRY(CheckTarget(*organization, input.target_id));
  if (!organization->enabled_types.contains(policy->type)) {
    return Refuse("PolicyTypeNotEnabledException", "The specified policy type isn't currently enabled.");
  }
  std::vector<std::string>& attached = organization->attached[input.target_id];
  if (std::ranges::find(attached, input.policy_id) != attached.end()) {
    return Refuse("DuplicatePolicyAttachmentException", "A policy with the same ID is already attached to the target.");
  }
  if (CountOf(*organization, attached, policy->type) >= kPerTarget) {
    return Refuse("ConstraintViolationException", "You have attached the maximum number of policies of this type to the target.");
  }
  attached.push_back(input.policy_id);
  return api::AttachPolicyOutput{};
}

base::Result<api::DetachPolicyOutput> Detach(Call& call, const api::DetachPolicyInput& input) {
  TRY_ASSIGN(Organization* organization, FindOrganization(call, Reach::kManagement));
  TRY_ASSIGN(const OrganizationPolicy* policy, FindPolicy(*organization, input.policy_id));
  TRY(CheckTarget(*organization, input.target_id));
  std::vector<std::string>& attached = organization->attached[input.target_id];
  if (std::ranges::find(attached, input.policy_id) == attached.end()) {
    return Refuse("PolicyNotAttachedException", "The policy isn't attached to the specified target.");
  }
  if (CountOf(*organization, attached, policy->type) == 1) {
    return Refuse("ConstraintViolationException", "You can't detach the last policy of this type from the target.");
  }
  if (policy->id == DefaultOf(PolicyType::kResourceControl)) {
    return Refuse("ConstraintViolationException", "You can't detach RCPFullAWSAccess.");
  }
  std::erase(attached, input.policy_id);
  return api::DetachPolicyOutput{};
}

base::Result<api::ListPoliciesForTargetOutput> ListForTarget(Call& call, const api::ListPoliciesForTargetInput& input) {
  TRY_ASSIGN(Organization* organization, FindOrganization(call, Reach::kDelegated));
  TRY_ASSIGN(const PolicyType type, ReadType(input.filter));
  TRY(CheckTarget(*organization, input.target_id));
  std::vector<const OrganizationPolicy*> policies;
  for (const std::string& id : organization->attached[input.target_id]) {
    const OrganizationPolicy& policy = organization->policies.find(id)->second;
    if (policy.type == type) policies.push_back(&policy);
  }
  api::ListPoliciesForTargetOutput output;
  TRY(FillPage(FindPage, input, policies, [&](const OrganizationPolicy* policy) { return ShowSummary(*organization, *policy); }, output.policies, output));
  return output;
}

api::PolicyTargetSummary ShowTarget(const Organization& organization, const std::string& id) {
  if (const auto unit = organization.units.find(id); unit != organization.units.end()) {
    return {.target_id = id,
            .arn = organization.ArnOf(unit->second),
            .name = unit->second.name,
            .type = unit->second.parent.empty() ? "ROOT" : "ORGANIZATIONAL_UNIT"};
  }
  const Account& account = *organization.members.find(id)->second.account;
  return {.target_id = id, .arn = organization.ArnOf(account), .name = account.name, .type = "ACCOUNT"};
}

base::Result<api::ListTargetsForPolicyOutput> ListTargets(Call& call, const api::ListTargetsForPolicyInput& input) {
  TRY_ASSIGN(Organization* organization, FindOrganization(call, Reach::kDelegated));
  TRY(FindPolicy(*organization, input.policy_id));
  std::vector<std::string> targets;
  for (const auto& [id, policies] : organization->attached) {
    if (std::ranges::find(policies, input.policy_id) != policies.end()) targets.push_back(id);
  }
  api::ListTargetsForPolicyOutput output;
  TRY(FillPage(FindPage, input, targets, [&](const std::string& id) { return ShowTarget(*organization, id); }, output.targets, output));
  return output;
}

}  // namespace

void AddAttachmentOperations(OperationTable& table) {
  table.Add<api::EnablePolicyType>(OnThing{}, EnableType);
  table.Add<api::DisablePolicyType>(OnThing{}, DisableType);
  table.Add<api::AttachPolicy>(OnThing{}, Attach);
  table.Add<api::DetachPolicy>(OnThing{}, Detach);
  table.Add<api::ListPoliciesForTarget>(OnThing{}, ListForTarget);
  table.Add<api::ListTargetsForPolicy>(OnThing{}, ListTargets);
}

}  // namespace crossrole::sim::organizations
