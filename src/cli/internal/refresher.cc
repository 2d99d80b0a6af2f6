// SPDX-License-Identifier: Apache-2.0
#include "cli/internal/refresher.h"

#include <algorithm>

namespace crossrole::cli {
namespace {

using namespace std::chrono_literals;

// SDKs ask again on every signature once less than 15 minutes are left; so fresh ones must be there before that.
constexpr std::chrono::seconds kLead = 20min;
constexpr std::uint64_t kJitterSeconds = 120;
constexpr std::chrono::seconds kPauseAfterFailure = 10s;

bool IsRefusal(base::Code code) {
  return code != base::Code::kThrottled && code != base::Code::kUnavailable && code != base::Code::kInternal;
}

}  // namespace

std::optional<session::Minted> Refresher::Fresh(base::Time now) const {
  const std::scoped_lock lock(state_mutex_);
  if (!current_ || now >= refresh_at_ || now >= current_->expiration) return std::nullopt;
  return current_->Clone();
}

base::Result<session::Minted> Refresher::Get() {
  if (auto fresh = Fresh(clock_.Now())) return *std::move(fresh);
  const std::scoped_lock asking(fetch_mutex_);
  // Whoever asked before may have brought fresh ones meanwhile.
  const base::Time now = clock_.Now();
  if (auto fresh = Fresh(now)) return *std::move(fresh);
  return Fetch(now);
}

base::Result<session::Minted> Refresher::Fetch(base::Time now) {
  auto fetched = fetch_();
  const std::scoped_lock lock(state_mutex_);
  if (fetched) {
    const auto life = std::max(std::chrono::duration_cast<std::chrono::seconds>(fetched->expiration - now), 0s);
    const auto jitter = std::chrono::seconds(random_.Below(kJitterSeconds));
    refresh_at_ = fetched->expiration - std::min(kLead + jitter, life / 2);
    current_ = fetched->Clone();
    return fetched;
  }
  if (IsRefusal(fetched.error().code)) {
    current_.reset();
    return fetched;
  }
  if (!current_ || clock_.Now() >= current_->expiration) return fetched;
  refresh_at_ = now + fetched.error().retry_after.value_or(kPauseAfterFailure);
  return current_->Clone();
}

}  // namespace crossrole::cli
