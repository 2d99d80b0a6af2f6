// SPDX-License-Identifier: Apache-2.0
#include "delivery/syslog.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <thread>

namespace crossrole::delivery {
namespace {

using namespace std::chrono_literals;
using base::Code;
using base::Deadline;

const base::Time kTime = base::FromMicros(1'767'323'045'000'123);

// A listener on loopback, or on a Unix socket.
class Listener {
 public:
  explicit Listener(int type) : fd_(::socket(AF_INET, type | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    CHECK(::bind(fd_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    CHECK(::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    if (type == SOCK_STREAM) CHECK(::listen(fd_, 8) == 0);
  }
  explicit Listener(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{.sun_family = AF_UNIX};
    path.copy(&address.sun_path[0], path.size());
    CHECK(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  ~Listener() { ::close(fd_); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  std::string Datagram() const {
    std::string text(70'000, '\0');
    const auto size = ::recv(fd_, text.data(), text.size(), 0);
    text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return text;
  }
  int Accept() const { return ::accept(fd_, nullptr, nullptr); }
  static std::string ReadExactly(int connection, std::size_t size) {
    std::string text(size, '\0');
    CHECK(::recv(connection, text.data(), size, MSG_WAITALL) == static_cast<ssize_t>(size));
    return text;
  }
  std::uint16_t port() const { return port_; }

 private:
  int fd_;
  std::uint16_t port_ = 0;
};

std::unique_ptr<Syslog> Make(const std::string& address) {
  auto made = Syslog::Create({.address = address, .host = "here"});
  CHECK(made.has_value());
  return *std::move(made);
}

Deadline Soon() { return Deadline::After(30s); }

SyslogMessage Message(std::string text) { return {.time = kTime, .kind = "session.mint", .text = std::move(text)}; }

TEST(SyslogTest, AMessageHasTheFormOfTheRfc) {
  const SyslogSettings settings{.facility = 13, .host = "my host"};
  EXPECT_EQ(FormatSyslog(settings, Message("{\"a\":1}")), "<109>1 2026-01-02T03:04:05.000123Z my_host crossrole - session.mint - {\"a\":1}");
  EXPECT_EQ(FormatSyslog({.facility = 4}, {.time = kTime, .severity = Severity::kError, .kind = "a\nb", .text = ""}),
            "<35>1 2026-01-02T03:04:05.000123Z - crossrole - a_b - ");
}

TEST(SyslogTest, EachMessageIsADatagramOverUdp) {
  const Listener listener(SOCK_DGRAM);
  const auto syslog = Make(fmt::format("udp://127.0.0.1:{}", listener.port()));
  const std::vector<SyslogMessage> messages{Message("one"), Message("two")};
  ASSERT_TRUE(syslog->Send(messages, Soon()).has_value());
  EXPECT_TRUE(listener.Datagram().ends_with(" - one"));
  EXPECT_TRUE(listener.Datagram().ends_with(" - two"));
}

TEST(SyslogTest, WhatNoDatagramHoldsIsShortened) {
  const Listener listener(SOCK_DGRAM);
  const auto syslog = Make(fmt::format("udp://localhost:{}", listener.port()));
  const std::vector<SyslogMessage> messages{Message(std::string(66'000, 'x'))};
  ASSERT_TRUE(syslog->Send(messages, Soon()).has_value());
  EXPECT_EQ(listener.Datagram().size(), 8192U);
}

TEST(SyslogTest, AUnixSocketThatComesBackIsFoundAgain) {
  std::string folder = "/tmp/crossrole-syslog-XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  const std::string path = folder + "/log";
  const auto syslog = Make("unix:" + path);
  const std::vector<SyslogMessage> messages{Message("one")};
  EXPECT_EQ(syslog->Send(messages, Soon()).error().code, Code::kUnavailable);
  for (int round = 0; round < 2; ++round) {
    {
      const Listener listener(path);
      ASSERT_TRUE(syslog->Send(messages, Soon()).has_value()) << round;
      EXPECT_TRUE(listener.Datagram().ends_with(" - one"));
    }
    std::filesystem::remove(path);
    EXPECT_EQ(syslog->Send(messages, Soon()).error().code, Code::kUnavailable);
  }
  std::filesystem::remove_all(folder);
}

TEST(SyslogTest, AUnixSocketThatNobodyReadsFailsAtTheDeadline) {
  std::string folder = "/tmp/crossrole-syslog-XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  const Listener listener(folder + "/log");
  const auto syslog = Make("unix:" + folder + "/log");
  const std::vector<SyslogMessage> messages(5'000, Message(std::string(1'000, 'x')));
  const Deadline deadline = Deadline::After(100ms);
  EXPECT_EQ(syslog->Send(messages, deadline).error().code, Code::kUnavailable);
  EXPECT_TRUE(deadline.Passed());
  std::filesystem::remove_all(folder);
}

TEST(SyslogTest, MessagesAreFramedByTheirLengthOverTcpAndAConnectionIsMadeAnewWhenItEnded) {
  const Listener listener(SOCK_STREAM);
  const auto syslog = Make(fmt::format("tcp://127.0.0.1:{}", listener.port()));
  const std::vector<SyslogMessage> messages{Message("one"), Message("{\"two\":\n2}")};
  std::string expected;
  for (const SyslogMessage& message : messages) {
    const std::string text = FormatSyslog({.host = "here"}, message);
    expected += fmt::format("{} {}", text.size(), text);
  }
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(syslog->Send(messages, Soon()).has_value());
    const int connection = listener.Accept();
    EXPECT_EQ(Listener::ReadExactly(connection, expected.size()), expected);
    ASSERT_TRUE(syslog->Send(messages, Soon()).has_value());
    EXPECT_EQ(Listener::ReadExactly(connection, expected.size()), expected);
    ::close(connection);
  }
}

TEST(SyslogTest, NobodyAtThePortIsAnError) {
  std::uint16_t port = 0;
  {
    const Listener listener(SOCK_STREAM);
    port = listener.port();
  }
  const auto syslog = Make(fmt::format("tcp://127.0.0.1:{}", port));
  const std::vector<SyslogMessage> messages{Message("one")};
  EXPECT_EQ(syslog->Send(messages, Soon()).error().code, Code::kUnavailable);
}

TEST(SyslogTest, AddressesThatAreNoneAreRefused) {
  for (const char* address : {"", "host:514", "udp://host:514", "udp://127.0.0.1", "udp://127.0.0.1:0", "tcp://:1", "tcp://h:99999", "http://h:1", "unix:relative",
                              "tcp://h:1/x", "tcp://h h:1"}) {
    EXPECT_EQ(Syslog::Create({.address = address}).error().field, "address") << address;
  }
  EXPECT_EQ(Syslog::Create({.address = "unix:/" + std::string(200, 'x')}).error().field, "address");
  EXPECT_EQ(Syslog::Create({.address = "unix:/dev/log", .facility = 24}).error().field, "facility");
}

}  // namespace
}  // namespace crossrole::delivery
