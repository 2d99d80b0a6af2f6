// SPDX-License-Identifier: Apache-2.0
#include "store/idempotency_keys.h"

#include <fmt/format.h>

#include "store/internal/columns.h"
#include "store/people/personal_data.h"

namespace crossrole::store {
namespace {

struct Found {
  std::string body_hash;
  std::optional<std::int64_t> status;
  std::string body;
  base::Time expires_at;
};

// Answers may say who somebody is.
constexpr std::string_view kBody = "idempotency_keys.body";

// Which row an answer is of, whatever its parts consist of.
std::string RowOf(const IdempotencyKey& key) { return fmt::format("{}\n{}\n{}", key.token, key.route, key.key); }

// What was written before there was anything to seal with, or without it, is JSON; what is sealed never is.
base::Result<std::string> OpenBody(const ReadTransaction& tx, const IdempotencyKey& key, std::string body) {
  const bool is_clear = body.empty() || body.starts_with('{') || body.starts_with('[');
  if (is_clear || tx.personal_data() == nullptr) return body;
  return tx.personal_data()->Open({tx.tenant(), RowOf(key), kBody}, body);
}

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
    TRY_ASSIGN(std::string body, OpenBody(tx, key, found->body));
    return Reservation{.outcome = kReplay, .answer = StoredAnswer{.status = static_cast<int>(*found->status), .body = std::move(body)}};
  }
  TRY(tx.Execute(R"sql(
    INSERT INTO idempotency_keys (tenant_id, token, route, key, body_hash, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (tenant_id, token, route, key) DO UPDATE
    SET body_hash = excluded.body_hash, expires_at = excluded.expires_at, status = NULL, body = NULL)sql",
                 {key.token, key.route, key.key, body_hash, now + kReservationLife}));
  return Reservation{.outcome = kNew};
}

base::Status StoreAnswer(WriteTransaction& tx, const IdempotencyKey& key, const StoredAnswer& answer, base::Time now) {
  const PersonalData* personal_data = tx.personal_data();
  const std::string body = personal_data == nullptr ? answer.body : personal_data->Seal({tx.tenant(), RowOf(key), kBody}, answer.body);
  TRY_ASSIGN(const auto changed, tx.Execute(R"sql(
    UPDATE idempotency_keys SET status = $5, body = $6, expires_at = $7
    WHERE tenant_id = $1 AND token = $2 AND route = $3 AND key = $4)sql",
                                            {key.token, key.route, key.key, answer.status, body, now + kAnswerLife}));
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
