// SPDX-License-Identifier: Apache-2.0
#include "aws/credentials.h"

#include <fmt/format.h>

#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

namespace crossrole::aws {
namespace {

using base::Code;

// A request signed with less than this may arrive after the end.
constexpr std::chrono::seconds kMargin{10};

bool IsValid(const SharedCredentials& credentials, base::Time now) {
  return credentials != nullptr && (!credentials->expiration || *credentials->expiration > now + kMargin);
}

base::Error NoLongerHandedOut() {
  return {.code = Code::kUnavailable, .message = "credentials are no longer handed out: shutting down", .reason = "aws.stopped"};
}

}  // namespace

Credentials Credentials::Clone() const {
  return {.access_key_id = access_key_id,
          .secret_access_key = secret_access_key.Clone(),
          .session_token = session_token.Clone(),
          .expiration = expiration,
          .account_id = account_id,
          .source = source};
}

base::Result<SharedCredentials> CredentialsProvider::Get(base::Deadline deadline) {
  auto promise = std::make_shared<std::promise<base::Result<SharedCredentials>>>();
  auto answer = promise->get_future();
  Submit(deadline, [promise](base::Result<SharedCredentials> result) { promise->set_value(std::move(result)); });
  if (answer.wait_until(deadline.at()) == std::future_status::timeout) {
    return base::Fail({.code = Code::kUnavailable, .message = "credentials did not come in time", .reason = "aws.timeout"});
  }
  return answer.get();
}

void StaticCredentials::Submit(base::Deadline, Callback done) { done(credentials_); }

base::Error MissingCredential(std::string_view source, std::string_view field) {
  return {.code = Code::kFailedPrecondition,
          .message = fmt::format("the credentials from {} have no `{}`", source, field),
          .reason = "aws.credentials"};
}

struct RefreshingCredentials::State {
  Fetch fetch;
  const base::Clock& clock;
  base::Random& random;
  const Options options;
  std::mutex mutex{};
  std::condition_variable wake{};
  SharedCredentials current{};
  base::Time refresh_at = base::Time::max();
  base::SteadyTime next_early{};  // an early refresh waits for this
  bool wanted = false;
  bool stopping = false;
  std::vector<Callback> waiters{};
  std::thread thread{};

  /// Takes over what a fetch gave; returns what the waiters get. Runs under the lock.
  base::Result<SharedCredentials> Accept(base::Result<Credentials> fetched) {
    const base::Time now = clock.Now();
    next_early = clock.SteadyNow() + options.retry_every;
    if (fetched.has_value()) {
      auto fresh = std::make_shared<const Credentials>(*std::move(fetched));
      if (IsValid(fresh, now)) {
        current = fresh;
        refresh_at = base::Time::max();
        if (fresh->expiration) {
          const auto lifetime = *fresh->expiration - now;
          const auto ahead = std::min<std::chrono::microseconds>(options.ahead, lifetime / 2);
          const auto jitter = std::chrono::microseconds(static_cast<std::int64_t>(random.Unit() * static_cast<double>(ahead.count()) / 5));
          refresh_at = *fresh->expiration - ahead + jitter;
        }
        return current;
      }
      fetched = base::Fail({.code = Code::kUnavailable,
                            .message = fmt::format("the credentials from {} have expired", fresh->source),
                            .reason = "aws.credentials"});
    }
    if (IsValid(current, now)) return current;
    return std::unexpected(std::move(fetched).error());
  }
};

RefreshingCredentials::RefreshingCredentials(Fetch fetch, const base::Clock& clock, base::Random& random)
    : RefreshingCredentials(std::move(fetch), clock, random, Options{}) {}

RefreshingCredentials::RefreshingCredentials(Fetch fetch, const base::Clock& clock, base::Random& random, Options options)
    : state_(new State{.fetch = std::move(fetch), .clock = clock, .random = random, .options = options}) {
  state_->thread = std::thread([this] { Run(); });
}

RefreshingCredentials::~RefreshingCredentials() {
  std::vector<Callback> waiters;
  {
    std::lock_guard lock(state_->mutex);
    state_->stopping = true;
    waiters.swap(state_->waiters);
  }
  state_->wake.notify_all();
  for (Callback& done : waiters) done(base::Fail(NoLongerHandedOut()));
  state_->thread.join();
}

void RefreshingCredentials::Submit(base::Deadline, Callback done) {
  SharedCredentials ready;
  bool stopping = false;
  {
    std::lock_guard lock(state_->mutex);
    stopping = state_->stopping;
    if (IsValid(state_->current, state_->clock.Now())) {
      ready = state_->current;
      if (state_->clock.Now() >= state_->refresh_at && state_->clock.SteadyNow() >= state_->next_early) state_->wanted = true;
    } else if (!stopping) {
      state_->waiters.push_back(std::move(done));
      state_->wanted = true;
    }
    if (state_->wanted) state_->wake.notify_all();
  }
  if (ready != nullptr) return done(ready);
  if (stopping) done(base::Fail(NoLongerHandedOut()));
}

void RefreshingCredentials::Reject(const Credentials& credentials) {
  std::lock_guard lock(state_->mutex);
  if (state_->current != nullptr && state_->current->access_key_id == credentials.access_key_id) state_->current = nullptr;
}

void RefreshingCredentials::Run() {
  std::unique_lock lock(state_->mutex);
  for (;;) {
    state_->wake.wait(lock, [this] { return state_->stopping || state_->wanted; });
    if (state_->stopping) return;
    lock.unlock();
    auto fetched = state_->fetch(base::Deadline::After(state_->options.fetch_limit));
    lock.lock();
    const auto answer = state_->Accept(std::move(fetched));
    state_->wanted = false;
    std::vector<Callback> waiters;
    waiters.swap(state_->waiters);
    lock.unlock();
    for (Callback& done : waiters) done(answer);
    lock.lock();
  }
}

}  // namespace crossrole::aws
