// SPDX-License-Identifier: Apache-2.0
#include "store/people/browser_sessions.h"

#include "store/internal/columns.h"

namespace crossrole::store {
namespace {

using base::Result;
using base::Status;

Result<BrowserSession> SessionFrom(const Row& row) {
  TRY_ASSIGN(auto tenant, row.Parsed<model::TenantId>(1));
  TRY_ASSIGN(auto person, row.Parsed<model::OperatorId>(2));
  return BrowserSession{.id = row.Text(0),
                        .tenant = std::move(tenant),
                        .operator_id = std::move(person),
                        .hash = row.Text(3),
                        .created_at = row.Time(4),
                        .last_used_at = row.Time(5),
                        .expires_at = row.Time(6)};
}

}  // namespace

Status InsertBrowserSession(WriteTransaction& tx, const BrowserSession& session) {
  CHECK(session.tenant == tx.tenant());
  TRY(tx.Execute(R"sql(
    INSERT INTO browser_sessions (tenant_id, id, operator_id, hash, created_at, last_used_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7))sql",
                 {session.id, session.operator_id, session.hash, session.created_at, session.last_used_at, session.expires_at}));
  return {};
}

Result<std::optional<BrowserSession>> FindBrowserSession(ReadTransaction& tx, std::string_view id) {
  return tx.One(R"sql(
    SELECT id, tenant_id, operator_id, hash, created_at, last_used_at, expires_at
    FROM browser_sessions WHERE tenant_id = $1 AND id = $2)sql",
                {id}, SessionFrom);
}

Status RecordBrowserSessionUse(WriteTransaction& tx, std::string_view id, base::Time now) {
  TRY(tx.Execute(R"sql(UPDATE browser_sessions SET last_used_at = $3 WHERE tenant_id = $1 AND id = $2)sql", {id, now}));
  return {};
}

Status DeleteBrowserSession(WriteTransaction& tx, std::string_view id) {
  TRY(tx.Execute(R"sql(DELETE FROM browser_sessions WHERE tenant_id = $1 AND id = $2)sql", {id}));
  return {};
}

Result<std::int64_t> DeleteBrowserSessionsOf(WriteTransaction& tx, const model::OperatorId& id) {
  return tx.Execute(R"sql(DELETE FROM browser_sessions WHERE tenant_id = $1 AND operator_id = $2)sql", {id});
}

Result<std::int64_t> SweepBrowserSessions(WriteTransaction& tx, base::Time now, base::Time idle_since) {
  return tx.Execute(R"sql(
    DELETE FROM browser_sessions WHERE tenant_id = $1 AND (expires_at < $2 OR last_used_at < $3))sql",
                    {now, idle_since});
}

}  // namespace crossrole::store
