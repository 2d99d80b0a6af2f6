// SPDX-License-Identifier: Apache-2.0
#include "jobs/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "base/thread_pool.h"
#include "jobs/internal/life.h"
#include "jobs/internal/work.h"

namespace crossrole::jobs {
namespace {

using base::Code;
using base::Deadline;
using base::Result;
using base::Status;
using std::chrono::steady_clock;
using store::Job;

constexpr std::chrono::seconds kLongestSleep{60};    // the wall clock may jump
constexpr std::chrono::seconds kBusySleep{1};        // work is due, but every place is taken
constexpr std::chrono::milliseconds kProgressEvery{500};
constexpr std::chrono::minutes kCleanUpEvery{10};
constexpr int kTriesToEnd = 5;

}  // namespace

struct JobContext::Parts {
  Attempt& attempt;
  Work& work;
};

const Job& JobContext::job() const { return parts_.attempt.job; }
std::stop_token JobContext::stop() const { return parts_.attempt.stop.get_token(); }

void JobContext::Progress(std::int64_t done, std::int64_t total, std::optional<std::chrono::microseconds> left) {
  const auto now = std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now().time_since_epoch()).count();
  const std::int64_t last = parts_.attempt.last_progress_us.load();
  const bool due = last == 0 || now - last >= std::chrono::microseconds(kProgressEvery).count() || done == total;
  if (!due) return;
  parts_.attempt.last_progress_us = now;
  // Progress that could not be stored is no reason to stop working.
  static_cast<void>(parts_.work.StoreProgress(parts_.attempt, {.done = done, .total = total, .left = left}));
}

void JobContext::RunAgainAt(base::Time time) {
  std::lock_guard lock(parts_.attempt.mutex);
  parts_.attempt.again_at = time;
}

void JobContext::PutBackUntil(base::Time time) {
  std::lock_guard lock(parts_.attempt.mutex);
  parts_.attempt.put_back_until = time;
}

void JobContext::RunNoMore() {
  std::lock_guard lock(parts_.attempt.mutex);
  parts_.attempt.no_more = true;
}

std::shared_ptr<void> JobContext::TransientOf(std::type_index type) const {
  const auto& payload = parts_.attempt.payload;
  return payload && payload->type == type ? payload->value : nullptr;
}

struct Runner::Parts {
  struct Kind {
    Handler handler;
    KindOptions options;
    std::size_t running = 0;
  };
  struct Periodic {
    std::string name;
    std::chrono::milliseconds interval;
    std::function<void(std::stop_token)> work;
    steady_clock::time_point next{};
  };

  Parts(store::Store& store, Queue& the_queue, const base::Clock& the_clock, base::Random& the_random, RunnerOptions the_options)
      : options(std::move(the_options)), queue(the_queue), clock(the_clock), random(the_random), work(store, the_queue, the_clock, the_random, options) {}

  void Dispatch();
  bool StartDue(const std::string& name, std::size_t places);
  Result<bool> StartOne(const std::string& name, const store::JobPlace& place);
  std::size_t Places(const std::string& name);
  void Run(const std::string& name, const std::shared_ptr<Attempt>& attempt);
  Result<std::string> Call(const Handler& handler, Attempt& attempt);
  void StoreEnd(const std::string& name, Attempt& attempt, Result<std::string> outcome);
  void Release(const std::string& name, const model::JobId& id);
  void StopCanceled();
  void Heartbeat();
  void RunPeriodic();
  /// Sleeps until `until`; true when the runner stops.
  bool SleepUntil(steady_clock::time_point until);
  void Complain(std::string_view event, const base::Error& error) const;

  const RunnerOptions options;
  Queue& queue;
  const base::Clock& clock;
  base::Random& random;
  Work work;

  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::string, Kind> kinds;  // fixed once started, but for `running`
  std::map<model::JobId, std::shared_ptr<Attempt>> running;
  std::vector<Periodic> periodic;
  bool started = false;
  bool stopping = false;  // take no more
  std::stop_source ended; // stop everything

  std::map<model::TenantId, std::uint64_t> served;  // the dispatcher's own: when a tenant's job was last begun
  std::uint64_t serving = 0;

  std::unique_ptr<base::ThreadPool> pool;
  std::vector<std::thread> threads;
};

Runner::Runner(store::Store& store, Queue& queue, const base::Clock& clock, base::Random& random, RunnerOptions options)
    : parts_(std::make_unique<Parts>(store, queue, clock, random, std::move(options))) {}

Runner::~Runner() { Stop(Deadline::After(std::chrono::seconds(0))); }

void Runner::Register(std::string kind, Handler handler, KindOptions options) {
  CHECK(!parts_->started);
  parts_->kinds[std::move(kind)] = {.handler = std::move(handler), .options = options};
}

void Runner::Every(std::string name, std::chrono::milliseconds interval, std::function<void(std::stop_token)> work) {
  CHECK(!parts_->started);
  parts_->periodic.push_back({.name = std::move(name), .interval = interval, .work = std::move(work)});
}

void Runner::Start() {
  Parts& parts = *parts_;
  CHECK(!parts.started);
  Every("jobs.clean_up", kCleanUpEvery, [&parts](std::stop_token) {
    if (const Status cleaned = parts.work.CleanUp(); !cleaned) parts.Complain("jobs.clean_up", cleaned.error());
  });
  parts.started = true;
  if (parts.options.company == Company::kAlone) {
    if (const Status taken = parts.work.TakeOver(); !taken) parts.Complain("jobs.take_over", taken.error());
  }
  parts.pool = std::make_unique<base::ThreadPool>(parts.options.threads, parts.options.threads);
  parts.threads.emplace_back([&parts] { parts.Dispatch(); });
  parts.threads.emplace_back([&parts] { parts.Heartbeat(); });
  parts.threads.emplace_back([&parts] { parts.RunPeriodic(); });
}

void Runner::Stop(Deadline deadline) {
  Parts& parts = *parts_;
  const auto interrupt = [&] {
    for (const auto& [id, attempt] : parts.running) {
      attempt->interrupted = true;
      attempt->stop.request_stop();
    }
  };
  {
    std::unique_lock lock(parts.mutex);
    parts.stopping = true;
    const auto idle = [&] { return parts.running.empty(); };
    if (!parts.changed.wait_until(lock, deadline.at(), idle)) {
      interrupt();
      parts.changed.wait(lock, idle);
    }
    parts.ended.request_stop();
  }
  parts.changed.notify_all();
  parts.queue.Wake();
  for (std::thread& thread : parts.threads) thread.join();
  parts.threads.clear();
  {
    // One may have begun while the others were waited for.
    std::lock_guard lock(parts.mutex);
    interrupt();
  }
  if (parts.pool) parts.pool->Stop();
}

std::size_t Runner::Running() const {
  std::lock_guard lock(parts_->mutex);
  return parts_->running.size();
}

void Runner::Parts::Complain(std::string_view event, const base::Error& error) const {
  if (options.log != nullptr) options.log->Write(base::Level::kWarning, event, {{"message", error.message}});
}

bool Runner::Parts::SleepUntil(steady_clock::time_point until) {
  std::unique_lock lock(mutex);
  changed.wait_until(lock, until, [&] { return ended.stop_requested(); });
  return ended.stop_requested();
}

void Runner::Parts::Dispatch() {
  while (!ended.stop_requested()) {
    const std::uint64_t seen = work.Generation();
    StopCanceled();
    bool all_started = true;
    for (const auto& [name, kind] : kinds) all_started = StartDue(name, Places(name)) && all_started;
    auto until = steady_clock::now() + kLongestSleep;
    if (const auto next = work.NextDue(); next && *next) {
      const auto wait = std::max<std::chrono::microseconds>(**next - clock.Now(), std::chrono::microseconds(0));
      // What is due and was not started waits for a place, for a payload or for its owner.
      until = std::min(until, steady_clock::now() + (wait.count() == 0 ? std::chrono::microseconds(kBusySleep) : wait));
    }
    if (!all_started) until = std::min(until, steady_clock::now() + kBusySleep);
    work.Await(seen, until);
  }
}

std::size_t Runner::Parts::Places(const std::string& name) {
  std::lock_guard lock(mutex);
  if (stopping) return 0;
  const Kind& kind = kinds.at(name);
  return std::min(options.threads - std::min(options.threads, running.size()), kind.options.concurrency - std::min(kind.options.concurrency, kind.running));
}

bool Runner::Parts::StartDue(const std::string& name, std::size_t places) {
  if (places == 0) return true;
  auto due = work.Due(name, places);
  if (!due) {
    Complain("jobs.due", due.error());
    return false;
  }
  while (places > 0 && !due->empty()) {
    // The tenant that was served longest ago comes first, however many jobs the others have.
    const auto next = std::ranges::min_element(*due, {}, [&](const store::JobPlace& place) { return served[place.tenant]; });
    const store::JobPlace place = *next;
    due->erase(next);
    const auto started_one = StartOne(name, place);
    if (!started_one) {
      Complain("jobs.begin", started_one.error());
      return false;
    }
    if (*started_one) --places;
  }
  return true;
}

Result<bool> Runner::Parts::StartOne(const std::string& name, const store::JobPlace& place) {
  {
    std::lock_guard lock(mutex);
    if (stopping || running.contains(place.id)) return false;  // its lease ran out, but it is alive
  }
  TRY_ASSIGN(const auto attempt, work.Begin(place));
  if (attempt == nullptr) return false;
  served[place.tenant] = ++serving;
  {
    std::lock_guard lock(mutex);
    running[place.id] = attempt;
    ++kinds.at(name).running;
  }
  if (options.on_change) options.on_change(attempt->job);
  // There is room: no more jobs are running than the pool has threads.
  CHECK(pool->TrySubmit([this, name, attempt] { Run(name, attempt); }));
  return true;
}

void Runner::Parts::Run(const std::string& name, const std::shared_ptr<Attempt>& attempt) {
  StoreEnd(name, *attempt, Call(kinds.at(name).handler, *attempt));
  Release(name, attempt->job.id);
}

Result<std::string> Runner::Parts::Call(const Handler& handler, Attempt& attempt) {
  JobContext::Parts context_parts{.attempt = attempt, .work = work};
  JobContext context(context_parts);
  try {
    return handler(context);
  } catch (const std::exception& exception) {
    return base::Fail(Code::kInternal, fmt::format("the job ended with an exception: {}", exception.what()));
  }
}

void Runner::Parts::StoreEnd(const std::string& name, Attempt& attempt, Result<std::string> outcome) {
  AttemptEnd end{.outcome = std::move(outcome), .interrupted = attempt.interrupted};
  {
    std::lock_guard lock(attempt.mutex);
    end.again_at = attempt.again_at;
    end.put_back_until = attempt.put_back_until;
    end.no_more = attempt.no_more;
  }
  const KindOptions& kind = kinds.at(name).options;
  auto stored = work.End(attempt, end, kind);
  for (int tries = 1; !stored && tries < kTriesToEnd; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100) * tries);
    stored = work.End(attempt, end, kind);
  }
  // Not stored: the lease runs out and the job is done again.
  if (!stored) Complain("jobs.end", stored.error());
  if (!stored || !*stored) return;
  if (store::IsFinished((*stored)->state)) work.Forget(attempt.job.id);
  if (options.on_change) options.on_change(**stored);
}

void Runner::Parts::Release(const std::string& name, const model::JobId& id) {
  {
    std::lock_guard lock(mutex);
    running.erase(id);
    --kinds.at(name).running;
  }
  changed.notify_all();
  queue.Wake();
}

void Runner::Parts::StopCanceled() {
  const auto canceled = work.TakeCanceled();
  std::lock_guard lock(mutex);
  for (const model::JobId& id : canceled) {
    if (const auto found = running.find(id); found != running.end()) found->second->stop.request_stop();
  }
}

void Runner::Parts::Heartbeat() {
  while (!SleepUntil(steady_clock::now() + options.heartbeat)) {
    std::vector<std::shared_ptr<Attempt>> attempts;
    {
      std::lock_guard lock(mutex);
      for (const auto& [id, attempt] : running) attempts.push_back(attempt);
    }
    for (const auto& attempt : attempts) {
      if (const Status renewed = work.Renew(*attempt); !renewed) Complain("jobs.renew", renewed.error());
    }
    if (const Status renewed = work.RenewHeld(); !renewed) Complain("jobs.renew", renewed.error());
  }
}

void Runner::Parts::RunPeriodic() {
  const auto pause = [&](const Periodic& one) { return Jittered(std::chrono::microseconds(one.interval), random); };
  for (Periodic& one : periodic) one.next = steady_clock::now() + pause(one);
  for (;;) {
    const auto next = std::ranges::min_element(periodic, {}, &Periodic::next);
    if (SleepUntil(next->next)) return;
    try {
      next->work(ended.get_token());
    } catch (const std::exception& exception) {
      Complain(next->name, {.code = Code::kInternal, .message = exception.what()});
    }
    next->next = steady_clock::now() + pause(*next);
  }
}

}  // namespace crossrole::jobs
