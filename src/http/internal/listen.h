// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace crossrole::http::internal {

/// An open file descriptor that is closed with its owner.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.Release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor();

  /// The number, -1 for none.
  int get() const { return fd_; }
  /// Gives the descriptor away.
  int Release();

 private:
  int fd_;
};

/// A listening socket and where it listens.
struct Listener {
  Descriptor socket;
  std::string address{};   // "127.0.0.1"; "" for a Unix socket
  std::uint16_t port = 0;
  bool loopback = true;
};

/// Whether `address` is reachable from this machine only. Errors: kInvalidArgument (not an IP address).
base::Result<bool> IsLoopback(std::string_view address);
/// Listens on an IP address or "localhost". Errors: kInvalidArgument, kFailedPrecondition (address in use).
base::Result<Listener> ListenTcp(const std::string& address, std::uint16_t port, int backlog);
/// Listens on a Unix socket made 0600; a dead one in its place is replaced. Errors: as above.
base::Result<Listener> ListenUnix(const std::string& path, int backlog);

/// One accepted client.
struct Accepted {
  Descriptor socket;
  std::string address{};  // "127.0.0.1", "::1" or "unix"
};

/// Why there is no client.
enum class NoClient : std::uint8_t { kNoneWaits, kNoDescriptors, kGone };

/// Accepts one client of a non-blocking listener.
std::expected<Accepted, NoClient> AcceptOne(int listener);
/// The local IP address of a connected socket; "" for a Unix socket.
std::string LocalAddressOf(int socket);
/// What counts as one address for caps: an IPv4 address, or an IPv6 /64.
std::string CapKeyOf(const std::string& address);

}  // namespace crossrole::http::internal
