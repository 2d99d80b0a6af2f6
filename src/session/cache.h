// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/random.h"
#include "base/result.h"
#include "session/request.h"

namespace crossrole::session {

/// Identifies sessions of equal power: a hash over everything that changes what a session may do or who is
/// answerable for it. Built by `CacheKeyOf` in mint.h.
struct CacheKey {
  std::string digest;       // 32 bytes
  std::string integration;  // int_…, so that all of one integration can be dropped
  auto operator<=>(const CacheKey&) const = default;
};

/// Where a session came from: fetched for this very caller, made for somebody else or earlier, or an older one that is
/// served because a fetch failed.
enum class Served : std::uint8_t { kFetched, kCached, kStale };

/// Keeps sessions in memory and fetches each only once at a time. Sessions are handed out only while they
/// last for max(15 min, half of what was asked); those granted for less than 30 min are not kept; an older
/// one is served only when a fetch failed by throttling, 5xx or the network; a refusal drops what is kept and
/// is remembered for a moment. Thread-safe; callbacks run without its lock.
class SessionCache {
 public:
  using Done = std::function<void(base::Result<std::shared_ptr<const Minted>>, Served)>;
  using Fetch = std::function<void(std::function<void(base::Result<Minted>)>)>;

  /// `clock` and `random` outlive the cache.
  SessionCache(const base::Clock& clock, base::Random& random) : clock_(clock), random_(random) {}

  /// Calls `done` exactly once. `fetch` is kept no longer than its own call and may run for other callers too.
  void Get(const CacheKey& key, std::chrono::seconds asked, const Fetch& fetch, Done done);
  /// Forgets every session and denial of `integration`; what is under way for it is refused (kFailedPrecondition with
  /// reason `integration.changed`), since it was asked for under conditions that do not hold any more.
  void Drop(std::string_view integration);
  /// Forgets what has expired. Called now and then.
  void Sweep();
  /// Sessions kept.
  std::size_t size() const;

 private:
  struct Waiter {
    Done done;
    Served served = Served::kCached;  // kFetched for the one whose call started the fetch
  };
  struct Entry {
    std::shared_ptr<const Minted> session{};
    base::Time refresh_at{};       // from here on a hit starts a fetch in the background
    base::Error denial{};          // valid until `denied_until`
    base::Time denied_until{};
    bool fetching = false;
    std::uint64_t generation = 0;  // changes with Drop, so that a late answer is not kept
    std::vector<Waiter> waiters{};
  };
  using Entries = std::map<CacheKey, Entry>;

  void Finish(const CacheKey& key, std::uint64_t generation, std::chrono::seconds asked, base::Result<Minted> result);
  void Keep(Entry& entry, std::shared_ptr<const Minted> session, std::chrono::seconds asked) const;

  const base::Clock& clock_;
  base::Random& random_;
  base::Guarded<Entries> entries_;
};

}  // namespace crossrole::session
