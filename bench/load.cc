// SPDX-License-Identifier: Apache-2.0
#include "load.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "base/text.h"

namespace crossrole::bench {
namespace {

using Steady = std::chrono::steady_clock;

[[noreturn]] void GiveUp(std::string_view what, std::string_view answer) {
  std::fprintf(stderr, "crossrole_bench: %.*s\n%.*s\n", static_cast<int>(what.size()), what.data(),
               static_cast<int>(std::min<std::size_t>(answer.size(), 2000)), answer.data());
  std::exit(1);
}

int Connect(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  union {
    sockaddr any;
    sockaddr_in v4;
  } to{};
  to.v4.sin_family = AF_INET;
  to.v4.sin_port = htons(port);
  to.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, &to.any, sizeof to.v4) != 0) GiveUp("nobody listens", "");
  return fd;
}

// The value of a header in the lower-case head of an answer, or "".
std::string_view ValueOf(std::string_view head, std::string_view name) {
  const std::size_t at = head.find(name);
  if (at == std::string_view::npos) return {};
  const std::string_view value = head.substr(at + name.size());
  return base::Trim(value.substr(0, value.find('\r')));
}

// What has come of one answer.
struct Answer {
  std::string bytes{};
  std::size_t whole = 0;  // its length, once the head is here
  bool closes = false;

  void ReadHead() {
    const std::size_t end = bytes.find("\r\n\r\n");
    if (end == std::string::npos) return;
    const std::string head = base::Lower(std::string_view(bytes).substr(0, end + 2));
    const std::string_view length = ValueOf(head, "\r\ncontent-length:");
    std::size_t body = 0;
    if (std::from_chars(length.data(), length.data() + length.size(), body).ec != std::errc())
      GiveUp("no Content-Length", bytes);
    whole = end + 4 + body;
    closes = head.starts_with("http/1.0") || ValueOf(head, "\r\nconnection:") == "close";
  }
  bool Done() const { return whole != 0 && bytes.size() >= whole; }
  std::string_view Status() const { return std::string_view(bytes).substr(9, 3); }
};

class Load {
 public:
  explicit Load(const LoadPlan& plan)
      : plan_(plan), status_(std::to_string(plan.status)), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}
  ~Load() {
    for (const Connection& connection : connections_) ::close(connection.fd);
    ::close(epoll_);
  }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  LoadReport Run() {
    connections_.resize(plan_.connections);
    if (plan_.warm_up == 0) BeginToCount();
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      Open(i);
      Ask(connections_[i]);
    }
    std::array<epoll_event, 256> events;
    while (waiting_ > 0) {
      const int ready = ::epoll_wait(epoll_, events.data(), events.size(), 30'000);
      if (ready <= 0) GiveUp("no answer for 30 s", "");
      for (int i = 0; i < ready; ++i) Read(static_cast<std::size_t>(events[static_cast<std::size_t>(i)].data.u64));
    }
    report_.seconds = std::chrono::duration<double>(last_ - begun_).count();
    report_.cpu_seconds = CpuSeconds() - cpu_begun_;
    std::ranges::sort(report_.latencies);
    return std::move(report_);
  }

 private:
  struct Connection {
    int fd = -1;
    Answer answer{};
    Steady::time_point asked{};
    bool counts = false;
  };

  void BeginToCount() {
    begun_ = Steady::now();
    cpu_begun_ = CpuSeconds();
    counting_ = true;
  }

  void Open(std::size_t index) {
    Connection& connection = connections_[index];
    if (connection.fd >= 0) ::close(connection.fd);
    connection.fd = Connect(plan_.port);
    epoll_event event{.events = EPOLLIN, .data = {.u64 = index}};
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.fd, &event);
  }

  bool Enough() const {
    if (!counting_) return false;
    return plan_.count > 0 ? counted_ >= plan_.count : Steady::now() - begun_ >= plan_.time;
  }

  void Ask(Connection& connection) {
    if (Enough()) return;
    std::string_view text = plan_.request(number_++);
    connection.answer = {};
    connection.counts = counting_;
    if (counting_) ++counted_;
    ++waiting_;
    connection.asked = Steady::now();
    while (!text.empty()) {
      const auto sent = ::send(connection.fd, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) GiveUp("the connection was lost", "");
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  void Read(std::size_t index) {
    Connection& connection = connections_[index];
    Answer& answer = connection.answer;
    std::array<char, 16384> bytes;
    const auto count = ::recv(connection.fd, bytes.data(), bytes.size(), 0);
    if (count <= 0) GiveUp("the connection was closed", answer.bytes);
    answer.bytes.append(bytes.data(), static_cast<std::size_t>(count));
    if (answer.whole == 0) answer.ReadHead();
    if (!answer.Done()) return;
    const Steady::time_point now = Steady::now();
    if (answer.Status() != status_) GiveUp("a wrong answer", answer.bytes);
    --waiting_;
    if (connection.counts) {
      report_.latencies.push_back(std::chrono::duration<double, std::micro>(now - connection.asked).count());
      last_ = now;
    } else if (++warmed_ == plan_.warm_up) {
      BeginToCount();
    }
    if (answer.closes) Open(index);
    Ask(connection);
  }

  const LoadPlan& plan_;
  const std::string status_;
  const int epoll_;
  std::vector<Connection> connections_;
  std::size_t number_ = 0;
  std::size_t warmed_ = 0;
  std::size_t counted_ = 0;
  std::size_t waiting_ = 0;
  bool counting_ = false;
  Steady::time_point begun_{};
  Steady::time_point last_{};
  double cpu_begun_ = 0;
  LoadReport report_{};
};

}  // namespace

double CpuSeconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double LoadReport::Quantile(double q) const {
  if (latencies.empty()) return 0;
  const auto rank = static_cast<std::size_t>(q * static_cast<double>(latencies.size()));
  return latencies[std::min(rank, latencies.size() - 1)];
}

boost::json::object LoadReport::ToJson() const {
  return {{"requests", latencies.size()}, {"seconds", seconds},      {"cpu_seconds", cpu_seconds},
          {"p50_us", Quantile(0.5)},      {"p90_us", Quantile(0.9)}, {"p99_us", Quantile(0.99)}};
}

LoadReport Run(const LoadPlan& plan) { return Load(plan).Run(); }

}  // namespace crossrole::bench
