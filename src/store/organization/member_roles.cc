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
    WHERE tenant_id = $1 AND integration_id = $2)sql",
                 {access.integration, fmt::format("arn:{}:iam::", model::FactsOf(partition).name),
                  ":role" + access.role_path + access.role_name, now}));
  return {};
}

}  // namespace crossrole::store
