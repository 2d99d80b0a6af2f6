// SPDX-License-Identifier: Apache-2.0
#include "store/organization/defaults.h"

#include "store/internal/columns.h"

namespace crossrole::store {

base::Result<std::string> FindDefaultSettings(ReadTransaction& tx, const model::IntegrationId& integration) {
  TRY_ASSIGN(auto found, tx.One(R"sql(SELECT settings FROM organization_defaults WHERE tenant_id = $1 AND integration_id = $2)sql",
                                {integration}, [](const Row& row) -> base::Result<std::string> { return row.Text(0); }));
  return std::move(found).value_or("{}");
}

base::Status PutDefaultSettings(WriteTransaction& tx, const model::IntegrationId& integration, const std::string& settings) {
  TRY(tx.Execute(R"sql(
    INSERT INTO organization_defaults (tenant_id, integration_id, settings) VALUES ($1, $2, $3)
    ON CONFLICT (tenant_id, integration_id) DO UPDATE SET settings = $3)sql",
                 {integration, settings}));
  return {};
}

}  // namespace crossrole::store
