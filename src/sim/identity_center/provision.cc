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
std::string ProviderOf(const Provisioner& with, Account& account) {
  auto& providers = ExtrasOf(account).saml_providers;
  for (const auto& [arn, provider] : providers) {
    if (arn.find(":saml-provider/AWSSSO_") != std::string::npos) return arn;
  }
  SamlProvider provider{.arn = account.IamArn("saml-provider/AWSSSO_" + base::RandomText(with.random, kHex, 16) + "_DO_NOT_DELETE"),
                        .id = MakeUuid(with.random),
                        .document = "<EntityDescriptor/>",
                        .created = with.spread.now};
  const std::string arn = provider.arn;
  providers.emplace(arn, std::move(provider));
  return arn;
}

// The roles of Identity Center in an account: the one of a set, and any other.
struct Reserved {
  std::shared_ptr<const Role> own;
  std::shared_ptr<const Role> other;
};

Reserved FindRoles(const Account& account, const PermissionSet& set) {
  const std::string prefix = "AWSReservedSSO_" + set.name + "_";
  Reserved found;
  account.roles.Each([&](const std::shared_ptr<const Role>& role) {
    if (role->path != kPath) return;
    (role->name.size() == prefix.size() + 16 && role->name.starts_with(prefix) ? found.own : found.other) = role;
  });
  return found;
}

// The roles of an account trust the same; they share what was read once.
base::Result<PolicyText> TrustFor(const Provisioner& with, Account& account, const Role* other) {
  std::string text = fmt::format(R"({{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Federated":"{}"}},)"
                                 R"("Action":["sts:AssumeRoleWithSAML","sts:TagSession"],"Condition":{{"StringEquals":)"
                                 R"({{"SAML:aud":"https://signin.aws.amazon.com/saml"}}}}}}]}})",
                                 ProviderOf(with, account));
  if (other != nullptr && other->trust.text == text) return other->trust;
  return StorePolicy(text, policy::DocumentKind::kTrust);
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

base::Status ProvisionRole(const Provisioner& with, const PermissionSet& set, Account& account) {
  const Reserved found = FindRoles(account, set);
  Role role = found.own ? *found.own : Role{};
  if (!found.own) {
    role.name = "AWSReservedSSO_" + set.name + "_" + base::RandomText(with.random, kHex, 16);
    role.path = kPath;
    role.arn = account.IamArn("role" + role.path + role.name);
    role.id = MakeUniqueId("AROA", with.random);
    role.created = with.spread.now;
    TRY_ASSIGN(role.trust, TrustFor(with, account, found.other.get()));
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
  with.world.Put(account, with.spread, std::move(role));
  return {};
}

void RemoveRole(const Provisioner& with, const PermissionSet& set, Account& account) {
  if (const auto role = FindRoles(account, set).own) with.world.Erase(account, with.spread, *role);
}

base::Status AddAssignment(const Provisioner& with, Instance& instance, const Assignment& assignment) {
  const auto set = instance.sets.find(assignment.set_arn);
  Account* account = with.world.FindAccount(assignment.account_id);
  if (set == instance.sets.end() || account == nullptr) return Refuse("", "The permission set or the account does not exist any more.");
  if (!set->second.provisioned.contains(account->id)) {
    TRY(ProvisionRole(with, set->second, *account));
    set->second.provisioned[account->id] = set->second.revision;
  }
  instance.assignments.insert(assignment);
  return {};
}

}  // namespace crossrole::sim::identity_center
