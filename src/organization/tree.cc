// SPDX-License-Identifier: Apache-2.0
#include "organization/tree.h"

#include <fmt/format.h>

#include <array>

#include "base/text.h"

namespace crossrole::organization {
namespace {

constexpr std::array<std::string_view, 5> kNames = {"pending_activation", "active", "suspended", "pending_closure", "closed"};

std::optional<AccountState> StateByName(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<AccountState>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view NameOf(AccountState state) { return kNames.at(static_cast<std::size_t>(state)); }

base::Result<AccountState> ParseAccountState(std::string_view name) {
  if (const auto state = StateByName(name)) return *state;
  return base::Fail({.code = base::Code::kInvalidArgument,
                     .message = fmt::format("`{}` is not a state of accounts", base::Shortened(name, 80)),
                     .field = "account_state"});
}

AccountState ReadAccountState(const std::optional<std::string>& state, const std::optional<std::string>& status) {
  const std::optional<std::string>& said = state && !state->empty() ? state : status;
  if (!said || said->empty()) return AccountState::kActive;
  return StateByName(base::Lower(*said)).value_or(AccountState::kSuspended);
}

}  // namespace crossrole::organization
