// SPDX-License-Identifier: Apache-2.0
#include "sim/cloudformation/template.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <set>
#include <utility>

#include "aws/pattern.h"
#include "base/json.h"
#include "base/text.h"
#include "sim/cloudformation/expression.h"
#include "sim/internal/refuse.h"
#include "sim/cloudformation/yaml.h"
#include "sim/stack_resources/kind.h"

namespace crossrole::sim::cloudformation {
namespace {

namespace json = boost::json;
using stack_resources::FindKind;
using stack_resources::HasWord;

constexpr std::array<std::string_view, 11> kSections = {
    "AWSTemplateFormatVersion", "Description", "Metadata",  "Parameters", "Rules", "Mappings",
    "Conditions",               "Transform",   "Resources", "Outputs",    "Hooks"};
constexpr std::size_t kBodyLimit = 51200;

std::string TextAt(const json::object& object, std::string_view name, std::string otherwise = "") {
  const json::value* value = object.if_contains(name);
  return value == nullptr ? std::move(otherwise) : TextOfScalar(*value).value_or(std::move(otherwise));
}

std::optional<double> NumberAt(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_number()) return value->to_number<double>();
  const std::string text = TextOfScalar(*value).value_or("");
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  return text.empty() || *end != '\0' ? std::nullopt : std::optional(number);
}

std::vector<std::string> TextsAt(const json::object& object, std::string_view name) {
  std::vector<std::string> texts;
  const json::value* value = object.if_contains(name);
  if (value == nullptr) return texts;
  if (!value->is_array()) return {TextOfScalar(*value).value_or("")};
  for (const json::value& item : value->get_array()) texts.push_back(TextOfScalar(item).value_or(""));
  return texts;
}

base::Result<json::object> ReadRoot(std::string_view body) {
  const std::string_view trimmed = base::Trim(body);
  base::Result<json::value> value =
      trimmed.starts_with('{') ? base::ParseJson(trimmed, {.depth = 64}) : ParseYaml(body);
  if (!value && trimmed.starts_with('{')) value = ParseYaml(body);
  if (!value) {
    const bool is_json = trimmed.starts_with('{');
    return Invalid(is_json ? "Template format error: JSON not well-formed." : value.error().message);
  }
  if (!value->is_object()) return Invalid("Template format error: unsupported structure.");
  return value->get_object();
}

base::Status CheckSections(const json::object& root) {
  std::string unknown;
  for (const auto& member : root) {
    if (std::ranges::find(kSections, std::string_view(member.key())) == kSections.end()) {
      unknown += (unknown.empty() ? "" : ", ") + std::string(member.key());
    }
  }
  if (!unknown.empty()) return Invalid(fmt::format("Invalid template property or properties [{}]", unknown));
  const std::string version = TextAt(root, "AWSTemplateFormatVersion", "2010-09-09");
  if (version != "2010-09-09") return Invalid("Template format error: unsupported value for AWSTemplateFormatVersion.");
  for (const std::string_view section : {"Parameters", "Rules", "Mappings", "Conditions", "Resources", "Outputs"}) {
    const json::value* value = root.if_contains(section);
    if (value != nullptr && !value->is_object()) {
      return Invalid(fmt::format("Template format error: [/{}] must be an object", section));
    }
  }
  if (root.contains("Transform")) return Invalid("Transforms are not supported by this simulation");
  const json::value* resources = root.if_contains("Resources");
  if (resources == nullptr || resources->get_object().empty()) {
    return Invalid("Template format error: At least one Resources member must be defined.");
  }
  return {};
}

base::Result<ParameterDeclaration> ReadParameter(std::string_view name, const json::value& value) {
  if (!value.is_object()) return Invalid(fmt::format("Template format error: Every Parameters member must be an object."));
  const json::object& object = value.get_object();
  ParameterDeclaration parameter{.name = std::string(name), .type = TextAt(object, "Type")};
  if (parameter.type.empty()) {
    return Invalid("Template format error: Every Parameters object must contain a Type member.");
  }
  const bool known = parameter.type == "String" || parameter.type == "Number" || parameter.type == "CommaDelimitedList" ||
                     parameter.type.starts_with("List<");
  if (!known) return Invalid(fmt::format("Template format error: Unrecognized parameter type: {}", parameter.type));
  if (object.contains("Default")) parameter.default_value = TextAt(object, "Default");
  parameter.description = TextAt(object, "Description");
  parameter.constraint_description = TextAt(object, "ConstraintDescription");
  parameter.allowed_pattern = TextAt(object, "AllowedPattern");
  parameter.allowed_values = TextsAt(object, "AllowedValues");
  parameter.min_length = NumberAt(object, "MinLength");
  parameter.max_length = NumberAt(object, "MaxLength");
  parameter.min_value = NumberAt(object, "MinValue");
  parameter.max_value = NumberAt(object, "MaxValue");
  parameter.no_echo = base::Lower(TextAt(object, "NoEcho")) == "true";
  return parameter;
}

// Nothing of IAM can be kept as a snapshot. Source: CloudFormation User Guide, "DeletionPolicy attribute", "UpdateReplacePolicy attribute".
base::Status CheckPolicies(const ResourceDeclaration& resource) {
  for (const auto& [attribute, policy] : {std::pair("DeletionPolicy", &resource.deletion_policy), std::pair("UpdateReplacePolicy", &resource.replace_policy)}) {
    const bool can_be_kept = policy == &resource.deletion_policy && *policy == "RetainExceptOnCreate";
    if (*policy == "Delete" || *policy == "Retain" || can_be_kept) continue;
    return Invalid(fmt::format("Template format error: Unrecognized {} {} for resource {}", attribute, *policy, resource.logical_id));
  }
  return {};
}

base::Result<ResourceDeclaration> ReadResource(std::string_view logical_id, const json::value& value) {
  if (!value.is_object()) {
    return Invalid(fmt::format("Template format error: [/Resources/{}] must be an object", logical_id));
  }
  const json::object& object = value.get_object();
  ResourceDeclaration resource{.logical_id = std::string(logical_id),
                               .type = TextAt(object, "Type"),
                               .condition = TextAt(object, "Condition"),
                               .deletion_policy = TextAt(object, "DeletionPolicy", "Delete"),
                               .replace_policy = TextAt(object, "UpdateReplacePolicy", "Delete"),
                               .depends_on = TextsAt(object, "DependsOn")};
  if (resource.type.empty()) {
    return Invalid(fmt::format("Template format error: [/Resources/{}] Every Resources object must contain a Type member.",
                               logical_id));
  }
  TRY(CheckPolicies(resource));
  const json::value* properties = object.if_contains("Properties");
  resource.properties = properties == nullptr ? json::value(json::object{}) : *properties;
  if (!resource.properties.is_object()) {
    return Invalid(fmt::format("Template format error: [/Resources/{}/Properties] must be an object", logical_id));
  }
  for (const Reference& reference : ReferencesIn(resource.properties)) resource.depends_on.push_back(reference.name);
  return resource;
}

base::Status CheckNames(const Template& template_) {
  std::set<std::string, std::less<>> known(kPseudoParameters.begin(), kPseudoParameters.end());
  for (const ParameterDeclaration& parameter : template_.parameters) known.insert(parameter.name);
  for (const ResourceDeclaration& resource : template_.resources) known.insert(resource.logical_id);
  const auto check = [&](const std::vector<std::string>& names, std::string_view block) -> base::Status {
    std::set<std::string> missing;
    for (const std::string& name : names) {
      if (!known.contains(name)) missing.insert(name);
    }
    if (missing.empty()) return {};
    const std::vector<std::string> list(missing.begin(), missing.end());
    return Invalid(fmt::format("Template format error: Unresolved resource dependencies [{}] in the {} block of the template",
                               base::Join(list, ", "), block));
  };
  for (const ResourceDeclaration& resource : template_.resources) TRY(check(resource.depends_on, "Resources"));
  std::vector<std::string> in_outputs;
  for (const Reference& reference : ReferencesIn(template_.Section("Outputs"))) in_outputs.push_back(reference.name);
  TRY(check(in_outputs, "Outputs"));
  const json::object& conditions = template_.Section("Conditions");
  for (const ResourceDeclaration& resource : template_.resources) {
    if (!resource.condition.empty() && !conditions.contains(resource.condition)) {
      return Invalid(fmt::format("Template format error: Unresolved condition dependency {} in the Resources block of the template",
                                 resource.condition));
    }
  }
  return {};
}

base::Status CheckAttributes(const Template& template_, const json::value& expression) {
  for (const Reference& reference : ReferencesIn(expression)) {
    if (reference.attribute.empty()) continue;
    const ResourceDeclaration* const resource = template_.FindResource(reference.name);
    if (resource == nullptr) {
      return Invalid(fmt::format("Template error: instance of Fn::GetAtt references undefined resource {}", reference.name));
    }
    if (HasWord(FindKind(resource->type)->attributes, reference.attribute)) continue;
    return Invalid(fmt::format("Template error: resource {} does not support attribute type {} in Fn::GetAtt", reference.name,
                               reference.attribute));
  }
  return {};
}

// Sorts so that each resource stands behind what it depends on.
base::Status SortResources(std::vector<ResourceDeclaration>& resources) {
  std::vector<ResourceDeclaration> sorted;
  std::set<std::string, std::less<>> waiting;
  for (const ResourceDeclaration& resource : resources) waiting.insert(resource.logical_id);
  while (!resources.empty()) {
    const auto ready = std::ranges::find_if(resources, [&](const ResourceDeclaration& resource) {
      return std::ranges::none_of(resource.depends_on, [&](const std::string& name) { return waiting.contains(name); });
    });
    if (ready == resources.end()) {
      const std::vector<std::string> list(waiting.begin(), waiting.end());
      return Invalid(fmt::format("Circular dependency between resources: [{}]", base::Join(list, ", ")));
    }
    waiting.erase(ready->logical_id);
    sorted.push_back(std::move(*ready));
    resources.erase(ready);
  }
  resources = std::move(sorted);
  return {};
}

bool IsAcknowledged(const ResourceDeclaration& resource) { return FindKind(resource.type)->acknowledged; }

bool HasName(const ResourceDeclaration& resource) {
  const std::string_view name = FindKind(resource.type)->name;
  return IsAcknowledged(resource) && !name.empty() && resource.properties.get_object().contains(name);
}

base::Status CheckText(const ParameterDeclaration& parameter, const std::string& value) {
  const auto fail = [&](std::string otherwise) -> base::Status {
    if (parameter.constraint_description.empty()) return Invalid(std::move(otherwise));
    return Invalid(fmt::format("Parameter {} failed to satisfy constraint: {}", parameter.name,
                               parameter.constraint_description));
  };
  const auto size = static_cast<double>(value.size());
  if (!parameter.allowed_values.empty() && std::ranges::find(parameter.allowed_values, value) == parameter.allowed_values.end()) {
    return Invalid(fmt::format("Parameter '{}' must be one of AllowedValues", parameter.name));
  }
  if (parameter.min_length && size < *parameter.min_length) {
    return fail(fmt::format("Parameter '{}' must contain at least {} characters", parameter.name, *parameter.min_length));
  }
  if (parameter.max_length && size > *parameter.max_length) {
    return fail(fmt::format("Parameter '{}' must contain at most {} characters", parameter.name, *parameter.max_length));
  }
  if (!parameter.allowed_pattern.empty() && !aws::MatchesPattern(parameter.allowed_pattern, value)) {
    return fail(fmt::format("Parameter '{}' must match pattern {}", parameter.name, parameter.allowed_pattern));
  }
  if (!parameter.type.ends_with("Number")) return {};
  char* end = nullptr;
  const double number = std::strtod(value.c_str(), &end);
  if (value.empty() || *end != '\0') return Invalid(fmt::format("Parameter '{}' must be a number", parameter.name));
  if (parameter.min_value && number < *parameter.min_value) {
    return fail(fmt::format("Parameter '{}' must be a number not less than {}", parameter.name, *parameter.min_value));
  }
  if (parameter.max_value && number > *parameter.max_value) {
    return fail(fmt::format("Parameter '{}' must be a number not greater than {}", parameter.name, *parameter.max_value));
  }
  return {};
}

base::Status CheckParameter(const ParameterDeclaration& parameter, const std::string& value) {
  const bool is_list = parameter.type == "CommaDelimitedList" || parameter.type.starts_with("List<");
  if (!is_list) return CheckText(parameter, value);
  for (const std::string_view item : base::Split(value, ',')) TRY(CheckText(parameter, std::string(base::Trim(item))));
  return {};
}

}  // namespace

const json::object& Template::Section(std::string_view name) const {
  static const json::object kNone;
  const json::value* section = root.if_contains(name);
  return section == nullptr ? kNone : section->get_object();
}

std::string Template::Description() const { return TextAt(root, "Description"); }

std::vector<std::string> Template::Capabilities() const {
  if (std::ranges::none_of(resources, IsAcknowledged)) return {};
  return {std::ranges::any_of(resources, HasName) ? "CAPABILITY_NAMED_IAM" : "CAPABILITY_IAM"};
}

std::string Template::CapabilitiesReason() const {
  std::vector<std::string> types = ResourceTypes();
  std::erase_if(types, [](const std::string& type) { return !FindKind(type)->acknowledged; });
  if (types.empty()) return "";
  return fmt::format("The following resource(s) require capabilities: [{}]", base::Join(types, ", "));
}

std::vector<std::string> Template::ResourceTypes() const {
  std::set<std::string> types;
  for (const ResourceDeclaration& resource : resources) types.insert(resource.type);
  return {types.begin(), types.end()};
}

const ResourceDeclaration* Template::FindResource(std::string_view logical_id) const {
  const auto it = std::ranges::find(resources, logical_id, &ResourceDeclaration::logical_id);
  return it == resources.end() ? nullptr : &*it;
}

base::Result<Template> ReadTemplate(std::string body) {
  if (body.size() > kBodyLimit) {
    return Invalid("1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have "
                   "length less than or equal to 51200");
  }
  Template read{.body = std::move(body)};
  TRY_ASSIGN(read.root, ReadRoot(read.body));
  TRY(CheckSections(read.root));
  for (const auto& member : read.Section("Parameters")) {
    TRY_ASSIGN(read.parameters.emplace_back(), ReadParameter(member.key(), member.value()));
  }
  std::vector<std::string> unknown;
  for (const auto& member : read.Section("Resources")) {
    TRY_ASSIGN(read.resources.emplace_back(), ReadResource(member.key(), member.value()));
    const std::string& type = read.resources.back().type;
    if (FindKind(type) == nullptr) unknown.push_back(type);
  }
  if (!unknown.empty()) {
    return Invalid(fmt::format("Template format error: Unrecognized resource types: [{}]", base::Join(unknown, ", ")));
  }
  TRY(CheckNames(read));
  for (const ResourceDeclaration& resource : read.resources) TRY(CheckAttributes(read, resource.properties));
  TRY(CheckAttributes(read, read.Section("Outputs")));
  TRY(SortResources(read.resources));
  return read;
}

base::Result<Parameters> ResolveParameters(const Template& template_, const Parameters& given) {
  Parameters values;
  std::vector<std::string> missing;
  std::vector<std::string> unknown;
  for (const auto& [name, value] : given) {
    const bool is_known = std::ranges::find(template_.parameters, name, &ParameterDeclaration::name) != template_.parameters.end();
    if (!is_known) unknown.push_back(name);
  }
  if (!unknown.empty()) {
    return Invalid(fmt::format("Parameters: [{}] do not exist in the template", base::Join(unknown, ", ")));
  }
  for (const ParameterDeclaration& parameter : template_.parameters) {
    const auto it = given.find(parameter.name);
    if (it == given.end() && !parameter.default_value) {
      missing.push_back(parameter.name);
      continue;
    }
    const std::string& value = it == given.end() ? *parameter.default_value : it->second;
    TRY(CheckParameter(parameter, value));
    values.emplace(parameter.name, value);
  }
  if (!missing.empty()) return Invalid(fmt::format("Parameters: [{}] must have values", base::Join(missing, ", ")));
  return values;
}

std::optional<std::string> TextOfScalar(const json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_bool()) return value.get_bool() ? "true" : "false";
  if (value.is_number()) return json::serialize(value);
  return std::nullopt;
}

}  // namespace crossrole::sim::cloudformation
