// SPDX-License-Identifier: Apache-2.0
#include "store/tokens.h"

#include "store/internal/columns.h"

namespace crossrole::store {
namespace {

using base::Fail;
using base::Result;
using base::Status;

std::string_view NameOf(TokenPower power) { return power == TokenPower::kAdministrator ? "administrator" : "tenant"; }

Result<Token> TokenFrom(const Row& row) {
  TRY_ASSIGN(auto id, row.Parsed<model::TokenId>(0));
  TRY_ASSIGN(auto tenant, row.Parsed<model::TenantId>(1));
  return Token{.id = std::move(id),
               .tenant = std::move(tenant),
               .name = row.Text(2),
               .power = row.TextView(3) == "administrator" ? TokenPower::kAdministrator : TokenPower::kTenant,
               .role = row.Text(11),
               .hash = row.Text(4),
               .expires_at = row.OptionalTime(5),
               .last_used_at = row.OptionalTime(6),
               .revoked_at = row.OptionalTime(7),
               .version = row.Int(8),
               .created_at = row.Time(9),
               .updated_at = row.Time(10)};
}

}  // namespace

Status InsertToken(WriteTransaction& tx, const Token& token) {
  CHECK(token.tenant == tx.tenant());
  TRY(tx.Execute(R"sql(
    INSERT INTO tokens (tenant_id, id, name, power, role, hash, expires_at, version, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $8))sql",
                 {token.id, token.name, NameOf(token.power), token.role, token.hash, token.expires_at, token.created_at}));
  TRY(tx.Execute(R"sql(INSERT INTO token_tenants (tenant_id, token_id) VALUES ($1, $2))sql", {token.id}));
  return {};
}

Result<std::optional<model::TenantId>> FindTenantOfToken(ReadTransaction& tx, const model::TokenId& id) {
  return tx.One(R"sql(SELECT tenant_id FROM token_tenants WHERE token_id = $1)sql", {id},
                [](const Row& row) { return row.Parsed<model::TenantId>(0); });
}

Result<std::optional<Token>> FindToken(ReadTransaction& tx, const model::TokenId& id) {
  return tx.One(R"sql(
    SELECT id, tenant_id, name, power, hash, expires_at, last_used_at, revoked_at, version, created_at, updated_at,
           role
    FROM tokens WHERE tenant_id = $1 AND id = $2)sql",
                {id}, TokenFrom);
}

Result<std::vector<Token>> ListTokens(ReadTransaction& tx, const Page& page) {
  return tx.All(R"sql(
    SELECT id, tenant_id, name, power, hash, expires_at, last_used_at, revoked_at, version, created_at, updated_at,
           role
    FROM tokens WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT $3)sql",
                {page.after, page.limit}, TokenFrom);
}

Status RecordTokenUse(WriteTransaction& tx, const model::TokenId& id, base::Time now) {
  TRY(tx.Execute(R"sql(UPDATE tokens SET last_used_at = $3 WHERE tenant_id = $1 AND id = $2)sql", {id, now}));
  return {};
}

Status RevokeToken(WriteTransaction& tx, const model::TokenId& id, base::Time now) {
  TRY_ASSIGN(const auto found, FindToken(tx, id));
  if (!found) return Fail(NoSuch("token", id.text()));
  TRY(tx.Execute(R"sql(
    UPDATE tokens SET revoked_at = $3, updated_at = $3, version = version + 1
    WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL)sql",
                 {id, now}));
  return {};
}

}  // namespace crossrole::store
