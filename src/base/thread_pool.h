// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace crossrole::base {

/// A bounded pool of threads with a bounded queue. Its destructor finishes what is queued.
class ThreadPool {
 public:
  ThreadPool(std::size_t threads, std::size_t queue_limit);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// Queues `task`; false when the queue is full or the pool is stopping (the task is then not run).
  [[nodiscard]] bool TrySubmit(std::function<void()> task);
  /// Tasks that wait for a thread.
  std::size_t Queued() const;
  /// Refuses new tasks, finishes what is queued, joins. Idempotent.
  void Stop();

 private:
  void Run();

  const std::size_t queue_limit_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

/// Runs tasks on threads of its own and joins them when it dies: children never outlive their parent
/// and never run on the pool that the parent waits in.
class TaskGroup {
 public:
  TaskGroup() = default;
  ~TaskGroup() { Join(); }
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  /// Starts `task` on a thread of this group.
  void Start(std::function<void()> task) { threads_.emplace_back(std::move(task)); }
  /// Waits for all tasks.
  void Join();

 private:
  std::vector<std::thread> threads_;
};

}  // namespace crossrole::base
