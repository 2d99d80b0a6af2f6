// SPDX-License-Identifier: Apache-2.0
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "base/text.h"
#include "sim/identity_center/scim.h"
#include "sim/internal/identifiers.h"

namespace crossrole::sim::identity_center {
namespace {

namespace api = aws::identitystore;
namespace json = boost::json;

constexpr std::string_view kSchema = "urn:ietf:params:scim:schemas:core:2.0:Group";
constexpr std::size_t kMembersAtOnce = 100;  // Source: SCIM Implementation Developer Guide, "Constraints"

// Members are not told; whether somebody is one can be asked by a filter. Source: SCIM Implementation Developer Guide, "GetGroup".
json::object Show(const ScimCall& call, const api::Group& group) {
  json::object shown{{"id", group.group_id},
                     {"meta", {{"resourceType", "Group"}, {"created", call.Shown(*group.created_at)}, {"lastModified", call.Shown(*group.updated_at)}}},
                     {"schemas", json::array{kSchema}},
                     {"displayName", group.display_name.value_or("")},
                     {"members", json::array()}};
  if (!group.external_ids.empty()) shown["externalId"] = group.external_ids.front().id;
  return shown;
}

// The ids of `[{"value": id}]`. Errors: 400, 404.
base::Result<std::vector<std::string>> ReadMembers(const Instance& instance, const json::value* value) {
  std::vector<std::string> ids;
  if (value == nullptr) return ids;
  const json::value list = value->is_array() ? *value : json::value(json::array{*value});
  if (list.get_array().size() > kMembersAtOnce) return ScimError(400, "A request changes at most 100 members.");
  for (const json::value& each : list.get_array()) {
    const std::string id = each.is_object() ? ScimText(each.get_object(), "value") : "";
    if (id.empty()) return ScimError(400, "A member has no value.");
    if (!instance.users.contains(id)) return ScimError(404, "A member is no user of the identity store.");
    ids.push_back(id);
  }
  return ids;
}

void AddMembers(const ScimCall& call, const std::string& group, const std::vector<std::string>& ids) {
  for (const std::string& id : ids) {
    if (FindMembership(call.instance, group, id) != nullptr) continue;
    Membership membership{.id = MakeUuid(call.random), .group_id = group, .user_id = id, .created = call.now};
    call.instance.memberships.emplace(membership.id, std::move(membership));
  }
}

void RemoveMember(Instance& instance, std::string_view group, std::string_view user) {
  const Membership* found = FindMembership(instance, group, user);
  if (found != nullptr) instance.memberships.erase(std::string(found->id));
}

void RemoveMembers(Instance& instance, std::string_view group) {
  std::erase_if(instance.memberships, [&](const auto& each) { return each.second.group_id == group; });
}

base::Status SetName(const Instance& instance, api::Group& group, const json::value& value) {
  if (!value.is_string() || value.get_string().empty()) return ScimError(400, "displayName is required.");
  const std::string name(value.get_string());
  const api::Group* other = FindGroupNamed(instance, name);
  if (other != nullptr && other->group_id != group.group_id) return ScimError(409, "Group already exists.");
  group.display_name = name;
  return {};
}

void SetExternalId(api::Group& group, const std::string& id) {
  group.external_ids.clear();
  if (!id.empty()) group.external_ids.push_back({.issuer = std::string(kScimIssuer), .id = id});
}

base::Result<http::Response> Create(const ScimCall& call) {
  TRY_ASSIGN(const json::object body, ReadScimBody(call.request));
  api::Group group{.group_id = MakeUuid(call.random)};
  group.identity_store_id = call.instance.store_id;
  group.created_at = call.now;
  group.updated_at = call.now;
  const json::value* name = body.if_contains("displayName");
  TRY(SetName(call.instance, group, name == nullptr ? json::value() : *name));
  SetExternalId(group, ScimText(body, "externalId"));
  TRY_ASSIGN(const auto members, ReadMembers(call.instance, body.if_contains("members")));
  AddMembers(call, group.group_id, members);
  const json::object shown = Show(call, group);
  call.instance.groups.emplace(group.group_id, std::move(group));
  return ScimResource(201, shown);
}

// `members[value eq "…"]`: the id; "" for other paths.
std::string MemberOfPath(std::string_view path) {
  constexpr std::string_view kBefore = "members[value eq \"";
  constexpr std::string_view kBehind = "\"]";
  if (!path.starts_with(kBefore) || !path.ends_with(kBehind) || path.size() < kBefore.size() + kBehind.size()) return "";
  return std::string(path.substr(kBefore.size(), path.size() - kBefore.size() - kBehind.size()));
}

// What a patch does to members, gathered before anything is changed.
struct MemberChange {
  std::string op;
  std::vector<std::string> ids{};
  bool all = false;
};

base::Status ReadAttribute(const ScimCall& call, api::Group& group, std::string_view name, const json::value& value) {
  if (name == "displayName") return SetName(call.instance, group, value);
  if (name == "externalId" && (value.is_string() || value.is_null())) {
    SetExternalId(group, value.is_string() ? std::string(value.get_string()) : "");
    return {};
  }
  if (name == "id" || name == "schemas" || name == "meta") return {};
  return ScimError(400, "The attribute " + std::string(name) + " of a group cannot be changed.");
}

base::Status ReadMemberChange(const ScimCall& call, const json::object& operation, const json::value* value, std::vector<MemberChange>& changes) {
  MemberChange change{.op = ScimText(operation, "op")};
  const std::string one = MemberOfPath(ScimText(operation, "path"));
  if (!one.empty()) change.ids.push_back(one);
  else {
    if (change.op != "remove" && value == nullptr) return ScimError(400, "An operation lacks its value.");
    TRY_ASSIGN(change.ids, ReadMembers(call.instance, value));
    change.all = change.op == "replace" || value == nullptr;
  }
  changes.push_back(std::move(change));
  return {};
}

base::Status ReadOperation(const ScimCall& call, const json::object& operation, api::Group& group, std::vector<MemberChange>& changes) {
  const std::string path = ScimText(operation, "path");
  const json::value* value = operation.if_contains("value");
  if (path == "members" || !MemberOfPath(path).empty()) return ReadMemberChange(call, operation, value, changes);
  if (ScimText(operation, "op") == "remove") return ReadAttribute(call, group, path, nullptr);
  if (value == nullptr) return ScimError(400, "An operation lacks its value.");
  if (!path.empty()) return ReadAttribute(call, group, path, *value);
  if (!value->is_object()) return ScimError(400, "An operation without a path needs an object.");
  for (const auto& [name, each] : value->get_object()) {
    if (name == "members") TRY(ReadMemberChange(call, operation, &each, changes));
    else TRY(ReadAttribute(call, group, name, each));
  }
  return {};
}

base::Result<http::Response> Patch(const ScimCall& call, api::Group group) {
  TRY_ASSIGN(const auto operations, ReadScimOperations(call.request));
  std::vector<MemberChange> changes;
  for (const json::object& operation : operations) TRY(ReadOperation(call, operation, group, changes));
  for (const MemberChange& change : changes) {
    if (change.all) RemoveMembers(call.instance, group.group_id);
    if (change.op != "remove") AddMembers(call, group.group_id, change.ids);
    else for (const std::string& id : change.ids) RemoveMember(call.instance, group.group_id, id);
  }
  group.updated_at = call.now;
  const std::string id = group.group_id;
  call.instance.groups.insert_or_assign(id, std::move(group));
  return http::EmptyResponse(204);
}

base::Result<bool> Matches(const Instance& instance, const api::Group& group, const ScimFilter& filter) {
  for (const auto& [name, value] : filter) {
    const std::string external = group.external_ids.empty() ? "" : group.external_ids.front().id;
    bool same = false;
    if (base::EqualsIgnoreCase(name, "displayName")) same = base::EqualsIgnoreCase(group.display_name.value_or(""), value);
    else if (base::EqualsIgnoreCase(name, "externalId")) same = external == value;
    else if (base::EqualsIgnoreCase(name, "id")) same = group.group_id == value;
    else if (base::EqualsIgnoreCase(name, "members")) same = FindMembership(instance, group.group_id, value) != nullptr;
    else return ScimError(400, "Groups cannot be filtered by " + name + ".");
    if (!same) return false;
  }
  return true;
}

base::Result<http::Response> List(const ScimCall& call) {
  TRY_ASSIGN(const ScimFilter filter, ReadScimFilter(call.request));
  TRY(Matches(call.instance, {}, filter));
  std::vector<json::object> found;
  for (const auto& [id, group] : call.instance.groups) {
    TRY_ASSIGN(const bool wanted, Matches(call.instance, group, filter));
    if (wanted) found.push_back(Show(call, group));
  }
  return ScimList(call.request, std::move(found));
}

}  // namespace

base::Result<http::Response> AnswerScimGroups(const ScimCall& call) {
  const std::string& method = call.request.method;
  if (call.id.empty()) return method == "GET" ? List(call) : Create(call);
  const auto found = call.instance.groups.find(call.id);
  if (found == call.instance.groups.end()) return ScimError(404, "Group not found.");
  if (method == "GET") return ScimResource(200, Show(call, found->second));
  if (method == "PATCH") return Patch(call, found->second);
  RemoveGroup(call.instance, call.id);
  return http::EmptyResponse(204);
}

}  // namespace crossrole::sim::identity_center
