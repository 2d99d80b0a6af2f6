// SPDX-License-Identifier: Apache-2.0
#include "http/rate_limiter.h"

#include <arpa/inet.h>
#include <sodium.h>

#include <algorithm>
#include <bit>

#include "base/result.h"

namespace crossrole::http {
namespace {

constexpr std::uint64_t kSecond = 1'000'000;
// Four years of microseconds; the rest of the word is the key's mark.
constexpr unsigned kTimeBits = 47;
constexpr std::uint64_t kTimeMask = (std::uint64_t{1} << kTimeBits) - 1;

std::uint64_t IntervalOf(std::uint64_t per_second) { return std::max<std::uint64_t>(1, kSecond / std::max<std::uint64_t>(1, per_second)); }

std::uint64_t FullAt(std::uint64_t word) { return word & kTimeMask; }
std::uint64_t MarkOf(std::uint64_t word) { return word & ~kTimeMask; }

}  // namespace

RateLimiter::RateLimiter(const base::Clock& clock, const RateLimiterOptions& options)
    : clock_(clock), epoch_(clock.SteadyNow()), interval_(IntervalOf(options.per_second)), sets_(options.sets) {
  static_assert(crypto_shorthash_KEYBYTES == sizeof secret_);
  CHECK(sodium_init() >= 0 && std::has_single_bit(options.sets));
  crypto_shorthash_keygen(secret_.data());
}

void RateLimiter::SetRate(std::uint64_t per_second) { interval_.store(IntervalOf(per_second), std::memory_order_relaxed); }

std::optional<std::chrono::seconds> RateLimiter::Take(std::string_view key) {
  static_assert(crypto_shorthash_BYTES == sizeof(std::uint64_t));
  std::uint64_t hash = 0;
  // libsodium reads and writes bytes.
  crypto_shorthash(reinterpret_cast<unsigned char*>(&hash), reinterpret_cast<const unsigned char*>(key.data()), key.size(), secret_.data());
  Set& set = sets_[hash & (sets_.size() - 1)];
  const std::uint64_t mark = MarkOf(hash);
  const std::uint64_t interval = interval_.load(std::memory_order_relaxed);
  const auto passed = std::chrono::duration_cast<std::chrono::microseconds>(clock_.SteadyNow() - epoch_).count();
  const std::uint64_t now = static_cast<std::uint64_t>(std::max<std::int64_t>(0, passed));
  for (;;) {
    // The key's own slot, else the one that is full soonest: one that is full already holds nothing worth keeping.
    Slot* slot = nullptr;
    std::uint64_t word = 0;
    for (Slot& candidate : set.slots) {
      const std::uint64_t seen = candidate.load(std::memory_order_relaxed);
      if (slot == nullptr || MarkOf(seen) == mark || FullAt(seen) < FullAt(word)) {
        slot = &candidate;
        word = seen;
      }
      if (MarkOf(seen) == mark) break;
    }
    const std::uint64_t full_at = std::max(FullAt(word), now) + interval;
    const std::uint64_t allowed = now + std::max(kSecond, interval);
    if (full_at > allowed) {
      refused_.fetch_add(1, std::memory_order_relaxed);
      return std::chrono::ceil<std::chrono::seconds>(std::chrono::microseconds(full_at - allowed));
    }
    if (slot->compare_exchange_weak(word, mark | (full_at & kTimeMask), std::memory_order_relaxed)) return std::nullopt;
  }
}

std::optional<std::chrono::seconds> RateLimiter::TakeAddress(const std::string& address) {
  in6_addr parsed{};
  if (address.find(':') == std::string::npos || ::inet_pton(AF_INET6, address.c_str(), &parsed) != 1) return Take(address);
  constexpr std::size_t kNetworkBytes = 8;
  return Take({reinterpret_cast<const char*>(&parsed), kNetworkBytes});
}

}  // namespace crossrole::http
