// SPDX-License-Identifier: Apache-2.0
#include "store/verifications.h"

namespace crossrole::store {

base::Status PutVerification(WriteTransaction& tx, const Verification& verification) {
  TRY(tx.Execute(R"sql(
    INSERT INTO verifications (tenant_id, integration_id, checked_at, ok, result) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (tenant_id, integration_id) DO UPDATE
    SET checked_at = excluded.checked_at, ok = excluded.ok, result = excluded.result)sql",
                 {verification.integration, verification.checked_at, verification.ok, verification.result}));
  return {};
}

base::Result<std::optional<Verification>> FindVerification(ReadTransaction& tx, const model::IntegrationId& integration) {
  return tx.One(R"sql(
    SELECT checked_at, ok, result FROM verifications WHERE tenant_id = $1 AND integration_id = $2)sql",
                {integration}, [&](const Row& row) -> base::Result<Verification> {
                  return Verification{.integration = integration, .checked_at = row.Time(0), .ok = row.Flag(1), .result = row.Text(2)};
                });
}

}  // namespace crossrole::store
