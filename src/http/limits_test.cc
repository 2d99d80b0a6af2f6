// SPDX-License-Identifier: Apache-2.0
#include "http/limits.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include "fakes/raw_client.h"
#include "http/problem.h"
#include "http/server.h"

namespace crossrole::http {
namespace {

using namespace std::chrono_literals;
using fakes::RawClient;

ServerOptions QuickOptions() {
  ServerOptions options;
  options.limits.tick = 5ms;
  // A slow client shall have read its answer before what it still sends makes the system take it back.
  options.limits.linger_time = 5s;
  return options;
}

void Echo(Request request, const Responder& responder) { responder.Send(TextResponse(200, std::move(request.body))); }

std::unique_ptr<Server> StartServer(ServerOptions options, Handler handler = Echo) {
  return Server::Start(std::move(options), std::move(handler)).value();
}

constexpr std::string_view kGet = "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n";

int StatusFor(const Server& server, std::string_view text) {
  RawClient client(server.port());
  const auto answer = client.Ask(text);
  return answer ? answer->status : 0;
}

TEST(LimitsTest, AHeadThatComesByteByByteIsCutOff) {
  ServerOptions options = QuickOptions();
  // Whoever has sent nothing by then gets no answer at all.
  options.limits.header_time = 1s;
  const auto server = StartServer(options);
  RawClient slow(server->port());
  ASSERT_TRUE(slow.Send("X"));
  std::atomic<bool> read = false;
  std::thread dripping([&] {
    for (int i = 0; i < 2000 && !read && slow.Send("X"); ++i) std::this_thread::sleep_for(10ms);
  });
  const auto all = slow.ReadToEnd();
  read = true;
  dripping.join();
  ASSERT_TRUE(all);
  EXPECT_TRUE(all->starts_with("HTTP/1.1 408 ")) << *all;
  EXPECT_EQ(server->Stats().requests, 0U);
}

TEST(LimitsTest, AClientThatSaysNothingIsCutOff) {
  ServerOptions options = QuickOptions();
  options.limits.header_time = 50ms;
  const auto server = StartServer(options);
  RawClient silent(server->port());
  const auto all = silent.ReadToEnd();
  ASSERT_TRUE(all);
  EXPECT_EQ(*all, "");
}

TEST(LimitsTest, ABodyThatComesTooSlowlyIsCutOff) {
  ServerOptions options = QuickOptions();
  options.limits.body_time = 50ms;
  const auto server = StartServer(options);
  EXPECT_EQ(StatusFor(*server, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc"), 408);
}

TEST(LimitsTest, TwoHundredHalfOpenClientsDoNotKeepAnotherWaiting) {
  const auto server = StartServer(QuickOptions());
  std::vector<std::unique_ptr<RawClient>> half_open;
  for (int i = 0; i < 200; ++i) {
    half_open.push_back(std::make_unique<RawClient>(server->port()));
    ASSERT_TRUE(half_open.back()->Send(i % 2 == 0 ? "GET / HTTP/1.1\r\nHost: local" : "POST / HTTP/1.1\r\nHost: localhost\r\n"
                                                                                      "Content-Length: 9\r\n\r\nx"));
  }
  for (int i = 0; i < 20; ++i) EXPECT_EQ(StatusFor(*server, kGet), 200);
}

TEST(LimitsTest, AnIdleConnectionIsClosed) {
  ServerOptions options = QuickOptions();
  options.limits.idle_time = 50ms;
  const auto server = StartServer(options);
  RawClient client(server->port());
  ASSERT_TRUE(client.Ask(kGet));
  const auto rest = client.ReadToEnd();
  ASSERT_TRUE(rest);
  EXPECT_EQ(*rest, "");
}

TEST(LimitsTest, AClientThatDoesNotReadItsAnswerIsCutOff) {
  ServerOptions options = QuickOptions();
  options.limits.write_time = 50ms;
  options.limits.write_bytes_per_second = std::size_t{1} << 30;
  const auto server = StartServer(
      options, [](const Request&, const Responder& responder) { responder.Send({.body = std::string(std::size_t{32} << 20, 'x')}); });
  RawClient client(server->port(), 4096);
  ASSERT_TRUE(client.Send(kGet));
  while (server->Stats().timed_out == 0) std::this_thread::sleep_for(5ms);
  const auto all = client.ReadToEnd();
  ASSERT_TRUE(all);
  EXPECT_LT(all->size(), std::size_t{32} << 20);
}

TEST(LimitsTest, WhatIsTooLongIsRefusedWithItsOwnStatus) {
  ServerOptions options = QuickOptions();
  options.limits.body_bytes = 1000;
  const auto server = StartServer(options);
  const std::string host = "Host: localhost\r\n";
  const std::string long_value(16 * 1024, 'v');
  EXPECT_EQ(StatusFor(*server, "GET / HTTP/1.1\r\n" + host + "X: " + long_value + "\r\n\r\n"), 431);
  EXPECT_EQ(StatusFor(*server, "GET / HTTP/1.1\r\n" + host + "X: " + long_value), 431);  // no end in sight
  EXPECT_EQ(StatusFor(*server, "GET / HTTP/1.1\r\n" + host + "X: " + long_value.substr(200) + "\r\n\r\n"), 200);
  std::string many = host;
  for (int i = 0; i < 100; ++i) many += fmt::format("X{}: 1\r\n", i);
  EXPECT_EQ(StatusFor(*server, "GET / HTTP/1.1\r\n" + many + "\r\n"), 431);
  EXPECT_EQ(StatusFor(*server, "GET /" + std::string(8 * 1024, 'a') + " HTTP/1.1\r\n" + host + "\r\n"), 414);
  EXPECT_EQ(StatusFor(*server, "GET /" + std::string(17 * 1024, 'a') + " HTTP/1.1\r\n" + host + "\r\n"), 431);
  EXPECT_EQ(StatusFor(*server, "POST / HTTP/1.1\r\n" + host + "Content-Length: 1001\r\n\r\n"), 413);
  EXPECT_EQ(StatusFor(*server, "POST / HTTP/1.1\r\n" + host + "Content-Length: 1000\r\n\r\n" + std::string(1000, 'b')), 200);
  EXPECT_EQ(StatusFor(*server, "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n3e9\r\n" +
                                   std::string(1001, 'b') + "\r\n0\r\n\r\n"),
            413);
  EXPECT_EQ(StatusFor(*server, "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n1;" + std::string(64 * 1024, 'e')),
            400);
}

TEST(LimitsTest, ATooLargeBodyIsAProblemThatTheClientCanReadWhileItStillSends) {
  ServerOptions options = QuickOptions();
  options.limits.body_bytes = 1000;
  const auto server = StartServer(options);
  RawClient client(server->port());
  ASSERT_TRUE(client.Send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000\r\n\r\n" + std::string(200'000, 'b')));
  const auto answer = client.Receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 413);
  EXPECT_EQ(answer->headers.Find("Content-Type"), "application/problem+json");
  EXPECT_NE(answer->body.find(R"("code":"too_large")"), std::string::npos);
  EXPECT_EQ(answer->headers.Find("Connection"), "close");
}

TEST(LimitsTest, WhatTwoReadersMayReadDifferentlyIsRefused) {
  std::atomic<int> handled{0};
  const auto server = StartServer(QuickOptions(), [&](Request request, const Responder& responder) {
    ++handled;
    Echo(std::move(request), responder);
  });
  const std::string smuggled = "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const std::vector<std::string> headers = {
      "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
      "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
      "Content-Length: 5\r\nContent-Length: 5\r\n",
      "Content-Length: 5\r\nContent-Length: 6\r\n",
      "Content-Length: 5, 5\r\n",
      "Content-Length: +5\r\n",
      "Content-Length: -1\r\n",
      "Content-Length: 0x5\r\n",
      "Content-Length: 99999999999999999999999\r\n",
      "Content-Length:\r\n",
      "Transfer-Encoding: xchunked\r\n",
      "Transfer-Encoding: chunked, identity\r\n",
      "Transfer-Encoding: gzip, chunked\r\n",
      "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
      "Transfer-Encoding: \"chunked\"\r\n",
      "Transfer-Encoding : chunked\r\n",
      " Transfer-Encoding: chunked\r\n",
      "Transfer-Encoding\r\n",
      "X: a\nTransfer-Encoding: chunked\r\n",
      "X: a\rb\r\n",
      std::string("X: a\0b\r\n", 8),
      "X\x01: a\r\n",
  };
  for (const std::string& each : headers) {
    EXPECT_EQ(StatusFor(*server, "POST / HTTP/1.1\r\nHost: localhost\r\n" + each + "\r\n" + smuggled), 400) << each;
  }
  EXPECT_EQ(StatusFor(*server, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + smuggled), 400);
  EXPECT_EQ(handled, 0);
}

TEST(LimitsTest, BrokenRequestsAreRefused) {
  const auto server = StartServer(QuickOptions());
  const std::vector<std::pair<std::string, int>> cases = {
      {"GET / HTTP/2.0\r\nHost: localhost\r\n\r\n", 505},
      {"GET / HTTP/1.1\nHost: localhost\n\n", 505},
      {"GET /\r\n\r\n", 400},
      {"G@T / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"\x16\x03\x01\x02\x00\x01\x00", 400},
      {"GET /a/../b HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"GET //a HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"GET /a%2Fb HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"GET /a%00 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n", 501},
      {"GET * HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: localhost\r\nExpect: a-miracle\r\n\r\n", 417},
      {"\r\n\r\nGET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 200},
      {"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n0\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n", 400},
  };
  for (const auto& [text, status] : cases) EXPECT_EQ(StatusFor(*server, text), status) << text;
}

TEST(LimitsTest, OnlyKnownHostsAreServed) {
  ServerOptions options = QuickOptions();
  options.allowed_hosts = {"crossrole.example.com"};
  const auto server = StartServer(options);
  const std::vector<std::pair<std::string, int>> cases = {
      {"Host: localhost\r\n", 200},
      {"Host: LOCALHOST:8420\r\n", 200},
      {"Host: 127.0.0.1:1\r\n", 200},
      {"Host: [::1]:8420\r\n", 200},
      {"Host: Crossrole.Example.com\r\n", 200},
      {"Host: evil.example.com\r\n", 421},
      {"Host: crossrole.example.com.evil.com\r\n", 421},
      {"Host: 10.0.0.1\r\n", 421},
      {"", 400},
      {"Host:\r\n", 400},
      {"Host: localhost\r\nHost: localhost\r\n", 400},
      {"Host: localhost, evil.com\r\n", 400},
      {"Host: user@localhost\r\n", 400},
      {"Host: localhost:80:80\r\n", 400},
  };
  for (const auto& [line, status] : cases) {
    EXPECT_EQ(StatusFor(*server, "GET / HTTP/1.1\r\n" + line + "\r\n"), status) << line;
  }
  EXPECT_EQ(StatusFor(*server, "GET http://localhost/a HTTP/1.1\r\nHost: localhost\r\n\r\n"), 200);
  EXPECT_EQ(StatusFor(*server, "GET http://evil.example.com/a HTTP/1.1\r\nHost: localhost\r\n\r\n"), 421);
  RawClient client(server->port());
  const auto refused = client.Ask("GET / HTTP/1.1\r\nHost: evil.example.com\r\n\r\n");
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(ParseProblem(*refused).code, base::Code::kInvalidArgument);
  EXPECT_EQ(ParseProblem(*refused).reason, "host_not_served");
}

TEST(LimitsTest, ANewClientTakesThePlaceOfTheLongestIdleOne) {
  ServerOptions options = QuickOptions();
  options.limits.connections = 3;
  const auto server = StartServer(options);
  RawClient first(server->port());
  ASSERT_TRUE(first.Ask(kGet));
  RawClient second(server->port());
  ASSERT_TRUE(second.Ask(kGet));
  RawClient silent(server->port());
  RawClient fourth(server->port());
  EXPECT_TRUE(fourth.Ask(kGet));
  EXPECT_EQ(first.ReadToEnd(), "");
  EXPECT_TRUE(second.Ask(kGet));
  EXPECT_EQ(server->Stats().evicted, 1U);
}

TEST(LimitsTest, BusyClientsKeepTheirPlaceAndOneMoreIsToldToComeBack) {
  ServerOptions options = QuickOptions();
  options.limits.connections = 2;
  std::vector<Responder> kept;
  std::promise<void> both;
  const auto server = StartServer(options, [&](const Request&, const Responder& responder) {
    kept.push_back(responder);
    if (kept.size() == 2) both.set_value();
  });
  RawClient first(server->port());
  RawClient second(server->port());
  ASSERT_TRUE(first.Send(kGet));
  ASSERT_TRUE(second.Send(kGet));
  both.get_future().wait();
  RawClient third(server->port());
  const auto refused = third.Receive();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 503);
  EXPECT_EQ(refused->headers.Find("Retry-After"), "1");
  EXPECT_EQ(server->Stats().refused, 1U);
  for (const Responder& responder : kept) responder.Send(TextResponse(200, "x"));
  EXPECT_TRUE(first.Receive());
  EXPECT_TRUE(second.Receive());
}

TEST(LimitsTest, OneAddressGetsNoMoreThanItsShare) {
  ServerOptions options = QuickOptions();
  options.limits.connections_per_address = 2;
  const auto server = StartServer(options);
  RawClient first(server->port());
  ASSERT_TRUE(first.Ask(kGet));
  {
    RawClient second(server->port());
    ASSERT_TRUE(second.Ask(kGet));
    EXPECT_EQ(StatusFor(*server, ""), 503);
  }
  while (server->Stats().connections > 1) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(StatusFor(*server, kGet), 200);
}

TEST(LimitsTest, AConnectionIsClosedAfterItsLastRequest) {
  ServerOptions options = QuickOptions();
  options.limits.requests_per_connection = 2;
  const auto server = StartServer(options);
  RawClient client(server->port());
  const auto first = client.Ask(kGet);
  ASSERT_TRUE(first);
  EXPECT_FALSE(first->headers.Has("Connection"));
  const auto second = client.Ask(kGet);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->headers.Find("Connection"), "close");
}

}  // namespace
}  // namespace crossrole::http
