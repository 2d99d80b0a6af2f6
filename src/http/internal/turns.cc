// SPDX-License-Identifier: Apache-2.0
#include "http/internal/turns.h"

#include <utility>

namespace crossrole::http::internal {

bool Turns::Enter(const std::string& key, Go go) {
  if (!std::exchange(taken_, true)) {
    later_([this] { Next(); });
    return true;
  }
  std::deque<Go>& queue = waiting_[key];
  if (queue.empty()) ring_.push_back(key);
  queue.push_back(std::move(go));
  return false;
}

void Turns::Next() {
  taken_ = !ring_.empty();
  if (!taken_) return;
  std::string key = std::move(ring_.front());
  ring_.pop_front();
  const auto queue = waiting_.find(key);
  const Go go = std::move(queue->second.front());
  queue->second.pop_front();
  if (queue->second.empty()) {
    waiting_.erase(queue);
  } else {
    ring_.push_back(std::move(key));
  }
  later_([this] { Next(); });
  go();
}

}  // namespace crossrole::http::internal
