// SPDX-License-Identifier: Apache-2.0
#include "store/people/sign_in_tokens.h"

namespace crossrole::store {

base::Status SweepSignInTokens(WriteTransaction& tx, base::Time before) {
  TRY(tx.Execute(R"sql(
    DELETE FROM token_tenants WHERE tenant_id = $1 AND token_id IN (
      SELECT t.id FROM tokens t JOIN token_scopes s ON s.tenant_id = $1 AND s.token_id = t.id
      WHERE t.tenant_id = $1 AND t.expires_at < $2
        AND (s.maker LIKE 'rule:%' OR (s.operator_id IS NOT NULL AND t.name = 'sign-in'))))sql",
                 {before}));
  TRY(tx.Execute(R"sql(
    DELETE FROM tokens WHERE tenant_id = $1 AND expires_at < $2 AND id IN (
      SELECT t.id FROM tokens t JOIN token_scopes s ON s.tenant_id = $1 AND s.token_id = t.id
      WHERE t.tenant_id = $1 AND (s.maker LIKE 'rule:%' OR (s.operator_id IS NOT NULL AND t.name = 'sign-in'))))sql",
                 {before}));
  return {};
}

}  // namespace crossrole::store
