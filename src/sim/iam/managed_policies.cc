// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/text.h"
#include "sim/iam/operations.h"
#include "sim/iam/entities.h"
#include "sim/internal/identifiers.h"
#include "sim/internal/trust_document.h"

namespace crossrole::sim::iam {
namespace {

namespace api = aws::iam;

constexpr std::size_t kPoliciesPerAccount = 1500;

template <typename Visit>
void EachEntity(const Account& account, Visit visit) {
  account.users.Each(visit);
  account.groups.Each(visit);
  account.roles.Each(visit);
}

// How often entities of the account use the policy as permissions and as boundary.
struct PolicyUses {
  std::int32_t attached = 0;
  std::int32_t boundary = 0;
};

PolicyUses UsesOf(const Account& account, const std::string& arn) {
  PolicyUses uses;
  EachEntity(account, [&](const auto& entity) {
    uses.attached += static_cast<std::int32_t>(std::ranges::count(entity->attached, arn));
    if constexpr (requires { entity->boundary; }) uses.boundary += entity->boundary == arn ? 1 : 0;
  });
  return uses;
}

api::Policy ShowPolicy(const Call& call, const ManagedPolicy& policy, Show show) {
  const PolicyUses uses = UsesOf(call.account(), policy.arn);
  api::Policy shown{.policy_name = policy.name,
                    .policy_id = policy.id,
                    .arn = policy.arn,
                    .path = policy.path,
                    .default_version_id = fmt::format("v{}", policy.default_version),
                    .attachment_count = uses.attached,
                    .permissions_boundary_usage_count = uses.boundary,
                    .is_attachable = true,
                    .create_date = call.Shown(policy.created),
                    .update_date = call.Shown(policy.updated)};
  if (show == Show::kListed) return shown;
  if (!policy.description.empty()) shown.description = policy.description;
  shown.tags = ShowTags(policy.tags);
  return shown;
}

api::PolicyVersion ShowVersion(const Call& call, const ManagedPolicy& policy, const PolicyVersion& version, Show show) {
  api::PolicyVersion shown{.version_id = fmt::format("v{}", version.number),
                           .is_default_version = version.number == policy.default_version,
                           .create_date = call.Shown(version.created)};
  if (show == Show::kWhole) shown.document = base::PercentEncode(version.policy.text);
  return shown;
}

std::unexpected<base::Error> NoSuchPolicy(const std::string& arn) {
  return Refuse("NoSuchEntity", fmt::format("Policy {} was not found.", arn));
}

base::Result<std::shared_ptr<const ManagedPolicy>> Find(const Call& call, const std::string& arn) {
  auto policy = call.world.FindPolicy(call.account(), arn);
  if (!policy) return NoSuchPolicy(arn);
  return policy;
}

// A copy to be changed; AWS's own policies cannot be.
base::Result<ManagedPolicy> FindOwn(const Call& call, const std::string& arn) {
  TRY_ASSIGN(const auto policy, Find(call, arn));
  if (arn.find(":iam::aws:") != std::string::npos) {
    return base::Fail(NotAuthorized(*call.caller, "iam:UpdatePolicy", "policy " + arn,
                                    "because AWS managed policies cannot be changed"));
  }
  return *policy;
}

base::Result<PolicyText> ReadDocument(const std::string& text) {
  TRY_ASSIGN(PolicyText document, StorePolicy(text, policy::DocumentKind::kIdentity));
  if (policy::CountedSize(text) > policy::kManagedPolicySize) {
    return Refuse("LimitExceeded", fmt::format("Cannot exceed quota for PolicySize: {}", policy::kManagedPolicySize));
  }
  return document;
}

Ask OnNewPolicy(const Call& call, const api::CreatePolicyInput& input) {
  Ask ask{.resource = call.account().IamArn("policy" + input.path.value_or("/") + input.policy_name),
          .label = "policy " + input.policy_name};
  OnEntity::AddTags(ask.context, input.tags);
  return ask;
}

base::Result<api::CreatePolicyOutput> CreatePolicy(Call& call, const api::CreatePolicyInput& input) {
  Account& account = call.account();
  ManagedPolicy policy{.name = input.policy_name,
                       .path = input.path.value_or("/"),
                       .description = input.description.value_or(""),
                       .created = call.now(),
                       .updated = call.now()};
  policy.arn = account.IamArn("policy" + policy.path + policy.name);
  TRY(AuthorizeTags(call, OnNewPolicy(call, input), "Policy", input.tags));
  TRY_ASSIGN(policy.tags, ReadTags(input.tags));
  TRY_ASSIGN(PolicyText document, ReadDocument(input.policy_document));
  if (account.policies.Find(policy.name)) {
    return Refuse("EntityAlreadyExists",
                  fmt::format("A policy called {} already exists. Duplicate names are not allowed.", policy.name));
  }
  if (account.policies.size() >= kPoliciesPerAccount) {
    return Refuse("LimitExceeded", fmt::format("Cannot exceed quota for PoliciesPerAccount: {}", kPoliciesPerAccount));
  }
  policy.id = MakeUniqueId("ANPA", call.random);
  policy.versions.push_back({.number = 1, .policy = std::move(document), .created = call.now()});
  api::Policy shown = ShowPolicy(call, policy, Show::kWhole);
  call.world.Put(account, call.spread, std::move(policy));
  return api::CreatePolicyOutput{.policy = std::move(shown)};
}

base::Result<api::GetPolicyOutput> GetPolicy(Call& call, const api::GetPolicyInput& input) {
  TRY_ASSIGN(const auto policy, Find(call, input.policy_arn));
  return api::GetPolicyOutput{.policy = ShowPolicy(call, *policy, Show::kWhole)};
}

base::Result<api::DeletePolicyOutput> DeletePolicy(Call& call, const api::DeletePolicyInput& input) {
  TRY_ASSIGN(const ManagedPolicy policy, FindOwn(call, input.policy_arn));
  const PolicyUses uses = UsesOf(call.account(), policy.arn);
  if (uses.attached + uses.boundary > 0) {
    return Refuse("DeleteConflict", "Cannot delete a policy attached to entities.");
  }
  if (policy.versions.size() > 1) {
    return Refuse("DeleteConflict",
                  "This policy has more than one version. Before you delete a policy, you must delete the policy's "
                  "versions. The default version is deleted with the policy.");
  }
  call.world.Erase(call.account(), call.spread, policy);
  return api::DeletePolicyOutput{};
}

// Which policies a list wants.
bool Wanted(const Call& call, const api::ListPoliciesInput& input, const ManagedPolicy& policy) {
  if (!policy.path.starts_with(input.path_prefix.value_or("/"))) return false;
  const bool by_usage = input.policy_usage_filter.has_value();
  if (!input.only_attached.value_or(false) && !by_usage) return true;
  const PolicyUses uses = UsesOf(call.account(), policy.arn);
  const bool as_boundary = input.policy_usage_filter == "PermissionsBoundary";
  if (by_usage) return (as_boundary ? uses.boundary : uses.attached) > 0;
  return uses.attached > 0;
}

base::Result<api::ListPoliciesOutput> ListPolicies(Call& call, const api::ListPoliciesInput& input) {
  const std::string scope = input.scope.value_or("All");
  std::vector<std::shared_ptr<const ManagedPolicy>> policies;
  const auto add = [&](const std::shared_ptr<const ManagedPolicy>& policy) {
    if (Wanted(call, input, *policy)) policies.push_back(policy);
  };
  if (scope != "AWS") call.account().policies.Each(add);
  if (scope != "Local") {
    for (const auto& [name, policy] : call.world.AwsPolicies(call.account().partition)) add(policy);
  }
  std::vector<std::shared_ptr<const ManagedPolicy>> page;
  api::ListPoliciesOutput output;
  // By ARN, since a customer's policy may be called as one of AWS's.
  TRY(Page(input, std::move(policies), [](const auto& policy) -> std::string_view { return policy->arn; }, page, output));
  for (const auto& policy : page) output.policies.push_back(ShowPolicy(call, *policy, Show::kListed));
  return output;
}

base::Result<api::CreatePolicyVersionOutput> CreatePolicyVersion(Call& call, const api::CreatePolicyVersionInput& input) {
  TRY_ASSIGN(ManagedPolicy policy, FindOwn(call, input.policy_arn));
  TRY_ASSIGN(PolicyText document, ReadDocument(input.policy_document));
  if (policy.versions.size() >= policy::kManagedPolicyVersions) {
    return Refuse("LimitExceeded", "A managed policy can have up to 5 versions. Before you create a new version, you "
                                   "must delete an existing version.");
  }
  policy.versions.push_back({.number = policy.next_version++, .policy = std::move(document), .created = call.now()});
  policy.updated = call.now();
  if (input.set_as_default.value_or(false)) policy.default_version = policy.versions.back().number;
  api::PolicyVersion shown = ShowVersion(call, policy, policy.versions.back(), Show::kListed);
  call.world.Put(call.account(), call.spread, std::move(policy));
  return api::CreatePolicyVersionOutput{.policy_version = std::move(shown)};
}

std::unexpected<base::Error> NoSuchVersion(const std::string& arn, const std::string& version) {
  return Refuse("NoSuchEntity", fmt::format("Policy {} version {} does not exist or is not attachable.", arn, version));
}

base::Result<api::GetPolicyVersionOutput> GetPolicyVersion(Call& call, const api::GetPolicyVersionInput& input) {
  TRY_ASSIGN(const auto policy, Find(call, input.policy_arn));
  const PolicyVersion* version = policy->FindVersion(input.version_id);
  if (version == nullptr) return NoSuchVersion(input.policy_arn, input.version_id);
  return api::GetPolicyVersionOutput{.policy_version = ShowVersion(call, *policy, *version, Show::kWhole)};
}

base::Result<api::ListPolicyVersionsOutput> ListPolicyVersions(Call& call, const api::ListPolicyVersionsInput& input) {
  TRY_ASSIGN(const auto policy, Find(call, input.policy_arn));
  std::vector<api::PolicyVersion> versions;
  for (const PolicyVersion& version : policy->versions) versions.push_back(ShowVersion(call, *policy, version, Show::kListed));
  api::ListPolicyVersionsOutput output;
  TRY(Page(input, std::move(versions), [](const auto& version) { return TextOf(version.version_id); },
           output.versions, output));
  return output;
}

base::Result<api::DeletePolicyVersionOutput> DeletePolicyVersion(Call& call, const api::DeletePolicyVersionInput& input) {
  TRY_ASSIGN(ManagedPolicy policy, FindOwn(call, input.policy_arn));
  const PolicyVersion* version = policy.FindVersion(input.version_id);
  if (version == nullptr) return NoSuchVersion(input.policy_arn, input.version_id);
  if (version->number == policy.default_version) {
    return Refuse("DeleteConflict", "Cannot delete the default version of a policy.");
  }
  std::erase_if(policy.versions, [number = version->number](const PolicyVersion& each) { return each.number == number; });
  call.world.Put(call.account(), call.spread, std::move(policy));
  return api::DeletePolicyVersionOutput{};
}

base::Result<api::SetDefaultPolicyVersionOutput> SetDefaultPolicyVersion(Call& call,
                                                                         const api::SetDefaultPolicyVersionInput& input) {
  TRY_ASSIGN(ManagedPolicy policy, FindOwn(call, input.policy_arn));
  const PolicyVersion* version = policy.FindVersion(input.version_id);
  if (version == nullptr) return NoSuchVersion(input.policy_arn, input.version_id);
  policy.default_version = version->number;
  policy.updated = call.now();
  call.world.Put(call.account(), call.spread, std::move(policy));
  return api::SetDefaultPolicyVersionOutput{};
}

base::Result<api::TagPolicyOutput> TagPolicy(Call& call, const api::TagPolicyInput& input) {
  TRY_ASSIGN(ManagedPolicy policy, FindOwn(call, input.policy_arn));
  TRY_ASSIGN(const Tags tags, ReadTags(input.tags));
  MergeTags(policy.tags, tags);
  call.world.Put(call.account(), call.spread, std::move(policy));
  return api::TagPolicyOutput{};
}

base::Result<api::UntagPolicyOutput> UntagPolicy(Call& call, const api::UntagPolicyInput& input) {
  TRY_ASSIGN(ManagedPolicy policy, FindOwn(call, input.policy_arn));
  for (const std::string& key : input.tag_keys) {
    std::erase_if(policy.tags, [&](const Tag& tag) { return base::EqualsIgnoreCase(tag.key, key); });
  }
  call.world.Put(call.account(), call.spread, std::move(policy));
  return api::UntagPolicyOutput{};
}

base::Result<api::ListPolicyTagsOutput> ListPolicyTags(Call& call, const api::ListPolicyTagsInput& input) {
  TRY_ASSIGN(const auto policy, Find(call, input.policy_arn));
  api::ListPolicyTagsOutput output;
  TRY(Page(input, ShowTags(policy->tags), [](const api::Tag& tag) -> std::string_view { return tag.key; }, output.tags,
           output));
  return output;
}

// One entity of the list, whichever its kind.
struct Attached {
  std::string order;  // kind and name
  std::shared_ptr<const User> user{};
  std::shared_ptr<const Group> group{};
  std::shared_ptr<const Role> role{};
};

template <typename T>
bool IsListed(const api::ListEntitiesForPolicyInput& input, const T& entity) {
  if (!entity.path.starts_with(input.path_prefix.value_or("/"))) return false;
  const std::string filter = input.entity_filter.value_or(std::string(TitleOf<T>()));
  if (filter != TitleOf<T>()) return false;
  const bool permissions = input.policy_usage_filter.value_or("PermissionsPolicy") == "PermissionsPolicy";
  const bool boundary = input.policy_usage_filter.value_or("PermissionsBoundary") == "PermissionsBoundary";
  if (permissions && std::ranges::find(entity.attached, input.policy_arn) != entity.attached.end()) return true;
  if constexpr (requires { entity.boundary; }) return boundary && entity.boundary == input.policy_arn;
  return false;
}

base::Result<api::ListEntitiesForPolicyOutput> ListEntitiesForPolicy(Call& call,
                                                                     const api::ListEntitiesForPolicyInput& input) {
  TRY(Find(call, input.policy_arn));
  std::vector<Attached> all;
  call.account().groups.Each([&](const std::shared_ptr<const Group>& group) {
    if (IsListed(input, *group)) all.push_back({.order = "1" + group->name, .group = group});
  });
  call.account().users.Each([&](const std::shared_ptr<const User>& user) {
    if (IsListed(input, *user)) all.push_back({.order = "2" + user->name, .user = user});
  });
  call.account().roles.Each([&](const std::shared_ptr<const Role>& role) {
    if (IsListed(input, *role)) all.push_back({.order = "3" + role->name, .role = role});
  });
  std::vector<Attached> page;
  api::ListEntitiesForPolicyOutput output;
  TRY(Page(input, std::move(all), [](const Attached& each) -> std::string_view { return each.order; }, page, output));
  for (const Attached& each : page) {
    if (each.group) output.policy_groups.push_back({.group_name = each.group->name, .group_id = each.group->id});
    if (each.user) output.policy_users.push_back({.user_name = each.user->name, .user_id = each.user->id});
    if (each.role) output.policy_roles.push_back({.role_name = each.role->name, .role_id = each.role->id});
  }
  return output;
}

Ask OnPolicyPath(const Call& call, const api::ListPoliciesInput& input) {
  const std::string path = input.path_prefix.value_or("/");
  return {.resource = call.account().IamArn("policy" + path), .label = "policy path " + path};
}

}  // namespace

void AddManagedPolicyOperations(OperationTable& table) {
  table.Add<api::CreatePolicy>(OnNewPolicy, CreatePolicy);
  table.Add<api::GetPolicy>(OnPolicy{}, GetPolicy);
  table.Add<api::DeletePolicy>(OnPolicy{}, DeletePolicy);
  table.Add<api::ListPolicies>(OnPolicyPath, ListPolicies);
  table.Add<api::CreatePolicyVersion>(OnPolicy{}, CreatePolicyVersion);
  table.Add<api::GetPolicyVersion>(OnPolicy{}, GetPolicyVersion);
  table.Add<api::ListPolicyVersions>(OnPolicy{}, ListPolicyVersions);
  table.Add<api::DeletePolicyVersion>(OnPolicy{}, DeletePolicyVersion);
  table.Add<api::SetDefaultPolicyVersion>(OnPolicy{}, SetDefaultPolicyVersion);
  table.Add<api::TagPolicy>(OnPolicy{}, TagPolicy);
  table.Add<api::UntagPolicy>(OnPolicy{}, UntagPolicy);
  table.Add<api::ListPolicyTags>(OnPolicy{}, ListPolicyTags);
  table.Add<api::ListEntitiesForPolicy>(OnPolicy{}, ListEntitiesForPolicy);
}

}  // namespace crossrole::sim::iam
