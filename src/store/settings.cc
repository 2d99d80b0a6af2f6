// SPDX-License-Identifier: Apache-2.0
#include "store/settings.h"

namespace crossrole::store {

std::string PrincipalSetting(model::Partition partition) {
  return "principal_arn." + std::string(model::FactsOf(partition).name);
}

base::Result<std::optional<std::string>> FindSetting(ReadTransaction& tx, std::string_view name) {
  return tx.One(R"sql(SELECT value FROM settings WHERE name = $1)sql", {name},
                [](const Row& row) -> base::Result<std::string> { return row.Text(0); });
}

base::Status PutSetting(WriteTransaction& tx, std::string_view name, std::string_view value, base::Time now) {
  TRY(tx.Execute(R"sql(
    INSERT INTO settings (name, value, updated_at) VALUES ($1, $2, $3)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at)sql",
                 {name, value, now}));
  return {};
}

}  // namespace crossrole::store
