// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "store/transaction.h"

namespace crossrole::store {

/// What a client may not do twice: one key of one token on one route, within the transaction's tenant.
struct IdempotencyKey {
  std::string token;  // tok_… or whatever authenticates
  std::string route;  // e.g. "POST /v1/integrations"
  std::string key;
};

/// An answer that was given and may be given again. Answers with secrets are never stored.
struct StoredAnswer {
  int status = 0;
  std::string body;
};

/// What came of a reservation.
struct Reservation {
  /// The key is ours now, was answered before, is being answered, or came with another body.
  enum class Outcome : std::uint8_t { kNew, kReplay, kInProgress, kOtherBody };
  Outcome outcome = Outcome::kNew;
  std::optional<StoredAnswer> answer{};  // with kReplay
};

/// How long a reservation without an answer blocks the key: its process may have died.
inline constexpr std::chrono::seconds kReservationLife{60};
/// How long answers are kept. Source: contract 4.
inline constexpr std::chrono::hours kAnswerLife{24};

/// Reserves a key for a request whose body has this keyed hash, or says what happened to it before.
base::Result<Reservation> ReserveKey(WriteTransaction& tx, const IdempotencyKey& key, const std::string& body_hash,
                                     base::Time now);
/// Stores the answer of a reserved key. Errors: kNotFound when it is not reserved any more.
base::Status StoreAnswer(WriteTransaction& tx, const IdempotencyKey& key, const StoredAnswer& answer,
                         base::Time now);
/// Forgets a key, because its answer carries a secret or the request failed: a repeat acts anew.
base::Status ReleaseKey(WriteTransaction& tx, const IdempotencyKey& key);
/// Deletes the keys of the transaction's tenant that have expired, and returns how many.
base::Result<std::int64_t> DeleteExpiredKeys(WriteTransaction& tx, base::Time now);

}  // namespace crossrole::store
