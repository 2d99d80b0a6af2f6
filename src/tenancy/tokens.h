// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "model/ids.h"
#include "store/people/tokens.h"
#include "tenancy/authenticate.h"
#include "tenancy/ports.h"

namespace crossrole::tenancy {

/// How long a token is valid whose maker does not say.
inline constexpr std::chrono::days kTokenLife{90};

/// A token that is wanted. That its maker may make tokens in `space` was checked before.
struct TokenWish {
  std::string name;
  std::string role;                                          // name or id; ignored for one's own
  std::optional<model::SpaceId> space{};                     // nothing: the root
  std::optional<std::vector<std::string>> integrations{};    // ids or handles; nothing: all that the role reaches
  std::optional<base::Time> expires_at{};                    // nothing: in `kTokenLife`
  std::string bearer{};                                      // whom it identifies instead of itself; see principals/principals.h
};

/// A token with its text, which is shown once.
struct MadeToken {
  store::Token token;
  base::Secret text;
};

/// Makes a token for a machine: never one that may more than its maker.
/// Errors: kInvalidArgument with `field`; kPermissionDenied with reason `permission.beyond_reach`.
base::Result<MadeToken> CreateToken(const Ports& ports, const Caller& caller, const TokenWish& wish);
/// Makes a token of the caller's own: it may what its operator may, from moment to moment, within `integrations`.
/// Errors: as `CreateToken`; kFailedPrecondition with reason `token.no_operator` for who is no operator.
base::Result<MadeToken> CreateOwnToken(const Ports& ports, const Caller& caller, const TokenWish& wish);
/// Gives a token another text; the former one counts no longer. Errors: kNotFound; kConflict with `stale`;
/// kPermissionDenied when the token may more than the caller; kFailedPrecondition when it is revoked or expired.
base::Result<MadeToken> RotateToken(const Ports& ports, const Caller& caller, const model::TokenId& id,
                                    std::optional<std::int64_t> if_match);
/// Voids a token at once; a second time changes nothing. Errors: kNotFound; kConflict with `stale`.
base::Result<store::Token> RevokeToken(const Ports& ports, const Caller& caller, const model::TokenId& id,
                                       std::optional<std::int64_t> if_match);
/// Whether the token still has that version. Errors: kNotFound; kConflict with `stale`.
base::Status CheckTokenVersion(const Ports& ports, const Caller& caller, const model::TokenId& id, std::optional<std::int64_t> if_match);

}  // namespace crossrole::tenancy
