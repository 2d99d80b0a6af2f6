// SPDX-License-Identifier: Apache-2.0
#include "store/people/tokens.h"

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
  Token token{.id = std::move(id),
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
  if (!row.IsNull(12)) {
    TRY_ASSIGN(token.space, row.Parsed<model::SpaceId>(12));
  }
  if (!row.IsNull(13)) {
    TRY_ASSIGN(const auto texts, ParseList(row.TextView(13)));
    token.integrations.emplace();
    for (const std::string& text : texts) {
      TRY_ASSIGN(auto integration, Row::Checked(model::IntegrationId::Parse(text), 13));
      token.integrations->push_back(std::move(integration));
    }
  }
  if (!row.IsNull(14)) {
    TRY_ASSIGN(token.operator_id, row.Parsed<model::OperatorId>(14));
  }
  token.maker = row.Text(15);
  return token;
}

std::optional<std::string> PrintIntegrations(const Token& token) {
  if (!token.integrations) return std::nullopt;
  std::vector<std::string> texts;
  for (const model::IntegrationId& id : *token.integrations) texts.push_back(id.text());
  return PrintList(texts);
}

}  // namespace

Status InsertToken(WriteTransaction& tx, const Token& token) {
  CHECK(token.tenant == tx.tenant());
  const std::optional<std::string> integrations = PrintIntegrations(token);
  TRY(tx.Execute(R"sql(
    INSERT INTO tokens (tenant_id, id, name, power, role, hash, expires_at, version, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $8))sql",
                 {token.id, token.name, NameOf(token.power), token.role, token.hash, token.expires_at, token.created_at}));
  TRY(tx.Execute(R"sql(
    INSERT INTO token_scopes (tenant_id, token_id, space, integration_ids, operator_id, maker)
    VALUES ($1, $2, $3, $4, $5, $6))sql",
                 {token.id, token.space, integrations, token.operator_id, token.maker}));
  TRY(tx.Execute(R"sql(INSERT INTO token_tenants (tenant_id, token_id) VALUES ($1, $2))sql", {token.id}));
  return {};
}

Result<std::optional<model::TenantId>> FindTenantOfToken(ReadTransaction& tx, const model::TokenId& id) {
  return tx.One(R"sql(SELECT tenant_id FROM token_tenants WHERE token_id = $1)sql", {id},
                [](const Row& row) { return row.Parsed<model::TenantId>(0); });
}

Result<std::optional<Token>> FindToken(ReadTransaction& tx, const model::TokenId& id) {
  return tx.One(R"sql(
    SELECT t.id, t.tenant_id, t.name, t.power, t.hash, t.expires_at, t.last_used_at, t.revoked_at, t.version, t.created_at,
           t.updated_at, t.role, s.space, s.integration_ids, s.operator_id, s.maker
    FROM tokens t LEFT JOIN token_scopes s ON s.tenant_id = $1 AND s.token_id = t.id
    WHERE t.tenant_id = $1 AND t.id = $2)sql",
                {id}, TokenFrom);
}

Result<std::vector<Token>> ListTokens(ReadTransaction& tx, const Page& page) {
  return tx.All(R"sql(
    SELECT t.id, t.tenant_id, t.name, t.power, t.hash, t.expires_at, t.last_used_at, t.revoked_at, t.version, t.created_at,
           t.updated_at, t.role, s.space, s.integration_ids, s.operator_id, s.maker
    FROM tokens t LEFT JOIN token_scopes s ON s.tenant_id = $1 AND s.token_id = t.id
    WHERE t.tenant_id = $1 AND t.id > $2 ORDER BY t.id LIMIT $3)sql",
                {page.after, page.limit}, TokenFrom);
}

Result<std::int64_t> UpdateToken(WriteTransaction& tx, const Token& token) {
  TRY_ASSIGN(const auto changed, tx.Execute(R"sql(
    UPDATE tokens SET name = $3, hash = $4, updated_at = $5, version = version + 1
    WHERE tenant_id = $1 AND id = $2 AND version = $6)sql",
                                            {token.id, token.name, token.hash, token.updated_at, token.version}));
  if (changed == 0) return Fail(StaleVersion());
  return token.version + 1;
}

Result<std::int64_t> RevokeTokensOf(WriteTransaction& tx, const model::OperatorId& id, base::Time now) {
  return tx.Execute(R"sql(
    UPDATE tokens SET revoked_at = $3, updated_at = $3, version = version + 1
    WHERE tenant_id = $1 AND revoked_at IS NULL
      AND id IN (SELECT token_id FROM token_scopes WHERE tenant_id = $1 AND operator_id = $2))sql",
                    {id, now});
}

Result<std::int64_t> RevokeAdministratorTokens(WriteTransaction& tx, base::Time now) {
  return tx.Execute(R"sql(
    UPDATE tokens SET revoked_at = $2, updated_at = $2, version = version + 1
    WHERE tenant_id = $1 AND power = 'administrator' AND revoked_at IS NULL)sql",
                    {now});
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
