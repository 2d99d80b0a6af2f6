// SPDX-License-Identifier: Apache-2.0
#include "sim/internal/delay.h"

#include <utility>

namespace crossrole::sim {

Delay::Delay() : thread_([this] { Loop(); }) {}

Delay::~Delay() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
  for (auto& [at, task] : waiting_) task();
}

void Delay::Run(std::chrono::milliseconds wait, std::function<void()> task) {
  if (wait <= std::chrono::milliseconds(0)) return task();
  {
    std::lock_guard lock(mutex_);
    waiting_.emplace(std::chrono::steady_clock::now() + wait, std::move(task));
  }
  wake_.notify_all();
}

void Delay::Loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (waiting_.empty()) {
      wake_.wait(lock);
      continue;
    }
    const auto next = waiting_.begin()->first;
    if (std::chrono::steady_clock::now() < next) {
      wake_.wait_until(lock, next);
      continue;
    }
    const std::function<void()> task = std::move(waiting_.extract(waiting_.begin()).mapped());
    lock.unlock();
    task();
    lock.lock();
  }
}

}  // namespace crossrole::sim
