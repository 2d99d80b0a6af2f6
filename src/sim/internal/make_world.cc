// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "sim/internal/aws_policies.h"
#include "sim/internal/make_account.h"
#include "sim/internal/simulation.h"
#include "sim/organizations/organization.h"

namespace crossrole::sim {
Simulation::Simulation(const CloudOptions& options, Accounts accounts)
    : buckets(options.rate_scale), trail(options.random->Below(std::uint64_t{1} << 62U)) {
  if (accounts == Accounts::kNone) return;
  base::SeededRandom random(options.seed);
  // Old enough that nothing of it is still spreading.
  const base::Time created = options.clock->Now() - std::chrono::days(400);
  world.SetAwsPolicies(options.partition, MakeAwsPolicies(options.partition, created));
  MakeAccount(world, {.name = "platform", .partition = options.partition, .created = created, .platform = true}, random);
  const std::size_t count = std::max<std::size_t>(options.accounts, 2);
  MakeOrganizationOf(world,
                     {.accounts = count - 1,
                      .profile = ProfileByName(options.profile, count).value_or(Profile::kPlain),
                      .partition = options.partition,
                      .created = created,
                      .first = true},
                     random);
}

std::vector<AccountKeys> AccountsOf(const World& world) {
  std::vector<AccountKeys> accounts;
  for (const auto& account : world.accounts()) {
    AccountKeys keys{.account_id = account->id,
                     .name = account->name,
                     .platform = account->platform,
                     .management = account->organization != nullptr && account->organization->management == account.get(),
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
