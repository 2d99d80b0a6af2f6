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
  std::string role = "reader";  // of a tenant's token: operator or reader
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
/// Notes when a token was last used; does not change its version.
base::Status RecordTokenUse(WriteTransaction& tx, const model::TokenId& id, base::Time now);
/// Voids a token from now on; a second time changes nothing. Errors: kNotFound.
base::Status RevokeToken(WriteTransaction& tx, const model::TokenId& id, base::Time now);

}  // namespace crossrole::store
