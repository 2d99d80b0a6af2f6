// SPDX-License-Identifier: Apache-2.0
#include "store/organization/listings.h"

#include "store/internal/columns.h"

namespace crossrole::store {

base::Result<std::optional<base::Time>> FindListing(ReadTransaction& tx, const model::IntegrationId& integration) {
  return tx.One(R"sql(SELECT completed_at FROM listings WHERE tenant_id = $1 AND integration_id = $2)sql", {integration},
                [](const Row& row) -> base::Result<base::Time> { return row.Time(0); });
}

base::Status NoteListing(WriteTransaction& tx, const model::IntegrationId& integration, base::Time when) {
  TRY(tx.Execute(R"sql(
    INSERT INTO listings (tenant_id, integration_id, completed_at) VALUES ($1, $2, $3)
    ON CONFLICT (tenant_id, integration_id) DO UPDATE SET completed_at = $3)sql",
                 {integration, when}));
  return {};
}

}  // namespace crossrole::store
