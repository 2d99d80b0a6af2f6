// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <utility>

#include "sim/identity_center/instance.h"
#include "sim/internal/account_extras.h"
#include "sim/internal/identifiers.h"
#include "sim/internal/refuse.h"
#include "sim/internal/trust_document.h"

// The roles that Identity Center makes in accounts: AWSReservedSSO_<permission set>_<16 digits>.

namespace crossrole::sim::identity_center {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kPath = "/aws-reserved/sso.amazonaws.com/";
constexpr std::string_view kInlineName = "AwsSSOInlinePolicy";

// The provider that the roles of an account trust; made with the first of them.
std::string ProviderOf(const Call& call, Account& account) {
  auto& providers = ExtrasOf(account).saml_providers;
  for (const auto& [arn, provider] : providers) {
    if (arn.find(":saml-provider/AWSSSO_") != std::string::npos) return arn;
  }
  SamlProvider provider{.arn = account.IamArn("saml-provider/AWSSSO_" + base::RandomText(call.random, kHex, 16) + "_DO_NOT_DELETE"),
                        .id = MakeUuid(call.random),
                        .document = "<EntityDescriptor/>",
                        .created = call.now()};
  const std::string arn = provider.arn;
  providers.emplace(arn, std::move(provider));
  return arn;
}

std::shared_ptr<const Role> FindRole(const Account& account, const PermissionSet& set) {
  const std::string prefix = "AWSReservedSSO_" + set.name + "_";
  std::shared_ptr<const Role> found;
  account.roles.Each([&](const std::shared_ptr<const Role>& role) {
    if (role->path == kPath && role->name.size() == prefix.size() + 16 && role->name.starts_with(prefix)) found = role;
  });
  return found;
}

// The customer managed policy that a set refers to, as it is in this account. Errors: the failure of the operation.
base::Result<std::string> ArnIn(const Account& account, const aws::sso::CustomerManagedPolicyReference& reference) {
  const auto policy = account.policies.Find(reference.name);
  if (policy && policy->path == reference.path.value_or("/")) return policy->arn;
  return Refuse("", fmt::format("Received a 404 status error: Policy {} was not found.",
                                account.IamArn("policy" + reference.path.value_or("/") + reference.name)));
}

}  // namespace

base::Result<std::chrono::seconds> ReadDuration(std::string_view duration) {
  std::chrono::seconds total{0};
  std::optional<int> number;
  bool good = duration.starts_with("PT") && duration.size() <= 12;
  for (const char c : duration.substr(good ? 2 : duration.size())) {
    if (c >= '0' && c <= '9') {
      good = good && number.value_or(0) < 100'000;
      number = (good ? number.value_or(0) * 10 : 0) + (c - '0');
      continue;
    }
    good = good && number && (c == 'H' || c == 'M' || c == 'S');
    const int count = std::exchange(number, std::nullopt).value_or(0);
    total += c == 'H' ? std::chrono::hours(count) : c == 'M' ? std::chrono::minutes(count) : std::chrono::seconds(count);
  }
  if (good && !number && total >= std::chrono::hours(1) && total <= std::chrono::hours(12)) return total;
  return Refuse("ValidationException", "SessionDuration must be an ISO 8601 duration between 1 and 12 hours.");
}

base::Status ProvisionRole(Call& call, const PermissionSet& set, Account& account) {
  const auto existing = FindRole(account, set);
  Role role = existing ? *existing : Role{};
  if (!existing) {
    role.name = "AWSReservedSSO_" + set.name + "_" + base::RandomText(call.random, kHex, 16);
    role.path = kPath;
    role.arn = account.IamArn("role" + role.path + role.name);
    role.id = MakeUniqueId("AROA", call.random);
    role.created = call.now();
    TRY_ASSIGN(role.trust,
               StorePolicy(fmt::format(R"({{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Federated":"{}"}},)"
                                       R"("Action":["sts:AssumeRoleWithSAML","sts:TagSession"],"Condition":{{"StringEquals":)"
                                       R"({{"SAML:aud":"https://signin.aws.amazon.com/saml"}}}}}}]}})",
                                       ProviderOf(call, account)),
                           policy::DocumentKind::kTrust));
  }
  role.description = set.description;
  role.has_description = !set.description.empty();
  TRY_ASSIGN(role.max_session, ReadDuration(set.session_duration));
  role.attached = set.managed;
  for (const auto& reference : set.customer_managed) {
    TRY_ASSIGN(role.attached.emplace_back(), ArnIn(account, reference));
  }
  role.inline_policies.clear();
  if (!set.inline_policy.empty()) {
    TRY_ASSIGN(PolicyText text, StorePolicy(set.inline_policy, policy::DocumentKind::kIdentity));
    role.inline_policies.emplace(kInlineName, std::move(text));
  }
  role.boundary.clear();
  if (set.boundary) {
    role.boundary = set.boundary->managed_policy_arn.value_or("");
    if (set.boundary->customer_managed_policy_reference) {
      TRY_ASSIGN(role.boundary, ArnIn(account, *set.boundary->customer_managed_policy_reference));
    }
  }
  call.world.Put(account, call.spread, std::move(role));
  return {};
}

void RemoveRole(Call& call, const PermissionSet& set, Account& account) {
  if (const auto role = FindRole(account, set)) call.world.Erase(account, call.spread, *role);
}

}  // namespace crossrole::sim::identity_center
