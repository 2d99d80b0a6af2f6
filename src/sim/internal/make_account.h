// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"
#include "sim/internal/state.h"
#include "sim/organizations/organization.h"

namespace crossrole::sim {

/// An account to be made. Its id, and an administrator user with keys, are made with it.
struct NewAccount {
  std::string name;
  std::string email{};  // "" for one made of name and id
  model::Partition partition = model::Partition::kAws;
  base::Time created{};
  bool platform = false;
  bool management = false;
  std::string access_role{};      // a role with administrator's rights …
  std::string trusted_account{};  // … that this account may assume; "" for none
};
/// Makes an account.
Account& MakeAccount(World& world, const NewAccount& wanted, base::Random& random);

/// What the members of a made organization are filled with. Source: docs/reference/sim.md.
enum class Profile : std::uint8_t {
  kPlain,  // nothing but an administrator; all in the root
  kMixed,  // units, odd names and states, some users, groups, roles and policies
  kLarge,  // the same with a hundred principals an account
};
/// The profile called `name`; of "" the one for that many accounts.
std::optional<Profile> ProfileByName(std::string_view name, std::size_t accounts);

/// An organization to be made.
struct NewOrganization {
  std::size_t accounts = 2;  // with the management account
  Profile profile = Profile::kPlain;
  model::Partition partition = model::Partition::kAws;
  base::Time created{};
  bool first = false;  // whether its management account is the simulation's
};
/// Makes an organization with its accounts.
organizations::Organization& MakeOrganizationOf(World& world, const NewOrganization& wanted, base::Random& random);

/// Fills an account with users, groups, roles and policies as the profile says.
void FillAccount(World& world, Account& account, Profile profile, base::Random& random);

}  // namespace crossrole::sim
