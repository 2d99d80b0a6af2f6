// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <span>

#include "sim/identity_center/scim.h"

// What the endpoint tells of itself: resource types and schemas, with the attributes that it keeps.
// Source: SCIM Implementation Developer Guide, "GetSchema", "ListSchemas", "ListResourceTypes"; RFC 7643, sections 6 and 7.

namespace crossrole::sim::identity_center {
namespace {

namespace json = boost::json;

constexpr std::string_view kUser = "urn:ietf:params:scim:schemas:core:2.0:User";
constexpr std::string_view kGroup = "urn:ietf:params:scim:schemas:core:2.0:Group";
constexpr std::string_view kEnterpriseUser = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
constexpr std::string_view kRoot = "/scim/v2/";

enum class Is : std::uint8_t { kText, kUnique, kFlag, kReference, kComplex, kList };

struct Attribute {
  std::string_view path;  // a part stands behind what it is a part of
  std::string_view description;
  Is is = Is::kText;
  bool required = false;
};

constexpr auto kUserAttributes = std::to_array<Attribute>({
    {"userName", "Name by which the user signs in, unique in the identity store", Is::kUnique, true},
    {"name", "The parts of the user's name", Is::kComplex, true},
    {"name.formatted", "The whole name as it is shown"},
    {"name.familyName", "The family name", Is::kText, true},
    {"name.givenName", "The given name", Is::kText, true},
    {"name.middleName", "The middle names"},
    {"name.honorificPrefix", "What stands before the name"},
    {"name.honorificSuffix", "What stands behind the name"},
    {"displayName", "The name that others see", Is::kText, true},
    {"nickName", "The casual way to address the user"},
    {"profileUrl", "A page about the user", Is::kReference},
    {"title", "The user's title"},
    {"userType", "How the user belongs to the organization"},
    {"preferredLanguage", "The languages that the user prefers"},
    {"locale", "The region for dates, numbers and currencies"},
    {"timezone", "The user's time zone"},
    {"active", "Whether the user may sign in", Is::kFlag},
    {"emails", "The user's e-mail address", Is::kList},
    {"emails.value", "The address"},
    {"emails.type", "What it is for"},
    {"emails.primary", "Whether it is the preferred one", Is::kFlag},
    {"addresses", "The user's address", Is::kList},
    {"addresses.formatted", "The whole address"},
    {"addresses.streetAddress", "Street and number"},
    {"addresses.locality", "The place"},
    {"addresses.region", "The state or region"},
    {"addresses.postalCode", "The postal code"},
    {"addresses.country", "The country"},
    {"addresses.type", "What it is for"},
    {"addresses.primary", "Whether it is the preferred one", Is::kFlag},
    {"phoneNumbers", "The user's telephone number", Is::kList},
    {"phoneNumbers.value", "The number"},
    {"phoneNumbers.type", "What it is for"},
    {"phoneNumbers.primary", "Whether it is the preferred one", Is::kFlag},
});
constexpr auto kGroupAttributes = std::to_array<Attribute>({
    {"displayName", "The name of the group, unique in the identity store", Is::kUnique, true},
    {"members", "Users of the group, which answers do not tell", Is::kList},
    {"members.value", "The id of the user"},
    {"members.$ref", "Where the user is", Is::kReference},
    {"members.type", "The kind of member"},
});
constexpr auto kEnterpriseAttributes = std::to_array<Attribute>({
    {"employeeNumber", "The number that the organization gave the user"},
    {"costCenter", "The cost centre"},
    {"organization", "The organization"},
    {"division", "The division"},
    {"department", "The department"},
    {"manager", "The user's manager", Is::kComplex},
    {"manager.value", "The manager's id"},
    {"manager.$ref", "Where the manager is", Is::kReference},
});

json::object Show(const Attribute& attribute, std::string_view name) {
  const bool is_complex = attribute.is == Is::kComplex || attribute.is == Is::kList;
  json::object shown{{"name", name},
                     {"type", is_complex                         ? "complex"
                              : attribute.is == Is::kFlag      ? "boolean"
                              : attribute.is == Is::kReference ? "reference"
                                                               : "string"},
                     {"multiValued", attribute.is == Is::kList},
                     {"description", attribute.description},
                     {"required", attribute.required},
                     {"caseExact", false},
                     {"mutability", "readWrite"},
                     {"returned", "default"},
                     {"uniqueness", attribute.is == Is::kUnique ? "server" : "none"}};
  if (is_complex) shown["subAttributes"] = json::array();
  if (attribute.is == Is::kReference) shown["referenceTypes"] = json::array{name == "$ref" ? "User" : "external"};
  return shown;
}

json::object ShowSchema(std::string_view id, std::string_view name, std::string_view description, std::span<const Attribute> attributes) {
  json::array list;
  for (const Attribute& attribute : attributes) {
    const std::size_t dot = attribute.path.find('.');
    if (dot == std::string_view::npos) list.push_back(Show(attribute, attribute.path));
    else list.back().at("subAttributes").as_array().push_back(Show(attribute, attribute.path.substr(dot + 1)));
  }
  return {{"id", id},
          {"name", name},
          {"description", description},
          {"attributes", std::move(list)},
          {"schemas", json::array{"urn:ietf:params:scim:schemas:core:2.0:Schema"}},
          {"meta", {{"resourceType", "Schema"}, {"location", std::string(kRoot) + "Schemas/" + std::string(id)}}}};
}

std::vector<json::object> Schemas() {
  return {ShowSchema(kUser, "User", "User Account", kUserAttributes), ShowSchema(kGroup, "Group", "Group", kGroupAttributes),
          ShowSchema(kEnterpriseUser, "EnterpriseUser", "Enterprise User", kEnterpriseAttributes)};
}

json::object ShowType(std::string_view name, std::string_view description, std::string_view schema) {
  const std::string endpoint = std::string(name) + "s";
  return {{"schemas", json::array{"urn:ietf:params:scim:schemas:core:2.0:ResourceType"}},
          {"id", name},
          {"name", name},
          {"endpoint", "/" + endpoint},
          {"description", description},
          {"schema", schema},
          {"meta", {{"resourceType", "ResourceType"}, {"location", std::string(kRoot) + "ResourceTypes/" + std::string(name)}}}};
}

}  // namespace

base::Result<http::Response> AnswerScimSchemas(const ScimCall& call) {
  std::vector<json::object> schemas = Schemas();
  if (call.id.empty()) return ScimList(call.request, std::move(schemas));
  const auto wanted = std::ranges::find_if(schemas, [&](const json::object& schema) { return ScimText(schema, "id") == call.id; });
  if (wanted == schemas.end()) return ScimError(400, "The schema is not supported.");
  return ScimResource(200, *wanted);
}

base::Result<http::Response> AnswerScimResourceTypes(const ScimCall& call) {
  json::object user = ShowType("User", "User Account", kUser);
  user["schemaExtensions"] = json::array{json::object{{"schema", kEnterpriseUser}, {"required", false}}};
  return ScimList(call.request, {std::move(user), ShowType("Group", "Group", kGroup)});
}

}  // namespace crossrole::sim::identity_center
