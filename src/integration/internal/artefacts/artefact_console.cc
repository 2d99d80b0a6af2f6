// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "integration/internal/names.h"
#include "integration/internal/artefacts/quoting.h"
#include "integration/internal/artefacts/renderers.h"
#include "policy/print.h"

namespace crossrole::integration {
namespace {

// The steps of one Markdown list; text that belongs to a step is indented by the caller.
class Steps {
 public:
  void Add(std::string_view text) { out_ += fmt::format("{}. {}\n", ++number_, text); }
  // Blocks stand between steps at the left edge, where their fences cannot be misread.
  void AddBlock(std::string_view text) { out_ += "\n" + MarkdownBlock(text, "json") + "\n"; }
  std::string Take() { return std::move(out_); }

 private:
  std::string out_;
  int number_ = 0;
};

std::string Link(std::string_view text, const std::string& url, std::string_view fragment) {
  return url.empty() ? std::string(text) : fmt::format("[{}]({}#{})", text, url, fragment);
}

void AddPolicySteps(const Blueprint& plan, const std::string& iam, Steps& steps) {
  for (const NamedPolicy& named : plan.policies) {
    steps.Add(fmt::format("Open {}, choose *JSON* and replace what is there by this:",
                          Link("IAM, Policies, Create policy", iam, "/policies/create")));
    steps.AddBlock(policy::PrintPretty(named.document));
    steps.Add(fmt::format("Choose *Next*. Policy name: {}. Add the tags:", MarkdownCode(named.name)));
    for (const auto& [key, value] : plan.tags)
      steps.Add(fmt::format("Tag {} = {}", MarkdownCode(key), MarkdownCode(value)));
    steps.Add("Choose *Create policy*.");
  }
}

void AddRoleSteps(const Blueprint& plan, const std::string& iam, Steps& steps) {
  steps.Add(fmt::format("Open {}, choose *Custom trust policy* and replace what is there by this:",
                        Link("IAM, Roles, Create role", iam, "/roles/create")));
  steps.AddBlock(policy::PrintPretty(plan.trust));
  steps.Add("Choose *Next* and tick these policies:");
  for (const NamedPolicy& named : plan.policies) steps.Add(fmt::format("Policy {}", MarkdownCode(named.name)));
  for (const std::string& arn : plan.managed_policy_arns) steps.Add(fmt::format("Policy {}", MarkdownCode(arn)));
  if (!plan.permissions_boundary_arn.empty()) {
    steps.Add(fmt::format("Under *Set permissions boundary* choose {}.", MarkdownCode(plan.permissions_boundary_arn)));
  }
  steps.Add(fmt::format("Choose *Next*. Role name: {}.", MarkdownCode(plan.role_name)));
  if (!plan.description.empty()) steps.Add(fmt::format("Description: {}.", MarkdownCode(plan.description)));
  for (const auto& [key, value] : plan.tags)
    steps.Add(fmt::format("Tag {} = {}", MarkdownCode(key), MarkdownCode(value)));
  steps.Add("Choose *Create role*.");
}

}  // namespace

std::string ConsoleSteps(const Blueprint& plan) {
  const std::string iam = ConsoleUrl(plan.partition, model::FactsOf(plan.partition).default_region, "iam");
  std::string out = fmt::format("# Connect {} in the AWS console\n\nTemplate {}. External ID: {}.\n\n",
                                MarkdownCode(plan.handle.text()), MarkdownCode(plan.version),
                                MarkdownCode(plan.external_ids.values.front()));
  for (const std::string& warning : plan.warnings) out += fmt::format("Warning: {}.\n\n", warning);
  Steps steps;
  steps.Add(plan.account
                ? fmt::format("Sign in to account {} as an administrator of IAM.", MarkdownCode(plan.account->text()))
                : "Sign in to the account to be connected as an administrator of IAM.");
  AddPolicySteps(plan, iam, steps);
  AddRoleSteps(plan, iam, steps);
  steps.Add(fmt::format("Open the role {}. Under *Edit*, set the maximum session duration to {} seconds.",
                        Link(MarkdownCode(plan.role_name), iam, "/roles/details/" + plan.role_name),
                        plan.longest_session.count()));
  steps.Add("Copy its ARN and give it to Crossrole, which then checks the trust.");
  out += steps.Take();
  return out +
         "\nThe console makes roles and policies without a path; the ARN therefore differs from the one that "
         "the other methods make.\n";
}

}  // namespace crossrole::integration
