// SPDX-License-Identifier: Apache-2.0
#include "http/internal/listen.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace crossrole::http::internal {
namespace {

using base::Code;
using base::Fail;

// One buffer for all families, since the socket interface wants casts between them.
union Endpoint {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
  sockaddr_un local;
  sockaddr_storage storage;
};

struct Bound {
  Endpoint endpoint{};
  socklen_t size = 0;
};

std::string ErrorText(int number) { return std::generic_category().message(number); }

base::Result<Bound> ParseAddress(const std::string& address, std::uint16_t port) {
  const std::string text = address == "localhost" ? "127.0.0.1" : address;
  Bound bound;
  std::memset(&bound.endpoint, 0, sizeof bound.endpoint);
  if (::inet_pton(AF_INET, text.c_str(), &bound.endpoint.v4.sin_addr) == 1) {
    bound.endpoint.v4.sin_family = AF_INET;
    bound.endpoint.v4.sin_port = htons(port);
    bound.size = sizeof bound.endpoint.v4;
    return bound;
  }
  if (::inet_pton(AF_INET6, text.c_str(), &bound.endpoint.v6.sin6_addr) == 1) {
    bound.endpoint.v6.sin6_family = AF_INET6;
    bound.endpoint.v6.sin6_port = htons(port);
    bound.size = sizeof bound.endpoint.v6;
    return bound;
  }
  return Fail(base::Error{.code = Code::kInvalidArgument,
                          .message = fmt::format("`{}` is not an IP address to listen on", address),
                          .field = "address",
                          .fix = "use an address such as 127.0.0.1 or ::1"});
}

std::string PrintAddress(const Endpoint& endpoint) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (endpoint.any.sa_family == AF_INET) {
    ::inet_ntop(AF_INET, &endpoint.v4.sin_addr, text.data(), text.size());
  } else if (endpoint.any.sa_family == AF_INET6) {
    ::inet_ntop(AF_INET6, &endpoint.v6.sin6_addr, text.data(), text.size());
  }
  const std::string printed(text.data());
  return printed.starts_with("::ffff:") && printed.contains('.') ? printed.substr(7) : printed;
}

std::uint16_t PortOf(int socket) {
  Endpoint endpoint{};
  socklen_t size = sizeof endpoint;
  if (::getsockname(socket, &endpoint.any, &size) != 0) return 0;
  return ntohs(endpoint.any.sa_family == AF_INET6 ? endpoint.v6.sin6_port : endpoint.v4.sin_port);
}

base::Result<Bound> UnixEndpoint(const std::string& path) {
  Bound bound;
  std::memset(&bound.endpoint, 0, sizeof bound.endpoint);
  if (path.size() >= sizeof bound.endpoint.local.sun_path) {
    return Fail(Code::kInvalidArgument, fmt::format("the socket path `{}` is too long", path));
  }
  bound.endpoint.local.sun_family = AF_UNIX;
  path.copy(&bound.endpoint.local.sun_path[0], path.size());
  bound.size = sizeof bound.endpoint.local;
  return bound;
}

// A socket file that nobody listens on any more is left over from a process that was killed.
void RemoveDeadSocket(const std::string& path, const Bound& bound) {
  struct stat facts{};
  if (::lstat(path.c_str(), &facts) != 0 || !S_ISSOCK(facts.st_mode)) return;
  const Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(probe.get(), &bound.endpoint.any, bound.size) != 0 && errno == ECONNREFUSED) ::unlink(path.c_str());
}

void SetOption(int socket, int level, int name) {
  const int on = 1;
  ::setsockopt(socket, level, name, &on, sizeof on);
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

int Descriptor::Release() { return std::exchange(fd_, -1); }

base::Result<bool> IsLoopback(std::string_view address) {
  TRY_ASSIGN(const Bound bound, ParseAddress(std::string(address), 0));
  if (bound.endpoint.any.sa_family == AF_INET) return ntohl(bound.endpoint.v4.sin_addr.s_addr) >> 24 == 127;
  return IN6_IS_ADDR_LOOPBACK(&bound.endpoint.v6.sin6_addr) != 0;
}

base::Result<Listener> ListenTcp(const std::string& address, std::uint16_t port, int backlog) {
  TRY_ASSIGN(const Bound bound, ParseAddress(address, port));
  TRY_ASSIGN(const bool loopback, IsLoopback(address));
  Descriptor socket(::socket(bound.endpoint.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  SetOption(socket.get(), SOL_SOCKET, SO_REUSEADDR);
  if (socket.get() < 0 || ::bind(socket.get(), &bound.endpoint.any, bound.size) != 0 ||
      ::listen(socket.get(), backlog) != 0) {
    return Fail(base::Error{.code = Code::kFailedPrecondition,
                            .message = fmt::format("cannot listen on `{}` port {}: {}", address, port, ErrorText(errno)),
                            .field = "port"});
  }
  const std::uint16_t actual = PortOf(socket.get());
  return Listener{.socket = std::move(socket), .address = PrintAddress(bound.endpoint), .port = actual, .loopback = loopback};
}

base::Result<Listener> ListenUnix(const std::string& path, int backlog) {
  TRY_ASSIGN(const Bound bound, UnixEndpoint(path));
  RemoveDeadSocket(path, bound);
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  // fchmod before bind decides the mode of the file, so that it is never open to others.
  if (socket.get() < 0 || ::fchmod(socket.get(), 0600) != 0 ||
      ::bind(socket.get(), &bound.endpoint.any, bound.size) != 0 || ::chmod(path.c_str(), 0600) != 0 ||
      ::listen(socket.get(), backlog) != 0) {
    return Fail(base::Error{.code = Code::kFailedPrecondition,
                            .message = fmt::format("cannot listen on `{}`: {}", path, ErrorText(errno)),
                            .field = "unix_socket"});
  }
  return Listener{.socket = std::move(socket)};
}

std::expected<Accepted, NoClient> AcceptOne(int listener) {
  Endpoint endpoint{};
  socklen_t size = sizeof endpoint;
  Descriptor socket(::accept4(listener, &endpoint.any, &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (socket.get() < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK) return std::unexpected(NoClient::kNoneWaits);
    const bool scarce = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
    return std::unexpected(scarce ? NoClient::kNoDescriptors : NoClient::kGone);
  }
  if (endpoint.any.sa_family == AF_UNIX) return Accepted{.socket = std::move(socket), .address = "unix"};
  SetOption(socket.get(), IPPROTO_TCP, TCP_NODELAY);
  SetOption(socket.get(), SOL_SOCKET, SO_KEEPALIVE);
  return Accepted{.socket = std::move(socket), .address = PrintAddress(endpoint)};
}

std::string LocalAddressOf(int socket) {
  Endpoint endpoint{};
  socklen_t size = sizeof endpoint;
  if (::getsockname(socket, &endpoint.any, &size) != 0) return "";
  return PrintAddress(endpoint);
}

std::string CapKeyOf(const std::string& address) {
  Endpoint endpoint{};
  if (::inet_pton(AF_INET6, address.c_str(), &endpoint.v6.sin6_addr) != 1) return address;
  endpoint.v6.sin6_family = AF_INET6;
  std::memset(&endpoint.v6.sin6_addr.s6_addr[8], 0, 8);
  return PrintAddress(endpoint) + "/64";
}

}  // namespace crossrole::http::internal
