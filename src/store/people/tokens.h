// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/ids.h"
#include "store/page.h"
#include "store/transaction.h"

namespace crossrole::store {

/// What a token stands for: the administrator of the installation, or something within its tenant.
enum class TokenPower : std::uint8_t { kAdministrator, kTenant };

/// A bearer token, known here by its hash only.
struct Token {
  model::TokenId id;
  model::TenantId tenant;
  std::string name;
  TokenPower power = TokenPower::kTenant;
  std::string role = "reader";  // of a tenant's token: name of a built-in role, or role_…; "" of an operator's own
  std::optional<model::SpaceId> space{};                           // where the role counts; nothing: the root
  std::optional<std::vector<model::IntegrationId>> integrations{};  // nothing else can be touched; nothing: no such limit
  std::optional<model::OperatorId> operator_id{};  // whose own token it is: it may what that operator may, and no more
  std::string maker{};                             // who made it: op_…, tok_… or ""
  std::string hash;  // lower-case hexadecimal
  std::optional<base::Time> expires_at{};
  std::optional<base::Time> last_used_at{};
  std::optional<base::Time> revoked_at{};
  std::int64_t version = 1;
  base::Time created_at{};
  base::Time updated_at{};
};

/// Adds a token of the transaction's tenant. Errors: kConflict.
base::Status InsertToken(WriteTransaction& tx, const Token& token);
/// The tenant a token belongs to; in an installation transaction. This is where authentication begins.
base::Result<std::optional<model::TenantId>> FindTenantOfToken(ReadTransaction& tx, const model::TokenId& id);
/// A token of the transaction's tenant, revoked and expired ones too.
base::Result<std::optional<Token>> FindToken(ReadTransaction& tx, const model::TokenId& id);
/// Tokens of the transaction's tenant.
base::Result<std::vector<Token>> ListTokens(ReadTransaction& tx, const Page& page = {});
/// Stores name and hash of a token if `token.version` is still current, and returns the new version.
/// Errors: kConflict with `stale`.
base::Result<std::int64_t> UpdateToken(WriteTransaction& tx, const Token& token);
/// Voids all tokens of an operator from now on, and returns how many there were.
base::Result<std::int64_t> RevokeTokensOf(WriteTransaction& tx, const model::OperatorId& id, base::Time now);
/// Voids every administrator token of the transaction's tenant from now on, and returns how many there were.
base::Result<std::int64_t> RevokeAdministratorTokens(WriteTransaction& tx, base::Time now);
/// Notes when a token was last used; does not change its version.
base::Status RecordTokenUse(WriteTransaction& tx, const model::TokenId& id, base::Time now);
/// Voids a token from now on; a second time changes nothing. Errors: kNotFound.
base::Status RevokeToken(WriteTransaction& tx, const model::TokenId& id, base::Time now);

}  // namespace crossrole::store
