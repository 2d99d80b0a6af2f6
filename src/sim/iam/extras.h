// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <utility>

#include "sim/call.h"
#include "sim/internal/account_extras.h"

namespace crossrole::sim::iam {

/// Stores a copy of `user` whose extras `change` has changed.
template <typename Change>
void ChangeExtras(Call& call, const User& user, Change change) {
  auto extras = std::make_shared<UserExtras>(ExtrasOf(user));
  change(*extras);
  User copy = user;
  copy.extras = std::move(extras);
  call.world.Put(call.account(), call.spread, std::move(copy));
}

}  // namespace crossrole::sim::iam
