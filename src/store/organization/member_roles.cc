// SPDX-License-Identifier: Apache-2.0
#include "store/organization/member_roles.h"

#include <fmt/format.h>

#include "store/internal/columns.h"

namespace crossrole::store {

base::Status ChangeMemberRoles(WriteTransaction& tx, const MemberAccess& access, model::Partition partition, base::Time now) {
  TRY(PutMemberAccess(tx, access));
  TRY(UnverifyDiscovered(tx, access.integration, now));
  TRY(tx.Execute(R"sql(
    UPDATE connections SET role_arn = $3 || account_id || $4, error_at = NULL, error_code = NULL, error_message = NULL, updated_at = $5,
                           version = version + 1
    WHERE tenant_id = $1 AND integration_id = $2 AND folder_id IS NOT NULL)sql",
                 {access.integration, fmt::format("arn:{}:iam::", model::FactsOf(partition).name),
                  ":role" + access.role_path + access.role_name, now}));
  return {};
}

base::Result<bool> HasUnverifiedSince(ReadTransaction& tx, const model::IntegrationId& integration, base::Time when) {
  TRY_ASSIGN(const auto found, tx.One(R"sql(
    SELECT 1 FROM connections
    WHERE tenant_id = $1 AND integration_id = $2 AND updated_at >= $3 AND state = 'unverified' AND folder_id IS NOT NULL LIMIT 1)sql",
                                      {integration, when}, [](const Row& row) -> base::Result<std::int64_t> { return row.Int(0); }));
  return found.has_value();
}

base::Status TakeOverConnection(WriteTransaction& tx, const model::ConnectionId& id, const std::string& role_arn, const std::string& external_id,
                                base::Time now) {
  TRY(tx.Execute(R"sql(
    UPDATE connections SET role_arn = $3, external_id = $4, regions = '[]', settings_source = 'inherited', last_success_at = NULL,
                           error_at = NULL, error_code = NULL, error_message = NULL, updated_at = $5, version = version + 1,
                           state = CASE WHEN state = 'suspended' THEN state ELSE 'unverified' END
    WHERE tenant_id = $1 AND id = $2)sql",
                 {id, role_arn, external_id, now}));
  return {};
}

}  // namespace crossrole::store
