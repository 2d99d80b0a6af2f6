// SPDX-License-Identifier: Apache-2.0
#include "store/people/bearers.h"

#include "store/internal/columns.h"

namespace crossrole::store {

base::Status InsertBearer(WriteTransaction& tx, const model::TokenId& id, std::string_view bearer) {
  TRY(tx.Execute(R"sql(INSERT INTO token_bearers (tenant_id, token_id, bearer) VALUES ($1, $2, $3))sql", {id, bearer}));
  return {};
}

base::Result<std::optional<std::string>> FindBearer(ReadTransaction& tx, const model::TokenId& id) {
  return tx.One(R"sql(SELECT bearer FROM token_bearers WHERE tenant_id = $1 AND token_id = $2)sql", {id},
                [](const Row& row) { return base::Result<std::string>(row.Text(0)); });
}

base::Result<std::int64_t> RevokeTokensOfBearer(WriteTransaction& tx, std::string_view bearer, base::Time now) {
  return tx.Execute(R"sql(
    UPDATE tokens SET revoked_at = $3, updated_at = $3, version = version + 1
    WHERE tenant_id = $1 AND revoked_at IS NULL
      AND id IN (SELECT token_id FROM token_bearers WHERE tenant_id = $1 AND bearer = $2))sql",
                    {bearer, now});
}

}  // namespace crossrole::store
