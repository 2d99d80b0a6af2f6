// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/ssl.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <utility>

// Heavy: for connection.cc alone.

namespace crossrole::http::internal {

using Executor = boost::asio::io_context::executor_type;
using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, Executor>;
template <typename T>
using Task = boost::asio::awaitable<T, Executor>;
inline constexpr auto kAwait = boost::asio::as_tuple(boost::asio::use_awaitable_t<Executor>{});

/// What came of reading.
struct Received {
  bool ok = false;
  std::size_t bytes = 0;
};

/// How bytes pass: plain or by TLS; the rest of the connection does not care. A false result: the client is gone.
class Transport {
 public:
  explicit Transport(Socket socket) : socket_(std::move(socket)) {}
  virtual ~Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  virtual Task<bool> Handshake() = 0;
  virtual Task<Received> Read(boost::asio::mutable_buffer into) = 0;
  virtual Task<bool> Write(boost::asio::const_buffer from) = 0;
  virtual Task<void> EndWriting() = 0;

  /// The socket below.
  Socket& socket() { return socket_; }

 protected:
  Socket socket_;
};

/// TCP or a Unix socket.
class PlainTransport final : public Transport {
 public:
  using Transport::Transport;

  Task<bool> Handshake() override { co_return true; }
  Task<Received> Read(boost::asio::mutable_buffer into) override {
    const auto [error, bytes] = co_await socket_.async_read_some(into, kAwait);
    co_return Received{.ok = !error, .bytes = bytes};
  }
  Task<bool> Write(boost::asio::const_buffer from) override {
    const auto [error, bytes] = co_await boost::asio::async_write(socket_, from, kAwait);
    co_return !error;
  }
  Task<void> EndWriting() override {
    boost::system::error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
    co_return;
  }
};

/// TLS over such a socket, as the server's side.
class TlsTransport final : public Transport {
 public:
  TlsTransport(Socket socket, SSL_CTX* context) : Transport(std::move(socket)), stream_(socket_, SSL_new(context)) {}

  Task<bool> Handshake() override {
    const auto [error] = co_await stream_.async_handshake(boost::asio::ssl::stream_base::server, kAwait);
    co_return !error;
  }
  Task<Received> Read(boost::asio::mutable_buffer into) override {
    const auto [error, bytes] = co_await stream_.async_read_some(into, kAwait);
    co_return Received{.ok = !error, .bytes = bytes};
  }
  Task<bool> Write(boost::asio::const_buffer from) override {
    const auto [error, bytes] = co_await boost::asio::async_write(stream_, from, kAwait);
    co_return !error;
  }
  Task<void> EndWriting() override {
    const auto [error] = co_await stream_.async_shutdown(kAwait);
    (void)error;  // the client may be gone already
  }

 private:
  boost::asio::ssl::stream<Socket&> stream_;
};

}  // namespace crossrole::http::internal
