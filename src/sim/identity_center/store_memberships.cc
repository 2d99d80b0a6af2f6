// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "sim/identity_center/instance.h"
#include "sim/internal/identifiers.h"
#include "sim/internal/refuse.h"

namespace crossrole::sim::identity_center {
namespace {

namespace api = aws::identitystore;

std::unexpected<base::Error> NoMembership() { return Refuse("ResourceNotFoundException", "MEMBERSHIP not found."); }

base::Result<api::CreateGroupMembershipOutput> Create(Call& call, const api::CreateGroupMembershipInput& input) {
  TRY_ASSIGN(Instance* instance, FindStore(call, input.identity_store_id));
  const std::string user = input.member_id.user_id.value_or("");
  if (!instance->groups.contains(input.group_id)) return Refuse("ResourceNotFoundException", "GROUP not found.");
  if (!instance->users.contains(user)) return Refuse("ResourceNotFoundException", "USER not found.");
  if (FindMembership(*instance, input.group_id, user) != nullptr) return Refuse("ConflictException", "Member and Group relationship already exists.");
  Membership membership{.id = MakeUuid(call.random), .group_id = input.group_id, .user_id = user, .created = call.now()};
  api::CreateGroupMembershipOutput output{.membership_id = membership.id, .identity_store_id = instance->store_id};
  instance->memberships.emplace(membership.id, std::move(membership));
  return output;
}

api::GroupMembership Show(const Call& call, const Instance& instance, const Membership& membership) {
  api::GroupMembership shown{.identity_store_id = instance.store_id, .membership_id = membership.id, .group_id = membership.group_id, .member_id = api::MemberId{.user_id = membership.user_id}};
  shown.created_at = call.Shown(membership.created);
  return shown;
}

base::Result<api::DescribeGroupMembershipOutput> Describe(Call& call, const api::DescribeGroupMembershipInput& input) {
  TRY_ASSIGN(const Instance* instance, FindStore(call, input.identity_store_id));
  const auto found = instance->memberships.find(input.membership_id);
  if (found == instance->memberships.end()) return NoMembership();
  return api::DescribeGroupMembershipOutput{.identity_store_id = instance->store_id,
                                            .membership_id = found->second.id,
                                            .group_id = found->second.group_id,
                                            .member_id = {.user_id = found->second.user_id},
                                            .created_at = call.Shown(found->second.created)};
}

base::Result<api::DeleteGroupMembershipOutput> Delete(Call& call, const api::DeleteGroupMembershipInput& input) {
  TRY_ASSIGN(Instance* instance, FindStore(call, input.identity_store_id));
  if (instance->memberships.erase(input.membership_id) == 0) return NoMembership();
  return api::DeleteGroupMembershipOutput{};
}

base::Result<api::GetGroupMembershipIdOutput> GetId(Call& call, const api::GetGroupMembershipIdInput& input) {
  TRY_ASSIGN(const Instance* instance, FindStore(call, input.identity_store_id));
  const Membership* membership = FindMembership(*instance, input.group_id, input.member_id.user_id.value_or(""));
  if (membership == nullptr) return NoMembership();
  return api::GetGroupMembershipIdOutput{.membership_id = membership->id, .identity_store_id = instance->store_id};
}

base::Result<api::ListGroupMembershipsOutput> ListOfGroup(Call& call, const api::ListGroupMembershipsInput& input) {
  TRY_ASSIGN(const Instance* instance, FindStore(call, input.identity_store_id));
  if (!instance->groups.contains(input.group_id)) return Refuse("ResourceNotFoundException", "GROUP not found.");
  std::vector<const Membership*> found;
  for (const auto& [id, each] : instance->memberships) {
    if (each.group_id == input.group_id) found.push_back(&each);
  }
  api::ListGroupMembershipsOutput output;
  TRY(FillPage(FindPage, input, found, [&](const Membership* each) { return Show(call, *instance, *each); }, output.group_memberships, output));
  return output;
}

base::Result<api::ListGroupMembershipsForMemberOutput> ListOfMember(Call& call, const api::ListGroupMembershipsForMemberInput& input) {
  TRY_ASSIGN(const Instance* instance, FindStore(call, input.identity_store_id));
  std::vector<const Membership*> found;
  for (const auto& [id, each] : instance->memberships) {
    if (each.user_id == input.member_id.user_id.value_or("")) found.push_back(&each);
  }
  api::ListGroupMembershipsForMemberOutput output;
  TRY(FillPage(FindPage, input, found, [&](const Membership* each) { return Show(call, *instance, *each); }, output.group_memberships, output));
  return output;
}

base::Result<api::IsMemberInGroupsOutput> IsMember(Call& call, const api::IsMemberInGroupsInput& input) {
  TRY_ASSIGN(const Instance* instance, FindStore(call, input.identity_store_id));
  api::IsMemberInGroupsOutput output;
  for (const std::string& group : input.group_ids) {
    output.results.push_back({.group_id = group,
                              .member_id = input.member_id,
                              .membership_exists = FindMembership(*instance, group, input.member_id.user_id.value_or("")) != nullptr});
  }
  return output;
}

}  // namespace

const Membership* FindMembership(const Instance& instance, std::string_view group, std::string_view user) {
  const auto it = std::ranges::find_if(instance.memberships, [&](const auto& each) { return each.second.group_id == group && each.second.user_id == user; });
  return it == instance.memberships.end() ? nullptr : &it->second;
}

void AddMembershipOperations(OperationTable& table) {
  table.Add<api::CreateGroupMembership>(OnSet{}, Create);
  table.Add<api::DescribeGroupMembership>(OnSet{}, Describe);
  table.Add<api::DeleteGroupMembership>(OnSet{}, Delete);
  table.Add<api::GetGroupMembershipId>(OnSet{}, GetId);
  table.Add<api::ListGroupMemberships>(OnSet{}, ListOfGroup);
  table.Add<api::ListGroupMembershipsForMember>(OnSet{}, ListOfMember);
  table.Add<api::IsMemberInGroups>(OnSet{}, IsMember);
}

}  // namespace crossrole::sim::identity_center
