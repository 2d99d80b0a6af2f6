// SPDX-License-Identifier: Apache-2.0
#include "delivery/syslog.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "base/text.h"
#include "delivery/internal/place.h"
#include "http/wire.h"

namespace crossrole::delivery {
namespace {

using base::Code;
using base::Deadline;
using base::Fail;
using base::Status;

// What every receiver of datagrams takes, where the whole message is too long for one.
constexpr std::size_t kShortDatagram = 8192;

std::unexpected<base::Error> NotAnAddress(std::string_view address) {
  return Fail({.code = Code::kInvalidArgument,
               .message = fmt::format("`{}` is not the address of a syslog listener", base::Shortened(address, 200)),
               .field = "address",
               .fix = "use unix:/path, udp://address:port, tcp://host:port or tls://host:port"});
}

// A socket address of any family.
struct Destination {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

std::optional<Destination> DestinationOf(const HostPort& place) {
  Destination to;
  sockaddr_in four{.sin_family = AF_INET, .sin_port = htons(place.port)};
  sockaddr_in6 six{.sin6_family = AF_INET6, .sin6_port = htons(place.port)};
  const std::string host = place.host == "localhost" ? "127.0.0.1" : place.host;
  if (::inet_pton(AF_INET, host.c_str(), &four.sin_addr) == 1) {
    std::memcpy(&to.storage, &four, sizeof four);
    to.size = sizeof four;
  } else if (::inet_pton(AF_INET6, host.c_str(), &six.sin6_addr) == 1) {
    std::memcpy(&to.storage, &six, sizeof six);
    to.size = sizeof six;
  } else {
    return std::nullopt;
  }
  return to;
}

std::optional<Destination> DestinationOf(std::string_view path) {
  Destination to;
  sockaddr_un local{.sun_family = AF_UNIX};
  if (path.size() >= sizeof local.sun_path) return std::nullopt;
  path.copy(&local.sun_path[0], path.size());
  std::memcpy(&to.storage, &local, sizeof local);
  to.size = sizeof local;
  return to;
}

// Datagrams: UDP, or a Unix socket such as /dev/log.
class DatagramSyslog final : public Syslog {
 public:
  DatagramSyslog(SyslogSettings settings, const Destination& to) : settings_(std::move(settings)), to_(to) {}
  ~DatagramSyslog() override { Close(); }

  Status Send(std::span<const SyslogMessage> messages, Deadline deadline) override {
    for (const SyslogMessage& message : messages) {
      auto sent = SendOne(FormatSyslog(settings_, message), deadline);
      if (!sent) {
        Close();
        return sent;
      }
    }
    return {};
  }
  Status Check(Deadline) override { return Connect(); }

 private:
  Status Connect() {
    if (socket_ >= 0) return {};
    socket_ = ::socket(to_.storage.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    // Connected, so that a listener that is gone shows: at once on a Unix socket, at the next datagram by ICMP.
    if (socket_ >= 0 && ::connect(socket_, reinterpret_cast<const sockaddr*>(&to_.storage), to_.size) == 0) return {};
    return Unavailable();
  }
  Status SendOne(std::string_view text, Deadline deadline) {
    TRY(Connect());
    while (::send(socket_, text.data(), text.size(), MSG_NOSIGNAL) < 0) {
      if (errno == EMSGSIZE && text.size() > kShortDatagram) {
        text = base::Shortened(text, kShortDatagram);
      } else if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) {
        if (deadline.Passed()) return Fail(Code::kUnavailable, "the syslog listener takes nothing");
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline.Left()).count();
        pollfd asked{.fd = socket_, .events = POLLOUT, .revents = 0};
        ::poll(&asked, 1, static_cast<int>(std::min<std::int64_t>(left, 1000)));
      } else if (errno != EINTR) {
        return Unavailable();
      }
    }
    return {};
  }
  std::unexpected<base::Error> Unavailable() const {
    return Fail(Code::kUnavailable, fmt::format("`{}` cannot be reached: {}", settings_.address, std::strerror(errno)));
  }
  void Close() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }

  const SyslogSettings settings_;
  const Destination to_;
  int socket_ = -1;
};

// TCP and TLS.
class StreamSyslog final : public Syslog {
 public:
  StreamSyslog(SyslogSettings settings, HostPort place) : settings_(std::move(settings)), place_(std::move(place)) {}

  Status Send(std::span<const SyslogMessage> messages, Deadline deadline) override {
    std::string frames;
    for (const SyslogMessage& message : messages) {
      const std::string text = FormatSyslog(settings_, message);
      frames += fmt::format("{} {}", text.size(), text);
    }
    DropClosed();
    const bool kept = wire_ != nullptr;
    Status sent = SendFrames(frames, deadline);
    // A kept connection may have died meanwhile.
    if (!sent && kept && !deadline.Passed()) sent = SendFrames(frames, deadline);
    return sent;
  }
  Status Check(Deadline deadline) override { return Connect(deadline); }

 private:
  Status SendFrames(const std::string& frames, Deadline deadline) {
    if (!wire_) TRY(Connect(deadline));
    Status sent = wire_->Write(frames, deadline);
    if (!sent) wire_ = nullptr;
    return sent;
  }
  Status Connect(Deadline deadline) {
    TRY_ASSIGN(auto wire, http::Wire::Connect(place_.host, place_.port, deadline));
    if (settings_.address.starts_with("tls://")) TRY(wire->Secure(settings_.ca_file, deadline));
    wire_ = std::move(wire);
    return {};
  }
  // A listener says nothing; what can be read at once is the end of the connection.
  void DropClosed() {
    char byte = 0;
    if (!wire_) return;
    const auto read = wire_->Read(&byte, 1, Deadline::After(std::chrono::seconds(0)));
    if (read && *read == 0) wire_ = nullptr;
  }

  const SyslogSettings settings_;
  const HostPort place_;
  std::unique_ptr<http::Wire> wire_;
};

// A name in the header of a message: printable ASCII without blanks, or "-".
std::string HeaderName(std::string_view name, std::size_t longest) {
  std::string out(name.substr(0, longest));
  for (char& c : out) {
    if (c <= ' ' || c >= 0x7f) c = '_';
  }
  return out.empty() ? "-" : out;
}

}  // namespace

std::string FormatSyslog(const SyslogSettings& settings, const SyslogMessage& message) {
  return fmt::format("<{}>1 {} {} crossrole - {} - {}", settings.facility * 8 + static_cast<int>(message.severity),
                     base::FormatRfc3339(message.time), HeaderName(settings.host, 255), HeaderName(message.kind, 32), message.text);
}

base::Result<std::unique_ptr<Syslog>> Syslog::Create(SyslogSettings settings) {
  const std::string address = settings.address;
  if (settings.facility < 0 || settings.facility > 23) {
    return Fail({.code = Code::kInvalidArgument, .message = "a syslog facility is a number from 0 to 23", .field = "facility"});
  }
  if (address.starts_with("unix:/")) {
    const auto to = DestinationOf(std::string_view(address).substr(5));
    if (!to) return NotAnAddress(address);
    return std::make_unique<DatagramSyslog>(std::move(settings), *to);
  }
  const std::size_t scheme = address.find("://");
  if (scheme == std::string::npos) return NotAnAddress(address);
  auto place = ParseHostPort(std::string_view(address).substr(scheme + 3));
  if (!place) return NotAnAddress(address);
  if (address.starts_with("udp://")) {
    // No names: looking one up has no deadline.
    const auto to = DestinationOf(*place);
    if (!to) return NotAnAddress(address);
    return std::make_unique<DatagramSyslog>(std::move(settings), *to);
  }
  if (!address.starts_with("tcp://") && !address.starts_with("tls://")) return NotAnAddress(address);
  return std::make_unique<StreamSyslog>(std::move(settings), *std::move(place));
}

}  // namespace crossrole::delivery
