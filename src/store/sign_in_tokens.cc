// SPDX-License-Identifier: Apache-2.0
#include "store/sign_in_tokens.h"

namespace crossrole::store {

base::Status SweepSignInTokens(WriteTransaction& tx, base::Time before) {
  TRY(tx.Execute(R"sql(
    DELETE FROM token_tenants WHERE tenant_id = $1 AND token_id IN (
      SELECT id FROM tokens WHERE tenant_id = $1 AND expires_at < $2
        AND (maker LIKE 'rule:%' OR (operator_id IS NOT NULL AND name = 'sign-in'))))sql",
                 {before}));
  TRY(tx.Execute(R"sql(
    DELETE FROM tokens WHERE tenant_id = $1 AND expires_at < $2
      AND (maker LIKE 'rule:%' OR (operator_id IS NOT NULL AND name = 'sign-in')))sql",
                 {before}));
  return {};
}

}  // namespace crossrole::store
