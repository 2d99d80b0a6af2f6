// SPDX-License-Identifier: Apache-2.0
#include "session/cache.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace crossrole::session {
namespace {

using std::chrono::seconds;

constexpr seconds kLeastLeft = std::chrono::minutes(15);
constexpr seconds kShortestKept = std::chrono::minutes(30);
constexpr seconds kDenialKept{10};
constexpr seconds kLeastStale = std::chrono::minutes(1);
constexpr seconds kRefreshJitter = std::chrono::minutes(5);

// What a hit must still have: max(15 min, half of what was asked).
seconds NeededLeft(seconds asked) { return std::max(kLeastLeft, asked / 2); }

bool MayServeOld(const base::Error& error) { return base::FactsOf(error.code).retryable; }

bool IsRefusal(const base::Error& error) {
  return error.code == base::Code::kAwsRefused || error.code == base::Code::kFailedPrecondition;
}

base::Error ChangedMeanwhile() {
  return {.code = base::Code::kFailedPrecondition,
          .message = "the integration was changed meanwhile",
          .reason = "integration.changed",
          .fix = "try again"};
}

}  // namespace

void SessionCache::Get(const CacheKey& key, seconds asked, const Fetch& fetch, Done done) {
  const base::Time now = clock_.Now();
  std::optional<base::Result<std::shared_ptr<const Minted>>> answer;
  std::optional<std::uint64_t> start;
  entries_.With([&](Entries& entries) {
    Entry& entry = entries[key];
    if (now < entry.denied_until) {
      answer = std::unexpected(entry.denial);
      return;
    }
    const bool usable = entry.session && entry.session->ExpiresHere() - now >= NeededLeft(asked);
    if (usable) answer = entry.session;
    if (!usable) entry.waiters.push_back({done, entry.fetching ? Served::kCached : Served::kFetched});
    if (!entry.fetching && (!usable || now >= entry.refresh_at)) {
      entry.fetching = true;
      start = entry.generation;
    }
  });
  if (answer) done(*std::move(answer), Served::kCached);
  if (start) {
    fetch([this, key, generation = *start, asked](base::Result<Minted> result) {
      Finish(key, generation, asked, std::move(result));
    });
  }
}

void SessionCache::Keep(Entry& entry, std::shared_ptr<const Minted> session, seconds asked) const {
  // Ahead of the moment at which hits would stop, at a different one in every process, so that herds do not form.
  const auto jitter = seconds(static_cast<std::int64_t>(random_.Below(static_cast<std::uint64_t>(kRefreshJitter.count()))));
  entry.refresh_at = session->ExpiresHere() - NeededLeft(asked) - jitter;
  entry.session = std::move(session);
}

void SessionCache::Finish(const CacheKey& key, std::uint64_t generation, seconds asked, base::Result<Minted> result) {
  const base::Time now = clock_.Now();
  std::vector<Waiter> waiters;
  base::Result<std::shared_ptr<const Minted>> answer = std::shared_ptr<const Minted>();
  bool stale = false;
  entries_.With([&](Entries& entries) {
    const auto it = entries.find(key);
    if (it == entries.end()) return;
    Entry& entry = it->second;
    waiters = std::exchange(entry.waiters, {});
    entry.fetching = false;
    const bool current = entry.generation == generation;
    if (!current) {
      answer = std::unexpected(ChangedMeanwhile());
    } else if (result) {
      auto session = std::make_shared<const Minted>(*std::move(result));
      if (session->granted >= kShortestKept) Keep(entry, session, asked);
      answer = std::move(session);
    } else {
      answer = std::unexpected(result.error());
      const bool old_is_valid = entry.session && entry.session->ExpiresHere() - now >= kLeastStale;
      if (MayServeOld(result.error()) && old_is_valid) {
        answer = entry.session;
        stale = true;
      } else if (IsRefusal(result.error())) {
        entry.session.reset();
        entry.denial = result.error();
        entry.denied_until = now + kDenialKept;
      }
    }
    if (!entry.session && now >= entry.denied_until) entries.erase(it);
  });
  for (Waiter& waiter : waiters) waiter.done(answer, stale ? Served::kStale : waiter.served);
}

void SessionCache::Drop(std::string_view integration) {
  entries_.With([&](Entries& entries) {
    for (auto it = entries.begin(); it != entries.end();) {
      Entry& entry = it->second;
      if (it->first.integration != integration) {
        ++it;
      } else if (entry.fetching) {
        entry.generation++;
        entry.session.reset();
        entry.denied_until = {};
        ++it;
      } else {
        it = entries.erase(it);
      }
    }
  });
}

void SessionCache::Sweep() {
  const base::Time now = clock_.Now();
  entries_.With([&](Entries& entries) {
    std::erase_if(entries, [&](const auto& item) {
      const Entry& entry = item.second;
      const bool expired = !entry.session || entry.session->ExpiresHere() <= now;
      return expired && !entry.fetching && now >= entry.denied_until;
    });
  });
}

std::size_t SessionCache::size() const {
  return entries_.With([](const Entries& entries) {
    return static_cast<std::size_t>(std::ranges::count_if(entries, [](const auto& item) { return item.second.session != nullptr; }));
  });
}

}  // namespace crossrole::session
