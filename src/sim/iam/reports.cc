// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "sim/iam/entities.h"
#include "sim/iam/extras.h"
#include "sim/iam/operations.h"
#include "sim/internal/trust_document.h"

namespace crossrole::sim::iam {
namespace {

namespace api = aws::iam;

constexpr std::chrono::hours kReportLife{4};

// ---- GetAccountAuthorizationDetails

template <typename T>
std::vector<api::PolicyDetail> InlineOf(const T& entity) {
  std::vector<api::PolicyDetail> list;
  for (const auto& [name, policy] : entity.inline_policies) {
    list.push_back({.policy_name = name, .policy_document = base::PercentEncode(policy.text)});
  }
  return list;
}

template <typename T>
std::vector<api::AttachedPolicy> AttachedTo(const T& entity) {
  std::vector<api::AttachedPolicy> list;
  for (const std::string& arn : entity.attached) {
    list.push_back({.policy_name = arn.substr(arn.rfind('/') + 1), .policy_arn = arn});
  }
  return list;
}

api::UserDetail DetailOf(const Call& call, const User& user) {
  return {.path = user.path,
          .user_name = user.name,
          .user_id = user.id,
          .arn = user.arn,
          .create_date = call.Shown(user.created),
          .user_policy_list = InlineOf(user),
          .group_list = user.groups,
          .attached_managed_policies = AttachedTo(user),
          .permissions_boundary = ShowBoundary(user.boundary),
          .tags = ShowTags(user.tags)};
}

api::GroupDetail DetailOf(const Call& call, const Group& group) {
  return {.path = group.path,
          .group_name = group.name,
          .group_id = group.id,
          .arn = group.arn,
          .create_date = call.Shown(group.created),
          .group_policy_list = InlineOf(group),
          .attached_managed_policies = AttachedTo(group)};
}

api::RoleDetail DetailOf(const Call& call, const Role& role) {
  const api::Role shown = ShowRole(call, role, Show::kWhole);
  return {.path = role.path,
          .role_name = role.name,
          .role_id = role.id,
          .arn = role.arn,
          .create_date = shown.create_date,
          .assume_role_policy_document = shown.assume_role_policy_document,
          .role_policy_list = InlineOf(role),
          .attached_managed_policies = AttachedTo(role),
          .permissions_boundary = shown.permissions_boundary,
          .tags = ShowTags(role.tags),
          .role_last_used = shown.role_last_used};
}

struct Uses {
  std::int32_t attached = 0;
  std::int32_t boundary = 0;
};

// How often each policy is used, counted once for the whole account.
std::map<std::string, Uses> UsesOf(const Account& account) {
  std::map<std::string, Uses> uses;
  const auto count = [&](const auto& entity) {
    for (const std::string& arn : entity->attached) ++uses[arn].attached;
    if constexpr (requires { entity->boundary; }) {
      if (!entity->boundary.empty()) ++uses[entity->boundary].boundary;
    }
  };
  account.users.Each(count);
  account.groups.Each(count);
  account.roles.Each(count);
  return uses;
}

api::ManagedPolicyDetail DetailOf(const Call& call, const ManagedPolicy& policy, const Uses& uses) {
  api::ManagedPolicyDetail detail{.policy_name = policy.name,
                                  .policy_id = policy.id,
                                  .arn = policy.arn,
                                  .path = policy.path,
                                  .default_version_id = fmt::format("v{}", policy.default_version),
                                  .attachment_count = uses.attached,
                                  .permissions_boundary_usage_count = uses.boundary,
                                  .is_attachable = true,
                                  .create_date = call.Shown(policy.created),
                                  .update_date = call.Shown(policy.updated)};
  for (const PolicyVersion& version : policy.versions) {
    detail.policy_version_list.push_back({.document = base::PercentEncode(version.policy.text),
                                          .version_id = fmt::format("v{}", version.number),
                                          .is_default_version = version.number == policy.default_version,
                                          .create_date = call.Shown(version.created)});
  }
  return detail;
}

// One thing of the answer, whichever its kind. AWS lists users first, then groups, roles, policies.
struct Item {
  std::shared_ptr<const User> user{};
  std::shared_ptr<const Group> group{};
  std::shared_ptr<const Role> role{};
  std::shared_ptr<const ManagedPolicy> policy{};
};

bool Wants(const api::GetAccountAuthorizationDetailsInput& input, std::string_view kind) {
  return input.filter.empty() || std::ranges::find(input.filter, kind) != input.filter.end();
}

std::vector<Item> ItemsOf(const Call& call, const api::GetAccountAuthorizationDetailsInput& input, const std::map<std::string, Uses>& uses) {
  const Account& account = call.account();
  std::vector<Item> items;
  if (Wants(input, "User")) account.users.Each([&](const auto& user) { items.push_back({.user = user}); });
  if (Wants(input, "Group")) account.groups.Each([&](const auto& group) { items.push_back({.group = group}); });
  if (Wants(input, "Role")) account.roles.Each([&](const auto& role) { items.push_back({.role = role}); });
  if (Wants(input, "LocalManagedPolicy")) account.policies.Each([&](const auto& policy) { items.push_back({.policy = policy}); });
  if (!Wants(input, "AWSManagedPolicy")) return items;
  // Of AWS's own only those that are attached to something.
  for (const auto& [name, policy] : call.world.AwsPolicies(account.partition)) {
    const auto use = uses.find(policy->arn);
    if (use != uses.end() && use->second.attached > 0) items.push_back({.policy = policy});
  }
  return items;
}

base::Result<api::GetAccountAuthorizationDetailsOutput> GetDetails(Call& call, const api::GetAccountAuthorizationDetailsInput& input) {
  const std::map<std::string, Uses> uses = UsesOf(call.account());
  const std::vector<Item> items = ItemsOf(call, input, uses);
  TRY_ASSIGN(const std::size_t first, ReadPosition(input.marker, items.size()));
  const std::size_t end = std::min(items.size(), first + static_cast<std::size_t>(input.max_items.value_or(100)));
  api::GetAccountAuthorizationDetailsOutput output{.is_truncated = end < items.size()};
  if (end < items.size()) output.marker = base::Base64Encode(std::to_string(end));
  for (std::size_t i = first; i < end; ++i) {
    const Item& item = items[i];
    if (item.user) output.user_detail_list.push_back(DetailOf(call, *item.user));
    if (item.group) output.group_detail_list.push_back(DetailOf(call, *item.group));
    if (item.role) output.role_detail_list.push_back(DetailOf(call, *item.role));
    if (!item.policy) continue;
    const auto use = uses.find(item.policy->arn);
    output.policies.push_back(DetailOf(call, *item.policy, use == uses.end() ? Uses{} : use->second));
  }
  return output;
}

// ---- the credential report

constexpr std::string_view kHeader =
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,"
    "access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,"
    "access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,"
    "access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated";

std::string TimeOf(const Call& call, base::Time time) {
  std::string text = base::FormatRfc3339Seconds(call.Shown(time));
  if (text.ends_with('Z')) text.replace(text.size() - 1, 1, "+00:00");
  return text;
}

std::string KeyColumns(const Call& call, const User& user, std::size_t index) {
  if (index >= user.keys.size()) return "false,N/A,N/A,N/A,N/A";
  const AccessKey& key = user.keys[index];
  const auto used = call.account().last_use.find(key.id);
  const bool was_used = used != call.account().last_use.end();
  return fmt::format("{},{},{},{},{}", key.active, TimeOf(call, key.created), was_used ? TimeOf(call, used->second.at) : "N/A",
                     was_used ? used->second.region : "N/A", was_used ? used->second.service : "N/A");
}

std::string CertificateColumns(const Call& call, const User& user, std::size_t index) {
  const auto& certificates = ExtrasOf(user).certificates;
  if (index >= certificates.size()) return "false,N/A";
  return fmt::format("{},{}", certificates[index].active, TimeOf(call, certificates[index].created));
}

std::string RowOf(const Call& call, const User& user) {
  const UserExtras& extras = ExtrasOf(user);
  const auto& devices = ExtrasOf(std::as_const(call.account())).mfa_devices;
  const bool mfa = std::ranges::any_of(devices, [&](const auto& device) { return device.second.user == user.name; });
  const std::string password = extras.login ? fmt::format("true,no_information,{},N/A", TimeOf(call, extras.login->created))
                                            : std::string("false,N/A,N/A,N/A");
  return fmt::format("{},{},{},{},{},{},{},{},{}", user.name, user.arn, TimeOf(call, user.created), password, mfa,
                     KeyColumns(call, user, 0), KeyColumns(call, user, 1), CertificateColumns(call, user, 0),
                     CertificateColumns(call, user, 1));
}

base::Result<api::GenerateCredentialReportOutput> GenerateReport(Call& call, const api::GenerateCredentialReportInput&) {
  AccountExtras& extras = ExtrasOf(call.account());
  if (extras.report && call.now() - extras.report->generated < kReportLife) {
    return api::GenerateCredentialReportOutput{.state = "COMPLETE"};
  }
  const Account& account = call.account();
  std::string content(kHeader);
  content += fmt::format("\n<root_account>,{},{},not_supported,no_information,not_supported,not_supported,false,false,N/A,N/A,N/A,N/A,"
                         "false,N/A,N/A,N/A,N/A,false,N/A,false,N/A",
                         account.IamArn("root"), TimeOf(call, account.created));
  account.users.Each([&](const auto& user) { content += "\n" + RowOf(call, *user); });
  extras.report = CredentialReport{std::move(content), call.now()};
  return api::GenerateCredentialReportOutput{.state = "STARTED", .description = "No report exists. Starting a new report generation task"};
}

base::Result<api::GetCredentialReportOutput> GetReport(Call& call, const api::GetCredentialReportInput&) {
  const auto& report = ExtrasOf(std::as_const(call.account())).report;
  if (!report) return Refuse("ReportNotPresent", "No report exists.");
  if (call.now() - report->generated >= kReportLife) {
    return Refuse("ReportExpired", "The most recent credential report has expired. To generate a new credential report, call "
                                   "GenerateCredentialReport.");
  }
  return api::GetCredentialReportOutput{
      .content = report->content, .report_format = "text/csv", .generated_time = call.Shown(report->generated)};
}

}  // namespace

void AddReportOperations(OperationTable& table) {
  table.Add<api::GetAccountAuthorizationDetails>(OnAnything{}, GetDetails);
  table.Add<api::GenerateCredentialReport>(OnAnything{}, GenerateReport);
  table.Add<api::GetCredentialReport>(OnAnything{}, GetReport);
}

}  // namespace crossrole::sim::iam
