// SPDX-License-Identifier: Apache-2.0
#include "store/role_claims.h"

namespace crossrole::store {

base::Result<RoleClaim> ClaimRole(WriteTransaction& tx, const model::IntegrationId& integration,
                                  const model::RoleArn& role, base::Time now) {
  // The unique key decides between tenants; nothing of the other tenant's is read.
  TRY(tx.Execute(R"sql(
    INSERT INTO role_claims (tenant_id, role_arn, claimed_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING)sql",
                 {role.text(), now}));
  TRY_ASSIGN(const bool ours, HoldsRole(tx, role));
  if (!ours) return RoleClaim::kElsewhere;
  TRY(tx.Execute(R"sql(
    INSERT INTO role_claim_holders (tenant_id, role_arn, integration_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING)sql",
                 {role.text(), integration}));
  return RoleClaim::kOurs;
}

base::Result<bool> HoldsRole(ReadTransaction& tx, const model::RoleArn& role) {
  TRY_ASSIGN(const auto found, tx.One(R"sql(SELECT 1 FROM role_claims WHERE tenant_id = $1 AND role_arn = $2)sql",
                                      {role.text()}, [](const Row& row) -> base::Result<std::int64_t> { return row.Int(0); }));
  return found.has_value();
}

base::Status ReleaseRoles(WriteTransaction& tx, const model::IntegrationId& integration) {
  TRY(tx.Execute(R"sql(DELETE FROM role_claim_holders WHERE tenant_id = $1 AND integration_id = $2)sql", {integration}));
  TRY(tx.Execute(R"sql(
    DELETE FROM role_claims WHERE tenant_id = $1 AND role_arn NOT IN (
      SELECT h.role_arn FROM role_claim_holders h WHERE h.tenant_id = $1))sql",
                 {}));
  return {};
}

}  // namespace crossrole::store
