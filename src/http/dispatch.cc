// SPDX-License-Identifier: Apache-2.0
#include "http/dispatch.h"

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "http/problem.h"

namespace crossrole::http {

// Keys with work to do stand in a ring; each thread takes one task of the key in front and sends the key to the back.
class Dispatcher::Pool {
 public:
  Pool(LaneOptions options, const base::Log* log) : options_(options), log_(log) {
    for (std::size_t i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { Work(); });
  }
  ~Pool() { Stop(); }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  bool TryAdd(const std::string& key, std::function<void()> task) {
    {
      std::lock_guard lock(mutex_);
      if (stopping_ || queued_ >= options_.queue) return false;
      Key& entry = keys_[key];
      entry.name = key;
      if (entry.tasks.size() >= options_.queue_per_key) return false;
      entry.tasks.push_back(std::move(task));
      ++queued_;
      EnterRing(entry);
    }
    wake_.notify_one();
    return true;
  }

  std::size_t Queued() const {
    std::lock_guard lock(mutex_);
    return queued_;
  }

  void Stop() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }

 private:
  struct Key {
    std::string name;
    std::deque<std::function<void()>> tasks;
    std::size_t running = 0;
    bool in_ring = false;
  };

  bool MayRun(const Key& key) const {
    return !key.tasks.empty() && (options_.running_per_key == 0 || key.running < options_.running_per_key);
  }

  void EnterRing(Key& key) {
    if (key.in_ring || !MayRun(key)) return;
    key.in_ring = true;
    ring_.push_back(&key);
  }

  void Work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [this] { return !ring_.empty() || (stopping_ && queued_ == 0); });
      if (ring_.empty()) return;
      Key& key = *ring_.front();
      ring_.pop_front();
      key.in_ring = false;
      std::function<void()> task = std::move(key.tasks.front());
      key.tasks.pop_front();
      --queued_;
      ++key.running;
      EnterRing(key);
      if (stopping_ && queued_ == 0) wake_.notify_all();
      lock.unlock();
      RunCaught(task);
      task = nullptr;  // what it holds, such as a responder, dies outside the lock
      lock.lock();
      --key.running;
      EnterRing(key);
      if (key.in_ring) wake_.notify_one();
      if (key.tasks.empty() && key.running == 0) keys_.erase(std::string(key.name));
    }
  }

  void RunCaught(const std::function<void()>& task) {
    try {
      task();
    } catch (const std::exception& error) {
      if (log_ != nullptr) log_->Write(base::Level::kError, "http.task_failed", {{"what", std::string_view(error.what())}});
    }
  }

  const LaneOptions options_;
  const base::Log* const log_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::unordered_map<std::string, Key> keys_;
  std::deque<Key*> ring_;
  std::size_t queued_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

Dispatcher::Dispatcher(DispatcherOptions options)
    : options_(options),
      fast_(std::make_unique<Pool>(options.fast, options.log)),
      blocking_(std::make_unique<Pool>(options.blocking, options.log)) {}

Dispatcher::~Dispatcher() { Stop(); }

void Dispatcher::Run(Ticket ticket, Request request, Responder responder, Work work) {
  struct Job {
    Request request;
    Responder responder;
    Work work;
    const base::Log* log;
  };
  const auto job = std::make_shared<Job>(Job{std::move(request), responder, std::move(work), options_.log});
  const bool queued = TryRun(std::move(ticket), [job] {
    if (job->responder.Gone()) return;
    try {
      job->work(std::move(job->request), job->responder);
    } catch (const std::exception& error) {
      const base::Error internal{.code = base::Code::kInternal, .message = "the request failed for a reason of the server's own"};
      if (job->log != nullptr) {
        job->log->Write(base::Level::kError, "http.handler_failed",
                        {{"request_id", job->responder.request_id()}, {"what", std::string_view(error.what())}});
      }
      job->responder.Send(ProblemResponse(internal, job->responder.request_id()));
    }
  });
  if (queued) return;
  responder.Send(ProblemResponse(base::Error{.code = base::Code::kUnavailable,
                                             .message = "too many requests are waiting",
                                             .reason = "queue_full",
                                             .retry_after = options_.retry_after},
                                 responder.request_id()));
}

bool Dispatcher::TryRun(Ticket ticket, std::function<void()> task) {
  return PoolOf(ticket.lane).TryAdd(ticket.key, std::move(task));
}

std::size_t Dispatcher::Queued(Lane lane) const { return PoolOf(lane).Queued(); }

void Dispatcher::Stop() {
  fast_->Stop();
  blocking_->Stop();
}

Dispatcher::Pool& Dispatcher::PoolOf(Lane lane) const { return lane == Lane::kFast ? *fast_ : *blocking_; }

}  // namespace crossrole::http
