// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "http/internal/wire.h"

namespace crossrole::fakes {

/// A client that sends exactly the bytes it is given, for talking to a server as no decent client would.
class RawClient {
 public:
  /// Connects to a port on loopback; `connected()` tells whether that worked.
  explicit RawClient(std::uint16_t port, int receive_buffer = 0) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer > 0) ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    union {
      sockaddr any;
      sockaddr_in v4;
    } to{};
    to.v4.sin_family = AF_INET;
    to.v4.sin_port = htons(port);
    to.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, &to.any, sizeof to.v4) == 0;
  }
  RawClient(RawClient&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), connected_(other.connected_), unread_(std::move(other.unread_)) {}
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient() { Close(); }

  /// Whether the connection was made.
  bool connected() const { return connected_; }
  /// Sends `text`; false when the server is gone.
  bool Send(std::string_view text) const {
    while (!text.empty()) {
      const auto sent = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  /// Reads one answer, the last to HEAD without a body; nothing when the server closes first.
  std::optional<http::Response> Receive(bool to_head = false) {
    http::internal::ResponseReader reader({.body_bytes = std::size_t{64} << 20, .head_request = to_head});
    for (;;) {
      const auto fed = reader.Feed(unread_);
      unread_.erase(0, fed.consumed);
      if (fed.progress == http::internal::Progress::kDone) return reader.response();
      if (fed.progress == http::internal::Progress::kFailed) return std::nullopt;
      if (fed.progress == http::internal::Progress::kNeedMore && !ReadSome()) {
        return reader.FeedEnd() == http::internal::Progress::kDone ? std::optional(reader.response()) : std::nullopt;
      }
    }
  }
  /// Sends a request and reads its answer.
  std::optional<http::Response> Ask(std::string_view text) {
    if (!Send(text)) return std::nullopt;
    return Receive();
  }
  /// Reads until `text` has come; false when the server closes first. What was read so far stays in `unread()`.
  bool ReadUntil(std::string_view text) {
    while (unread_.find(text) == std::string::npos) {
      if (!ReadSome()) return false;
    }
    return true;
  }
  /// Reads until the server closes and gives everything; nothing when it does not within 20 s.
  std::optional<std::string> ReadToEnd() {
    while (ReadSome()) {
    }
    return ended_ ? std::optional(std::exchange(unread_, {})) : std::nullopt;
  }
  /// Bytes read and not consumed.
  const std::string& unread() const { return unread_; }
  /// Says that nothing more will be sent.
  void EndSending() const { ::shutdown(fd_, SHUT_WR); }
  /// Closes.
  void Close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  bool ReadSome() {
    pollfd asked{.fd = fd_, .events = POLLIN, .revents = 0};
    if (::poll(&asked, 1, 20'000) <= 0) return false;
    std::array<char, 65536> bytes;
    const auto count = ::recv(fd_, bytes.data(), bytes.size(), 0);
    ended_ = count <= 0;
    if (ended_) return false;
    unread_.append(bytes.data(), static_cast<std::size_t>(count));
    return true;
  }

  int fd_;
  bool connected_ = false;
  bool ended_ = false;
  std::string unread_;
};

}  // namespace crossrole::fakes
