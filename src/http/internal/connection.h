// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "http/internal/core.h"
#include "http/internal/listen.h"
#include "http/internal/turns.h"

namespace crossrole::http::internal {

/// What a connection is made of.
struct ConnectionSetup {
  boost::asio::io_context& io;
  std::shared_ptr<Core> core;
  std::shared_ptr<Mailbox> mailbox;
  Reclaimable& reclaimable;
  Turns& turns;
  Accepted client;
  TlsContext tls{};  // null: plain
};

/// What a connection does now; its deadline means something else in each.
enum class Phase : std::uint8_t {
  kHandshake,  // TLS
  kIdle,       // waits for the first byte of a request
  kHead,       // reads a head
  kBody,       // reads a body
  kHandling,   // waits for the handler
  kWriting,    // sends an answer
  kStreaming,  // sends a streamed answer
  kClosing,    // says goodbye
  kClosed,
};

/// One client's connection: reads a request, has it handled, sends the answer, again. All functions are for its
/// I/O thread. Other threads reach it through its `Exchange`, by way of the mailbox.
class Connection {
 public:
  /// Takes over the socket.
  static std::shared_ptr<Connection> Make(ConnectionSetup setup);
  virtual ~Connection() = default;

  /// Serves until the end, then calls `finished`.
  virtual void Start(std::function<void()> finished) = 0;
  /// Acts on its deadline if that has passed.
  virtual void Tick(base::SteadyTime now) = 0;
  /// Closes now if idle, else after the answer in progress; ends a stream.
  virtual void Drain() = 0;
  /// Closes now.
  virtual void Abort() = 0;
  /// What it does now.
  virtual Phase phase() const = 0;
  /// The socket, for polling.
  virtual int fd() const = 0;
};

}  // namespace crossrole::http::internal
