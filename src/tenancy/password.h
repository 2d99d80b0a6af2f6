// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/fair_queue.h"
#include "base/result.h"
#include "base/secret.h"

namespace crossrole::tenancy {

/// What Argon2id costs. The numbers are part of each hash, so that older ones stay readable.
struct PasswordCost {
  std::uint64_t passes = 2;
  std::size_t bytes = std::size_t{64} << 20;
};

/// The shortest password, in characters, and the longest, in bytes.
inline constexpr std::size_t kShortestPassword = 12;
inline constexpr std::size_t kLongestPassword = 1024;

/// Refuses a password that is too short, too long, no text, or the address of its owner.
/// Errors: kInvalidArgument with field `password`.
base::Status CheckPassword(std::string_view password, std::string_view email);

/// How a `PasswordPool` behaves.
struct PasswordPoolOptions {
  std::size_t threads = 1;        // each may take `cost.bytes` at a time
  std::size_t queue = 64;         // computations that wait
  std::size_t queue_per_key = 8;  // of one key
  PasswordCost cost{};
};

/// Computes and checks Argon2id hashes on threads of its own, which yield to all others: however many people sign in, the
/// requests of others find the processor and the memory free. Keys (addresses) take turns. Source: RFC 9106.
class PasswordPool {
 public:
  explicit PasswordPool(PasswordPoolOptions options = {});
  /// Finishes what is queued.
  ~PasswordPool();
  PasswordPool(const PasswordPool&) = delete;
  PasswordPool& operator=(const PasswordPool&) = delete;

  /// Whether `password` is that of `hash`; with "" it takes as long and is false. `done` runs on a thread of the pool.
  /// Errors: kUnavailable when the queue is full; `done` is not called then.
  base::Status Verify(const std::string& key, base::Secret password, std::string hash, std::function<void(bool)> done);
  /// The hash of `password`, in libsodium's text form, waiting for it. Errors: kUnavailable.
  base::Result<std::string> Hash(const std::string& key, base::Secret password);

 private:
  base::Status Push(const std::string& key, std::function<void()> task);
  void Run();

  const PasswordPoolOptions options_;
  const std::string nobodys_hash_;
  std::mutex mutex_;
  std::condition_variable wake_;
  base::FairQueue<std::function<void()>> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace crossrole::tenancy
