// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "tenancy/authenticate.h"
#include "tenancy/permissions.h"
#include "tenancy/ports.h"
#include "tenancy/tokens.h"

// Who can be somebody here. Workers and runs come in as themselves, by tokens of a short life; whatever role they were
// given, they never get beyond what their kind is for.

namespace crossrole::tenancy {

/// The kinds of principals, in the order of their table.
enum class PrincipalKind : std::uint8_t { kOperator, kToken, kWorker, kRun };

/// The row of a kind.
struct PrincipalFacts {
  std::string_view name;  // as in `GET /v1/whoami`
  std::string_view prefix;  // of the ids
  std::optional<PermissionSet> most;  // what one can have at most; nothing: whatever roles can give
  std::chrono::seconds longest;  // a token of one is valid at most; 0: as long as its maker wants
  std::string_view meaning;      // for docs/reference/permissions.md
};

/// All kinds.
std::span<const PrincipalFacts> PrincipalKinds();
/// The row of a kind.
const PrincipalFacts& FactsOf(PrincipalKind kind);
/// The kind of somebody with that id; nothing for what is no id of a principal.
std::optional<PrincipalKind> PrincipalKindOf(std::string_view id);
/// What of `permissions` somebody with that id can have; nothing at all when nobody has such an id.
PermissionSet WithinKind(PermissionSet permissions, std::string_view id);

/// An identity that is wanted for a worker or a run.
struct IdentityWish {
  std::string bearer;  // wk_… or run_…
  std::string role;    // name or id
  std::optional<model::SpaceId> space{};                   // nothing: the root
  std::optional<std::vector<std::string>> integrations{};  // ids or handles; nothing: all that the role reaches
  std::chrono::seconds life{900};
};

/// Makes a token by which a worker or a run comes in as itself: never one that may more than the caller, or than its kind.
/// Errors: as `CreateToken`; kInvalidArgument with field `bearer` or `life`.
base::Result<MadeToken> GiveIdentity(const Ports& ports, const Caller& caller, const IdentityWish& wish);
/// Voids every token of a worker or run at once, and returns how many there were: it is drained, or has finished.
base::Result<std::int64_t> EndIdentity(const Ports& ports, const model::Actor& actor, std::string_view bearer);

}  // namespace crossrole::tenancy
