// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace crossrole::sim {

/// Runs things later on one thread of its own, however many wait. What is still waiting when it dies is run at once.
class Delay {
 public:
  Delay();
  ~Delay();
  Delay(const Delay&) = delete;
  Delay& operator=(const Delay&) = delete;

  /// Runs `task` after `wait`; without a wait at once, on the calling thread.
  void Run(std::chrono::milliseconds wait, std::function<void()> task);

 private:
  void Loop();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::multimap<std::chrono::steady_clock::time_point, std::function<void()>> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace crossrole::sim
