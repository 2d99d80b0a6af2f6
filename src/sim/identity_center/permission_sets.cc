// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/text.h"
#include "sim/identity_center/instance.h"
#include "sim/internal/refuse.h"

namespace crossrole::sim::identity_center {
namespace {

namespace api = aws::sso;

api::PermissionSet Show(const Call& call, const PermissionSet& set) {
  api::PermissionSet shown{.name = set.name, .permission_set_arn = set.arn, .created_date = call.Shown(set.created), .session_duration = set.session_duration};
  if (!set.description.empty()) shown.description = set.description;
  if (!set.relay_state.empty()) shown.relay_state = set.relay_state;
  return shown;
}

base::Result<Tags> ReadTags(const std::vector<api::Tag>& tags) {
  Tags read;
  for (const api::Tag& tag : tags) {
    if (FindTag(read, tag.key) != nullptr || base::Lower(tag.key).starts_with("aws:")) {
      return Refuse("ValidationException", "Tag keys must be unique and may not begin with aws:");
    }
    read.push_back({tag.key, tag.value});
  }
  return read;
}

base::Result<api::CreatePermissionSetOutput> CreateSet(Call& call, const api::CreatePermissionSetInput& input) {
  TRY_ASSIGN(Instance* instance, FindInstance(call, input.instance_arn));
  TRY_ASSIGN(Tags tags, ReadTags(input.tags));
  TRY(ReadDuration(input.session_duration.value_or("PT1H")));
  if (std::ranges::any_of(instance->sets, [&](const auto& each) { return each.second.name == input.name; })) {
    return Refuse("ConflictException", "PermissionSet with name " + input.name + " already exists.");
  }
  PermissionSet set{.arn = MakeSetArn(*instance, call.random), .name = input.name, .description = input.description.value_or(""), .session_duration = input.session_duration.value_or("PT1H"),
                    .relay_state = input.relay_state.value_or(""), .created = call.now(), .tags = std::move(tags)};
  api::CreatePermissionSetOutput output{.permission_set = Show(call, set)};
  instance->sets.emplace(set.arn, std::move(set));
  return output;
}

base::Result<api::DescribePermissionSetOutput> DescribeSet(Call& call, const api::DescribePermissionSetInput& input) {
  TRY_ASSIGN(const PermissionSet* set, FindSet(call, input.instance_arn, input.permission_set_arn));
  return api::DescribePermissionSetOutput{.permission_set = Show(call, *set)};
}

base::Result<api::UpdatePermissionSetOutput> UpdateSet(Call& call, const api::UpdatePermissionSetInput& input) {
  TRY_ASSIGN(PermissionSet* set, FindSet(call, input.instance_arn, input.permission_set_arn));
  TRY(ReadDuration(input.session_duration.value_or(set->session_duration)));
  set->description = input.description.value_or(set->description);
  set->session_duration = input.session_duration.value_or(set->session_duration);
  // The one member that is taken away where a call leaves it out. Source: hashicorp/terraform-provider-aws#17411.
  set->relay_state = input.relay_state.value_or("");
  ++set->revision;
  return api::UpdatePermissionSetOutput{};
}

base::Result<api::DeletePermissionSetOutput> DeleteSet(Call& call, const api::DeletePermissionSetInput& input) {
  TRY_ASSIGN(const PermissionSet* set, FindSet(call, input.instance_arn, input.permission_set_arn));
  if (!set->provisioned.empty()) {
    return Refuse("ConflictException", "PermissionSet can not be deleted because it is assigned or provisioned to one or more accounts.");
  }
  TRY_ASSIGN(Instance* instance, FindInstance(call, input.instance_arn));
  instance->sets.erase(input.permission_set_arn);
  return api::DeletePermissionSetOutput{};
}

base::Result<api::ListPermissionSetsOutput> ListSets(Call& call, const api::ListPermissionSetsInput& input) {
  TRY_ASSIGN(const Instance* instance, FindInstance(call, input.instance_arn));
  std::vector<std::string> arns;
  for (const auto& [arn, set] : instance->sets) arns.push_back(arn);
  api::ListPermissionSetsOutput output;
  TRY(FillPage(FindPage, input, arns, [](const std::string& arn) { return arn; }, output.permission_sets, output));
  return output;
}

// The permission set that a tagged resource is.
base::Result<PermissionSet*> FindTagged(Call& call, const std::optional<std::string>& instance_arn, std::string_view arn) {
  organizations::Organization* organization = call.account().organization;
  const std::string own = organization != nullptr ? InstanceOf(*organization, call.random, call.now()).arn : "";
  return FindSet(call, instance_arn.value_or(own), arn);
}

base::Result<api::TagResourceOutput> TagSet(Call& call, const api::TagResourceInput& input) {
  TRY_ASSIGN(PermissionSet* set, FindTagged(call, input.instance_arn, input.resource_arn));
  TRY_ASSIGN(const Tags tags, ReadTags(input.tags));
  MergeTags(set->tags, tags);
  return api::TagResourceOutput{};
}

base::Result<api::UntagResourceOutput> UntagSet(Call& call, const api::UntagResourceInput& input) {
  TRY_ASSIGN(PermissionSet* set, FindTagged(call, input.instance_arn, input.resource_arn));
  EraseTags(set->tags, input.tag_keys);
  return api::UntagResourceOutput{};
}

base::Result<api::ListTagsForResourceOutput> ListTags(Call& call, const api::ListTagsForResourceInput& input) {
  TRY_ASSIGN(const PermissionSet* set, FindTagged(call, input.instance_arn, input.resource_arn));
  api::ListTagsForResourceOutput output;
  TRY(FillPage(FindPage, input, set->tags, [](const Tag& tag) { return api::Tag{.key = tag.key, .value = tag.value}; }, output.tags, output));
  return output;
}

}  // namespace

void AddSetOperations(OperationTable& table) {
  table.Add<api::CreatePermissionSet>(OnSet{}, CreateSet);
  table.Add<api::DescribePermissionSet>(OnSet{}, DescribeSet);
  table.Add<api::UpdatePermissionSet>(OnSet{}, UpdateSet);
  table.Add<api::DeletePermissionSet>(OnSet{}, DeleteSet);
  table.Add<api::ListPermissionSets>(OnSet{}, ListSets);
  table.Add<api::TagResource>(OnSet{}, TagSet);
  table.Add<api::UntagResource>(OnSet{}, UntagSet);
  table.Add<api::ListTagsForResource>(OnSet{}, ListTags);
}

}  // namespace crossrole::sim::identity_center
