// SPDX-License-Identifier: Apache-2.0
#include "sim/identity_center/saved.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "base/crypto.h"
#include "base/json.h"
#include "sim/identity_center/instance.h"
#include "sim/internal/snapshot_parts.h"

namespace crossrole::sim::identity_center {
namespace {

namespace json = boost::json;
namespace store = aws::identitystore;
using saved::Moment;
using saved::Text;

std::unexpected<base::Error> Broken() { return base::Fail(base::Code::kInvalidArgument, "an instance of Identity Center does not hold together"); }

// What an operation answers is a form in which its structs can be kept.
template <typename Op>
json::value AsAnswer(const typename Op::Output& output) {
  return base::ParseJson(aws::EncodeResponse<Op>(output, ""), {.bytes = std::size_t{1} << 30, .depth = 64}).value_or(json::object());
}
template <typename Op>
base::Result<typename Op::Output> FromAnswer(const json::value& value) {
  return aws::DecodeResponse<Op>(base::PrintJson(value));
}

json::object SaveSet(const PermissionSet& set) {
  json::object provisioned;
  for (const auto& [account, revision] : set.provisioned) provisioned[account] = revision;
  return {{"arn", set.arn},
          {"name", set.name},
          {"description", set.description},
          {"duration", set.session_duration},
          {"relay_state", set.relay_state},
          {"created", base::ToMicros(set.created)},
          {"inline", set.inline_policy},
          {"managed", saved::TextsToJson(set.managed)},
          {"customer_managed", AsAnswer<aws::sso::ListCustomerManagedPolicyReferencesInPermissionSet>({.customer_managed_policy_references = set.customer_managed})},
          {"boundary", AsAnswer<aws::sso::GetPermissionsBoundaryForPermissionSet>({.permissions_boundary = set.boundary})},
          {"tags", saved::TagsToJson(set.tags)},
          {"revision", set.revision},
          {"provisioned", std::move(provisioned)}};
}

base::Result<PermissionSet> LoadSet(const json::object& object) {
  PermissionSet set{.arn = Text(object, "arn"),
                    .name = Text(object, "name"),
                    .description = Text(object, "description"),
                    .session_duration = Text(object, "duration"),
                    .relay_state = Text(object, "relay_state"),
                    .created = Moment(object, "created"),
                    .inline_policy = Text(object, "inline"),
                    .managed = saved::Texts(object, "managed")};
  TRY_ASSIGN(auto references, FromAnswer<aws::sso::ListCustomerManagedPolicyReferencesInPermissionSet>(object.at("customer_managed")));
  set.customer_managed = std::move(references.customer_managed_policy_references);
  TRY_ASSIGN(auto boundary, FromAnswer<aws::sso::GetPermissionsBoundaryForPermissionSet>(object.at("boundary")));
  set.boundary = std::move(boundary.permissions_boundary);
  set.tags = saved::TagsOf(object);
  set.revision = object.at("revision").to_number<int>();
  for (const auto& [account, revision] : object.at("provisioned").as_object()) set.provisioned[account] = revision.to_number<int>();
  return set;
}

json::object SaveAssignment(const Assignment& assignment) {
  return {{"account", assignment.account_id}, {"set", assignment.set_arn}, {"type", assignment.principal_type}, {"principal", assignment.principal_id}};
}

Assignment LoadAssignment(const json::object& object) {
  return {Text(object, "account"), Text(object, "set"), Text(object, "type"), Text(object, "principal")};
}

json::object SaveOperation(const Operation& operation) {
  return {{"id", operation.id},
          {"work", static_cast<int>(operation.work)},
          {"assignment", SaveAssignment(operation.assignment)},
          {"status", operation.status},
          {"failure", operation.failure},
          {"created", base::ToMicros(operation.created)},
          {"due", base::ToMicros(operation.due)}};
}

base::Status LoadOperation(Instance& instance, const json::object& object) {
  const int work = object.at("work").to_number<int>();
  if (work < 0 || work > static_cast<int>(Work::kProvision)) return Broken();
  Operation operation{.id = Text(object, "id"),
                      .work = static_cast<Work>(work),
                      .assignment = LoadAssignment(object.at("assignment").as_object()),
                      .status = Text(object, "status"),
                      .failure = Text(object, "failure"),
                      .created = Moment(object, "created"),
                      .due = Moment(object, "due")};
  if (operation.status == "IN_PROGRESS") instance.pending.insert(operation.id);
  instance.operations.emplace(operation.id, operation);
  return {};
}

base::Status LoadStore(Instance& instance, const json::object& object) {
  TRY_ASSIGN(auto users, FromAnswer<store::ListUsers>(object.at("users")));
  for (store::User& user : users.users) {
    if (!user.created_at || !user.updated_at) return Broken();
    instance.users.emplace(user.user_id, std::move(user));
  }
  TRY_ASSIGN(auto groups, FromAnswer<store::ListGroups>(object.at("groups")));
  for (store::Group& group : groups.groups) {
    if (!group.created_at || !group.updated_at) return Broken();
    instance.groups.emplace(group.group_id, std::move(group));
  }
  for (const json::value& item : object.at("memberships").as_array()) {
    const json::object& each = item.as_object();
    Membership membership{.id = Text(each, "id"), .group_id = Text(each, "group"), .user_id = Text(each, "user"), .created = Moment(each, "created")};
    if (!instance.groups.contains(membership.group_id) || !instance.users.contains(membership.user_id)) return Broken();
    instance.memberships.emplace(membership.id, std::move(membership));
  }
  return {};
}

}  // namespace

json::object SaveInstance(const Instance& instance) {
  json::array sets;
  for (const auto& [arn, set] : instance.sets) sets.push_back(SaveSet(set));
  json::array assignments;
  for (const Assignment& assignment : instance.assignments) assignments.push_back(SaveAssignment(assignment));
  json::array operations;
  for (const auto& [id, operation] : instance.operations) operations.push_back(SaveOperation(operation));
  store::ListUsersOutput users;
  for (const auto& [id, user] : instance.users) users.users.push_back(user);
  store::ListGroupsOutput groups;
  for (const auto& [id, group] : instance.groups) groups.groups.push_back(group);
  json::array memberships;
  for (const auto& [id, each] : instance.memberships) {
    memberships.push_back(json::object{{"id", id}, {"group", each.group_id}, {"user", each.user_id}, {"created", base::ToMicros(each.created)}});
  }
  json::object tokens;
  for (const auto& [hash, until] : instance.scim_tokens) tokens[base::Base64Encode(hash)] = base::ToMicros(until);
  return {{"arn", instance.arn},
          {"store", instance.store_id},
          {"created", base::ToMicros(instance.created)},
          {"sets", std::move(sets)},
          {"assignments", std::move(assignments)},
          {"operations", std::move(operations)},
          {"users", AsAnswer<store::ListUsers>(users)},
          {"groups", AsAnswer<store::ListGroups>(groups)},
          {"memberships", std::move(memberships)},
          {"scim_tokens", std::move(tokens)}};
}

base::Status LoadInstance(organizations::Organization& organization, const json::object& object) {
  auto instance = std::make_shared<Instance>();
  instance->arn = Text(object, "arn");
  instance->store_id = Text(object, "store");
  instance->organization = &organization;
  instance->created = Moment(object, "created");
  for (const json::value& item : object.at("sets").as_array()) {
    TRY_ASSIGN(PermissionSet set, LoadSet(item.as_object()));
    instance->sets.emplace(set.arn, std::move(set));
  }
  for (const json::value& item : object.at("assignments").as_array()) instance->assignments.insert(LoadAssignment(item.as_object()));
  for (const json::value& item : object.at("operations").as_array()) TRY(LoadOperation(*instance, item.as_object()));
  TRY(LoadStore(*instance, object));
  for (const auto& [hash, until] : object.at("scim_tokens").as_object()) {
    TRY_ASSIGN(std::string plain, base::Base64Decode(std::string_view(hash)));
    instance->scim_tokens.emplace(std::move(plain), base::FromMicros(until.as_int64()));
  }
  organization.identity_center = std::move(instance);
  return {};
}

}  // namespace crossrole::sim::identity_center
