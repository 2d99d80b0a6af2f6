// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "base/text.h"
#include "sim/identity_center/scim.h"
#include "sim/identity_center/user_attributes.h"
#include "sim/internal/identifiers.h"

namespace crossrole::sim::identity_center {
namespace {

namespace api = aws::identitystore;
namespace json = boost::json;

constexpr std::string_view kSchema = "urn:ietf:params:scim:schemas:core:2.0:User";
constexpr std::string_view kEnterpriseSchema = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
// Lists, which hold one value. Source: SCIM Implementation Developer Guide, "Constraints".
constexpr std::array<std::string_view, 3> kLists = {"emails", "phoneNumbers", "addresses"};
// Attributes that are texts and stand at the top.
constexpr std::array<std::string_view, 9> kTexts = {"userName", "displayName", "nickName", "profileUrl", "userType", "title", "preferredLanguage", "locale", "timezone"};
constexpr std::array<std::string_view, 6> kNames = {"formatted", "familyName", "givenName", "middleName", "honorificPrefix", "honorificSuffix"};

json::object Show(const ScimCall& call, api::User user) {
  json::object shown{{"id", user.user_id},
                     {"meta", {{"resourceType", "User"}, {"created", call.Shown(*user.created_at)}, {"lastModified", call.Shown(*user.updated_at)}}},
                     {"schemas", json::array{kSchema}}};
  if (!user.external_ids.empty()) shown["externalId"] = user.external_ids.front().id;
  for (const std::string_view name : kTexts) {
    if (const auto& text = *TextAttribute(user, name)) shown[name] = *text;
  }
  json::object names;
  for (const std::string_view name : kNames) {
    if (const auto& text = *TextAttribute(user, "name." + std::string(name))) names[name] = *text;
  }
  shown["name"] = std::move(names);
  shown["active"] = user.user_status != "DISABLED";
  for (const std::string_view name : kLists) {
    if (json::array list = ShowListAttribute(user, name); !list.empty()) shown[name] = std::move(list);
  }
  if (json::object enterprise = EnterpriseOf(user); !enterprise.empty()) {
    shown["schemas"].as_array().push_back(json::value(kEnterpriseSchema));
    shown[kEnterpriseSchema] = std::move(enterprise);
  }
  return shown;
}

// The sentence that the attributes of users are refused with.
base::Status AsScim(const base::Status& status) {
  if (status) return {};
  return ScimError(400, status.error().message);
}

// The part of a path of the enterprise extension behind its name; nothing for other paths.
std::optional<std::string_view> EnterprisePath(std::string_view path) {
  if (path == kEnterpriseSchema) return "";
  if (!path.starts_with(kEnterpriseSchema) || path[kEnterpriseSchema.size()] != ':') return std::nullopt;
  return path.substr(kEnterpriseSchema.size() + 1);
}

// Takes one attribute over; what the identity store does not keep is passed over, as AWS does.
base::Status ReadAttribute(api::User& user, std::string_view path, const json::value& value) {
  if (std::optional<std::string>* text = TextAttribute(user, path)) return AsScim(ReadText(value, *text));
  if (const auto part = EnterprisePath(path)) return AsScim(SetEnterprise(user, *part, value));
  if (std::ranges::find(kLists, path) != kLists.end()) return AsScim(ReadListAttribute(user, path, value, 1));
  if (path == "active") {
    if (!value.is_bool()) return ScimError(400, "active is not a boolean.");
    user.user_status = value.get_bool() ? "ENABLED" : "DISABLED";
  } else if (path == "externalId") {
    std::optional<std::string> id;
    TRY(AsScim(ReadText(value, id)));
    user.external_ids.clear();
    if (id) user.external_ids.push_back({.issuer = std::string(kScimIssuer), .id = *id});
  } else if (path == "name" && value.is_object()) {
    for (const auto& [name, part] : value.get_object()) {
      if (std::optional<std::string>* text = TextAttribute(user, "name." + std::string(name))) TRY(AsScim(ReadText(part, *text)));
    }
  } else if (path.starts_with("emails[") && path.ends_with("].value")) {
    std::optional<std::string> text;
    TRY(AsScim(ReadText(value, text)));
    if (user.emails.empty()) user.emails.emplace_back().primary = true;
    user.emails.front().value = text;
  }
  return {};
}

base::Status ReadAttributes(api::User& user, const json::object& object) {
  for (const auto& [name, value] : object) TRY(ReadAttribute(user, name, value));
  return {};
}

// What a whole user must be like. Source: SCIM Implementation Developer Guide, "CreateUser" and "PutUser".
base::Status ReadWhole(api::User& user, const json::object& body) {
  if (body.contains("groups")) return ScimError(400, "groups cannot be specified for a user.");
  TRY(ReadAttributes(user, body));
  const bool is_primary = user.emails.empty() || user.emails.front().primary.value_or(false);
  return is_primary ? base::Status() : ScimError(400, "The value of emails must be marked as primary.");
}

base::Status Remove(api::User& user, std::string_view path) {
  if (path.empty()) return ScimError(400, "A removal needs a path.");
  return ReadAttribute(user, path, nullptr);
}

base::Status Check(const Instance& instance, const api::User& user) {
  if (!HasNames(user)) return ScimError(400, "userName, displayName, name.givenName and name.familyName are required.");
  const api::User* other = FindUserNamed(instance, *user.user_name);
  if (other != nullptr && other->user_id != user.user_id) return ScimError(409, "User already exists.");
  return {};
}

base::Result<http::Response> Keep(const ScimCall& call, api::User user, int status) {
  TRY(Check(call.instance, user));
  user.updated_at = call.now;
  const json::object shown = Show(call, user);
  call.instance.users.insert_or_assign(user.user_id, std::move(user));
  return ScimResource(status, shown);
}

base::Result<http::Response> Create(const ScimCall& call) {
  TRY_ASSIGN(const json::object body, ReadScimBody(call.request));
  api::User user{.identity_store_id = call.instance.store_id, .user_id = MakeUuid(call.random)};
  user.user_status = "ENABLED";
  user.created_at = call.now;
  TRY(ReadWhole(user, body));
  return Keep(call, std::move(user), 201);
}

base::Result<http::Response> Replace(const ScimCall& call, const api::User& before) {
  TRY_ASSIGN(const json::object body, ReadScimBody(call.request));
  api::User user{.identity_store_id = before.identity_store_id, .user_id = before.user_id};
  user.user_status = "ENABLED";
  user.created_at = before.created_at;
  // What SCIM has no words for stays.
  user.photos = before.photos;
  user.roles = before.roles;
  user.website = before.website;
  user.birthdate = before.birthdate;
  TRY(ReadWhole(user, body));
  return Keep(call, std::move(user), 200);
}

// Source: SCIM Implementation Developer Guide, "PatchUser".
base::Status CheckOnce(const std::vector<json::object>& operations) {
  for (const std::string_view name : {"userName", "active"}) {
    const auto count = std::ranges::count_if(operations, [&](const json::object& operation) {
      const std::string path = ScimText(operation, "path");
      const json::value* value = operation.if_contains("value");
      return path == name || (path.empty() && value != nullptr && value->is_object() && value->get_object().contains(name));
    });
    if (count > 1) return ScimError(400, "There is more than one operation on " + std::string(name) + ".");
  }
  return {};
}

base::Result<http::Response> Patch(const ScimCall& call, api::User user) {
  TRY_ASSIGN(const auto operations, ReadScimOperations(call.request));
  TRY(CheckOnce(operations));
  for (const json::object& operation : operations) {
    std::string path = ScimText(operation, "path");
    if (path.starts_with(std::string(kSchema) + ":")) path.erase(0, kSchema.size() + 1);
    const json::value* value = operation.if_contains("value");
    if (ScimText(operation, "op") == "remove") {
      TRY(Remove(user, path));
    } else if (value == nullptr || (path.empty() && !value->is_object())) {
      return ScimError(400, "An operation lacks its value.");
    } else if (path.empty()) {
      TRY(ReadAttributes(user, value->get_object()));
    } else {
      TRY(ReadAttribute(user, path, *value));
    }
  }
  return Keep(call, std::move(user), 200);
}

base::Result<bool> Matches(const api::User& user, const ScimFilter& filter) {
  for (const auto& [name, value] : filter) {
    const std::string external = user.external_ids.empty() ? "" : user.external_ids.front().id;
    bool same = false;
    if (base::EqualsIgnoreCase(name, "userName")) same = base::EqualsIgnoreCase(user.user_name.value_or(""), value);
    else if (base::EqualsIgnoreCase(name, "displayName")) same = base::EqualsIgnoreCase(user.display_name.value_or(""), value);
    else if (base::EqualsIgnoreCase(name, "externalId")) same = external == value;
    else if (base::EqualsIgnoreCase(name, "id")) same = user.user_id == value;
    else return ScimError(400, "Users cannot be filtered by " + name + ".");
    if (!same) return false;
  }
  return true;
}

base::Result<http::Response> List(const ScimCall& call) {
  TRY_ASSIGN(const ScimFilter filter, ReadScimFilter(call.request));
  TRY(Matches({}, filter));
  std::vector<json::object> found;
  for (const auto& [id, user] : call.instance.users) {
    TRY_ASSIGN(const bool wanted, Matches(user, filter));
    if (wanted) found.push_back(Show(call, user));
  }
  return ScimList(call.request, std::move(found));
}

}  // namespace

base::Result<http::Response> AnswerScimUsers(const ScimCall& call) {
  const std::string& method = call.request.method;
  if (call.id.empty()) return method == "GET" ? List(call) : Create(call);
  const auto found = call.instance.users.find(call.id);
  if (found == call.instance.users.end()) return ScimError(404, "User not found.");
  if (method == "GET") return ScimResource(200, Show(call, found->second));
  if (method == "PUT") return Replace(call, found->second);
  if (method == "PATCH") return Patch(call, found->second);
  RemoveUser(call.instance, call.id);
  return http::EmptyResponse(204);
}

}  // namespace crossrole::sim::identity_center
