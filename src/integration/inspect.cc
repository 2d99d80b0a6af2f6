// SPDX-License-Identifier: Apache-2.0
#include "integration/inspect.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "aws/aws_error.h"
#include "aws/iam.h"
#include "aws/sts.h"
#include "base/text.h"
#include "integration/capabilities.h"
#include "integration/internal/keys/keyed_account.h"

namespace crossrole::integration {
namespace {

constexpr std::size_t kActionsPerSimulation = 100;

// Which actions were tried for real, and which of them were refused.
struct Tried {
  std::set<std::string> allowed;
  std::set<std::string> denied;

  template <typename T>
  void Note(const std::string& action, const base::Result<T>& answer) {
    if (answer) allowed.insert(action);
    if (!answer && aws::IsDenied(answer.error())) denied.insert(action);
  }
};

void ReadRole(const InspectionCall& call, Inspection& inspection, Tried& tried) {
  const auto role = call.session.Call<aws::iam::GetRole>({.role_name = call.role.name()}, call.options);
  tried.Note("iam:GetRole", role);
  if (!role) return;
  if (role->role.assume_role_policy_document) {
    inspection.trust_policy = base::PercentDecode(*role->role.assume_role_policy_document);
  }
  if (role->role.max_session_duration) inspection.role_maximum = std::chrono::seconds(*role->role.max_session_duration);
}

void ReadPolicies(const InspectionCall& call, Inspection& inspection, Tried& tried) {
  const auto attached = call.session.Call<aws::iam::ListAttachedRolePolicies>({.role_name = call.role.name()}, call.options);
  tried.Note("iam:ListAttachedRolePolicies", attached);
  if (attached) {
    for (const auto& policy : attached->attached_policies) inspection.attached_policies.push_back(policy.policy_arn);
  }
  const auto names = call.session.Call<aws::iam::ListRolePolicies>({.role_name = call.role.name()}, call.options);
  tried.Note("iam:ListRolePolicies", names);
  if (names) inspection.inline_policies = names->policy_names;
}

void ReadAlias(const InspectionCall& call, const model::Integration& integration, Inspection& inspection, Tried& tried) {
  const bool chosen = std::ranges::any_of(integration.capabilities, [](const auto& choice) { return choice.name == "account_alias"; });
  if (!chosen) return;
  const auto aliases = call.session.Call<aws::iam::ListAccountAliases>({}, call.options);
  tried.Note("iam:ListAccountAliases", aliases);
  if (aliases && !aliases->account_aliases.empty()) inspection.alias = aliases->account_aliases.front();
}

using Simulated = std::map<std::pair<std::string, std::string>, bool>;  // by action and resource: allowed

// Asks IAM what the role may do, resource by resource, until IAM does not answer.
Simulated Simulate(const InspectionCall& call, const std::vector<Requirement>& requirements, Tried& tried) {
  std::map<std::string, std::set<std::string>> by_resource;
  for (const Requirement& requirement : requirements) {
    if (!requirement.asked_as.empty()) by_resource[requirement.resource].insert(requirement.asked_as);
  }
  Simulated simulated;
  for (const auto& [resource, names] : by_resource) {
    const std::vector<std::string> actions(names.begin(), names.end());
    for (std::size_t from = 0; from < actions.size(); from += kActionsPerSimulation) {
      const auto end = actions.begin() + static_cast<std::ptrdiff_t>(std::min(actions.size(), from + kActionsPerSimulation));
      const auto answer = call.session.Call<aws::iam::SimulatePrincipalPolicy>(
          {.policy_source_arn = call.role.text(),
           .action_names = {actions.begin() + static_cast<std::ptrdiff_t>(from), end},
           .resource_arns = {resource}},
          call.options);
      tried.Note("iam:SimulatePrincipalPolicy", answer);
      if (!answer) return simulated;
      for (const auto& result : answer->evaluation_results) {
        simulated[{result.eval_action_name, resource}] = result.eval_decision == "allowed";
      }
    }
  }
  return simulated;
}

// Whether the role has what is required, if anybody can say. What was tried for real is known better than what a
// simulation says.
std::optional<bool> IsAllowed(const Requirement& requirement, const Simulated& simulated, const Tried& tried) {
  if (tried.denied.contains(requirement.action)) return false;
  if (tried.allowed.contains(requirement.action)) return true;
  const auto found = simulated.find({requirement.asked_as, requirement.resource});
  return found == simulated.end() ? std::nullopt : std::optional(found->second);
}

void AddOnce(std::vector<std::string>& actions, const std::string& action) {
  if (std::ranges::find(actions, action) == actions.end()) actions.push_back(action);
}

void CheckCapabilitiesOf(const InspectionCall& call, const model::Integration& integration, Inspection& inspection, Tried& tried) {
  const PackPlace place{.partition = integration.partition, .account = call.role.account().text(), .own_role_arn = call.role.text()};
  std::vector<Requirement> all;
  for (const auto& choice : integration.capabilities) {
    for (Requirement& requirement : RequirementsOf(choice, place)) all.push_back(std::move(requirement));
  }
  const Simulated simulated = Simulate(call, all, tried);
  for (const auto& choice : integration.capabilities) {
    CapabilityResult result{.name = choice.name};
    for (const Requirement& requirement : RequirementsOf(choice, place)) {
      const auto allowed = IsAllowed(requirement, simulated, tried);
      if (!allowed) AddOnce(result.unchecked_actions, requirement.action);
      if (allowed == false) AddOnce(result.missing_actions, requirement.action);
    }
    inspection.capabilities.push_back(std::move(result));
  }
}

}  // namespace

Inspection Inspect(const InspectionCall& call, const model::Integration& integration) {
  Inspection inspection;
  Tried tried;
  const auto caller = call.session.Call<aws::sts::GetCallerIdentity>({}, call.options);
  if (caller) {
    inspection.session_arn = caller->arn;
    if (auto account = model::AccountId::Parse(caller->account)) inspection.account = *std::move(account);
  }
  ReadRole(call, inspection, tried);
  ReadPolicies(call, inspection, tried);
  ReadAlias(call, integration, inspection, tried);
  CheckCapabilitiesOf(call, integration, inspection, tried);
  return inspection;
}

std::string InspectionPolicy() {
  return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:GetRole","iam:ListAttachedRolePolicies",)"
         R"("iam:ListRolePolicies","iam:SimulatePrincipalPolicy","iam:ListAccountAliases"],"Resource":"*"}]})";
}

}  // namespace crossrole::integration
