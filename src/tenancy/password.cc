// SPDX-License-Identifier: Apache-2.0
#include "tenancy/password.h"

#include <fmt/format.h>
#include <sodium.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <future>
#include <memory>
#include <utility>

#include "base/text.h"

namespace crossrole::tenancy {
namespace {

using base::Code;
using base::Error;

constexpr int kYielding = 10;

std::string ComputeHash(std::string_view password, const PasswordCost& cost) {
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  const int failed = crypto_pwhash_str_alg(hash.data(), password.data(), password.size(), cost.passes, cost.bytes,
                                           crypto_pwhash_ALG_ARGON2ID13);
  return failed == 0 ? std::string(hash.data()) : "";
}

// A hash that no password has: what is checked where there is none, so that it takes the same time.
std::string NobodysHash(const PasswordCost& cost) {
  CHECK(sodium_init() >= 0);
  std::array<char, 32> random{};
  randombytes_buf(random.data(), random.size());
  std::string hash = ComputeHash({random.data(), random.size()}, cost);
  CHECK(!hash.empty());
  return hash;
}

std::unexpected<Error> Refused(std::string message) {
  return base::Fail(Error{.code = Code::kInvalidArgument, .message = std::move(message), .field = "password"});
}

Error Busy() {
  return {.code = Code::kUnavailable,
          .message = "too many people sign in at once",
          .reason = "sign_in.busy",
          .retry_after = std::chrono::seconds(2)};
}

}  // namespace

base::Status CheckPassword(std::string_view password, std::string_view email) {
  if (!base::IsUtf8(password)) return Refused("the password is not valid UTF-8");
  const auto characters = static_cast<std::size_t>(std::ranges::count_if(password, [](char c) { return (c & 0xc0) != 0x80; }));
  if (characters < kShortestPassword) return Refused(fmt::format("a password has at least {} characters", kShortestPassword));
  if (password.size() > kLongestPassword) return Refused(fmt::format("a password has at most {} bytes", kLongestPassword));
  if (password.find('\0') != std::string_view::npos) return Refused("a password has no NUL character");
  if (password.find_first_not_of(password.front()) == std::string_view::npos) return Refused("the password is one character only");
  if (base::EqualsIgnoreCase(password, email)) return Refused("the password is the address");
  return {};
}

PasswordPool::PasswordPool(PasswordPoolOptions options)
    : options_(options), nobodys_hash_(NobodysHash(options.cost)), queue_(options.queue, options.queue_per_key) {
  for (std::size_t i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { Run(); });
}

PasswordPool::~PasswordPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

base::Status PasswordPool::Push(const std::string& key, std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || !queue_.Push(key, std::move(task))) return base::Fail(Busy());
  }
  wake_.notify_one();
  return {};
}

void PasswordPool::Run() {
  // On Linux this is the priority of the calling thread alone.
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kYielding);
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    auto task = queue_.Pop();
    if (!task) return;
    lock.unlock();
    (*task)();
    task.reset();
    lock.lock();
  }
}

base::Status PasswordPool::Verify(const std::string& key, base::Secret password, std::string hash,
                                  std::function<void(bool)> done) {
  // A function of the standard library is copied, a secret is not.
  const auto shared = std::make_shared<const base::Secret>(std::move(password));
  return Push(key, [this, shared, hash = std::move(hash), done = std::move(done)] {
    const std::string_view text = shared->Reveal();
    const bool real = !hash.empty();
    const std::string& against = real ? hash : nobodys_hash_;
    const bool same = crypto_pwhash_str_verify(against.c_str(), text.data(), text.size()) == 0;
    done(same && real);
  });
}

base::Result<std::string> PasswordPool::Hash(const std::string& key, base::Secret password) {
  const auto shared = std::make_shared<const base::Secret>(std::move(password));
  const auto answer = std::make_shared<std::promise<std::string>>();
  TRY(Push(key, [this, shared, answer] { answer->set_value(ComputeHash(shared->Reveal(), options_.cost)); }));
  std::string hash = answer->get_future().get();
  if (hash.empty()) return base::Fail(Busy());
  return hash;
}

}  // namespace crossrole::tenancy
