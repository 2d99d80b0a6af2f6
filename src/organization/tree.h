// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/handle.h"
#include "organization/handles.h"

// The words of this folder. A node is a folder (the organization's root, or an OU) or a connection (an account). Its key is AWS's
// id of it, which never changes: `r-…`, `ou-…`, or the twelve digits.

namespace crossrole::organization {

/// The state of an account as AWS tells it. Source: Organizations API Reference, "Account".
enum class AccountState : std::uint8_t { kPendingActivation, kActive, kSuspended, kPendingClosure, kClosed };
/// The name as in the API, e.g. "pending_closure".
std::string_view NameOf(AccountState state);
/// The inverse. Errors: kInvalidArgument.
base::Result<AccountState> ParseAccountState(std::string_view name);
/// The state of an account by AWS's `State`, and by the retiring `Status` where that is missing. A value that nobody knows yet is
/// kSuspended: such an account is kept and not used; without both it is kActive.
AccountState ReadAccountState(const std::optional<std::string>& state, const std::optional<std::string>& status);

/// A folder or an account as it was listed.
struct ListedNode {
  std::string key;
  std::string parent{};  // key of a folder; "" for a root
  std::string name{};    // as model::CheckName wants it
  AccountState state = AccountState::kActive;  // of accounts
  bool operator==(const ListedNode&) const = default;
};

/// What a listing says.
struct Listing {
  std::string organization{};        // o-…
  std::string management_account{};  // twelve digits
  bool complete = false;             // whether everything there is was listed
  std::vector<ListedNode> folders{};
  std::vector<ListedNode> accounts{};
};

/// Whether a node is in the tree, or was and is remembered.
enum class Presence : std::uint8_t { kPresent, kRemoved };

/// A folder or a connection as we have it.
struct KnownNode {
  std::string key;
  std::string parent{};
  std::string name{};
  AccountState state = AccountState::kActive;
  model::Handle handle;
  HandleMode mode = HandleMode::kDynamic;
  Presence presence = Presence::kPresent;
};

/// What we have of one organization, and what the rest of the tenant has taken.
struct KnownTree {
  std::string organization{};  // "" before the first import
  std::vector<KnownNode> folders{};
  std::vector<KnownNode> connections{};
  std::vector<model::Handle> foreign_folder_handles{};      // of other integrations of the tenant
  std::vector<model::Handle> foreign_connection_handles{};
};

}  // namespace crossrole::organization
