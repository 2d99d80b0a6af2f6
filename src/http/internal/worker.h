// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "http/internal/core.h"
#include "http/internal/listen.h"

namespace crossrole::http::internal {

/// One I/O thread with its connections: keeps their deadlines, makes room, drains.
class Worker {
 public:
  explicit Worker(std::shared_ptr<Core> core);
  /// Closes all connections and joins.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Accepts clients of `listener` on this thread and hands each to `admit`.
  void Accept(Listener listener, std::function<void(Accepted)> admit);
  /// Closes the listeners.
  void StopAccepting();
  /// Serves one client, or refuses it when there is no room. Any thread.
  void Serve(Accepted client);
  /// Closes idle connections, and the others after their answer.
  void Drain();
  /// Closes all connections, joins the thread. Idempotent.
  void Stop();

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace crossrole::http::internal
