// SPDX-License-Identifier: Apache-2.0
#include "integration/internal/account_remover.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

namespace crossrole::integration {
namespace {

using base::Code;
using base::Error;
using base::Fail;

constexpr std::chrono::seconds kGoneWithin{15};

bool IsInUse(const Error& error) { return error.aws_code == "DeleteConflict"; }

// Success, or that it had gone before.
template <typename T>
base::Status Gone(const base::Result<T>& answer) {
  if (answer || IsAbsent(answer.error())) return {};
  return std::unexpected(answer.error());
}

}  // namespace

base::Status AccountRemover::Look() {
  TRY_ASSIGN(role_, FindRole(account_, plan_.role_name, Reach::kExact));
  if (role_.ownership == Ownership::kForeign) {
    Keep(role_.role.arn, fmt::format("`{}` does not carry the tag of this integration and was left alone", role_.role.arn));
  }
  if (role_.ownership == Ownership::kOurs) {
    TRY_ASSIGN(attached_, AttachedPolicies(account_, role_.role.role_name));
  }
  std::vector<std::string> candidates = attached_;
  for (const NamedPolicy& policy : plan_.policies) {
    for (const std::string& name : {policy.name, policy.fallback_name}) {
      const std::string arn = account_.PolicyArn(plan_.path, name);
      if (!name.empty() && !Contains(candidates, arn)) candidates.push_back(arn);
    }
  }
  for (const std::string& arn : candidates) {
    if (!arn.contains(":" + account_.account().text() + ":")) continue;  // AWS's own
    TRY_ASSIGN(const FoundPolicy found, ReadPolicy(account_, arn));
    if (found.ownership == Ownership::kOurs) policies_.push_back(arn);
  }
  return {};
}

base::Status AccountRemover::Remove() {
  if (role_.ownership == Ownership::kOurs) TRY(RemoveRole());
  for (const std::string& arn : policies_) TRY(RemovePolicy(arn));
  return SeeThatAllIsGone();
}

base::Status AccountRemover::RemoveRole() {
  const std::string& name = role_.role.role_name;
  for (const std::string& arn : attached_) {
    TRY(Gone(account_.Call<aws::iam::DetachRolePolicy>({.role_name = name, .policy_arn = arn})));
  }
  TRY(RemoveInlinePolicies(name));
  const auto deleted = account_.Call<aws::iam::DeleteRole>({.role_name = name});
  if (!deleted && IsInUse(deleted.error())) {
    return Fail(Error{.code = Code::kFailedPrecondition,
                      .message = fmt::format("`{}` is still used, for instance by an instance profile", role_.role.arn),
                      .reason = "aws.in_use",
                      .aws_code = deleted.error().aws_code});
  }
  TRY(Gone(deleted));
  removed_.push_back(role_.role.arn);
  return {};
}

base::Status AccountRemover::RemoveInlinePolicies(const std::string& role_name) const {
  TRY_ASSIGN(const auto inlined, account_.Call<aws::iam::ListRolePolicies>({.role_name = role_name}));
  for (const std::string& policy : inlined.policy_names) {
    TRY(Gone(account_.Call<aws::iam::DeleteRolePolicy>({.role_name = role_name, .policy_name = policy})));
  }
  return {};
}

base::Status AccountRemover::RemovePolicy(const std::string& arn) {
  const auto listed = account_.Call<aws::iam::ListPolicyVersions>({.policy_arn = arn});
  if (!listed) return Gone(listed);
  for (const aws::iam::PolicyVersion& version : listed->versions) {
    if (version.is_default_version.value_or(false)) continue;
    TRY(Gone(account_.Call<aws::iam::DeletePolicyVersion>({.policy_arn = arn, .version_id = version.version_id})));
  }
  const auto deleted = account_.Call<aws::iam::DeletePolicy>({.policy_arn = arn});
  if (!deleted && IsInUse(deleted.error())) {
    Keep(arn, fmt::format("`{}` is attached to something else too and was left there", arn));
    return {};
  }
  TRY(Gone(deleted));
  removed_.push_back(arn);
  return {};
}

base::Status AccountRemover::SeeThatAllIsGone() {
  const base::Deadline until = base::Deadline::After(kGoneWithin);
  for (;;) {
    std::string seen;
    TRY_ASSIGN(const FoundRole role, FindRole(account_, plan_.role_name, Reach::kExact));
    if (role.ownership == Ownership::kOurs) seen = role.role.arn;
    for (const std::string& arn : policies_) {
      TRY_ASSIGN(const FoundPolicy policy, ReadPolicy(account_, arn));
      if (policy.ownership == Ownership::kOurs && !Contains(remaining_, arn)) seen = arn;
    }
    if (seen.empty()) return {};
    if (until.Passed()) {
      return Fail(Error{.code = Code::kUnavailable,
                        .message = fmt::format("`{}` was deleted but iam still shows it", seen),
                        .reason = "aws.still_visible"});
    }
    std::this_thread::sleep_for(kLookAgain);
  }
}

void AccountRemover::Keep(const std::string& arn, std::string why) {
  remaining_.push_back(arn);
  warnings_.push_back(std::move(why));
}

}  // namespace crossrole::integration
