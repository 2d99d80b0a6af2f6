// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "session/request.h"

namespace crossrole::cli {

/// Asks the server for new credentials; waits.
using FetchSession = std::function<base::Result<session::Minted>()>;

/// Keeps one session fresh in memory: refreshed before its last 20 minutes begin (half of its life if that is shorter),
/// by one caller at a time. Old ones are served while they live when the server cannot be reached or is too busy;
/// a refusal drops them at once. Thread-safe.
class Refresher {
 public:
  Refresher(FetchSession fetch, const base::Clock& clock, base::Random& random)
      : fetch_(std::move(fetch)), clock_(clock), random_(random) {}

  /// Credentials that live. Errors: those of the fetch.
  base::Result<session::Minted> Get();

 private:
  std::optional<session::Minted> Fresh(base::Time now) const;
  base::Result<session::Minted> Fetch(base::Time now);

  const FetchSession fetch_;
  const base::Clock& clock_;
  base::Random& random_;
  mutable std::mutex state_mutex_;  // guards what follows; never held while the server is asked
  std::optional<session::Minted> current_;
  base::Time refresh_at_{};
  std::mutex fetch_mutex_;  // held by the one who asks
};

}  // namespace crossrole::cli
