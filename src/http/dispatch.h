// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/log.h"
#include "http/limits.h"
#include "http/message.h"
#include "http/responder.h"

namespace crossrole::http {

/// Which pool a request runs in.
enum class Lane : std::uint8_t {
  kFast,      // reads, and continuations that hand out what is there
  kBlocking,  // handlers that wait: for AWS, for a verification, for an export
};

/// The sizes of both lanes, and where failures are written.
struct DispatcherOptions {
  LaneOptions fast = kFastLane;
  LaneOptions blocking = kBlockingLane;
  std::chrono::seconds retry_after{1};
  const base::Log* log = nullptr;
};

/// Runs handlers on bounded pools, fairly: keys (tenants) take turns, however much each one queues.
/// Destruction finishes what is queued.
class Dispatcher {
 public:
  using Work = std::function<void(Request, Responder)>;

  explicit Dispatcher(DispatcherOptions options);
  ~Dispatcher();
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  /// Where a request goes.
  struct Ticket {
    Lane lane = Lane::kFast;
    std::string key{};  // what shares the pool fairly: the tenant
  };
  /// Queues `work` for the request; a full queue is answered 503 `unavailable` with Retry-After at once. A request
  /// whose client left meanwhile is dropped unless it was begun; an exception becomes 500 `internal`.
  void Run(Ticket ticket, Request request, Responder responder, Work work);
  /// Queues something that has a responder of its own or none; false when the queue is full (not run then).
  [[nodiscard]] bool TryRun(Ticket ticket, std::function<void()> task);
  /// Waiting requests of `lane`.
  std::size_t Queued(Lane lane) const;
  /// Refuses new work, finishes what is queued, joins. Idempotent.
  void Stop();

 private:
  class Pool;
  Pool& PoolOf(Lane lane) const;

  DispatcherOptions options_;
  std::unique_ptr<Pool> fast_;
  std::unique_ptr<Pool> blocking_;
};

}  // namespace crossrole::http
