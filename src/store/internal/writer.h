// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/deadline.h"
#include "base/fair_queue.h"
#include "base/result.h"
#include "model/ids.h"
#include "store/internal/database.h"
#include "store/store.h"
#include "store/transaction.h"

namespace crossrole::store {

/// The one thread that writes. Writes that wait together run one after another in savepoints of one transaction and
/// share its commit; tenants take turns.
class Writer {
 public:
  using Body = std::function<base::Status(WriteTransaction&)>;

  Writer(std::unique_ptr<Database> database, const StoreOptions& options);
  /// Finishes what is queued.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// Runs `body` and returns once it is committed, or was rolled back.
  base::Status Run(Scope scope, const model::TenantId* tenant, const Body& body, base::Deadline deadline);
  /// What happened so far.
  StoreStatistics Statistics() const;
  /// Grows with every commit, after it can be read and before anybody hears of it.
  std::uint64_t Changes() const { return changes_.load(); }

 private:
  enum class Stage : std::uint8_t { kQueued, kTaken, kDone };
  struct Task {
    Scope scope;
    const model::TenantId* tenant;
    const Body* body;  // borrowed from the caller, who waits
    base::Deadline deadline;
    Stage stage = Stage::kQueued;
    base::Status outcome{};
    std::vector<std::function<void()>> on_commit{};
    std::condition_variable done{};
  };
  using TaskPointer = std::shared_ptr<Task>;
  using Batch = std::vector<TaskPointer>;

  base::Status Submit(const TaskPointer& task);
  void Loop();
  Batch Take();
  /// Runs a batch in one transaction and returns those that must go again.
  Batch RunOnce(const Batch& batch);
  /// Commits what was executed. Returns those that must go again.
  Batch Close(const Batch& executed);
  void RunTask(Task& task);
  base::Status Attempt(Task& task);
  void Finish(const Batch& tasks);
  void FinishWith(const Batch& tasks, const base::Error& error);

  std::unique_ptr<Database> database_;
  const StoreOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  base::FairQueue<TaskPointer> queue_;
  bool stopping_ = false;
  std::optional<base::Error> fatal_;
  std::atomic<std::uint64_t> writes_ = 0;
  std::atomic<std::uint64_t> commits_ = 0;
  std::atomic<std::uint64_t> changes_ = 0;
  std::thread thread_;
};

}  // namespace crossrole::store
