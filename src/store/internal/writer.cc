// SPDX-License-Identifier: Apache-2.0
#include "store/internal/writer.h"

#include <fmt/format.h>

#include <exception>

namespace crossrole::store {
namespace {

using base::Code;
using base::Deadline;
using base::Error;
using base::Fail;

// Half of the places, so that one tenant can never take them all.
std::size_t PlacesOfOneTenant(std::size_t limit) { return std::max<std::size_t>(1, limit / 2); }

}  // namespace

Writer::Writer(std::unique_ptr<Database> database, const StoreOptions& options)
    : database_(std::move(database)),
      options_(options),
      queue_(options.queue_limit, PlacesOfOneTenant(options.queue_limit)),
      thread_([this] { Loop(); }) {}

Writer::~Writer() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

base::Status Writer::Run(Scope scope, const model::TenantId* tenant, const Body& body, Deadline deadline) {
  return Submit(std::make_shared<Task>(scope, tenant, &body, deadline));
}

base::Status Writer::Submit(const TaskPointer& task) {
  // A write inside a write would wait for itself.
  CHECK(std::this_thread::get_id() != thread_.get_id());
  std::unique_lock lock(mutex_);
  if (fatal_) return Fail(*fatal_);
  if (stopping_ || !queue_.Push(task->tenant == nullptr ? std::string() : task->tenant->text(), TaskPointer(task))) {
    return Fail(Error{.code = Code::kUnavailable,
                      .message = "too many changes wait for the database",
                      .reason = "storage.queue_full",
                      .retry_after = std::chrono::seconds(1)});
  }
  wake_.notify_one();
  const auto left_queue = [&] { return task->stage != Stage::kQueued; };
  if (!task->done.wait_until(lock, task->deadline.at(), left_queue)) {
    task->stage = Stage::kDone;  // the writer will pass over it
    return Fail(Error{.code = Code::kUnavailable, .message = "the database did not answer in time", .reason = "storage.deadline"});
  }
  // Once taken it cannot be given up: it uses what the caller owns.
  task->done.wait(lock, [&] { return task->stage == Stage::kDone; });
  return std::move(task->outcome);
}

StoreStatistics Writer::Statistics() const {
  std::lock_guard lock(mutex_);
  return {.writes = writes_, .commits = commits_, .queued = queue_.size()};
}

Writer::Batch Writer::Take() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
    Batch batch;
    while (!queue_.empty() && batch.size() < options_.batch_limit) {
      TaskPointer task = *queue_.Pop();
      if (task->stage != Stage::kQueued) continue;
      task->stage = Stage::kTaken;
      task->done.notify_one();
      batch.push_back(std::move(task));
    }
    if (!batch.empty() || (stopping_ && queue_.empty())) return batch;
  }
}

void Writer::Loop() {
  for (Batch batch = Take(); !batch.empty(); batch = Take()) {
    while (!batch.empty()) batch = RunOnce(batch);
    if (!database_->CheckpointIfDue()) {
      const Error error{.code = Code::kInternal, .message = "the database could not be written", .reason = "storage.io"};
      std::lock_guard lock(mutex_);
      fatal_ = error;
    }
    if (fatal_) options_.on_fatal(*fatal_);
  }
}

Writer::Batch Writer::RunOnce(const Batch& batch) {
  database_->SetDeadline({});
  if (fatal_) {
    FinishWith(batch, *fatal_);
    return {};
  }
  if (const auto begun = database_->Run("BEGIN IMMEDIATE"); !begun) {
    FinishWith(batch, begun.error());
    return {};
  }
  const auto started = std::chrono::steady_clock::now();
  Batch executed;
  Batch rest;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (!executed.empty() && std::chrono::steady_clock::now() - started > options_.slice) {
      rest.assign(batch.begin() + static_cast<std::ptrdiff_t>(i), batch.end());
      break;
    }
    RunTask(*batch[i]);
    executed.push_back(batch[i]);
    if (!database_->InTransaction()) {
      // SQLite gave up the whole transaction, that of the earlier ones too: they run again, without this one.
      if (batch[i]->outcome) batch[i]->outcome = Fail(Code::kUnavailable, "the database gave up the change");
      Finish({batch[i]});
      executed.pop_back();
      executed.insert(executed.end(), batch.begin() + static_cast<std::ptrdiff_t>(i) + 1, batch.end());
      return executed;
    }
  }
  const Batch again = Close(executed);
  rest.insert(rest.begin(), again.begin(), again.end());
  return rest;
}

Writer::Batch Writer::Close(const Batch& executed) {
  Error error;
  const CommitOutcome outcome = database_->Commit(error);
  // Whatever came of it: what was read before may be old now, and must be when the callers go on.
  ++changes_;
  switch (outcome) {
    case CommitOutcome::kDone:
      ++commits_;
      for (const TaskPointer& task : executed) writes_ += task->outcome ? 1 : 0;
      Finish(executed);
      return {};
    case CommitOutcome::kRefused:
      database_->Rollback();
      // Nothing was done, so nobody's answer counts. The one that is too big must not take the others with it.
      for (const TaskPointer& task : executed) {
        if (executed.size() == 1) {
          FinishWith(executed, error);
        } else {
          for (Batch alone = {task}; !alone.empty();) alone = RunOnce(alone);
        }
      }
      return {};
    case CommitOutcome::kFatal:
      database_->Rollback();
      {
        std::lock_guard lock(mutex_);
        fatal_ = error;
      }
      FinishWith(executed, error);
      return {};
  }
  return {};
}

void Writer::RunTask(Task& task) {
  if (task.deadline.Passed()) {
    task.outcome = Fail(Error{.code = Code::kUnavailable, .message = "the database did not answer in time", .reason = "storage.deadline"});
    return;
  }
  if (const auto begun = database_->Run("SAVEPOINT task"); !begun) {
    task.outcome = std::unexpected(begun.error());
    return;
  }
  const auto undo = [&] {
    database_->SetDeadline({});
    if (database_->InTransaction()) static_cast<void>(database_->Run("ROLLBACK TO task"));
  };
  if (options_.rerun == Rerun::kAlways) {
    static_cast<void>(Attempt(task));
    undo();
  }
  task.outcome = Attempt(task);
  if (!task.outcome) undo();
  database_->SetDeadline({});
  if (!database_->InTransaction()) return;
  if (const auto released = database_->Run("RELEASE task"); !released && task.outcome) {
    task.outcome = std::unexpected(released.error());
  }
}

base::Status Writer::Attempt(Task& task) {
  database_->SetDeadline(task.deadline);
  WriteTransaction transaction(*database_, task.scope, task.tenant);
  try {
    TRY((*task.body)(transaction));
  } catch (const std::exception& exception) {
    return Fail(Code::kInternal, fmt::format("a change ended with an exception: {}", exception.what()));
  }
  task.on_commit = transaction.TakeCommitActions();
  return {};
}

void Writer::Finish(const Batch& tasks) {
  for (const TaskPointer& task : tasks) {
    if (task->outcome) {
      for (const auto& action : task->on_commit) action();
    }
    std::lock_guard lock(mutex_);
    task->stage = Stage::kDone;
    task->done.notify_one();
  }
}

void Writer::FinishWith(const Batch& tasks, const Error& error) {
  for (const TaskPointer& task : tasks) task->outcome = Fail(error);
  Finish(tasks);
}

}  // namespace crossrole::store
