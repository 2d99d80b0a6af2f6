// SPDX-License-Identifier: Apache-2.0
#include "sim/identity_center/saved.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <limits>
#include <set>
#include <utility>

#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"
#include "sim/identity_center/instance.h"
#include "sim/internal/snapshot_parts.h"

namespace crossrole::sim::identity_center {
namespace {

namespace json = boost::json;
namespace store = aws::identitystore;
using saved::Moment;
using saved::Text;

std::unexpected<base::Error> Twice(std::string_view id) { return saved::Broken(fmt::format("`{}` is there twice in Identity Center", id)); }
std::unexpected<base::Error> Unknown(std::string_view id) { return saved::Broken(fmt::format("`{}` is not there in Identity Center", id)); }

// What an operation answers is a form in which its structs can be kept.
template <typename Op>
json::value AsAnswer(const typename Op::Output& output) {
  return base::ParseJson(aws::EncodeResponse<Op>(output, ""), {.bytes = std::size_t{1} << 30, .depth = 64}).value_or(json::object());
}
template <typename Op>
base::Result<typename Op::Output> FromAnswer(const json::object& object, std::string_view name) {
  return aws::DecodeResponse<Op>(base::PrintJson(saved::Object(object, name)));
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

int Revision(const json::object& object, std::string_view name) {
  return static_cast<int>(saved::Number(object, name, 0, std::numeric_limits<int>::max() / 2));
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
  TRY_ASSIGN(auto references, FromAnswer<aws::sso::ListCustomerManagedPolicyReferencesInPermissionSet>(object, "customer_managed"));
  set.customer_managed = std::move(references.customer_managed_policy_references);
  TRY_ASSIGN(auto boundary, FromAnswer<aws::sso::GetPermissionsBoundaryForPermissionSet>(object, "boundary"));
  set.boundary = std::move(boundary.permissions_boundary);
  set.tags = saved::TagsOf(object);
  set.revision = Revision(object, "revision");
  const json::object& provisioned = saved::Object(object, "provisioned");
  for (const auto& member : provisioned) set.provisioned[member.key()] = Revision(provisioned, member.key());
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
  Operation operation{.id = Text(object, "id"),
                      .work = saved::Choice(object, "work", Work::kProvision),
                      .assignment = LoadAssignment(saved::Object(object, "assignment")),
                      .status = Text(object, "status"),
                      .failure = Text(object, "failure"),
                      .created = Moment(object, "created"),
                      .due = Moment(object, "due")};
  if (!instance.operations.emplace(operation.id, operation).second) return Twice(operation.id);
  if (operation.status == "IN_PROGRESS") instance.pending.insert(operation.id);
  return {};
}

base::Status LoadMembership(Instance& instance, const json::object& object) {
  Membership membership{.id = Text(object, "id"), .group_id = Text(object, "group"), .user_id = Text(object, "user"), .created = Moment(object, "created")};
  if (!instance.groups.contains(membership.group_id)) return Unknown(membership.group_id);
  if (!instance.users.contains(membership.user_id)) return Unknown(membership.user_id);
  if (!instance.memberships.emplace(membership.id, membership).second) return Twice(membership.id);
  return {};
}

// Names are unique without regard to case, where there are any.
bool IsNew(std::set<std::string>& names, const std::optional<std::string>& name) {
  return !name || name->empty() || names.insert(base::Lower(*name)).second;
}

base::Status LoadStore(Instance& instance, const json::object& object) {
  std::set<std::string> names;
  TRY_ASSIGN(auto users, FromAnswer<store::ListUsers>(object, "users"));
  for (store::User& user : users.users) {
    if (!user.created_at || !user.updated_at) return saved::Broken(fmt::format("the user `{}` has no time of its making", user.user_id));
    const bool is_new = IsNew(names, user.user_name) && !instance.users.contains(user.user_id);
    if (!is_new) return Twice(user.user_name.value_or(user.user_id));
    instance.users.emplace(user.user_id, std::move(user));
  }
  names.clear();
  TRY_ASSIGN(auto groups, FromAnswer<store::ListGroups>(object, "groups"));
  for (store::Group& group : groups.groups) {
    if (!group.created_at || !group.updated_at) return saved::Broken(fmt::format("the group `{}` has no time of its making", group.group_id));
    const bool is_new = IsNew(names, group.display_name) && !instance.groups.contains(group.group_id);
    if (!is_new) return Twice(group.display_name.value_or(group.group_id));
    instance.groups.emplace(group.group_id, std::move(group));
  }
  return saved::Each(object, "memberships", [&](const json::object& each) { return LoadMembership(instance, each); });
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
          {"name", instance.name},
          {"kms_key", instance.kms_key},
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
  // Former states have none of these.
  if (object.contains("name")) instance->name = Text(object, "name");
  if (object.contains("kms_key")) instance->kms_key = Text(object, "kms_key");
  // ARNs of permission sets are made from it.
  if (!instance->arn.contains(":instance/")) return saved::Broken(fmt::format("`{}` is no instance of Identity Center", instance->arn));
  instance->organization = &organization;
  instance->created = Moment(object, "created");
  TRY(saved::Each(object, "sets", [&](const json::object& each) -> base::Status {
    TRY_ASSIGN(PermissionSet set, LoadSet(each));
    const auto same = [&](const auto& other) { return other.second.name == set.name; };
    if (instance->sets.contains(set.arn) || std::ranges::any_of(instance->sets, same)) return Twice(set.name);
    instance->sets.emplace(set.arn, std::move(set));
    return {};
  }));
  TRY(saved::Each(object, "assignments", [&](const json::object& each) -> base::Status {
    Assignment assignment = LoadAssignment(each);
    if (!instance->sets.contains(assignment.set_arn)) return Unknown(assignment.set_arn);
    if (!instance->assignments.insert(std::move(assignment)).second) return saved::Broken("the assignment is there twice");
    return {};
  }));
  TRY(saved::Each(object, "operations", [&](const json::object& each) { return LoadOperation(*instance, each); }));
  TRY(LoadStore(*instance, object));
  const json::object& tokens = saved::Object(object, "scim_tokens");
  for (const auto& member : tokens) {
    TRY_ASSIGN(std::string plain, base::Base64Decode(std::string_view(member.key())));
    instance->scim_tokens.emplace(std::move(plain), Moment(tokens, member.key()));
  }
  organization.identity_center = std::move(instance);
  return {};
}

}  // namespace crossrole::sim::identity_center
