// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"
#include "sim/internal/refuse.h"
#include "sim/stack_resources/kind.h"
#include "sim/stack_resources/rows.h"

namespace crossrole::sim::stack_resources {
namespace {

namespace json = boost::json;

// Source: AWS's resource provider schemas and the CloudFormation Template Reference.
constexpr std::array<Kind, 15> kKinds = {{
    {.type = "AWS::CloudFormation::StackSet",
     .properties = "AdministrationRoleARN AutoDeployment{} CallAs Capabilities[] Description ExecutionRoleName ManagedExecution{} "
                   "OperationPreferences{} Parameters[] PermissionModel StackInstancesGroup[] StackSetName Tags[] TemplateBody TemplateURL",
     .required = "PermissionModel StackSetName",
     .replacing = "CallAs PermissionModel StackSetName",
     .attributes = "StackSetId",
     .name = "StackSetName",
     .acknowledged = false,
     .regional = true,
     .create = CreateStackSet,
     .update = UpdateStackSet,
     .remove = RemoveStackSet,
     .settle = SettleStackSet},
    {.type = "AWS::IAM::AccessKey",
     .properties = "Serial Status UserName",
     .required = "UserName",
     .replacing = "Serial UserName",
     .attributes = "Id SecretAccessKey",
     .create = CreateAccessKey,
     .update = UpdateAccessKey,
     .remove = RemoveAccessKey},
    {.type = "AWS::IAM::Group",
     .properties = "GroupName ManagedPolicyArns[] Path Policies[]",
     .replacing = "GroupName",
     .attributes = "Arn",
     .name = "GroupName",
     .create = CreateGroup,
     .update = UpdateGroup,
     .remove = RemoveGroup},
    {.type = "AWS::IAM::GroupPolicy",
     .properties = "GroupName PolicyDocument* PolicyName",
     .required = "GroupName PolicyName",
     .replacing = "GroupName PolicyName",
     .create = CreateInline,
     .update = UpdateInline,
     .remove = RemoveInline},
    {.type = "AWS::IAM::ManagedPolicy",
     .properties = "Description Groups[] ManagedPolicyName Path PolicyDocument* Roles[] Users[]",
     .required = "PolicyDocument",
     .replacing = "Description ManagedPolicyName Path",
     .attributes = "AttachmentCount CreateDate DefaultVersionId IsAttachable PermissionsBoundaryUsageCount PolicyArn PolicyId UpdateDate",
     .name = "ManagedPolicyName",
     .create = CreateManagedPolicy,
     .update = UpdateManagedPolicy,
     .remove = RemoveManagedPolicy},
    {.type = "AWS::IAM::OIDCProvider",
     .properties = "ClientIdList[] Tags[] ThumbprintList[] Url",
     .replacing = "Url",
     .attributes = "Arn",
     .acknowledged = false,
     .create = CreateOidcProvider,
     .update = UpdateOidcProvider,
     .remove = RemoveOidcProvider},
    {.type = "AWS::IAM::Policy",
     .properties = "Groups[] PolicyDocument* PolicyName Roles[] Users[]",
     .required = "PolicyDocument PolicyName",
     .attributes = "Id",
     .create = CreateInline,
     .update = UpdateInline,
     .remove = RemoveInline},
    {.type = "AWS::IAM::Role",
     .properties = "AssumeRolePolicyDocument* Description ManagedPolicyArns[] MaxSessionDuration Path PermissionsBoundary Policies[] "
                   "RoleName Tags[]",
     .required = "AssumeRolePolicyDocument",
     .replacing = "Path RoleName",
     .attributes = "Arn RoleId",
     .name = "RoleName",
     .create = CreateRole,
     .update = UpdateRole,
     .remove = RemoveRole},
    {.type = "AWS::IAM::RolePolicy",
     .properties = "PolicyDocument* PolicyName RoleName",
     .required = "PolicyName RoleName",
     .replacing = "PolicyName RoleName",
     .create = CreateInline,
     .update = UpdateInline,
     .remove = RemoveInline},
    {.type = "AWS::IAM::SAMLProvider",
     .properties = "AddPrivateKey AssertionEncryptionMode Name PrivateKeyList[] RemovePrivateKey SamlMetadataDocument Tags[]",
     .replacing = "AddPrivateKey Name RemovePrivateKey",
     .attributes = "Arn SamlProviderUUID",
     .name = "Name",
     .acknowledged = false,
     .create = CreateSamlProvider,
     .update = UpdateSamlProvider,
     .remove = RemoveSamlProvider},
    {.type = "AWS::IAM::ServiceLinkedRole",
     .properties = "AWSServiceName CustomSuffix Description",
     .replacing = "AWSServiceName CustomSuffix",
     .attributes = "RoleName",
     .acknowledged = false,
     .create = CreateServiceLinkedRole,
     .update = UpdateServiceLinkedRole,
     .remove = RemoveServiceLinkedRole},
    {.type = "AWS::IAM::User",
     .properties = "Groups[] LoginProfile{} ManagedPolicyArns[] Path PermissionsBoundary Policies[] Tags[] UserName",
     .replacing = "UserName",
     .attributes = "Arn",
     .name = "UserName",
     .create = CreateUser,
     .update = UpdateUser,
     .remove = RemoveUser},
    {.type = "AWS::IAM::UserPolicy",
     .properties = "PolicyDocument* PolicyName UserName",
     .required = "PolicyName UserName",
     .replacing = "PolicyName UserName",
     .create = CreateInline,
     .update = UpdateInline,
     .remove = RemoveInline},
    {.type = "AWS::IAM::UserToGroupAddition",
     .properties = "GroupName Users[]",
     .required = "GroupName Users",
     .attributes = "Id",
     .create = CreateMemberships,
     .update = UpdateMemberships,
     .remove = RemoveMemberships},
    {.type = "AWS::IAM::VirtualMFADevice",
     .properties = "Path Tags[] Users[] VirtualMfaDeviceName",
     .required = "Users",
     .replacing = "Path VirtualMfaDeviceName",
     .attributes = "SerialNumber",
     .name = "VirtualMfaDeviceName",
     .acknowledged = false,
     .create = CreateMfaDevice,
     .update = UpdateMfaDevice,
     .remove = RemoveMfaDevice},
}};

std::string_view JsonTypeOf(const json::value& value) {
  if (value.is_array()) return "JSONArray";
  if (value.is_object()) return "JSONObject";
  return "String";
}

// What a property is to be by the mark behind its name: a document may be written as an object or as its text.
std::string_view ExpectedFor(std::string_view mark, const json::value& value) {
  if (mark == "[]") return "JSONArray";
  if (mark == "{}") return "JSONObject";
  if (mark == "*" && value.is_object()) return "JSONObject";
  return "String";
}

// The mark behind a property's name; nothing for properties that the type does not have.
std::optional<std::string_view> MarkOf(const Kind& kind, std::string_view name) {
  for (const std::string_view word : base::Split(kind.properties, ' ')) {
    const std::size_t end = word.find_first_of("[{*");
    if (word.substr(0, end) == name) return end == std::string_view::npos ? "" : word.substr(end);
  }
  return std::nullopt;
}

}  // namespace

const Kind* FindKind(std::string_view type) {
  const auto kind = std::ranges::find(kKinds, type, &Kind::type);
  return kind == kKinds.end() ? nullptr : &*kind;
}

bool HasWord(std::string_view words, std::string_view word) {
  return std::ranges::any_of(base::Split(words, ' '), [&](std::string_view each) { return !each.empty() && each == word; });
}

base::Status CheckProperties(const Kind& kind, std::string_view logical_id, const json::object& properties) {
  std::string wrong;
  for (const std::string_view name : base::Split(kind.required, ' ')) {
    if (!name.empty() && !properties.contains(name)) wrong += fmt::format("\n#: required key [{}] not found", name);
  }
  for (const auto& member : properties) {
    const std::string_view name = member.key();
    const auto mark = MarkOf(kind, name);
    if (!mark) {
      wrong += fmt::format("\n#: extraneous key [{}] is not permitted", name);
      continue;
    }
    const std::string_view found = JsonTypeOf(member.value());
    const std::string_view expected = ExpectedFor(*mark, member.value());
    if (found != expected) wrong += fmt::format("\n#/{}: expected type: {}, found: {}", name, expected, found);
  }
  if (wrong.empty()) return {};
  return Invalid(fmt::format("Properties validation failed for resource {} with message:{}", logical_id, wrong));
}

}  // namespace crossrole::sim::stack_resources
