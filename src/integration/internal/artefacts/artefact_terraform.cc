// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <boost/json.hpp>
#include <vector>

#include "integration/internal/artefacts/quoting.h"
#include "integration/internal/artefacts/renderers.h"
#include "policy/print.h"

namespace crossrole::integration {
namespace {

namespace json = boost::json;

constexpr std::string_view kTerraformHead = R"(terraform {
  required_version = ">= 1.2"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 4.0"
    }
  }
}

)";

std::string Tags(const Blueprint& plan) { return PrintHcl(json::value_from(plan.tags), 2); }

std::string AccountPrecondition(const Blueprint& plan) {
  if (!plan.account) return "";
  return fmt::format(R"(data "aws_caller_identity" "current" {{
  lifecycle {{
    postcondition {{
      condition     = self.account_id == {0}
      error_message = "These credentials are not of account {1}."
    }}
  }}
}}

)",
                     HclQuote(plan.account->text()), plan.account->text());
}

std::string Resource(std::string_view type, std::string_view label, const std::vector<HclAttribute>& attributes) {
  return fmt::format("resource \"{}\" \"{}\" {{\n{}}}\n\n", type, label, PrintHclAttributes(attributes, 2));
}

std::string JsonEncode(const policy::Document& document) {
  return fmt::format("jsonencode({})", PrintHcl(policy::ToJson(document), 2));
}

std::string Policy(const Blueprint& plan, const NamedPolicy& named, std::size_t number) {
  return Resource("aws_iam_policy", fmt::format("crossrole_{}", number),
                  {{"name", HclQuote(named.name)},
                   {"path", HclQuote(plan.path)},
                   {"policy", JsonEncode(named.document)},
                   {"tags", Tags(plan)}});
}

std::string RoleResource(const Blueprint& plan) {
  std::vector<HclAttribute> attributes = {{"name", HclQuote(plan.role_name)}, {"path", HclQuote(plan.path)}};
  if (!plan.description.empty()) attributes.push_back({"description", HclQuote(plan.description)});
  attributes.push_back({"max_session_duration", fmt::format("{}", plan.longest_session.count())});
  if (!plan.permissions_boundary_arn.empty()) {
    attributes.push_back({"permissions_boundary", HclQuote(plan.permissions_boundary_arn)});
  }
  attributes.push_back({"assume_role_policy", JsonEncode(plan.trust)});
  attributes.push_back({"tags", Tags(plan)});
  // The data source is read before anything is made: a plan in the wrong account stops there.
  if (plan.account) attributes.push_back({"depends_on", "[data.aws_caller_identity.current]"});
  return Resource("aws_iam_role", "crossrole", attributes);
}

std::string Attachment(std::string_view label, std::string_view arn) {
  return Resource("aws_iam_role_policy_attachment", label,
                  {{"role", "aws_iam_role.crossrole.name"}, {"policy_arn", std::string(arn)}});
}

std::string HclOutput(std::string_view name, std::string_view value) {
  return fmt::format("output \"{}\" {{\n  value = {}\n}}\n", name, value);
}

}  // namespace

std::string TerraformModule(const Blueprint& plan) {
  std::string out = fmt::format("# Role for the Crossrole integration {} ({}), template {}.\n", plan.handle.text(),
                                plan.integration.text(), plan.version);
  out += "# `terraform init && terraform apply`, then give the output role_arn to Crossrole.\n";
  for (const std::string& warning : plan.warnings) out += fmt::format("# Warning: {}.\n", warning);
  out += "\n";
  out += kTerraformHead;
  out += AccountPrecondition(plan);
  for (std::size_t i = 0; i < plan.policies.size(); ++i) out += Policy(plan, plan.policies[i], i + 1);
  out += RoleResource(plan);
  for (std::size_t i = 0; i < plan.policies.size(); ++i) {
    out += Attachment(fmt::format("crossrole_{}", i + 1), fmt::format("aws_iam_policy.crossrole_{}.arn", i + 1));
  }
  for (std::size_t i = 0; i < plan.managed_policy_arns.size(); ++i) {
    out += Attachment(fmt::format("managed_{}", i + 1), HclQuote(plan.managed_policy_arns[i]));
  }
  out += HclOutput("role_arn", "aws_iam_role.crossrole.arn") + "\n";
  out += HclOutput("external_id", HclQuote(plan.external_ids.values.front())) + "\n";
  out += HclOutput("template_version", HclQuote(plan.version));
  return out;
}

}  // namespace crossrole::integration
