// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "sim/internal/aws_policies.h"
#include "sim/internal/identifiers.h"
#include "sim/internal/simulation.h"

namespace crossrole::sim {
namespace {

constexpr std::array<std::string_view, 8> kNames = {"production", "staging", "development", "security",
                                                    "logging",    "network", "sandbox",     "data"};

std::string NameOfAccount(std::size_t index) {
  if (index == 0) return "platform";
  if (index == 1) return "management";
  const std::size_t n = index - 2;
  const std::string name(kNames[n % kNames.size()]);
  return n < kNames.size() ? name : name + "-" + std::to_string(n / kNames.size() + 1);
}

User MakeAdministrator(const Account& account, base::Random& random) {
  User user;
  user.name = "administrator";
  user.arn = account.IamArn("user/" + user.name);
  user.id = MakeUniqueId("AIDA", random);
  user.created = account.created;
  user.attached = {"arn:" + std::string(account.partition_name()) + ":iam::aws:policy/AdministratorAccess"};
  user.keys.push_back({.id = MakeAccessKeyId("AKIA", account.id, random),
                       .secret = MakeSecretKey(random),
                       .created = account.created});
  return user;
}

}  // namespace

Simulation::Simulation(const CloudOptions& options, Accounts accounts) : buckets(options.rate_scale) {
  if (accounts == Accounts::kNone) return;
  base::SeededRandom random(options.seed);
  // Old enough that nothing of it is still spreading.
  const base::Time created = options.clock->Now() - std::chrono::days(400);
  world.SetAwsPolicies(options.partition, MakeAwsPolicies(options.partition, created));
  for (std::size_t i = 0; i < std::max<std::size_t>(options.accounts, 2); ++i) {
    std::string id = MakeAccountId(random);
    while (world.FindAccount(id) != nullptr) id = MakeAccountId(random);
    Account& account = world.AddAccount({.id = std::move(id),
                                         .name = NameOfAccount(i),
                                         .partition = options.partition,
                                         .platform = i == 0,
                                         .management = i == 1,
                                         .created = created});
    User administrator = MakeAdministrator(account, random);
    account.administrator = administrator.id;
    world.Put(account, {.now = created}, std::move(administrator));
  }
}

std::vector<AccountKeys> AccountsOf(const World& world) {
  std::vector<AccountKeys> accounts;
  for (const auto& account : world.accounts()) {
    AccountKeys keys{.account_id = account->id,
                     .name = account->name,
                     .platform = account->platform,
                     .management = account->management,
                     .access_key_id = "",
                     .secret_access_key = ""};
    const Owner* administrator = world.FindId(account->administrator);
    const auto user = administrator == nullptr ? nullptr : account->users.Find(administrator->name);
    if (user && user->id == account->administrator && !user->keys.empty()) {
      keys.access_key_id = user->keys.front().id;
      keys.secret_access_key = user->keys.front().secret;
    }
    accounts.push_back(std::move(keys));
  }
  return accounts;
}

}  // namespace crossrole::sim
