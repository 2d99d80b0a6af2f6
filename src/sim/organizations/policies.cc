// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "sim/internal/trust_document.h"
#include "sim/organizations/access.h"

namespace crossrole::sim::organizations {
namespace {

namespace api = aws::organizations;

constexpr std::size_t kSize = 5120;  // Source: Organizations User Guide, "Quotas"

base::Result<PolicyText> ReadContent(PolicyType type, const std::string& text) {
  auto content = StorePolicy(text, type == PolicyType::kServiceControl ? policy::DocumentKind::kServiceControl
                                                                       : policy::DocumentKind::kResourceControl);
  if (!content) return Refuse("MalformedPolicyDocumentException", "The provided policy document does not meet the requirements of the specified policy type.");
  if (text.size() > kSize) return Refuse("ConstraintViolationException", "You have exceeded the allowed policy size.");
  return content;
}

base::Status CheckName(const Organization& organization, PolicyType type, std::string_view name) {
  const bool taken = std::ranges::any_of(organization.policies, [&](const auto& each) { return each.second.type == type && each.second.name == name; });
  if (!taken) return {};
  return Refuse("DuplicatePolicyException", "A policy with the same name already exists.");
}

api::Policy Show(const Organization& organization, const OrganizationPolicy& policy) {
  return {.policy_summary = ShowSummary(organization, policy), .content = policy.content.text};
}

base::Result<api::CreatePolicyOutput> Create(Call& call, const api::CreatePolicyInput& input) {
  TRY_ASSIGN(Organization* organization, FindOrganization(call, Reach::kManagement));
  TRY_ASSIGN(const PolicyType type, ReadType(input.type));
  TRY_ASSIGN(Tags tags, ReadTags(input.tags));
  TRY(CheckName(*organization, type, input.name));
  OrganizationPolicy policy{.id = "p-" + base::RandomText(call.random, kIdLetters, 8), .name = input.name, .description = input.description, .type = type};
  TRY_ASSIGN(policy.content, ReadContent(type, input.content));
  api::CreatePolicyOutput output{.policy = Show(*organization, policy)};
  if (!tags.empty()) organization->tags[policy.id] = std::move(tags);
  organization->policies.emplace(policy.id, std::move(policy));
  return output;
}

base::Result<api::DescribePolicyOutput> Describe(Call& call, const api::DescribePolicyInput& input) {
  TRY_ASSIGN(Organization* organization, FindOrganization(call, Reach::kDelegated));
  TRY_ASSIGN(const OrganizationPolicy* policy, FindPolicy(*organization, input.policy_id));
  return api::DescribePolicyOutput{.policy = Show(*organization, *policy)};
}

// A policy that may be changed.
base::Result<OrganizationPolicy*> FindOwn(Organization& organization, std::string_view id) {
  TRY_ASSIGN(OrganizationPolicy* policy, FindPolicy(organization, id));
  if (policy->aws_managed) return Refuse("InvalidInputException", "You can't change a policy that AWS manages.");
  return policy;
}

base::Result<api::UpdatePolicyOutput> Update(Call& call, const api::UpdatePolicyInput& input) {
  TRY_ASSIGN(Organization* organization, FindOrganization(call, Reach::kManagement));
  TRY_ASSIGN(OrganizationPolicy* policy, FindOwn(*organization, input.policy_id));
  OrganizationPolicy changed = *policy;
  if (input.name && *input.name != policy->name) {
    TRY(CheckName(*organization, policy->type, *input.name));
    changed.name = *input.name;
  }
  changed.description = input.description.value_or(changed.description);
  if (input.content) {
    TRY_ASSIGN(changed.content, ReadContent(policy->type, *input.content));
  }
  *policy = std::move(changed);
  return api::UpdatePolicyOutput{.policy = Show(*organization, *policy)};
}

base::Result<api::DeletePolicyOutput> Delete(Call& call, const api::DeletePolicyInput& input) {
  TRY_ASSIGN(Organization* organization, FindOrganization(call, Reach::kManagement));
  TRY(FindOwn(*organization, input.policy_id));
  const bool used = std::ranges::any_of(organization->attached, [&](const auto& each) {
    return std::ranges::find(each.second, input.policy_id) != each.second.end();
  });
  if (used) return Refuse("PolicyInUseException", "The policy is attached to one or more entities.");
  organization->policies.erase(input.policy_id);
  organization->tags.erase(input.policy_id);
  return api::DeletePolicyOutput{};
}

base::Result<api::ListPoliciesOutput> List(Call& call, const api::ListPoliciesInput& input) {
  TRY_ASSIGN(const Organization* organization, FindOrganization(call, Reach::kDelegated));
  TRY_ASSIGN(const PolicyType type, ReadType(input.filter));
  std::vector<const OrganizationPolicy*> policies;
  for (const auto& [id, policy] : organization->policies) {
    if (policy.type == type) policies.push_back(&policy);
  }
  api::ListPoliciesOutput output;
  TRY(FillPage(FindPage, input, policies, [&](const OrganizationPolicy* policy) { return ShowSummary(*organization, *policy); }, output.policies, output));
  return output;
}

Ask OnType(const std::string& type) {
  Ask ask;
  ask.context.Set("organizations:PolicyType", type);
  return ask;
}

}  // namespace

void AddPolicyOperations(OperationTable& table) {
  table.Add<api::CreatePolicy>([](const Call&, const api::CreatePolicyInput& input) { return OnType(input.type); }, Create);
  table.Add<api::DescribePolicy>(OnThing{}, Describe);
  table.Add<api::UpdatePolicy>(OnThing{}, Update);
  table.Add<api::DeletePolicy>(OnThing{}, Delete);
  table.Add<api::ListPolicies>([](const Call&, const api::ListPoliciesInput& input) { return OnType(input.filter); }, List);
}

}  // namespace crossrole::sim::organizations
