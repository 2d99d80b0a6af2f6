// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/log.h"
#include "base/random.h"
#include "http/forwarded.h"
#include "http/internal/screen.h"
#include "http/internal/tls.h"
#include "http/limits.h"
#include "http/metrics.h"
#include "http/server.h"

namespace boost::asio {
class io_context;
}

namespace crossrole::http::internal {

class Connection;

/// Runs functions on one I/O thread, from any thread, as long as that thread lives.
class Mailbox {
 public:
  explicit Mailbox(boost::asio::io_context& io) : io_(&io) {}
  /// Queues `task`; false (and `task` dropped) once closed.
  bool Post(std::move_only_function<void()> task);
  /// Whether the caller is the I/O thread.
  bool OnThread() const { return std::this_thread::get_id() == thread_.load(); }
  /// Names the I/O thread: the caller.
  void Adopt() { thread_ = std::this_thread::get_id(); }
  /// Drops everything from now on.
  void Close();

 private:
  std::mutex mutex_;
  boost::asio::io_context* io_;
  std::atomic<std::thread::id> thread_{};
};

/// Connections of one I/O thread that may be closed to make room, the longest waiting first.
struct Reclaimable {
  std::list<Connection*> idle;   // between two requests
  std::list<Connection*> fresh;  // have not sent a whole head yet
};

/// What all connections of a server share. Counters are atomic; the rest does not change while serving.
struct Core {
  Limits limits;
  HostList hosts;
  TrustedProxies proxies;
  Handler handler;
  std::function<std::string(const Request&)> turn_key{};  // may be empty
  const base::Clock* clock = nullptr;
  base::SystemRandom random{};
  const base::Log* log = nullptr;
  Histogram* duration = nullptr;          // of answered requests, in seconds
  std::vector<Counter*> answers{};        // by first digit of the status, from 1xx; empty without metrics

  std::atomic<bool> ready{false};
  std::atomic<bool> draining{false};
  std::atomic<std::size_t> connections{0};
  std::atomic<std::size_t> streams{0};
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> evicted{0};
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> rejected{0};
  std::atomic<std::uint64_t> timed_out{0};
  base::Guarded<std::unordered_map<std::string, std::size_t>> by_address{};
  base::Guarded<TlsContext> tls{};        // for new connections; null without TLS
};

}  // namespace crossrole::http::internal
