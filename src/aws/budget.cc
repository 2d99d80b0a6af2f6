// SPDX-License-Identifier: Apache-2.0
#include "aws/budget.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <future>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "aws/transport.h"
#include "base/fair_queue.h"

namespace crossrole::aws {
namespace {

using base::Code;
using base::Fail;
using base::SteadyTime;

constexpr std::size_t kLanes = 3;
constexpr std::size_t kKeptPools = 4096;
constexpr std::chrono::milliseconds kPause{250};  // after AWS has throttled
// By how much one call may take longer to arrive than another. AWS counts arrivals: those within a time T were granted within T
// and this, which are burst + rate × (T + this). So that much is kept from the burst; the rate stays AWS's own.
constexpr std::chrono::duration<double> kJitter{0.2};
// Who is in no hurry goes together with others: one by one each call would wake three threads that have just gone to sleep.
constexpr std::chrono::duration<double> kTogether{0.1};

struct Waiter {
  Budgets::Granted granted;
  bool answered = false;
};
using SharedWaiter = std::shared_ptr<Waiter>;

struct Pool {
  Rate rate;
  double tokens;
  SteadyTime updated;
  std::array<base::FairQueue<SharedWaiter>, kLanes> lanes;

  void Refill(SteadyTime now) {
    if (now <= updated) return;
    tokens = std::min(rate.burst, tokens + rate.per_second * std::chrono::duration<double>(now - updated).count());
    updated = now;
  }
  bool HasWaiting() const {
    return std::ranges::any_of(lanes, [](const auto& lane) { return !lane.empty(); });
  }
  // The next who has not been answered, lanes in their order.
  SharedWaiter Next() {
    for (auto& lane : lanes) {
      while (auto waiter = lane.Pop()) {
        if (!(*waiter)->answered) return *waiter;
      }
    }
    return nullptr;
  }
  // Tokens that there have to be before anybody goes.
  double Enough() const {
    const bool hurry = !lanes[static_cast<std::size_t>(Lane::kMint)].empty() || !lanes[static_cast<std::size_t>(Lane::kVerify)].empty();
    return hurry ? 1.0 : std::max(1.0, std::min(rate.per_second * kTogether.count(), rate.burst / 2));
  }
  SteadyTime NextGrant() const {
    const double missing = std::max(0.0, Enough() - tokens) / rate.per_second;
    // A microsecond more, so that rounding never wakes anybody too early.
    return updated + std::chrono::duration_cast<SteadyTime::duration>(std::chrono::duration<double>(missing)) + std::chrono::microseconds(1);
  }
};

base::Error TooLate(std::string_view pool) {
  return {.code = Code::kThrottled,
          .message = fmt::format("the calls that aws allows for `{}` are used up for longer than this request waits", pool),
          .reason = "aws.budget",
          .retry_after = std::chrono::seconds(1)};
}

base::Error Full(std::string_view pool) {
  return {.code = Code::kUnavailable,
          .message = fmt::format("too many calls wait for the rate that aws allows for `{}`", pool),
          .reason = "aws.budget_full",
          .retry_after = std::chrono::seconds(1)};
}

}  // namespace

class Budgets::Pools {
 public:
  Pools(const base::Clock& clock, Options options) : clock_(clock), options_(options) {
    if (options_.drive == Drive::kThread) thread_ = std::thread([this] { Run(); });
  }

  ~Pools() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
    for (auto& [key, pool] : pools_) {
      while (const SharedWaiter waiter = pool.Next()) waiter->granted(Fail(StoppedError()));
    }
  }

  Pools(const Pools&) = delete;
  Pools& operator=(const Pools&) = delete;

  void Acquire(BudgetRequest request, Granted granted) {
    const SteadyTime now = clock_.SteadyNow();
    base::Status answer;
    bool is_early = false;
    {
      std::lock_guard lock(mutex_);
      Pool& pool = PoolFor(request.pool, now);
      pool.Refill(now);
      if (stopping_) {
        answer = Fail(StoppedError());
      } else if (request.deadline.at() <= now) {
        answer = Fail(TooLate(request.pool.pool));
      } else if (pool.tokens >= 1 && !pool.HasWaiting()) {
        pool.tokens -= 1;
      } else {
        auto waiter = std::make_shared<Waiter>(Waiter{.granted = granted});
        if (pool.lanes.at(static_cast<std::size_t>(request.lane)).Push(request.tenant, SharedWaiter(waiter))) {
          crowded_.insert(request.pool);
          expiries_.emplace(request.deadline.at(), Expiry{request.pool.pool, waiter});
          is_early = std::min(request.deadline.at(), pool.NextGrant()) < looks_at_;
          granted = nullptr;
        } else {
          answer = Fail(Full(request.pool.pool));
        }
      }
    }
    if (granted) return granted(answer);
    if (is_early) wake_.notify_all();
  }

  void OnThrottled(const PoolKey& key) {
    const SteadyTime now = clock_.SteadyNow();
    std::lock_guard lock(mutex_);
    Pool& pool = PoolFor(key, now);
    pool.Refill(now);
    pool.tokens = std::min(pool.tokens, -pool.rate.per_second * std::chrono::duration<double>(kPause).count());
  }

  void SetRateScale(double rate_scale) {
    const SteadyTime now = clock_.SteadyNow();
    {
      std::lock_guard lock(mutex_);
      options_.rate_scale = rate_scale;
      for (auto& [key, pool] : pools_) {
        pool.Refill(now);
        pool.rate = ScaledRate(key);
        pool.tokens = std::min(pool.tokens, pool.rate.burst);
      }
    }
    wake_.notify_all();
  }

  SteadyTime Poll() {
    std::vector<std::pair<Granted, base::Status>> answers;
    SteadyTime next;
    {
      std::lock_guard lock(mutex_);
      next = Decide(clock_.SteadyNow(), answers);
    }
    for (const auto& [granted, status] : answers) granted(status);
    return next;
  }

  std::size_t Waiting() const {
    std::lock_guard lock(mutex_);
    std::size_t waiting = 0;
    for (const auto& [key, pool] : pools_) {
      for (const auto& lane : pool.lanes) waiting += lane.size();
    }
    return waiting;
  }

 private:
  struct Expiry {
    std::string pool;
    std::weak_ptr<Waiter> waiter;
  };

  Pool& PoolFor(const PoolKey& key, SteadyTime now) {
    if (const auto found = pools_.find(key); found != pools_.end()) return found->second;
    if (pools_.size() >= kKeptPools) DropIdle(now);
    const Rate rate = ScaledRate(key);
    const base::FairQueue<SharedWaiter> lane(options_.queue_limit, options_.queue_limit_per_tenant);
    return pools_.emplace(key, Pool{.rate = rate, .tokens = rate.burst, .updated = now, .lanes = {lane, lane, lane}}).first->second;
  }

  Rate ScaledRate(const PoolKey& key) const {
    Rate rate = RateOf(key.pool);
    rate.per_second *= options_.rate_scale;
    rate.burst = std::max(1.0, rate.burst * options_.rate_scale - rate.per_second * kJitter.count());
    return rate;
  }

  // A bucket that is full again is as good as a new one.
  void DropIdle(SteadyTime now) {
    for (auto entry = pools_.begin(); entry != pools_.end();) {
      Pool& pool = entry->second;
      pool.Refill(now);
      entry = !pool.HasWaiting() && pool.tokens >= pool.rate.burst ? pools_.erase(entry) : std::next(entry);
    }
  }

  // Collects what is due under the lock; returns when there will be more.
  SteadyTime Decide(SteadyTime now, std::vector<std::pair<Granted, base::Status>>& answers) {
    while (!expiries_.empty() && expiries_.begin()->first <= now) {
      if (const SharedWaiter waiter = expiries_.begin()->second.waiter.lock(); waiter != nullptr && !waiter->answered) {
        waiter->answered = true;
        answers.emplace_back(std::move(waiter->granted), Fail(TooLate(expiries_.begin()->second.pool)));
      }
      expiries_.erase(expiries_.begin());
    }
    SteadyTime next = now + std::chrono::minutes(1);
    if (!expiries_.empty()) next = std::min(next, expiries_.begin()->first);
    for (auto key = crowded_.begin(); key != crowded_.end();) {
      Pool& pool = pools_.at(*key);
      pool.Refill(now);
      if (pool.tokens < pool.Enough()) {
        next = std::min(next, pool.NextGrant());
        ++key;
        continue;
      }
      while (pool.tokens >= 1) {
        const SharedWaiter waiter = pool.Next();
        if (waiter == nullptr) break;
        waiter->answered = true;
        pool.tokens -= 1;
        answers.emplace_back(std::move(waiter->granted), base::Status());
      }
      const bool more = pool.HasWaiting();
      if (more) next = std::min(next, pool.NextGrant());
      key = more ? std::next(key) : crowded_.erase(key);
    }
    return next;
  }

  void Run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      std::vector<std::pair<Granted, base::Status>> answers;
      const SteadyTime next = Decide(clock_.SteadyNow(), answers);
      if (answers.empty()) {
        looks_at_ = next;
        wake_.wait_until(lock, next);
        looks_at_ = SteadyTime::min();
        continue;
      }
      lock.unlock();
      for (const auto& [granted, status] : answers) granted(status);
      lock.lock();
    }
  }

  const base::Clock& clock_;
  Options options_;  // the scale changes under the lock
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  SteadyTime looks_at_ = SteadyTime::min();  // when the thread wakes by itself; in the past while it is awake
  std::map<PoolKey, Pool> pools_;
  std::set<PoolKey> crowded_;  // where somebody waits
  std::multimap<SteadyTime, Expiry> expiries_;
  std::thread thread_;
};

Budgets::Budgets(const base::Clock& clock, Options options) : pools_(std::make_unique<Pools>(clock, options)) {}
Budgets::Budgets(const base::Clock& clock) : Budgets(clock, Options{}) {}
Budgets::~Budgets() = default;

void Budgets::Acquire(BudgetRequest request, Granted granted) { pools_->Acquire(std::move(request), std::move(granted)); }

base::Status Budgets::AcquireAndWait(BudgetRequest request) {
  auto promise = std::make_shared<std::promise<base::Status>>();
  auto answer = promise->get_future();
  Acquire(std::move(request), [promise](base::Status status) { promise->set_value(std::move(status)); });
  return answer.get();
}

void Budgets::OnThrottled(const PoolKey& pool) { pools_->OnThrottled(pool); }

void Budgets::SetRateScale(double rate_scale) { pools_->SetRateScale(rate_scale); }

SteadyTime Budgets::Poll() { return pools_->Poll(); }

std::size_t Budgets::Waiting() const { return pools_->Waiting(); }

}  // namespace crossrole::aws
