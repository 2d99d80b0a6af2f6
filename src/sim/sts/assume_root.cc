// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <utility>

#include "sim/internal/refuse.h"
#include "sim/organizations/organization.h"
#include "sim/sts/sessions.h"

namespace crossrole::sim::sts {
namespace {

// Source: IAM User Guide, "Perform a privileged task on an AWS Organizations member account".
constexpr std::array<std::string_view, 5> kTasks = {"IAMAuditRootUserCredentials", "IAMCreateRootUserPassword",
                                                    "IAMDeleteRootUserCredentials", "S3UnlockBucketPolicy",
                                                    "SQSUnlockQueuePolicy"};
constexpr std::chrono::seconds kLongest{900};

bool IsTask(const Call& call, std::string_view arn) {
  const std::string prefix = "arn:" + std::string(call.account().partition_name()) + ":iam::aws:policy/root-task/";
  return arn.starts_with(prefix) && std::ranges::find(kTasks, arn.substr(prefix.size())) != kTasks.end();
}

// The management account, and a delegated administrator of IAM, have power over the roots of members.
bool HasPower(const organizations::Organization& organization, const Account& account) {
  if (organization.management == &account) return true;
  const auto delegated = organization.delegated.find(account.id);
  return delegated != organization.delegated.end() && delegated->second.contains("iam.amazonaws.com");
}

std::unexpected<base::Error> Denied(const Call& call, const std::string& target) {
  return base::Fail(NotAuthorized(*call.caller, "sts:AssumeRoot", target, ""));
}

}  // namespace

base::Result<aws::sts::AssumeRootOutput> AssumeRoot(Call& call, const aws::sts::AssumeRootInput& input) {
  const std::string& target = input.target_principal;
  const std::string id = target.size() == 12 ? target : target.ends_with(":root") ? target.substr(target.size() - 17, 12) : "";
  Account* account = call.world.FindAccount(id);
  const organizations::Organization* organization = call.account().organization;
  const bool may = organization != nullptr && account != nullptr && account->organization == organization &&
                   account != organization->management && account->state == AccountState::kActive &&
                   HasPower(*organization, call.account()) && organization->root_features.contains("RootSessions");
  if (!may) return Denied(call, target);
  const std::string task = input.task_policy_arn.arn.value_or("");
  if (!IsTask(call, task)) return Denied(call, target);
  const std::chrono::seconds duration(input.duration_seconds.value_or(900));
  if (duration > kLongest) return Invalid("The requested DurationSeconds exceeds 900 seconds");
  Session session{.kind = SessionKind::kRoot, .account_id = account->id, .principal_id = account->id, .policy_arns = {task}};
  aws::sts::AssumeRootOutput output;
  if (call.caller->session && !call.caller->session->source_identity.empty()) {
    session.source_identity = call.caller->session->source_identity;
    output.source_identity = session.source_identity;
  }
  output.credentials = Issue(call, std::move(session), duration);
  return output;
}

}  // namespace crossrole::sim::sts
