// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/json.h"
#include "base/text.h"
#include "integration/internal/names.h"
#include "integration/internal/artefacts/quoting.h"
#include "integration/internal/artefacts/renderers.h"
#include "policy/print.h"

namespace crossrole::integration {
namespace {

namespace json = boost::json;

// Source: AWS CloudFormation, TemplateBody.
constexpr std::size_t kTemplateBody = 51200;

json::object Ref(std::string_view name) { return {{"Ref", name}}; }

json::object Join(json::array parts) { return {{"Fn::Join", json::array{"", std::move(parts)}}}; }

// Everywhere but here strings stay literal: no Fn::Sub, whose `${…}` a text could contain.
json::value OwnRoleArn(const Blueprint& plan) {
  return Join({"arn:", Ref("AWS::Partition"), ":iam::", Ref("AWS::AccountId"),
               fmt::format(":role{}", EscapePolicyText(plan.path)), Ref("RoleName")});
}

// Puts `replacement` where the document says `literal`.
void Replace(json::value& value, std::string_view literal, const json::value& replacement) {
  if (auto* object = value.if_object()) {
    for (auto& member : *object) Replace(member.value(), literal, replacement);
  } else if (auto* array = value.if_array()) {
    for (auto& item : *array) Replace(item, literal, replacement);
  } else if (const auto* text = value.if_string(); text != nullptr && *text == literal) {
    value = replacement;
  }
}

json::object Parameters(const Blueprint& plan) {
  const bool pattern = plan.external_ids.match == ExternalIdMatch::kPattern;
  json::object role{{"Type", "String"},
                    {"Description", "Name of the role that is made"},
                    {"Default", plan.role_name},
                    {"AllowedPattern", "^[A-Za-z0-9_+=,.@-]{1,64}$"},
                    {"ConstraintDescription", "1 to 64 letters, digits and _+=,.@-"}};
  json::object id{{"Type", "String"},
                  {"Description", "Issued by Crossrole for this integration; do not change it"},
                  {"Default", plan.external_ids.values.front()},
                  {"MinLength", 2},
                  {"MaxLength", 1224},
                  {"AllowedPattern", pattern ? "^[A-Za-z0-9_+=,.@:/*-]*$" : "^[A-Za-z0-9_+=,.@:/-]*$"},
                  {"ConstraintDescription", "2 to 1224 letters, digits and _+=,.@:/-"}};
  return {{"RoleName", std::move(role)}, {"ExternalId", std::move(id)}};
}

json::object Rules(const Blueprint& plan) {
  json::object assertion{{"Assert", {{"Fn::Equals", json::array{Ref("AWS::AccountId"), plan.account->text()}}}},
                         {"AssertDescription", fmt::format("This template is for account {}", plan.account->text())}};
  return {{"RightAccount", {{"Assertions", json::array{std::move(assertion)}}}}};
}

// AWS::IAM::ManagedPolicy takes no tags, so the description says whose it is.
json::object ManagedPolicy(const Blueprint& plan, const NamedPolicy& named) {
  json::value document = policy::ToJson(named.document);
  Replace(document, plan.own_role_resource, OwnRoleArn(plan));
  return {{"Type", "AWS::IAM::ManagedPolicy"},
          {"Properties", json::object{{"ManagedPolicyName", named.name},
                                      {"Path", plan.path},
                                      {"Description", fmt::format("{}={}", kIntegrationTag, plan.integration.text())},
                                      {"PolicyDocument", std::move(document)}}}};
}

json::object Role(const Blueprint& plan) {
  json::value trust = policy::ToJson(plan.trust);
  Replace(trust, plan.external_ids.values.front(), Ref("ExternalId"));
  json::array attached;
  for (std::size_t i = 0; i < plan.policies.size(); ++i) attached.push_back(Ref(fmt::format("Policy{}", i + 1)));
  for (const std::string& arn : plan.managed_policy_arns) attached.emplace_back(arn);
  json::array tags;
  for (const auto& [key, value] : plan.tags) tags.push_back(json::object{{"Key", key}, {"Value", value}});
  json::object properties{{"RoleName", Ref("RoleName")}, {"Path", plan.path}};
  if (!plan.description.empty()) properties["Description"] = plan.description;
  properties["AssumeRolePolicyDocument"] = std::move(trust);
  properties["MaxSessionDuration"] = plan.longest_session.count();
  if (!attached.empty()) properties["ManagedPolicyArns"] = std::move(attached);
  if (!plan.permissions_boundary_arn.empty()) properties["PermissionsBoundary"] = plan.permissions_boundary_arn;
  properties["Tags"] = std::move(tags);
  return {{"Type", "AWS::IAM::Role"}, {"Properties", std::move(properties)}};
}

json::object Output(std::string_view description, const json::value& value) {
  return {{"Description", description}, {"Value", value}};
}

std::string PrintedTree(const json::value& tree, bool as_json) {
  return as_json ? base::PrintJsonPretty(tree) + "\n" : PrintYaml(tree);
}

}  // namespace

base::Result<Artefact> PrintTemplate(const Blueprint& plan, const ArtefactQuery& query, json::value tree) {
  const bool as_json = query.format == "json";
  if (!as_json && !query.format.empty() && query.format != "yaml") {
    return base::Fail(base::Error{.code = base::Code::kInvalidArgument,
                                  .message = fmt::format("`{}` is not a format of templates", base::Shortened(query.format, 80)),
                                  .field = "format",
                                  .fix = "use yaml or json"});
  }
  Artefact artefact{.content_type = as_json ? "application/json" : "application/yaml",
                    .file_name = plan.stack_name + (as_json ? ".json" : ".yaml"),
                    .version = plan.version,
                    .body = PrintedTree(tree, as_json),
                    .warnings = plan.warnings};
  if (artefact.body.size() > kTemplateBody) {
    artefact.warnings.push_back(fmt::format("the template is longer than the {} bytes that CloudFormation takes from a file: put it into S3 "
                                            "and give its URL, as the console does by itself and `aws cloudformation deploy --s3-bucket` does",
                                            kTemplateBody));
  }
  if (artefact.warnings.empty()) return artefact;
  tree.at("Metadata").at("Crossrole").as_object()["Warnings"] = json::array(artefact.warnings.begin(), artefact.warnings.end());
  artefact.body = PrintedTree(tree, as_json);
  return artefact;
}

json::value CloudformationTemplate(const Blueprint& plan) {
  json::object tree{{"AWSTemplateFormatVersion", "2010-09-09"},
                    {"Description", fmt::format("Role for the Crossrole integration {} ({}), template {}",
                                                plan.handle.text(), plan.integration.text(), plan.version)}};
  tree["Metadata"] = json::object{{"Crossrole", json::object{{"Integration", plan.integration.text()},
                                                             {"TemplateVersion", plan.version},
                                                             {"Principal", plan.principal_arn},
                                                             {"StackName", plan.stack_name}}}};
  tree["Parameters"] = Parameters(plan);
  if (plan.account) tree["Rules"] = Rules(plan);
  // The role comes last, with everything attached: a role that can be assumed is complete.
  json::object resources;
  for (std::size_t i = 0; i < plan.policies.size(); ++i) {
    resources[fmt::format("Policy{}", i + 1)] = ManagedPolicy(plan, plan.policies[i]);
  }
  resources["Role"] = Role(plan);
  tree["Resources"] = std::move(resources);
  tree["Outputs"] = json::object{
      {"RoleArn", Output("Give this to Crossrole", json::object{{"Fn::GetAtt", json::array{"Role", "Arn"}}})},
      {"ExternalId", Output("The external ID that the role demands", Ref("ExternalId"))},
      {"TemplateVersion", Output("Version of the template", json::string(plan.version))}};
  return tree;
}

std::string QuickCreateUrl(const Blueprint& plan, std::string_view template_url) {
  const std::string page = ConsoleUrl(plan.partition, plan.region, "cloudformation");
  if (page.empty()) return "";
  return fmt::format(
      "{}?region={}#/stacks/quickcreate?templateURL={}&stackName={}&param_RoleName={}&param_ExternalId={}", page,
      plan.region, base::PercentEncode(template_url), base::PercentEncode(plan.stack_name),
      base::PercentEncode(plan.role_name), base::PercentEncode(plan.external_ids.values.front()));
}

}  // namespace crossrole::integration
