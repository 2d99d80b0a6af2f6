// SPDX-License-Identifier: Apache-2.0
#include "integration/internal/account_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>
#include <thread>

#include "base/fault_point.h"
#include "base/text.h"
#include "policy/parse.h"
#include "policy/print.h"

namespace crossrole::integration {
namespace {

using aws::iam::Policy;
using aws::iam::Role;
using base::Code;
using base::Error;
using base::Fail;

constexpr std::size_t kVersionsPerPolicy = 5;
// IAM shows what was just made to most of its parts within seconds.
constexpr std::chrono::seconds kVisibleWithin{15};

bool Says(const std::optional<std::string>& encoded, const policy::Document& wanted, policy::DocumentKind kind) {
  if (!encoded) return false;
  const auto document = policy::Parse(base::PercentDecode(*encoded), kind);
  return document && policy::Equivalent(*document, wanted);
}

// Made a moment ago, perhaps by an attempt whose answer was lost.
Error NotVisibleYet(const std::string& name) {
  return {.code = Code::kUnavailable, .message = fmt::format("iam does not show `{}` yet", name), .reason = "aws.not_visible_yet"};
}

}  // namespace

base::Result<std::string> AccountBuilder::Build(const std::function<void(int)>& step) {
  auto role = BuildOnce(step);
  // What the unreadable answer was about may have been made: another attempt finds it, a rollback would not.
  if (!role && role.error().reason == "aws.bad_answer") role.error().code = Code::kUnavailable;
  if (role || base::FactsOf(role.error().code).retryable) return role;
  Error error = std::move(role).error();
  if (error.reason == "key.denied" && error.details.contains("missing_actions")) {
    std::vector<std::string>& missing = error.details["missing_actions"];
    for (std::string& action : SimulatedDenials(account_, Needs())) {
      if (!Contains(missing, action)) missing.push_back(std::move(action));
    }
  }
  if (std::vector<std::string> left = RollBack(); !left.empty()) error.details["left_behind"] = std::move(left);
  return Fail(std::move(error));
}

base::Result<std::string> AccountBuilder::BuildOnce(const std::function<void(int)>& step) {
  TRY(Preflight());
  for (const NamedPolicy& policy : plan_.policies) {
    TRY_ASSIGN(std::string arn, MakePolicy(policy));
    policy_arns_.push_back(std::move(arn));
  }
  base::FaultPoint("quickstart.after_policy");
  step(1);
  TRY_ASSIGN(const Role role, MakeRole());
  base::FaultPoint("quickstart.after_role");
  step(2);
  TRY(Attach(role.role_name, policy_arns_));
  base::FaultPoint("quickstart.after_attach");
  step(3);
  return role.arn;
}

// A key that may begin, may not finish and may not undo would leave something behind.
base::Status AccountBuilder::Preflight() const {
  const std::string role = account_.RoleArn(plan_.path, plan_.role_name);
  std::vector<KeyNeed> undo = {{"iam:DeleteRole", role}, {"iam:DetachRolePolicy", role}};
  for (const NamedPolicy& policy : plan_.policies) undo.push_back({"iam:DeletePolicy", account_.PolicyArn(plan_.path, policy.name)});
  const auto asked = AskForDenials(account_, Needs());
  std::vector<std::string> missing = asked ? *asked : TriedDenials(account_, plan_.path, plan_.role_name);
  if (missing.empty() || (asked && SimulatedDenials(account_, undo).empty())) return {};
  return Fail(Error{.code = Code::kAwsRefused,
                    .message = fmt::format("this key may not do {}", base::Join(missing, ", ")),
                    .reason = "key.denied",
                    .fix = "use a key that may do this, for instance of an administrator",
                    .aws_code = "AccessDenied",
                    .details = {{"missing_actions", std::move(missing)}}});
}

std::vector<KeyNeed> AccountBuilder::Needs() const {
  const std::string role = account_.RoleArn(plan_.path, plan_.role_name);
  std::vector<KeyNeed> needs = {{"iam:CreateRole", role}, {"iam:TagRole", role}};
  for (const NamedPolicy& policy : plan_.policies) {
    const std::string arn = account_.PolicyArn(plan_.path, policy.name);
    needs.push_back({"iam:CreatePolicy", arn});
    needs.push_back({"iam:TagPolicy", arn});
  }
  if (!plan_.policies.empty() || !plan_.managed_policy_arns.empty()) needs.push_back({"iam:AttachRolePolicy", role});
  return needs;
}

base::Result<std::string> AccountBuilder::MakePolicy(const NamedPolicy& policy) {
  bool foreign = false;
  if (!policy.fallback_name.empty()) {
    // Whoever was given the other name once keeps it. A key that may not look is told by what it tries next.
    const auto earlier = FindPolicy(account_, plan_.path, policy.fallback_name, Reach::kExact);
    if (earlier && earlier->ownership == Ownership::kOurs) return MakeOrFind(policy, policy.fallback_name, &foreign);
  }
  TRY_ASSIGN(std::string arn, MakeOrFind(policy, policy.name, &foreign));
  if (!foreign) return arn;
  if (policy.fallback_name.empty()) return Fail(TakenByOthers(arn));
  foreign = false;
  TRY_ASSIGN(arn, MakeOrFind(policy, policy.fallback_name, &foreign));
  if (foreign) return Fail(TakenByOthers(arn));
  return arn;
}

base::Result<std::string> AccountBuilder::MakeOrFind(const NamedPolicy& policy, const std::string& name, bool* foreign) {
  const auto made = account_.Call<aws::iam::CreatePolicy>({.policy_name = name,
                                                           .path = plan_.path,
                                                           .policy_document = policy::Print(policy.document),
                                                           .tags = TagsOf(plan_.tags)});
  if (made) {
    created_.push_back(made->policy.arn);
    return made->policy.arn;
  }
  if (!IsTaken(made.error())) return std::unexpected(made.error());
  TRY_ASSIGN(const FoundPolicy found, FindPolicy(account_, plan_.path, name, Reach::kWholeAccount));
  if (found.ownership == Ownership::kAbsent) return Fail(NotVisibleYet(name));
  *foreign = found.ownership == Ownership::kForeign;
  if (*foreign) return found.policy.arn;
  TRY(Renew(found.policy, policy));
  Use(found.policy.arn);
  return found.policy.arn;
}

base::Status AccountBuilder::Renew(const Policy& existing, const NamedPolicy& policy) const {
  TRY_ASSIGN(const auto current, account_.Call<aws::iam::GetPolicyVersion>(
                                     {.policy_arn = existing.arn, .version_id = existing.default_version_id.value_or("v1")}));
  if (!Says(current.policy_version.document, policy.document, policy::DocumentKind::kIdentity)) {
    TRY(MakeRoom(existing.arn));
    TRY(account_.Call<aws::iam::CreatePolicyVersion>(
        {.policy_arn = existing.arn, .policy_document = policy::Print(policy.document), .set_as_default = true}));
  }
  if (!HasTags(existing.tags, plan_.tags)) {
    TRY(account_.Call<aws::iam::TagPolicy>({.policy_arn = existing.arn, .tags = TagsOf(plan_.tags)}));
  }
  return {};
}

base::Status AccountBuilder::MakeRoom(const std::string& policy_arn) const {
  TRY_ASSIGN(const auto listed, account_.Call<aws::iam::ListPolicyVersions>({.policy_arn = policy_arn}));
  if (listed.versions.size() < kVersionsPerPolicy) return {};
  const aws::iam::PolicyVersion* oldest = nullptr;
  for (const aws::iam::PolicyVersion& version : listed.versions) {
    const bool older = oldest == nullptr || version.create_date < oldest->create_date;
    if (!version.is_default_version.value_or(false) && older) oldest = &version;
  }
  if (oldest == nullptr) return {};
  TRY(account_.Call<aws::iam::DeletePolicyVersion>({.policy_arn = policy_arn, .version_id = oldest->version_id}));
  return {};
}

base::Result<Role> AccountBuilder::MakeRole() {
  aws::iam::CreateRoleInput input{.path = plan_.path,
                                  .role_name = plan_.role_name,
                                  .assume_role_policy_document = policy::Print(plan_.trust),
                                  .max_session_duration = static_cast<std::int32_t>(plan_.longest_session.count()),
                                  .tags = TagsOf(plan_.tags)};
  if (!plan_.description.empty()) input.description = plan_.description;
  if (!plan_.permissions_boundary_arn.empty()) input.permissions_boundary = plan_.permissions_boundary_arn;
  auto made = account_.Call<aws::iam::CreateRole>(input);
  if (made) {
    created_.push_back(made->role.arn);
    return std::move(made->role);
  }
  if (!IsTaken(made.error())) return std::unexpected(made.error());
  TRY_ASSIGN(FoundRole found, FindRole(account_, plan_.role_name, Reach::kWholeAccount));
  if (found.ownership == Ownership::kAbsent) return Fail(NotVisibleYet(plan_.role_name));
  if (found.ownership == Ownership::kForeign) return Fail(TakenByOthers(found.role.arn));
  TRY(Renew(found.role));
  Use(found.role.arn);
  return std::move(found.role);
}

base::Status AccountBuilder::Renew(const Role& existing) const {
  if (!Says(existing.assume_role_policy_document, plan_.trust, policy::DocumentKind::kTrust)) {
    TRY(account_.Call<aws::iam::UpdateAssumeRolePolicy>(
        {.role_name = existing.role_name, .policy_document = policy::Print(plan_.trust)}));
  }
  const auto longest = static_cast<std::int32_t>(plan_.longest_session.count());
  const bool described = plan_.description.empty() || existing.description == plan_.description;
  if (existing.max_session_duration.value_or(3600) != longest || !described) {
    aws::iam::UpdateRoleInput update{.role_name = existing.role_name, .max_session_duration = longest};
    if (!plan_.description.empty()) update.description = plan_.description;
    TRY(account_.Call<aws::iam::UpdateRole>(update));
  }
  const std::string boundary =
      existing.permissions_boundary ? existing.permissions_boundary->permissions_boundary_arn.value_or("") : "";
  if (!plan_.permissions_boundary_arn.empty() && boundary != plan_.permissions_boundary_arn) {
    TRY(account_.Call<aws::iam::PutRolePermissionsBoundary>(
        {.role_name = existing.role_name, .permissions_boundary = plan_.permissions_boundary_arn}));
  }
  if (!HasTags(existing.tags, plan_.tags)) {
    TRY(account_.Call<aws::iam::TagRole>({.role_name = existing.role_name, .tags = TagsOf(plan_.tags)}));
  }
  return {};
}

base::Status AccountBuilder::Attach(const std::string& role_name, const std::vector<std::string>& own) {
  std::vector<std::string> wanted = own;
  wanted.insert(wanted.end(), plan_.managed_policy_arns.begin(), plan_.managed_policy_arns.end());
  const auto attached = AttachedPolicies(account_, role_name);
  for (const std::string& arn : wanted) {
    if (!attached || !Contains(*attached, arn)) TRY(AttachOne(role_name, arn));
  }
  return attached ? DetachUnwanted(role_name, *attached, wanted) : base::Status();
}

base::Status AccountBuilder::AttachOne(const std::string& role_name, const std::string& policy_arn) const {
  const base::Deadline until = base::Deadline::After(kVisibleWithin);
  for (;;) {
    const auto attached = account_.Call<aws::iam::AttachRolePolicy>({.role_name = role_name, .policy_arn = policy_arn});
    if (attached) return {};
    if (!IsAbsent(attached.error()) || !IsCreated(policy_arn) || until.Passed()) return std::unexpected(attached.error());
    std::this_thread::sleep_for(kLookAgain);
  }
}

// What an earlier version of the blueprint made, and this one does not want.
base::Status AccountBuilder::DetachUnwanted(const std::string& role_name, const std::vector<std::string>& attached,
                                            const std::vector<std::string>& wanted) const {
  for (const std::string& arn : attached) {
    if (Contains(wanted, arn)) continue;
    const auto found = ReadPolicy(account_, arn);
    if (!found || found->ownership != Ownership::kOurs) continue;
    TRY(account_.Call<aws::iam::DetachRolePolicy>({.role_name = role_name, .policy_arn = arn}));
  }
  return {};
}

void AccountBuilder::Use(const std::string& arn) {
  if (!IsCreated(arn)) reused_.push_back(arn);
}

bool AccountBuilder::IsCreated(const std::string& arn) const { return Contains(created_, arn); }

std::vector<std::string> AccountBuilder::RollBack() {
  std::vector<std::string> left;
  for (const std::string& arn : created_ | std::views::reverse) {
    if (arn.contains(":policy/")) {
      if (!account_.Call<aws::iam::DeletePolicy>({.policy_arn = arn})) left.push_back(arn);
      continue;
    }
    const std::string name = arn.substr(arn.rfind('/') + 1);
    for (const std::string& policy : AttachedPolicies(account_, name).value_or(policy_arns_)) {
      // Whether this worked is seen by the deletion.
      static_cast<void>(account_.Call<aws::iam::DetachRolePolicy>({.role_name = name, .policy_arn = policy}));
    }
    if (!account_.Call<aws::iam::DeleteRole>({.role_name = name})) left.push_back(arn);
  }
  created_ = left;
  return left;
}

}  // namespace crossrole::integration
