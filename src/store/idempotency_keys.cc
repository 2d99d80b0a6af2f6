// SPDX-License-Identifier: Apache-2.0
#include "store/idempotency_keys.h"

#include "store/internal/columns.h"

namespace crossrole::store {
namespace {

struct Found {
  std::string body_hash;
  std::optional<std::int64_t> status;
  std::string body;
  base::Time expires_at;
};

base::Result<Found> FoundFrom(const Row& row) {
  return Found{.body_hash = row.Text(0),
               .status = row.IsNull(1) ? std::nullopt : std::optional(row.Int(1)),
               .body = row.Text(2),
               .expires_at = row.Time(3)};
}

}  // namespace

base::Result<Reservation> ReserveKey(WriteTransaction& tx, const IdempotencyKey& key, const std::string& body_hash, base::Time now) {
  using enum Reservation::Outcome;
  TRY_ASSIGN(const auto found, tx.One(R"sql(
    SELECT body_hash, status, body, expires_at FROM idempotency_keys
    WHERE tenant_id = $1 AND token = $2 AND route = $3 AND key = $4)sql",
                                      {key.token, key.route, key.key}, FoundFrom));
  if (found && found->expires_at > now) {
    if (found->body_hash != body_hash) return Reservation{.outcome = kOtherBody};
    if (!found->status) return Reservation{.outcome = kInProgress};
    return Reservation{.outcome = kReplay, .answer = StoredAnswer{.status = static_cast<int>(*found->status), .body = found->body}};
  }
  TRY(tx.Execute(R"sql(
    INSERT INTO idempotency_keys (tenant_id, token, route, key, body_hash, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (tenant_id, token, route, key) DO UPDATE
    SET body_hash = excluded.body_hash, expires_at = excluded.expires_at, status = NULL, body = NULL)sql",
                 {key.token, key.route, key.key, body_hash, now + kReservationLife}));
  return Reservation{.outcome = kNew};
}

base::Status StoreAnswer(WriteTransaction& tx, const IdempotencyKey& key, const StoredAnswer& answer, base::Time now) {
  TRY_ASSIGN(const auto changed, tx.Execute(R"sql(
    UPDATE idempotency_keys SET status = $5, body = $6, expires_at = $7
    WHERE tenant_id = $1 AND token = $2 AND route = $3 AND key = $4)sql",
                                            {key.token, key.route, key.key, answer.status, answer.body, now + kAnswerLife}));
  if (changed == 0) return base::Fail(NoSuch("reserved idempotency key", key.key));
  return {};
}

base::Status ReleaseKey(WriteTransaction& tx, const IdempotencyKey& key) {
  TRY(tx.Execute(R"sql(
    DELETE FROM idempotency_keys WHERE tenant_id = $1 AND token = $2 AND route = $3 AND key = $4)sql",
                 {key.token, key.route, key.key}));
  return {};
}

base::Result<std::int64_t> DeleteExpiredKeys(WriteTransaction& tx, base::Time now) {
  return tx.Execute(R"sql(DELETE FROM idempotency_keys WHERE tenant_id = $1 AND expires_at <= $2)sql", {now});
}

}  // namespace crossrole::store
