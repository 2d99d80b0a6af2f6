// SPDX-License-Identifier: Apache-2.0
#include "http/internal/turns.h"

namespace crossrole::http::internal {

bool Turns::TryGoOn() {
  if (!ring_.empty() || gone_) return false;
  gone_ = true;
  LookLater();
  return true;
}

void Turns::Wait(const std::string& key, Go go) {
  std::deque<Go>& queue = waiting_[key];
  if (queue.empty()) ring_.push_back(key);
  queue.push_back(std::move(go));
  LookLater();
}

void Turns::LookLater() {
  if (!std::exchange(looks_, true)) later_([this] { Next(); });
}

void Turns::Next() {
  looks_ = false;
  gone_ = !ring_.empty();
  if (!gone_) return;
  LookLater();
  std::string key = std::move(ring_.front());
  ring_.pop_front();
  const auto queue = waiting_.find(key);
  Go go = std::move(queue->second.front());
  queue->second.pop_front();
  if (queue->second.empty()) {
    waiting_.erase(queue);
  } else {
    ring_.push_back(std::move(key));
  }
  go();
}

}  // namespace crossrole::http::internal
