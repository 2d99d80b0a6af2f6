// SPDX-License-Identifier: Apache-2.0
#include "http/internal/channel.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <system_error>

#include "base/text.h"
#include "http/internal/listen.h"

namespace crossrole::http::internal {
namespace {

using base::Code;
using base::Deadline;
using base::Fail;

std::unexpected<base::Error> Unavailable(std::string message) { return Fail(Code::kUnavailable, std::move(message)); }

std::string ErrorText(int number) { return std::generic_category().message(number); }

base::Status WaitFor(int fd, short events, Deadline deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline.Left()).count();
    pollfd asked{.fd = fd, .events = events, .revents = 0};
    const int ready = ::poll(&asked, 1, static_cast<int>(std::min<std::int64_t>(left, std::numeric_limits<int>::max())));
    if (ready > 0) return {};
    if (ready == 0 && deadline.Passed()) return Unavailable("the server took too long to answer");
    if (ready < 0 && errno != EINTR) return Unavailable(ErrorText(errno));
  }
}

class PlainChannel final : public Channel {
 public:
  explicit PlainChannel(Descriptor socket) : socket_(std::move(socket)) {}

  base::Status Write(std::string_view text, Deadline deadline) override {
    while (!text.empty()) {
      const auto sent = ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (sent > 0) {
        text.remove_prefix(static_cast<std::size_t>(sent));
      } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
        TRY(WaitFor(socket_.get(), POLLOUT, deadline));
      } else if (errno != EINTR) {
        return Unavailable("the connection broke: " + ErrorText(errno));
      }
    }
    return {};
  }

  base::Result<std::size_t> Read(char* into, std::size_t size, Deadline deadline) override {
    for (;;) {
      const auto received = ::recv(socket_.get(), into, size, 0);
      if (received >= 0) return static_cast<std::size_t>(received);
      if (errno == EAGAIN || errno == EWOULDBLOCK) {
        TRY(WaitFor(socket_.get(), POLLIN, deadline));
      } else if (errno != EINTR) {
        return Unavailable("the connection broke: " + ErrorText(errno));
      }
    }
  }

 private:
  Descriptor socket_;
};

// OpenSSL works on memory here; the bytes go through the plain channel with its deadlines, and without the SIGPIPE
// that OpenSSL's own socket writes raise.
class TlsChannel final : public Channel {
 public:
  TlsChannel(std::unique_ptr<Channel> plain, const TlsContext& context)
      : plain_(std::move(plain)), ssl_(SSL_new(context.get()), SSL_free) {
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  }

  base::Status Agree(const std::string& host, Deadline deadline) {
    std::array<unsigned char, 16> address{};
    const bool is_address = ::inet_pton(AF_INET, host.c_str(), address.data()) == 1 ||
                            ::inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
    if (is_address) {
      X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), host.c_str());
    } else {
      SSL_set1_host(ssl_.get(), host.c_str());
      SSL_ctrl(ssl_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(host.c_str()));
    }
    TRY(Drive([this] { return SSL_connect(ssl_.get()); }, deadline));
    return {};
  }

  base::Status Write(std::string_view text, Deadline deadline) override {
    while (!text.empty()) {
      const int size = static_cast<int>(std::min<std::size_t>(text.size(), 1 << 20));
      TRY_ASSIGN(const int written, Drive([&] { return SSL_write(ssl_.get(), text.data(), size); }, deadline));
      if (written == 0) return Unavailable("the server closed the connection");
      text.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
  }

  base::Result<std::size_t> Read(char* into, std::size_t size, Deadline deadline) override {
    const int most = static_cast<int>(std::min<std::size_t>(size, 1 << 20));
    TRY_ASSIGN(const int received, Drive([&] { return SSL_read(ssl_.get(), into, most); }, deadline));
    return static_cast<std::size_t>(received);
  }

 private:
  // Repeats `step` while it wants bytes from the server; 0 when the server ended the connection properly.
  template <typename Step>
  base::Result<int> Drive(Step step, Deadline deadline) {
    for (;;) {
      ERR_clear_error();
      const int done = step();
      const int state = done > 0 ? SSL_ERROR_NONE : SSL_get_error(ssl_.get(), done);
      TRY(Flush(deadline));
      if (done > 0) return done;
      if (state == SSL_ERROR_ZERO_RETURN) return 0;
      if (state != SSL_ERROR_WANT_READ && state != SSL_ERROR_WANT_WRITE) return Unavailable(WhyNot());
      if (state == SSL_ERROR_WANT_READ) TRY(Fetch(deadline));
    }
  }

  base::Status Flush(Deadline deadline) {
    std::array<char, 16 * 1024> bytes;
    for (;;) {
      const int count = BIO_read(SSL_get_wbio(ssl_.get()), bytes.data(), static_cast<int>(bytes.size()));
      if (count <= 0) return {};
      TRY(plain_->Write(std::string_view(bytes.data(), static_cast<std::size_t>(count)), deadline));
    }
  }

  base::Status Fetch(Deadline deadline) {
    std::array<char, 16 * 1024> bytes;
    TRY_ASSIGN(const std::size_t count, plain_->Read(bytes.data(), bytes.size(), deadline));
    if (count == 0) return Unavailable("the server closed the connection");
    BIO_write(SSL_get_rbio(ssl_.get()), bytes.data(), static_cast<int>(count));
    return {};
  }

  std::string WhyNot() const {
    const long verified = SSL_get_verify_result(ssl_.get());
    if (verified != X509_V_OK) {
      return fmt::format("the server's certificate is not trusted: {}", X509_verify_cert_error_string(verified));
    }
    return "TLS failed: " + TakeTlsError();
  }

  std::unique_ptr<Channel> plain_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
};

base::Status ConnectOne(int socket, const sockaddr* address, socklen_t size, Deadline deadline) {
  if (::connect(socket, address, size) == 0) return {};
  if (errno != EINPROGRESS) return Unavailable(ErrorText(errno));
  if (!WaitFor(socket, POLLOUT, deadline)) return Unavailable("no answer in time");
  int failure = 0;
  socklen_t length = sizeof failure;
  ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &failure, &length);
  if (failure != 0) return Unavailable(ErrorText(failure));
  return {};
}

base::Result<Descriptor> ConnectUnix(const std::string& path, Deadline deadline) {
  union {
    sockaddr any;
    sockaddr_un local;
  } endpoint;
  std::memset(&endpoint, 0, sizeof endpoint);
  if (path.size() >= sizeof endpoint.local.sun_path) return Fail(Code::kInvalidArgument, "the socket path is too long");
  endpoint.local.sun_family = AF_UNIX;
  path.copy(&endpoint.local.sun_path[0], path.size());
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  TRY(ConnectOne(socket.get(), &endpoint.any, sizeof endpoint.local, deadline));
  return socket;
}

base::Result<Descriptor> ConnectTcp(const ServerPlace& place, Deadline deadline) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int failure = ::getaddrinfo(place.host.c_str(), place.port.c_str(), &hints, &found); failure != 0) {
    return Unavailable(::gai_strerror(failure));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> all(found, ::freeaddrinfo);
  base::Status last = Unavailable("the name has no address");
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    Descriptor socket(::socket(each->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    last = ConnectOne(socket.get(), each->ai_addr, each->ai_addrlen, deadline);
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (last) return socket;
  }
  return std::unexpected(last.error());
}

}  // namespace

std::string ServerPlace::HostHeader() const {
  if (kind == Kind::kUnix) return "localhost";
  const std::string name = host.contains(':') ? "[" + host + "]" : host;
  const bool usual = port == (kind == Kind::kHttps ? "443" : "80");
  return usual ? name : name + ":" + port;
}

base::Result<ServerPlace> ParsePlace(std::string_view url) {
  const auto refused = Fail(base::Error{.code = Code::kInvalidArgument,
                                        .message = fmt::format("`{}` is not the URL of a server", url),
                                        .fix = "use a URL such as http://127.0.0.1:8420 or unix:/run/crossrole.sock"});
  if (url.starts_with("unix:/")) return ServerPlace{.kind = ServerPlace::Kind::kUnix, .path = std::string(url.substr(5))};
  const bool tls = url.starts_with("https://");
  if (!tls && !url.starts_with("http://")) return refused;
  std::string_view rest = url.substr(tls ? 8 : 7);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  const bool bracketed = rest.starts_with('[');
  const std::size_t end = bracketed ? rest.find(']') : std::min(rest.find(':'), rest.size());
  if (end == std::string_view::npos || end == (bracketed ? 1U : 0U)) return refused;
  const std::string_view host = bracketed ? rest.substr(1, end - 1) : rest.substr(0, end);
  std::string_view port = rest.substr(bracketed ? end + 1 : end);
  if (host.find_first_of("/?#@ ") != std::string_view::npos || (!port.empty() && port.front() != ':')) return refused;
  if (!port.empty()) port.remove_prefix(1);
  if (port.size() > 5 || port.find_first_not_of("0123456789") != std::string_view::npos) return refused;
  const std::string_view usual = tls ? "443" : "80";
  return ServerPlace{.kind = tls ? ServerPlace::Kind::kHttps : ServerPlace::Kind::kHttp,
                     .host = std::string(host),
                     .port = std::string(port.empty() ? usual : port)};
}

base::Result<std::unique_ptr<Channel>> Connect(const ServerPlace& place, Deadline deadline) {
  const bool local = place.kind == ServerPlace::Kind::kUnix;
  auto socket = local ? ConnectUnix(place.path, deadline) : ConnectTcp(place, deadline);
  if (!socket) {
    const std::string where = local ? place.path : place.HostHeader();
    return Fail(base::WithContext(std::move(socket).error(), fmt::format("cannot connect to `{}`", where)));
  }
  return std::make_unique<PlainChannel>(*std::move(socket));
}

base::Result<std::unique_ptr<Channel>> StartTls(std::unique_ptr<Channel> plain, const TlsContext& context,
                                                const std::string& host, Deadline deadline) {
  auto channel = std::make_unique<TlsChannel>(std::move(plain), context);
  TRY(channel->Agree(host, deadline));
  return channel;
}

}  // namespace crossrole::http::internal
