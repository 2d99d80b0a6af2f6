// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "sim/iam/operations.h"
#include "sim/iam/entities.h"
#include "sim/internal/identifiers.h"

namespace crossrole::sim::iam {
namespace {

namespace api = aws::iam;

constexpr std::size_t kGroupsPerAccount = 300;
constexpr std::size_t kGroupsPerUser = 10;

bool IsMember(const User& user, const Group& group) {
  return std::ranges::any_of(user.groups, [&](const std::string& name) { return base::EqualsIgnoreCase(name, group.name); });
}

std::vector<std::shared_ptr<const User>> MembersOf(const Account& account, const Group& group) {
  std::vector<std::shared_ptr<const User>> members;
  account.users.Each([&](const std::shared_ptr<const User>& user) {
    if (IsMember(*user, group)) members.push_back(user);
  });
  return members;
}

base::Result<std::shared_ptr<const User>> FindUser(const Call& call, const std::string& name) {
  auto user = call.account().users.Find(name);
  if (!user) return Refuse("NoSuchEntity", "The user with name " + name + " cannot be found.");
  return user;
}

base::Result<api::CreateGroupOutput> CreateGroup(Call& call, const api::CreateGroupInput& input) {
  Account& account = call.account();
  Group group;
  group.name = input.group_name;
  group.path = input.path.value_or("/");
  group.arn = account.IamArn("group" + group.path + group.name);
  if (account.groups.Find(group.name)) {
    return Refuse("EntityAlreadyExists", "Group with name " + group.name + " already exists.");
  }
  if (account.groups.size() >= kGroupsPerAccount) {
    return Refuse("LimitExceeded", "Cannot exceed quota for GroupsPerAccount: " + std::to_string(kGroupsPerAccount));
  }
  group.id = MakeUniqueId("AGPA", call.random);
  group.created = call.now();
  api::Group shown = ShowGroup(call, group);
  call.world.Put(account, call.spread, std::move(group));
  return api::CreateGroupOutput{.group = std::move(shown)};
}

base::Result<api::GetGroupOutput> GetGroup(Call& call, const api::GetGroupInput& input) {
  TRY_ASSIGN(const auto group, FindEntity(call, input));
  std::vector<api::User> users;
  for (const auto& user : MembersOf(call.account(), *group)) users.push_back(ShowUser(call, *user, Show::kListed));
  api::GetGroupOutput output{.group = ShowGroup(call, *group)};
  TRY(Page(input, std::move(users), [](const api::User& user) -> std::string_view { return user.user_name; },
           output.users, output));
  return output;
}

base::Result<api::UpdateGroupOutput> UpdateGroup(Call& call, const api::UpdateGroupInput& input) {
  TRY_ASSIGN(const auto found, FindEntity(call, input));
  Group group = *found;
  group.name = input.new_group_name.value_or(group.name);
  group.path = input.new_path.value_or(group.path);
  group.arn = call.account().IamArn("group" + group.path + group.name);
  const auto other = call.account().groups.Find(group.name);
  if (other && other->id != group.id) {
    return Refuse("EntityAlreadyExists", "Group with name " + group.name + " already exists.");
  }
  for (const auto& member : MembersOf(call.account(), *found)) {
    User user = *member;
    for (std::string& name : user.groups) {
      if (base::EqualsIgnoreCase(name, found->name)) name = group.name;
    }
    call.world.Put(call.account(), call.spread, std::move(user));
  }
  call.world.Erase(call.account(), call.spread, *found);
  call.world.Put(call.account(), call.spread, std::move(group));
  return api::UpdateGroupOutput{};
}

base::Result<api::DeleteGroupOutput> DeleteGroup(Call& call, const api::DeleteGroupInput& input) {
  TRY_ASSIGN(const auto group, FindEntity(call, input));
  if (!MembersOf(call.account(), *group).empty()) {
    return Refuse("DeleteConflict", "Cannot delete entity, must remove users from group first.");
  }
  if (!group->attached.empty()) return Refuse("DeleteConflict", "Cannot delete entity, must detach all policies first.");
  if (!group->inline_policies.empty()) {
    return Refuse("DeleteConflict", "Cannot delete entity, must delete policies first.");
  }
  call.world.Erase(call.account(), call.spread, *group);
  return api::DeleteGroupOutput{};
}

base::Result<api::ListGroupsOutput> ListGroups(Call& call, const api::ListGroupsInput& input) {
  std::vector<api::Group> groups;
  call.account().groups.Each([&](const std::shared_ptr<const Group>& group) {
    if (group->path.starts_with(input.path_prefix.value_or("/"))) groups.push_back(ShowGroup(call, *group));
  });
  api::ListGroupsOutput output;
  TRY(Page(input, std::move(groups), [](const api::Group& group) -> std::string_view { return group.group_name; },
           output.groups, output));
  return output;
}

base::Result<api::ListGroupsForUserOutput> ListGroupsForUser(Call& call, const api::ListGroupsForUserInput& input) {
  TRY_ASSIGN(const auto user, FindUser(call, input.user_name));
  std::vector<api::Group> groups;
  for (const std::string& name : user->groups) {
    if (const auto group = call.account().groups.Find(name)) groups.push_back(ShowGroup(call, *group));
  }
  api::ListGroupsForUserOutput output;
  TRY(Page(input, std::move(groups), [](const api::Group& group) -> std::string_view { return group.group_name; },
           output.groups, output));
  return output;
}

base::Result<api::AddUserToGroupOutput> AddUserToGroup(Call& call, const api::AddUserToGroupInput& input) {
  TRY_ASSIGN(const auto group, FindEntity(call, input));
  TRY_ASSIGN(const auto found, FindUser(call, input.user_name));
  if (IsMember(*found, *group)) return api::AddUserToGroupOutput{};
  if (found->groups.size() >= kGroupsPerUser) {
    return Refuse("LimitExceeded", "Cannot exceed quota for GroupsPerUser: " + std::to_string(kGroupsPerUser));
  }
  User user = *found;
  user.groups.push_back(group->name);
  call.world.Put(call.account(), call.spread, std::move(user));
  return api::AddUserToGroupOutput{};
}

base::Result<api::RemoveUserFromGroupOutput> RemoveUserFromGroup(Call& call, const api::RemoveUserFromGroupInput& input) {
  TRY_ASSIGN(const auto group, FindEntity(call, input));
  TRY_ASSIGN(const auto found, FindUser(call, input.user_name));
  User user = *found;
  std::erase_if(user.groups, [&](const std::string& name) { return base::EqualsIgnoreCase(name, group->name); });
  call.world.Put(call.account(), call.spread, std::move(user));
  return api::RemoveUserFromGroupOutput{};
}

}  // namespace

void AddGroupOperations(OperationTable& table) {
  table.Add<api::CreateGroup>(OnNewEntity{}, CreateGroup);
  table.Add<api::GetGroup>(OnEntity{}, GetGroup);
  table.Add<api::UpdateGroup>(OnEntity{}, UpdateGroup);
  table.Add<api::DeleteGroup>(OnEntity{}, DeleteGroup);
  table.Add<api::ListGroups>(OnAll{"group"}, ListGroups);
  table.Add<api::ListGroupsForUser>(OnEntity{}, ListGroupsForUser);
  table.Add<api::AddUserToGroup>(OnEntity{}, AddUserToGroup);
  table.Add<api::RemoveUserFromGroup>(OnEntity{}, RemoveUserFromGroup);
}

}  // namespace crossrole::sim::iam
