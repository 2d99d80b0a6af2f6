// SPDX-License-Identifier: Apache-2.0
#include "integration/members/bundle.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <set>
#include <string>
#include <utility>

#include "base/json.h"
#include "integration/internal/artefacts/renderers.h"
#include "integration/internal/blueprint.h"

namespace crossrole::integration {
namespace {

namespace json = boost::json;

constexpr std::string_view kMember = "Member";
// Roots and organizational units, by their id.
constexpr std::string_view kTargets = "MemberTargets";
constexpr std::string_view kTargetPattern = "^(r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32})$";

std::string Renamed(const json::string& name) { return std::string(kMember) + std::string(name); }

// References to what is renamed, wherever they stand.
void Rename(json::value& value, const std::set<std::string>& names) {
  if (auto* array = value.if_array()) {
    for (json::value& item : *array) Rename(item, names);
    return;
  }
  auto* object = value.if_object();
  if (object == nullptr) return;
  json::value* reference = object->if_contains("Ref");
  if (reference == nullptr) {
    json::value* attribute = object->if_contains("Fn::GetAtt");
    if (attribute != nullptr && attribute->is_array() && !attribute->get_array().empty()) reference = &attribute->get_array().front();
  }
  if (reference != nullptr && reference->is_string() && names.contains(std::string(reference->get_string()))) {
    *reference = Renamed(reference->get_string());
    return;
  }
  for (auto& member : *object) Rename(member.value(), names);
}

// Puts a section of the member's template into that of discovery.
void Add(json::value& tree, const json::value& member, std::string_view section) {
  json::object& into = tree.as_object()[section].as_object();
  for (const auto& item : member.at(section).as_object()) {
    if (item.key() != "TemplateVersion") into[std::string(kMember) + std::string(item.key())] = item.value();
  }
}

json::object Ref(std::string_view name) { return {{"Ref", name}}; }

// The role for all other accounts, those to come among them: AWS leaves the management account out of it.
json::object StackSet(const Blueprint& discovery, const json::value& member) {
  json::array parameters;
  for (const auto& parameter : member.at("Parameters").as_object()) {
    parameters.push_back(json::object{{"ParameterKey", parameter.key()}, {"ParameterValue", Ref(Renamed(parameter.key()))}});
  }
  json::object group{{"DeploymentTargets", json::object{{"OrganizationalUnitIds", Ref(kTargets)}}}, {"Regions", json::array{Ref("AWS::Region")}}};
  json::object properties{{"StackSetName", discovery.stack_name + "-members"},
                          {"Description", member.at("Description")},
                          {"PermissionModel", "SERVICE_MANAGED"},
                          {"AutoDeployment", json::object{{"Enabled", true}, {"RetainStacksOnAccountRemoval", false}}},
                          {"ManagedExecution", json::object{{"Active", true}}},
                          {"Capabilities", json::array{"CAPABILITY_NAMED_IAM"}},
                          {"OperationPreferences", json::object{{"MaxConcurrentPercentage", 100}, {"FailureTolerancePercentage", 100}}},
                          {"Parameters", std::move(parameters)},
                          {"StackInstancesGroup", json::array{std::move(group)}},
                          {"TemplateBody", base::PrintJson(member)}};
  return {{"Type", "AWS::CloudFormation::StackSet"}, {"DependsOn", "Role"}, {"Properties", std::move(properties)}};
}

json::object TargetsParameter() {
  return {{"Type", "CommaDelimitedList"},
          {"Description", "The id of the organization's root (r-...), or of the organizational units whose accounts get the role of members"},
          {"AllowedPattern", kTargetPattern},
          {"ConstraintDescription", "ids of roots (r-...) and organizational units (ou-...), with commas between them"}};
}

json::value BundleTemplate(const Blueprint& discovery, const Blueprint& member) {
  json::value tree = CloudformationTemplate(discovery);
  json::value inner = CloudformationTemplate(member);
  json::object set = StackSet(discovery, inner);
  std::set<std::string> names;
  for (const char* section : {"Parameters", "Resources"}) {
    for (const auto& item : inner.at(section).as_object()) names.emplace(item.key());
  }
  Rename(inner, names);
  // The trust of the member may name the role of discovery, which IAM looks up.
  inner.at("Resources").at("Role").as_object()["DependsOn"] = "Role";
  for (const char* section : {"Parameters", "Resources", "Outputs"}) Add(tree, inner, section);
  tree.at("Parameters").as_object()[kTargets] = TargetsParameter();
  tree.at("Resources").as_object()["Members"] = std::move(set);
  tree.as_object()["Description"] = fmt::format("Discovery and member roles for the Crossrole integration {} ({}), templates {} and {}",
                                                discovery.handle.text(), discovery.integration.text(), discovery.version, member.version);
  return tree;
}

}  // namespace

base::Result<Artefact> MakeBundle(const model::Integration& discovery, const model::Integration& member, const model::Handle& tenant,
                                  const ArtefactQuery& query) {
  const TrustScope scope{.next_principal_arn = query.next_principal_arn};
  const bool trusts_us = member.principal_arn == discovery.principal_arn;  // else the role of discovery
  TRY_ASSIGN(const Blueprint first, MakeBlueprint(discovery, tenant, scope));
  TRY_ASSIGN(const Blueprint second, MakeBlueprint(member, tenant, trusts_us ? scope : TrustScope()));
  return PrintTemplate(first, query, BundleTemplate(first, second));
}

}  // namespace crossrole::integration
