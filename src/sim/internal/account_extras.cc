// SPDX-License-Identifier: Apache-2.0
#include "sim/internal/account_extras.h"

namespace crossrole::sim {

AccountExtras& ExtrasOf(Account& account) {
  if (!account.extras) account.extras = std::make_shared<AccountExtras>();
  return *account.extras;
}

const AccountExtras& ExtrasOf(const Account& account) {
  static const AccountExtras kNone;
  return account.extras ? *account.extras : kNone;
}

const UserExtras& ExtrasOf(const User& user) {
  static const UserExtras kNone;
  return user.extras ? *user.extras : kNone;
}

}  // namespace crossrole::sim
