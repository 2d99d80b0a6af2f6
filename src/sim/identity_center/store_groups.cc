// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/text.h"
#include "sim/identity_center/instance.h"
#include "sim/internal/identifiers.h"
#include "sim/internal/refuse.h"

namespace crossrole::sim::identity_center {
namespace {

namespace api = aws::identitystore;

std::unexpected<base::Error> NoGroup() { return Refuse("ResourceNotFoundException", "GROUP not found."); }

base::Result<api::CreateGroupOutput> Create(Call& call, const api::CreateGroupInput& input) {
  TRY_ASSIGN(Instance* instance, FindStore(call, input.identity_store_id));
  if (!input.display_name) return Refuse("ValidationException", "DisplayName is required.");
  if (FindGroupNamed(*instance, *input.display_name) != nullptr) return Refuse("ConflictException", "Duplicate GroupDisplayName");
  api::Group group{.group_id = MakeUuid(call.random), .display_name = input.display_name, .description = input.description};
  group.identity_store_id = instance->store_id;
  group.created_at = call.now();
  group.updated_at = call.now();
  api::CreateGroupOutput output{.group_id = group.group_id, .identity_store_id = instance->store_id};
  instance->groups.emplace(group.group_id, std::move(group));
  return output;
}

api::Group Shown(const Call& call, api::Group group) {
  group.created_at = call.Shown(*group.created_at);
  group.updated_at = call.Shown(*group.updated_at);
  return group;
}

base::Result<api::DescribeGroupOutput> Describe(Call& call, const api::DescribeGroupInput& input) {
  TRY_ASSIGN(const Instance* instance, FindStore(call, input.identity_store_id));
  const auto found = instance->groups.find(input.group_id);
  if (found == instance->groups.end()) return NoGroup();
  const api::Group group = Shown(call, found->second);
  api::DescribeGroupOutput output{.group_id = group.group_id, .display_name = group.display_name, .description = group.description};
  output.external_ids = group.external_ids;
  output.created_at = group.created_at;
  output.updated_at = group.updated_at;
  output.identity_store_id = group.identity_store_id;
  return output;
}

base::Result<api::UpdateGroupOutput> Update(Call& call, const api::UpdateGroupInput& input) {
  TRY_ASSIGN(Instance* instance, FindStore(call, input.identity_store_id));
  const auto found = instance->groups.find(input.group_id);
  if (found == instance->groups.end()) return NoGroup();
  api::Group group = found->second;
  for (const api::AttributeOperation& operation : input.operations) {
    const bool is_name = base::EqualsIgnoreCase(operation.attribute_path, "displayName");
    if (!is_name && !base::EqualsIgnoreCase(operation.attribute_path, "description")) {
      return Refuse("ValidationException", "The attribute " + operation.attribute_path + " cannot be changed.");
    }
    TRY_ASSIGN((is_name ? group.display_name : group.description), TextOf(operation.attribute_value));
  }
  const api::Group* other = FindGroupNamed(*instance, group.display_name.value_or(""));
  if (other != nullptr && other->group_id != group.group_id) return Refuse("ConflictException", "Duplicate GroupDisplayName");
  group.updated_at = call.now();
  found->second = std::move(group);
  return api::UpdateGroupOutput{};
}

base::Result<api::DeleteGroupOutput> Delete(Call& call, const api::DeleteGroupInput& input) {
  TRY_ASSIGN(Instance* instance, FindStore(call, input.identity_store_id));
  if (!RemoveGroup(*instance, input.group_id)) return NoGroup();
  return api::DeleteGroupOutput{};
}

base::Result<api::ListGroupsOutput> List(Call& call, const api::ListGroupsInput& input) {
  TRY_ASSIGN(const Instance* instance, FindStore(call, input.identity_store_id));
  std::vector<const api::Group*> groups;
  for (const auto& [id, group] : instance->groups) {
    TRY_ASSIGN(const bool wanted, IsFound(input.filters, "DisplayName", group.display_name));
    if (wanted) groups.push_back(&group);
  }
  api::ListGroupsOutput output;
  TRY(FillPage(FindPage, input, groups, [&](const api::Group* group) { return Shown(call, *group); }, output.groups, output));
  return output;
}

base::Result<api::GetGroupIdOutput> GetId(Call& call, const api::GetGroupIdInput& input) {
  TRY_ASSIGN(const Instance* instance, FindStore(call, input.identity_store_id));
  TRY_ASSIGN(const Sought sought, ReadSought(input.alternate_identifier, "displayName"));
  for (const auto& [id, group] : instance->groups) {
    const bool same_name = !sought.external_id && base::EqualsIgnoreCase(group.display_name.value_or(""), sought.text);
    const bool same_external = sought.external_id && !group.external_ids.empty() && group.external_ids.front().id == *sought.external_id;
    if (same_name || same_external) return api::GetGroupIdOutput{.group_id = id, .identity_store_id = instance->store_id};
  }
  return NoGroup();
}

}  // namespace

const api::Group* FindGroupNamed(const Instance& instance, std::string_view name) {
  const auto it = std::ranges::find_if(instance.groups, [&](const auto& each) { return base::EqualsIgnoreCase(each.second.display_name.value_or(""), name); });
  return it == instance.groups.end() ? nullptr : &it->second;
}

bool RemoveGroup(Instance& instance, const std::string& id) {
  std::erase_if(instance.memberships, [&](const auto& each) { return each.second.group_id == id; });
  std::erase_if(instance.assignments, [&](const Assignment& each) { return each.principal_id == id; });
  return instance.groups.erase(id) != 0;
}

void AddGroupOperations(OperationTable& table) {
  table.Add<api::CreateGroup>(OnSet{}, Create);
  table.Add<api::DescribeGroup>(OnSet{}, Describe);
  table.Add<api::UpdateGroup>(OnSet{}, Update);
  table.Add<api::DeleteGroup>(OnSet{}, Delete);
  table.Add<api::ListGroups>(OnSet{}, List);
  table.Add<api::GetGroupId>(OnSet{}, GetId);
}

}  // namespace crossrole::sim::identity_center
