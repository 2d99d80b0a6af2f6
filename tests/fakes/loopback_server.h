// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/result.h"
#include "base/text.h"

namespace crossrole::fakes {

/// What `LoopbackServer` does after it has read one request.
struct Reply {
  enum class Then : std::uint8_t { kKeepOpen, kClose, kReset };
  std::string bytes{};  // written as they are
  Then then = Then::kKeepOpen;
};

/// A whole answer with a length.
inline Reply Ok(const std::string& body, const std::string& headers = {}) {
  return {.bytes = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + headers + "\r\n" + body};
}

/// A raw HTTP/1.1 server on a free port of 127.0.0.1: one thread a connection, answers as a test says, misbehaves on
/// demand. Ends with the object.
class LoopbackServer {
 public:
  /// One request as text: the head up to and including the empty line, and the body.
  struct Request {
    std::string head;
    std::string body;
    int connection = 0;  // counts from 1
  };
  using Handler = std::function<Reply(const Request&)>;

  explicit LoopbackServer(Handler handler) : handler_(std::move(handler)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    CHECK(bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    CHECK(listen(listener_, 1024) == 0);
    CHECK(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { Accept(); });
  }
  ~LoopbackServer() {
    stopping_ = true;
    shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    {
      std::lock_guard lock(mutex_);
      for (const int connection : open_) shutdown(connection, SHUT_RDWR);
    }
    for (std::thread& thread : threads_) thread.join();
    close(listener_);
  }
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  std::uint16_t port() const { return port_; }
  /// `http://127.0.0.1:<port>`.
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  /// Connections accepted so far.
  int connections() const { return connections_; }

 private:
  void Accept() {
    for (;;) {
      const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0 || stopping_) {
        if (connection >= 0) close(connection);
        return;
      }
      const int number = ++connections_;
      std::lock_guard lock(mutex_);
      open_.push_back(connection);
      threads_.emplace_back([this, connection, number] { Serve(connection, number); });
    }
  }

  void Serve(int connection, int number) {
    std::string buffer;
    Request request;
    bool open = true;
    while (open && Read(connection, buffer, request)) {
      request.connection = number;
      const Reply reply = handler_(request);
      std::string_view rest = reply.bytes;
      while (!rest.empty()) {
        const ssize_t written = send(connection, rest.data(), rest.size(), MSG_NOSIGNAL);
        if (written <= 0) break;
        rest.remove_prefix(static_cast<std::size_t>(written));
      }
      if (reply.then == Reply::Then::kReset) {
        const linger at_once{.l_onoff = 1, .l_linger = 0};
        setsockopt(connection, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
      }
      open = reply.then == Reply::Then::kKeepOpen;
    }
    std::lock_guard lock(mutex_);
    std::erase(open_, connection);
    close(connection);
  }

  static bool Read(int connection, std::string& buffer, Request& request) {
    std::size_t length = 0;
    for (;;) {
      if (const std::size_t end = buffer.find("\r\n\r\n"); end != std::string::npos) {
        request.head = buffer.substr(0, end + 4);
        const std::string lower = base::Lower(request.head);
        length = 0;
        if (const std::size_t at = lower.find("\r\ncontent-length: "); at != std::string::npos) {
          std::from_chars(lower.data() + at + 18, lower.data() + lower.size(), length);
        }
        if (buffer.size() >= end + 4 + length) {
          request.body = buffer.substr(end + 4, length);
          buffer.erase(0, end + 4 + length);
          return true;
        }
      }
      char bytes[16384];
      const ssize_t got = recv(connection, bytes, sizeof(bytes), 0);
      if (got <= 0) return false;
      buffer.append(bytes, static_cast<std::size_t>(got));
    }
  }

  Handler handler_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<int> connections_{0};
  std::mutex mutex_;
  std::vector<int> open_;             // under mutex_
  std::vector<std::thread> threads_;  // written by the acceptor only
  std::thread acceptor_;
};

}  // namespace crossrole::fakes
