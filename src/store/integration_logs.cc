// SPDX-License-Identifier: Apache-2.0
#include "store/integration_logs.h"

namespace crossrole::store {

base::Result<std::int64_t> AppendIntegrationLog(WriteTransaction& tx, const model::IntegrationId& integration,
                                                const IntegrationLogLine& line) {
  TRY_ASSIGN(const auto last, tx.One(R"sql(
    SELECT MAX(seq) FROM integration_logs WHERE tenant_id = $1 AND integration_id = $2)sql",
                                     {integration}, [](const Row& row) -> base::Result<std::int64_t> { return row.Int(0); }));
  const std::int64_t seq = last.value_or(0) + 1;
  TRY(tx.Execute(R"sql(
    INSERT INTO integration_logs (tenant_id, integration_id, seq, at, level, event, message, details)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8))sql",
                 {integration, seq, line.at, line.level, line.event, line.message, line.details}));
  TRY(tx.Execute(R"sql(
    DELETE FROM integration_logs WHERE tenant_id = $1 AND integration_id = $2 AND seq <= $3)sql",
                 {integration, seq - kLogLinesKept}));
  return seq;
}

base::Result<std::vector<IntegrationLogLine>> ListIntegrationLog(ReadTransaction& tx, const model::IntegrationId& integration,
                                                                 std::int64_t after, std::size_t limit) {
  return tx.All(R"sql(
    SELECT seq, at, level, event, message, details FROM integration_logs
    WHERE tenant_id = $1 AND integration_id = $2 AND seq > $3 ORDER BY seq LIMIT $4)sql",
                {integration, after, limit}, [](const Row& row) -> base::Result<IntegrationLogLine> {
                  return IntegrationLogLine{.seq = row.Int(0),
                                            .at = row.Time(1),
                                            .level = row.Text(2),
                                            .event = row.Text(3),
                                            .message = row.Text(4),
                                            .details = row.Text(5)};
                });
}

}  // namespace crossrole::store
