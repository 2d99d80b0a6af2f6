// SPDX-License-Identifier: Apache-2.0
#include "integration/internal/owned_resources.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "integration/internal/names.h"

namespace crossrole::integration {
namespace {

using aws::iam::Tag;

Ownership OwnershipOf(const KeyedAccount& account, const std::vector<Tag>& tags) {
  const bool ours = HasTags(tags, {{std::string(kIntegrationTag), account.integration().text()}});
  return ours ? Ownership::kOurs : Ownership::kForeign;
}

// The name as the account has it, when it has it in other letters.
base::Result<std::optional<std::string>> RoleNameInUse(const KeyedAccount& account, const std::string& name) {
  std::optional<std::string> found;
  TRY(aws::ForEachPage<aws::iam::ListRoles>(
      account.client(), {}, account.Options(), std::pair(&aws::iam::ListRolesInput::marker, &aws::iam::ListRolesOutput::marker),
      [&](const aws::iam::ListRolesOutput& page) -> base::Status {
        for (const aws::iam::Role& role : page.roles) {
          if (base::EqualsIgnoreCase(role.role_name, name)) found = role.role_name;
        }
        return {};
      }));
  return found;
}

base::Result<std::optional<std::string>> PolicyArnInUse(const KeyedAccount& account, const std::string& name) {
  std::optional<std::string> found;
  TRY(aws::ForEachPage<aws::iam::ListPolicies>(
      account.client(), {.scope = "Local"}, account.Options(),
      std::pair(&aws::iam::ListPoliciesInput::marker, &aws::iam::ListPoliciesOutput::marker),
      [&](const aws::iam::ListPoliciesOutput& page) -> base::Status {
        for (const aws::iam::Policy& policy : page.policies) {
          if (base::EqualsIgnoreCase(policy.policy_name, name)) found = policy.arn;
        }
        return {};
      }));
  return found;
}

}  // namespace

base::Result<FoundRole> FindRole(const KeyedAccount& account, const std::string& name, Reach reach) {
  auto answer = account.Call<aws::iam::GetRole>({.role_name = name});
  if (answer) {
    const Ownership ownership = OwnershipOf(account, answer->role.tags);
    return FoundRole{ownership, std::move(answer->role)};
  }
  if (!IsAbsent(answer.error())) return std::unexpected(answer.error());
  if (reach == Reach::kExact) return FoundRole{};
  auto other = RoleNameInUse(account, name);
  if (!other) return base::Fail(ExplainRefusal(std::move(other).error(), "iam:ListRoles"));
  if (!*other) return FoundRole{};
  return FindRole(account, **other, Reach::kExact);
}

base::Result<FoundPolicy> ReadPolicy(const KeyedAccount& account, const std::string& arn) {
  auto answer = account.Call<aws::iam::GetPolicy>({.policy_arn = arn});
  if (answer) {
    const Ownership ownership = OwnershipOf(account, answer->policy.tags);
    return FoundPolicy{ownership, std::move(answer->policy)};
  }
  if (!IsAbsent(answer.error())) return std::unexpected(answer.error());
  return FoundPolicy{};
}

base::Result<FoundPolicy> FindPolicy(const KeyedAccount& account, const std::string& path, const std::string& name,
                                     Reach reach) {
  TRY_ASSIGN(FoundPolicy found, ReadPolicy(account, account.PolicyArn(path, name)));
  if (found.ownership != Ownership::kAbsent || reach == Reach::kExact) return found;
  auto arn = PolicyArnInUse(account, name);
  if (!arn) return base::Fail(ExplainRefusal(std::move(arn).error(), "iam:ListPolicies"));
  if (!*arn) return FoundPolicy{};
  return ReadPolicy(account, **arn);
}

base::Result<std::vector<std::string>> AttachedPolicies(const KeyedAccount& account, const std::string& role_name) {
  std::vector<std::string> arns;
  using aws::iam::ListAttachedRolePoliciesInput;
  using aws::iam::ListAttachedRolePoliciesOutput;
  auto listed = aws::ForEachPage<aws::iam::ListAttachedRolePolicies>(
      account.client(), {.role_name = role_name}, account.Options(),
      std::pair(&ListAttachedRolePoliciesInput::marker, &ListAttachedRolePoliciesOutput::marker),
      [&](const ListAttachedRolePoliciesOutput& page) -> base::Status {
        for (const auto& policy : page.attached_policies) arns.push_back(policy.policy_arn);
        return {};
      });
  if (!listed) return base::Fail(ExplainRefusal(std::move(listed).error(), "iam:ListAttachedRolePolicies"));
  return arns;
}

bool HasTags(const std::vector<Tag>& tags, const std::map<std::string, std::string>& wanted) {
  return std::ranges::all_of(wanted, [&](const auto& pair) {
    return std::ranges::any_of(tags, [&](const Tag& tag) { return tag.key == pair.first && tag.value == pair.second; });
  });
}

std::vector<Tag> TagsOf(const std::map<std::string, std::string>& tags) {
  std::vector<Tag> list;
  for (const auto& [key, value] : tags) list.push_back({.key = key, .value = value});
  return list;
}

bool Contains(const std::vector<std::string>& list, const std::string& text) {
  return std::ranges::find(list, text) != list.end();
}

base::Error TakenByOthers(const std::string& arn) {
  return {.code = base::Code::kFailedPrecondition,
          .message = fmt::format("there is already `{}`, which this integration has not made", arn),
          .reason = "aws.name_taken",
          .fix = "rename or delete it, or give the integration other names",
          .details = {{"existing", {arn}}}};
}

}  // namespace crossrole::integration
