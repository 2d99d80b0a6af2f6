// SPDX-License-Identifier: Apache-2.0
#include "sim/organizations/access.h"

namespace crossrole::sim::organizations {
namespace {

namespace api = aws::organizations;

base::Status CheckResource(const Organization& organization, std::string_view id) {
  if (organization.policies.contains(id)) return {};
  return CheckTarget(organization, id);
}

base::Result<api::TagResourceOutput> TagThing(Call& call, const api::TagResourceInput& input) {
  TRY_ASSIGN(Organization* organization, FindOrganization(call, Reach::kManagement));
  TRY(CheckResource(*organization, input.resource_id));
  TRY_ASSIGN(const Tags tags, ReadTags(input.tags));
  MergeTags(organization->tags[input.resource_id], tags);
  return api::TagResourceOutput{};
}

base::Result<api::UntagResourceOutput> UntagThing(Call& call, const api::UntagResourceInput& input) {
  TRY_ASSIGN(Organization* organization, FindOrganization(call, Reach::kManagement));
  TRY(CheckResource(*organization, input.resource_id));
  const auto tags = organization->tags.find(input.resource_id);
  if (tags != organization->tags.end()) EraseTags(tags->second, input.tag_keys);
  return api::UntagResourceOutput{};
}

base::Result<api::ListTagsForResourceOutput> ListTags(Call& call, const api::ListTagsForResourceInput& input) {
  TRY_ASSIGN(const Organization* organization, FindOrganization(call, Reach::kDelegated));
  TRY(CheckResource(*organization, input.resource_id));
  const auto tags = organization->tags.find(input.resource_id);
  api::ListTagsForResourceOutput output;
  TRY(FillPage(FindPage, input, tags == organization->tags.end() ? Tags{} : tags->second,
               [](const Tag& tag) { return api::Tag{.key = tag.key, .value = tag.value}; }, output.tags, output));
  return output;
}

// With the tags that the request brings or takes.
struct OnTags {
  template <typename Input>
  Ask operator()(const Call& call, const Input& input) const {
    Ask ask = OnThing::AskFor(call, input.resource_id);
    if constexpr (requires { input.tag_keys; }) ask.context.SetList("aws:TagKeys", input.tag_keys);
    if constexpr (requires { input.tags; }) {
      Tags tags;
      for (const api::Tag& tag : input.tags) tags.push_back({tag.key, tag.value});
      AddRequestTags(ask.context, tags);
    }
    return ask;
  }
};

}  // namespace

void AddTagOperations(OperationTable& table) {
  table.Add<api::TagResource>(OnTags{}, TagThing);
  table.Add<api::UntagResource>(OnTags{}, UntagThing);
  table.Add<api::ListTagsForResource>(OnThing{}, ListTags);
}

}  // namespace crossrole::sim::organizations
