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

base::Result<std::vector<std::pair<std::string, std::string>>> ListSettings(ReadTransaction& tx, std::string_view prefix) {
  // What lies between the prefix and the prefix with its last character raised.
  std::string end(prefix);
  if (!end.empty()) ++end.back();
  return tx.All(R"sql(SELECT name, value FROM settings WHERE name >= $1 AND name < $2 ORDER BY name)sql", {prefix, end},
                [](const Row& row) -> base::Result<std::pair<std::string, std::string>> { return std::pair(row.Text(0), row.Text(1)); });
}

base::Status DeleteSetting(WriteTransaction& tx, std::string_view name) {
  TRY(tx.Execute(R"sql(DELETE FROM settings WHERE name = $1)sql", {name}));
  return {};
}

}  // namespace crossrole::store
