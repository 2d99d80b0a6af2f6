// SPDX-License-Identifier: Apache-2.0
#include "sim/iam/operations.h"
#include "sim/iam/entities.h"
#include "sim/internal/account_extras.h"

namespace crossrole::sim::iam {
namespace {

namespace api = aws::iam;

base::Result<api::CreateAccountAliasOutput> CreateAccountAlias(Call& call, const api::CreateAccountAliasInput& input) {
  for (const auto& account : call.world.accounts()) {
    if (account->alias == input.account_alias) {
      return Refuse("EntityAlreadyExists", "The account alias " + input.account_alias + " already exists.");
    }
  }
  call.account().alias = input.account_alias;
  return api::CreateAccountAliasOutput{};
}

base::Result<api::DeleteAccountAliasOutput> DeleteAccountAlias(Call& call, const api::DeleteAccountAliasInput& input) {
  if (call.account().alias != input.account_alias) {
    return Refuse("NoSuchEntity", "The account alias with name " + input.account_alias + " cannot be found.");
  }
  call.account().alias.clear();
  return api::DeleteAccountAliasOutput{};
}

base::Result<api::ListAccountAliasesOutput> ListAccountAliases(Call& call, const api::ListAccountAliasesInput& input) {
  std::vector<std::string> aliases;
  if (!call.account().alias.empty()) aliases.push_back(call.account().alias);
  api::ListAccountAliasesOutput output;
  TRY(Page(input, std::move(aliases), [](const std::string& alias) { return TextOf(alias); }, output.account_aliases,
           output));
  return output;
}

base::Result<api::GetAccountSummaryOutput> GetAccountSummary(Call& call, const api::GetAccountSummaryInput&) {
  const Account& account = call.account();
  std::int32_t versions = 0;
  account.policies.Each([&](const auto& policy) { versions += static_cast<std::int32_t>(policy->versions.size()); });
  const AccountExtras& extras = ExtrasOf(account);
  const auto in_use = static_cast<std::int32_t>(
      std::ranges::count_if(extras.mfa_devices, [](const auto& device) { return !device.second.user.empty(); }));
  return api::GetAccountSummaryOutput{
      .summary_map = {{"Users", static_cast<std::int32_t>(account.users.size())},
                      {"UsersQuota", 5000},
                      {"Groups", static_cast<std::int32_t>(account.groups.size())},
                      {"GroupsQuota", 300},
                      {"Roles", static_cast<std::int32_t>(account.roles.size())},
                      {"RolesQuota", 1000},
                      {"Policies", static_cast<std::int32_t>(account.policies.size())},
                      {"PoliciesQuota", 1500},
                      {"PolicyVersionsInUse", versions},
                      {"PolicyVersionsInUseQuota", 10000},
                      {"VersionsPerPolicyQuota", 5},
                      {"PolicySizeQuota", 6144},
                      {"AssumeRolePolicySizeQuota", 2048},
                      {"UserPolicySizeQuota", 2048},
                      {"GroupPolicySizeQuota", 5120},
                      {"RolePolicySizeQuota", 10240},
                      {"AttachedPoliciesPerUserQuota", 10},
                      {"AttachedPoliciesPerGroupQuota", 10},
                      {"AttachedPoliciesPerRoleQuota", 10},
                      {"GroupsPerUserQuota", 10},
                      {"AccessKeysPerUserQuota", 2},
                      {"SigningCertificatesPerUserQuota", 2},
                      {"ServerCertificates", 0},
                      {"ServerCertificatesQuota", 20},
                      {"InstanceProfiles", 0},
                      {"InstanceProfilesQuota", 1000},
                      {"Providers", static_cast<std::int32_t>(extras.oidc_providers.size() + extras.saml_providers.size())},
                      {"MFADevices", static_cast<std::int32_t>(extras.mfa_devices.size())},
                      {"MFADevicesInUse", in_use},
                      {"AccountMFAEnabled", 0},
                      {"AccountAccessKeysPresent", 0},
                      {"AccountPasswordPresent", 1},
                      {"AccountSigningCertificatesPresent", 0},
                      {"GlobalEndpointTokenVersion", 1}}};
}

}  // namespace

void AddAccountOperations(OperationTable& table) {
  table.Add<api::CreateAccountAlias>(OnAnything{}, CreateAccountAlias);
  table.Add<api::DeleteAccountAlias>(OnAnything{}, DeleteAccountAlias);
  table.Add<api::ListAccountAliases>(OnAnything{}, ListAccountAliases);
  table.Add<api::GetAccountSummary>(OnAnything{}, GetAccountSummary);
}

}  // namespace crossrole::sim::iam
