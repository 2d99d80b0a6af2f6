// SPDX-License-Identifier: Apache-2.0
#include "sim/internal/make_account.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "sim/internal/identifiers.h"
#include "sim/internal/trust_document.h"

namespace crossrole::sim {
namespace {

std::string AdministratorAccess(const Account& account) {
  return fmt::format("arn:{}:iam::aws:policy/AdministratorAccess", account.partition_name());
}

User MakeAdministrator(const Account& account, base::Random& random) {
  User user;
  user.name = "administrator";
  user.arn = account.IamArn("user/" + user.name);
  user.id = MakeUniqueId("AIDA", random);
  user.created = account.created;
  user.attached = {AdministratorAccess(account)};
  user.keys.push_back({.id = MakeAccessKeyId("AKIA", account.id, random),
                       .secret = MakeSecretKey(random),
                       .created = account.created});
  return user;
}

PolicyText TrustOf(const std::string& arn) {
  auto text = StorePolicy(fmt::format(R"({{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{}"}},)"
                                      R"("Action":"sts:AssumeRole"}}]}})",
                                      arn),
                          policy::DocumentKind::kTrust);
  CHECK(text.has_value());
  return *std::move(text);
}

Role MakeRole(const Account& account, std::string name, PolicyText trust, base::Random& random) {
  Role role{.trust = std::move(trust)};
  role.name = std::move(name);
  role.arn = account.IamArn("role/" + role.name);
  role.id = MakeUniqueId("AROA", random);
  role.created = account.created;
  return role;
}

std::string EmailOf(std::string_view name, std::string_view id) {
  std::string local;
  for (const char c : name) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-') local += c;
  }
  return fmt::format("{}+{}@example.com", local.empty() ? "aws" : local, id);
}

struct Counts {
  std::size_t users;
  std::size_t groups;
  std::size_t roles;
  std::size_t policies;
};

Counts CountsOf(Profile profile) {
  if (profile == Profile::kLarge) return {.users = 60, .groups = 4, .roles = 36, .policies = 4};
  if (profile == Profile::kMixed) return {.users = 4, .groups = 2, .roles = 5, .policies = 2};
  return {.users = 0, .groups = 0, .roles = 0, .policies = 0};
}

// Parsed once: a million principals share these.
const PolicyText& SharedPolicy(std::size_t index) {
  static const std::array<PolicyText, 4> kTexts = [] {
    std::array<PolicyText, 4> texts;
    constexpr std::array<std::string_view, 4> kActions = {"s3:Get*", "ec2:Describe*", "dynamodb:Query", "logs:*"};
    for (std::size_t i = 0; i < texts.size(); ++i) {
      auto text = StorePolicy(fmt::format(R"({{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{}","Resource":"*"}}]}})", kActions[i]),
                              policy::DocumentKind::kIdentity);
      CHECK(text.has_value());
      texts[i] = *std::move(text);
    }
    return texts;
  }();
  return kTexts[index % kTexts.size()];
}

std::vector<std::string> AddPolicies(World& world, Account& account, const Spread& spread, std::size_t count, base::Random& random) {
  std::vector<std::string> arns;
  for (std::size_t i = 0; i < count; ++i) {
    ManagedPolicy policy{.id = MakeUniqueId("ANPA", random), .name = fmt::format("team-policy-{}", i + 1), .created = account.created, .updated = account.created};
    policy.arn = account.IamArn("policy/" + policy.name);
    policy.versions.push_back({.number = 1, .policy = SharedPolicy(i), .created = account.created});
    arns.push_back(policy.arn);
    world.Put(account, spread, std::move(policy));
  }
  return arns;
}

}  // namespace

Account& MakeAccount(World& world, const NewAccount& wanted, base::Random& random) {
  std::string id = MakeAccountId(random);
  while (world.FindAccount(id) != nullptr) id = MakeAccountId(random);
  Account& account = world.AddAccount({.id = id,
                                       .name = wanted.name,
                                       .partition = wanted.partition,
                                       .platform = wanted.platform,
                                       .management = wanted.management,
                                       .created = wanted.created});
  account.email = wanted.email.empty() ? EmailOf(wanted.name, id) : wanted.email;
  User administrator = MakeAdministrator(account, random);
  account.administrator = administrator.id;
  const Spread spread{.now = wanted.created};
  world.Put(account, spread, std::move(administrator));
  if (!wanted.trusted_account.empty()) {
    const std::string root = fmt::format("arn:{}:iam::{}:root", account.partition_name(), wanted.trusted_account);
    Role role = MakeRole(account, wanted.access_role, TrustOf(root), random);
    role.attached = {AdministratorAccess(account)};
    world.Put(account, spread, std::move(role));
  }
  return account;
}

void FillAccount(World& world, Account& account, Profile profile, base::Random& random) {
  const Counts counts = CountsOf(profile);
  const Spread spread{.now = account.created};
  const std::vector<std::string> policies = AddPolicies(world, account, spread, counts.policies, random);
  for (std::size_t i = 0; i < counts.groups; ++i) {
    Group group;
    group.name = fmt::format("team-{}", i + 1);
    group.arn = account.IamArn("group/" + group.name);
    group.id = MakeUniqueId("AGPA", random);
    group.created = account.created;
    group.attached = {policies[i % policies.size()]};
    world.Put(account, spread, std::move(group));
  }
  for (std::size_t i = 0; i < counts.users; ++i) {
    User user;
    user.name = fmt::format("user-{}", i + 1);
    user.arn = account.IamArn("user/" + user.name);
    user.id = MakeUniqueId("AIDA", random);
    user.created = account.created;
    user.groups = {fmt::format("team-{}", i % counts.groups + 1)};
    // Every second user has a key, every tenth of those an inactive one.
    if (i % 2 == 0) {
      user.keys.push_back({.id = MakeAccessKeyId("AKIA", account.id, random),
                           .secret = MakeSecretKey(random),
                           .active = i % 20 != 18,
                           .created = account.created});
    }
    world.Put(account, spread, std::move(user));
  }
  if (counts.roles == 0) return;
  const PolicyText trust = TrustOf(account.IamArn("root"));
  for (std::size_t i = 0; i < counts.roles; ++i) {
    Role role = MakeRole(account, fmt::format("workload-{}", i + 1), trust, random);
    role.attached = {policies[i % policies.size()]};
    if (i % 5 == 0) role.inline_policies.emplace("inline", SharedPolicy(i));
    world.Put(account, spread, std::move(role));
  }
}

std::optional<Profile> ProfileByName(std::string_view name, std::size_t accounts) {
  if (name.empty()) return accounts < 10 ? Profile::kPlain : Profile::kMixed;
  if (name == "plain") return Profile::kPlain;
  if (name == "mixed") return Profile::kMixed;
  if (name == "large") return Profile::kLarge;
  return std::nullopt;
}

}  // namespace crossrole::sim
