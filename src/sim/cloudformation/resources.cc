// SPDX-License-Identifier: Apache-2.0
#include "sim/cloudformation/resources.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <utility>

#include "aws/iam.h"
#include "base/json.h"
#include "base/random.h"
#include "base/text.h"
#include "sim/internal/refuse.h"

namespace crossrole::sim::cloudformation {
namespace {

namespace json = boost::json;
namespace api = aws::iam;

using Texts = std::vector<std::string>;

template <typename Op>
base::Result<typename Op::Output> Do(Call& call, const typename Op::Input& input) {
  return call.operations.Perform<Op>(call, input);
}

std::optional<std::string> TextIn(const json::object& properties, std::string_view name) {
  const json::value* value = properties.if_contains(name);
  return value == nullptr ? std::nullopt : TextOfScalar(*value);
}

Texts TextsIn(const json::object& properties, std::string_view name) {
  Texts texts;
  const json::value* value = properties.if_contains(name);
  if (value == nullptr || !value->is_array()) return texts;
  for (const json::value& item : value->get_array()) texts.push_back(TextOfScalar(item).value_or(""));
  return texts;
}

// A document may be written as an object or as its JSON text.
std::string DocumentIn(const json::object& properties, std::string_view name) {
  const json::value* value = properties.if_contains(name);
  if (value == nullptr) return "";
  return value->is_string() ? std::string(value->get_string()) : base::PrintJson(*value);
}

// Inline policies of a role, in their order.
std::vector<std::pair<std::string, std::string>> InlineIn(const json::object& properties) {
  std::vector<std::pair<std::string, std::string>> policies;
  const json::value* list = properties.if_contains("Policies");
  if (list == nullptr || !list->is_array()) return policies;
  for (const json::value& item : list->get_array()) {
    if (!item.is_object()) continue;
    policies.emplace_back(TextIn(item.get_object(), "PolicyName").value_or(""), DocumentIn(item.get_object(), "PolicyDocument"));
  }
  return policies;
}

std::vector<api::Tag> TagsFor(const Stack& stack, const json::object& properties) {
  std::vector<api::Tag> tags;
  const auto add = [&](const std::string& key, const std::string& value) {
    std::erase_if(tags, [&](const api::Tag& tag) { return tag.key == key; });
    tags.push_back({.key = key, .value = value});
  };
  for (const Tag& tag : stack.definition.tags) add(tag.key, tag.value);
  const json::value* list = properties.if_contains("Tags");
  if (list == nullptr || !list->is_array()) return tags;
  for (const json::value& item : list->get_array()) {
    if (item.is_object()) add(TextIn(item.get_object(), "Key").value_or(""), TextIn(item.get_object(), "Value").value_or(""));
  }
  return tags;
}

std::optional<std::int32_t> NumberIn(const json::object& properties, std::string_view name) {
  const auto text = TextIn(properties, name);
  return text ? std::optional(static_cast<std::int32_t>(std::strtol(text->c_str(), nullptr, 10))) : std::nullopt;
}

// `<stack>-<logical id>-<random>`, as CloudFormation names what has no name of its own.
std::string GeneratedName(Call& call, const Stack& stack, const std::string& logical_id, std::size_t limit) {
  const std::string random = base::RandomText(call.random, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 12);
  const std::size_t each = (limit - random.size() - 2) / 2;
  return stack.name.substr(0, each) + "-" + logical_id.substr(0, each) + "-" + random;
}

bool IsMissing(const base::Error& error) { return error.aws_code == "NoSuchEntity"; }

// Nothing to remove is as good as removed.
template <typename T>
base::Status Gone(const base::Result<T>& result) {
  if (!result && !IsMissing(result.error())) return base::Fail(result.error());
  return {};
}

// ---- roles

base::Status AddToRole(Call& call, const std::string& role, const json::object& properties) {
  for (const std::string& arn : TextsIn(properties, "ManagedPolicyArns")) {
    TRY(Do<api::AttachRolePolicy>(call, {.role_name = role, .policy_arn = arn}));
  }
  for (const auto& [name, document] : InlineIn(properties)) {
    TRY(Do<api::PutRolePolicy>(call, {.role_name = role, .policy_name = name, .policy_document = document}));
  }
  return {};
}

base::Status RemoveFromRole(Call& call, const std::string& role, const json::object& before, const json::object& after) {
  const Texts kept = TextsIn(after, "ManagedPolicyArns");
  for (const std::string& arn : TextsIn(before, "ManagedPolicyArns")) {
    if (std::ranges::find(kept, arn) != kept.end()) continue;
    TRY(Gone(Do<api::DetachRolePolicy>(call, {.role_name = role, .policy_arn = arn})));
  }
  const auto kept_inline = InlineIn(after);
  for (const auto& policy : InlineIn(before)) {
    const std::string& name = policy.first;
    if (std::ranges::any_of(kept_inline, [&](const auto& other) { return other.first == name; })) continue;
    TRY(Gone(Do<api::DeleteRolePolicy>(call, {.role_name = role, .policy_name = name})));
  }
  return {};
}

base::Status RemoveRole(Call& call, const StackResource& resource) {
  TRY(RemoveFromRole(call, resource.physical_id, resource.properties, {}));
  return Gone(Do<api::DeleteRole>(call, {.role_name = resource.physical_id}));
}

base::Status CreateRole(Call& call, const Stack& stack, StackResource& resource, const json::object& properties) {
  const std::string name = TextIn(properties, "RoleName").value_or(GeneratedName(call, stack, resource.logical_id, 64));
  TRY_ASSIGN(const api::CreateRoleOutput made,
             Do<api::CreateRole>(call, {.path = TextIn(properties, "Path"),
                                        .role_name = name,
                                        .assume_role_policy_document = DocumentIn(properties, "AssumeRolePolicyDocument"),
                                        .description = TextIn(properties, "Description"),
                                        .max_session_duration = NumberIn(properties, "MaxSessionDuration"),
                                        .permissions_boundary = TextIn(properties, "PermissionsBoundary"),
                                        .tags = TagsFor(stack, properties)}));
  resource.physical_id = made.role.role_name;
  resource.attributes = {{"Arn", made.role.arn}, {"RoleId", made.role.role_id}};
  resource.properties = properties;
  const base::Status added = AddToRole(call, name, properties);
  if (!added) static_cast<void>(RemoveRole(call, resource));
  return added;
}

base::Status UpdateRoleBoundary(Call& call, const std::string& role, const json::object& before, const json::object& after) {
  const auto boundary = TextIn(after, "PermissionsBoundary");
  if (boundary == TextIn(before, "PermissionsBoundary")) return {};
  if (!boundary) return Gone(Do<api::DeleteRolePermissionsBoundary>(call, {.role_name = role}));
  TRY(Do<api::PutRolePermissionsBoundary>(call, {.role_name = role, .permissions_boundary = *boundary}));
  return {};
}

base::Status UpdateRole(Call& call, const Stack& stack, const StackResource& resource, const json::object& properties) {
  const std::string& role = resource.physical_id;
  const json::object& before = resource.properties;
  if (DocumentIn(before, "AssumeRolePolicyDocument") != DocumentIn(properties, "AssumeRolePolicyDocument")) {
    TRY(Do<api::UpdateAssumeRolePolicy>(
        call, {.role_name = role, .policy_document = DocumentIn(properties, "AssumeRolePolicyDocument")}));
  }
  const auto settings = [](const json::object& each) {
    return std::pair(TextIn(each, "Description"), TextIn(each, "MaxSessionDuration"));
  };
  if (settings(before) != settings(properties)) {
    TRY(Do<api::UpdateRole>(call, {.role_name = role,
                                   .description = TextIn(properties, "Description").value_or(""),
                                   .max_session_duration = NumberIn(properties, "MaxSessionDuration")}));
  }
  TRY(UpdateRoleBoundary(call, role, before, properties));
  TRY(AddToRole(call, role, properties));
  TRY(RemoveFromRole(call, role, before, properties));
  const std::vector<api::Tag> tags = TagsFor(stack, properties);
  Texts dropped;
  for (const api::Tag& tag : TagsFor(stack, before)) {
    if (std::ranges::find(tags, tag.key, &api::Tag::key) == tags.end()) dropped.push_back(tag.key);
  }
  if (!dropped.empty()) TRY(Do<api::UntagRole>(call, {.role_name = role, .tag_keys = dropped}));
  if (!tags.empty()) TRY(Do<api::TagRole>(call, {.role_name = role, .tags = tags}));
  return {};
}

// ---- policies on several entities

// The lists that say whom a policy is given to.
constexpr std::array<std::string_view, 3> kHolders = {"Roles", "Users", "Groups"};

base::Status Attach(Call& call, std::string_view list, const std::string& name, const std::string& arn) {
  if (list == "Roles") TRY(Do<api::AttachRolePolicy>(call, {.role_name = name, .policy_arn = arn}));
  if (list == "Users") TRY(Do<api::AttachUserPolicy>(call, {.user_name = name, .policy_arn = arn}));
  if (list == "Groups") TRY(Do<api::AttachGroupPolicy>(call, {.group_name = name, .policy_arn = arn}));
  return {};
}

base::Status Detach(Call& call, std::string_view list, const std::string& name, const std::string& arn) {
  if (list == "Roles") TRY(Gone(Do<api::DetachRolePolicy>(call, {.role_name = name, .policy_arn = arn})));
  if (list == "Users") TRY(Gone(Do<api::DetachUserPolicy>(call, {.user_name = name, .policy_arn = arn})));
  if (list == "Groups") TRY(Gone(Do<api::DetachGroupPolicy>(call, {.group_name = name, .policy_arn = arn})));
  return {};
}

base::Status PutInline(Call& call, std::string_view list, const std::string& holder, const json::object& properties) {
  const std::string name = TextIn(properties, "PolicyName").value_or("");
  const std::string document = DocumentIn(properties, "PolicyDocument");
  if (list == "Roles") TRY(Do<api::PutRolePolicy>(call, {.role_name = holder, .policy_name = name, .policy_document = document}));
  if (list == "Users") TRY(Do<api::PutUserPolicy>(call, {.user_name = holder, .policy_name = name, .policy_document = document}));
  if (list == "Groups") TRY(Do<api::PutGroupPolicy>(call, {.group_name = holder, .policy_name = name, .policy_document = document}));
  return {};
}

base::Status DeleteInline(Call& call, std::string_view list, const std::string& holder, const std::string& name) {
  if (list == "Roles") TRY(Gone(Do<api::DeleteRolePolicy>(call, {.role_name = holder, .policy_name = name})));
  if (list == "Users") TRY(Gone(Do<api::DeleteUserPolicy>(call, {.user_name = holder, .policy_name = name})));
  if (list == "Groups") TRY(Gone(Do<api::DeleteGroupPolicy>(call, {.group_name = holder, .policy_name = name})));
  return {};
}

// Calls `act(list, name)` for each holder in `properties` that is not in `except`.
template <typename Act>
base::Status EachHolder(const json::object& properties, const json::object& except, Act act) {
  for (const std::string_view list : kHolders) {
    const Texts others = TextsIn(except, list);
    for (const std::string& name : TextsIn(properties, list)) {
      if (std::ranges::find(others, name) == others.end()) TRY(act(list, name));
    }
  }
  return {};
}

base::Status RemoveManagedPolicy(Call& call, const StackResource& resource) {
  const std::string& arn = resource.physical_id;
  TRY(EachHolder(resource.properties, {},
                 [&](std::string_view list, const std::string& name) { return Detach(call, list, name, arn); }));
  const auto versions = Do<api::ListPolicyVersions>(call, {.policy_arn = arn});
  if (!versions) return Gone(versions);
  for (const api::PolicyVersion& version : versions->versions) {
    if (version.is_default_version.value_or(false)) continue;
    TRY(Gone(Do<api::DeletePolicyVersion>(call, {.policy_arn = arn, .version_id = version.version_id})));
  }
  return Gone(Do<api::DeletePolicy>(call, {.policy_arn = arn}));
}

base::Status CreateManagedPolicy(Call& call, const Stack& stack, StackResource& resource, const json::object& properties) {
  const std::string name =
      TextIn(properties, "ManagedPolicyName").value_or(GeneratedName(call, stack, resource.logical_id, 128));
  TRY_ASSIGN(const api::CreatePolicyOutput made,
             Do<api::CreatePolicy>(call, {.policy_name = name,
                                          .path = TextIn(properties, "Path"),
                                          .policy_document = DocumentIn(properties, "PolicyDocument"),
                                          .description = TextIn(properties, "Description")}));
  resource.physical_id = made.policy.arn;
  resource.attributes = {{"PolicyArn", made.policy.arn},
                         {"PolicyId", made.policy.policy_id.value_or("")},
                         {"DefaultVersionId", made.policy.default_version_id.value_or("")}};
  resource.properties = properties;
  const base::Status attached = EachHolder(properties, {}, [&](std::string_view list, const std::string& holder) {
    return Attach(call, list, holder, resource.physical_id);
  });
  if (!attached) static_cast<void>(RemoveManagedPolicy(call, resource));
  return attached;
}

// Makes room for one more version, as CloudFormation does.
base::Status DropOldestVersion(Call& call, const std::string& arn) {
  TRY_ASSIGN(const api::ListPolicyVersionsOutput versions, Do<api::ListPolicyVersions>(call, {.policy_arn = arn}));
  if (versions.versions.size() < policy::kManagedPolicyVersions) return {};
  const auto oldest = std::ranges::find_if(
      versions.versions, [](const api::PolicyVersion& version) { return !version.is_default_version.value_or(false); });
  TRY(Do<api::DeletePolicyVersion>(call, {.policy_arn = arn, .version_id = oldest->version_id}));
  return {};
}

base::Status UpdateManagedPolicy(Call& call, StackResource& resource, const json::object& properties) {
  const std::string& arn = resource.physical_id;
  const json::object& before = resource.properties;
  if (DocumentIn(before, "PolicyDocument") != DocumentIn(properties, "PolicyDocument")) {
    TRY(DropOldestVersion(call, arn));
    TRY_ASSIGN(const api::CreatePolicyVersionOutput made,
               Do<api::CreatePolicyVersion>(call, {.policy_arn = arn,
                                                   .policy_document = DocumentIn(properties, "PolicyDocument"),
                                                   .set_as_default = true}));
    resource.attributes["DefaultVersionId"] = made.policy_version.version_id;
  }
  TRY(EachHolder(properties, before,
                 [&](std::string_view list, const std::string& name) { return Attach(call, list, name, arn); }));
  return EachHolder(before, properties,
                    [&](std::string_view list, const std::string& name) { return Detach(call, list, name, arn); });
}

// ---- inline policies

// AWS::IAM::RolePolicy names one role where AWS::IAM::Policy has lists.
json::object WithHolders(const StackResource& resource, const json::object& properties) {
  json::object result = properties;
  if (resource.type == "AWS::IAM::RolePolicy") result["Roles"] = json::array{TextIn(properties, "RoleName").value_or("")};
  return result;
}

base::Status RemoveInline(Call& call, const StackResource& resource, const json::object& except) {
  const std::string name = TextIn(resource.properties, "PolicyName").value_or("");
  return EachHolder(WithHolders(resource, resource.properties), except, [&](std::string_view list, const std::string& holder) {
    return DeleteInline(call, list, holder, name);
  });
}

base::Status PutInlineAll(Call& call, StackResource& resource, const json::object& properties) {
  return EachHolder(WithHolders(resource, properties), {}, [&](std::string_view list, const std::string& holder) {
    return PutInline(call, list, holder, properties);
  });
}

base::Status CreateInline(Call& call, const Stack& stack, StackResource& resource, const json::object& properties) {
  resource.properties = properties;
  const bool of_role = resource.type == "AWS::IAM::RolePolicy";
  resource.physical_id = of_role ? TextIn(properties, "PolicyName").value_or("") + "|" + TextIn(properties, "RoleName").value_or("")
                                 : GeneratedName(call, stack, resource.logical_id, 40);
  const base::Status put = PutInlineAll(call, resource, properties);
  if (!put) static_cast<void>(RemoveInline(call, resource, {}));
  return put;
}

// Properties by type; CloudFormation refuses any other.
struct Known {
  std::string_view type;
  std::string_view properties;
};
constexpr std::array<Known, 4> kKnown = {{
    {"AWS::IAM::Role",
     " AssumeRolePolicyDocument Description ManagedPolicyArns MaxSessionDuration Path PermissionsBoundary Policies RoleName Tags "},
    {"AWS::IAM::ManagedPolicy", " Description Groups ManagedPolicyName Path PolicyDocument Roles Users "},
    {"AWS::IAM::Policy", " Groups PolicyDocument PolicyName Roles Users "},
    {"AWS::IAM::RolePolicy", " PolicyDocument PolicyName RoleName "},
}};

base::Status CheckProperties(std::string_view type, const json::object& properties) {
  const auto known = std::ranges::find(kKnown, type, &Known::type);
  CHECK(known != kKnown.end());
  for (const auto& member : properties) {
    if (known->properties.find(fmt::format(" {} ", std::string_view(member.key()))) != std::string_view::npos) continue;
    return Refuse("InvalidRequest", fmt::format("Properties validation failed: extraneous key [{}] is not permitted",
                                                std::string_view(member.key())));
  }
  return {};
}

}  // namespace

base::Status CreateResource(Call& call, const Stack& stack, StackResource& resource, const json::object& properties) {
  TRY(CheckProperties(resource.type, properties));
  if (resource.type == "AWS::IAM::Role") return CreateRole(call, stack, resource, properties);
  if (resource.type == "AWS::IAM::ManagedPolicy") return CreateManagedPolicy(call, stack, resource, properties);
  return CreateInline(call, stack, resource, properties);
}

base::Status UpdateResource(Call& call, const Stack& stack, StackResource& resource, const json::object& properties) {
  TRY(CheckProperties(resource.type, properties));
  if (resource.type == "AWS::IAM::Role") {
    TRY(UpdateRole(call, stack, resource, properties));
  } else if (resource.type == "AWS::IAM::ManagedPolicy") {
    TRY(UpdateManagedPolicy(call, resource, properties));
  } else {
    TRY(PutInlineAll(call, resource, properties));
    TRY(RemoveInline(call, resource, WithHolders(resource, properties)));
  }
  resource.properties = properties;
  return {};
}

base::Status RemoveResource(Call& call, const StackResource& resource) {
  if (resource.physical_id.empty()) return {};
  if (resource.type == "AWS::IAM::Role") return RemoveRole(call, resource);
  if (resource.type == "AWS::IAM::ManagedPolicy") return RemoveManagedPolicy(call, resource);
  return RemoveInline(call, resource, {});
}

bool NeedsReplacement(const StackResource& resource, const json::object& properties) {
  const auto differs = [&](std::string_view name) { return TextIn(resource.properties, name) != TextIn(properties, name); };
  if (resource.type == "AWS::IAM::Role") return differs("RoleName") || differs("Path");
  if (resource.type == "AWS::IAM::ManagedPolicy") {
    return differs("ManagedPolicyName") || differs("Path") || differs("Description");
  }
  return differs("PolicyName") || differs("RoleName");
}

bool HasCustomName(const StackResource& resource, const json::object& properties) {
  const std::string_view name = resource.type == "AWS::IAM::Role"            ? "RoleName"
                                : resource.type == "AWS::IAM::ManagedPolicy" ? "ManagedPolicyName"
                                                                             : "";
  return properties.contains(name) && TextIn(properties, name) == TextIn(resource.properties, name);
}

}  // namespace crossrole::sim::cloudformation
