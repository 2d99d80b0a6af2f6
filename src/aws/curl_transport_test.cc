// SPDX-License-Identifier: Apache-2.0
#include "aws/curl_transport.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <future>
#include <latch>
#include <mutex>

#include "fakes/loopback_server.h"

namespace crossrole::aws {
namespace {

using base::Deadline;
using fakes::LoopbackServer;
using fakes::Ok;
using fakes::Reply;
using std::chrono::milliseconds;
using std::chrono::seconds;

HttpRequest To(const LoopbackServer& server, std::string path = "/", Repeat repeat = Repeat::kIdempotent) {
  HttpRequest request = *RequestTo(server.url() + path);
  request.method = "POST";
  request.body = "Action=GetCallerIdentity";
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  request.repeat = repeat;
  return request;
}

Deadline Soon() { return Deadline::After(seconds(20)); }

// Holds back whoever waits until it is opened.
class Gate {
 public:
  void Wait() {
    std::unique_lock lock(mutex_);
    opened_.wait(lock, [this] { return open_; });
  }
  void Open() {
    std::lock_guard lock(mutex_);
    open_ = true;
    opened_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  bool open_ = false;
};

TEST(CurlTransportTest, SendsTheRequestAndReadsTheAnswer) {
  std::string head;
  std::string body;
  LoopbackServer server([&](const LoopbackServer::Request& request) {
    head = request.head;
    body = request.body;
    return Ok("hello", "X-Amzn-RequestId: abc\r\nX-Two: 1\r\nX-Two: 2\r\n");
  });
  CurlTransport transport({});
  HttpRequest request = To(server, "/a/../b%20c?x=1");
  request.headers.push_back({"X-Empty", ""});
  const auto answer = transport.Send(request, Soon());
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "hello");
  EXPECT_EQ(FindHeader(answer->headers, "x-amzn-requestid"), "abc");
  EXPECT_EQ(std::ranges::count_if(answer->headers, [](const Header& h) { return h.name == "X-Two"; }), 2);
  EXPECT_TRUE(head.starts_with("POST /a/../b%20c?x=1 HTTP/1.1\r\n")) << head;
  EXPECT_TRUE(head.contains("\r\nHost: 127.0.0.1:" + std::to_string(server.port()) + "\r\n")) << head;
  EXPECT_TRUE(head.contains("\r\nX-Empty:\r\n")) << head;
  EXPECT_FALSE(base::Lower(head).contains("\r\naccept:")) << head;
  EXPECT_FALSE(base::Lower(head).contains("\r\nexpect:")) << head;
  EXPECT_EQ(body, "Action=GetCallerIdentity");
}

TEST(CurlTransportTest, AnEmptyPutSaysSoAndAGetHasNoBody) {
  std::string head;
  LoopbackServer server([&](const LoopbackServer::Request& request) {
    head = request.head;
    return Ok("");
  });
  CurlTransport transport({});
  HttpRequest request = *RequestTo(server.url());
  request.method = "PUT";
  ASSERT_TRUE(transport.Send(request, Soon()).has_value());
  EXPECT_TRUE(head.starts_with("PUT / ") && head.contains("\r\nContent-Length: 0\r\n")) << head;
  request.method = "GET";
  ASSERT_TRUE(transport.Send(request, Soon()).has_value());
  EXPECT_TRUE(head.starts_with("GET / ") && !head.contains("Content-Length")) << head;
}

TEST(CurlTransportTest, ConnectionsAreReusedExceptForWhatMustNotBeRepeated) {
  LoopbackServer server([](const auto&) { return Ok("x"); });
  CurlTransport transport({});
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(transport.Send(To(server), Soon()).has_value());
  EXPECT_EQ(server.connections(), 1);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(transport.Send(To(server, "/", Repeat::kOnce), Soon()).has_value());
  EXPECT_EQ(server.connections(), 4);
}

TEST(CurlTransportTest, ALostAnswerIsNeverRepeatedForWhatMustHappenOnce) {
  std::atomic<int> requests{0};
  LoopbackServer server([&](const auto&) {
    return ++requests == 1 ? Ok("x") : Reply{.then = Reply::Then::kReset};
  });
  CurlTransport transport({});
  ASSERT_TRUE(transport.Send(To(server), Soon()).has_value());
  const auto answer = transport.Send(To(server, "/", Repeat::kOnce), Soon());
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, base::Code::kUnavailable);
  EXPECT_EQ(answer.error().reason, "aws.unreachable");
  EXPECT_FALSE(NothingSent(answer.error()));
  EXPECT_EQ(requests, 2);
}

TEST(CurlTransportTest, ARefusedConnectionProvesThatNothingWasSent) {
  std::string url;
  {
    LoopbackServer server([](const auto&) { return Ok(""); });
    url = server.url();
  }
  CurlTransport transport({});
  const auto answer = transport.Send(*RequestTo(url), Soon());
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().reason, "aws.unreachable");
  EXPECT_TRUE(NothingSent(answer.error()));
  EXPECT_TRUE(answer.error().message.starts_with("cannot reach `127.0.0.1`: ")) << answer.error().message;
}

TEST(CurlTransportTest, ACutBodyIsAnError) {
  LoopbackServer server([](const auto&) {
    return Reply{.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this", .then = Reply::Then::kClose};
  });
  CurlTransport transport({});
  const auto answer = transport.Send(To(server), Soon());
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().reason, "aws.unreachable");
  EXPECT_FALSE(NothingSent(answer.error()));
}

TEST(CurlTransportTest, WhatIsNotHttpIsAnError) {
  LoopbackServer server([](const auto&) { return Reply{.bytes = "220 mail ready\r\n", .then = Reply::Then::kClose}; });
  CurlTransport transport({});
  EXPECT_FALSE(transport.Send(To(server), Soon()).has_value());
}

TEST(CurlTransportTest, AnAnswerThatDoesNotComeEndsAtTheDeadline) {
  Gate gate;
  LoopbackServer server([&](const auto&) {
    gate.Wait();
    return Ok("late");
  });
  CurlTransport transport({});
  // Long enough for the request to leave a busy machine.
  const auto answer = transport.Send(To(server), Deadline::After(seconds(1)));
  gate.Open();
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().reason, "aws.timeout");
  EXPECT_FALSE(NothingSent(answer.error()));
  const auto too_late = transport.Send(To(server), Deadline::After(milliseconds(0)));
  ASSERT_FALSE(too_late.has_value());
  EXPECT_TRUE(NothingSent(too_late.error()));
}

TEST(CurlTransportTest, WhoeverWaitsForAConnectionStillHasADeadline) {
  Gate gate;
  LoopbackServer server([&](const auto&) {
    gate.Wait();
    return Ok("late");
  });
  CurlTransport transport({.connections_per_host = 1});
  std::latch first_done(1);
  transport.Submit(To(server), Soon(), [&](const auto&) { first_done.count_down(); });
  const auto answer = transport.Send(To(server), Deadline::After(milliseconds(50)));
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().reason, "aws.timeout");
  gate.Open();
  first_done.wait();
}

TEST(CurlTransportTest, ALargeAnswerIsCutOff) {
  LoopbackServer server([](const LoopbackServer::Request& request) {
    if (request.head.contains("/headers")) return Ok("", "X-Long: " + std::string(90000, 'x') + "\r\n" + "Y: " + std::string(90000, 'x') + "\r\nZ: " + std::string(90000, 'x') + "\r\n");
    return Ok(std::string(5000, 'x'));
  });
  CurlTransport transport({.response_limit = 4999});
  EXPECT_EQ(transport.Send(To(server), Soon()).error().reason, "aws.answer_too_large");
  EXPECT_EQ(transport.Send(To(server, "/headers"), Soon()).error().reason, "aws.answer_too_large");
  CurlTransport larger({.response_limit = 5000});
  EXPECT_TRUE(larger.Send(To(server), Soon()).has_value());
}

TEST(CurlTransportTest, RedirectsAreAnswersLikeAnyOther) {
  LoopbackServer server([](const auto&) {
    return Reply{.bytes = "HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"};
  });
  CurlTransport transport({});
  const auto answer = transport.Send(To(server), Soon());
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status, 301);
}

TEST(CurlTransportTest, HundredsAreInFlightAtOnce) {
  constexpr int kCount = 300;
  std::latch all_arrived(kCount);
  LoopbackServer server([&](const auto&) {
    all_arrived.arrive_and_wait();
    return Ok("x");
  });
  CurlTransport transport({.connections_per_host = kCount});
  std::latch all_done(kCount);
  std::atomic<int> good{0};
  for (int i = 0; i < kCount; ++i) {
    transport.Submit(To(server), Soon(), [&](const base::Result<HttpResponse>& answer) {
      good += answer.has_value() ? 1 : 0;
      all_done.count_down();
    });
  }
  all_done.wait();
  EXPECT_EQ(good, kCount);
}

TEST(CurlTransportTest, ConnectionsPerHostAreCapped) {
  LoopbackServer server([](const auto&) { return Ok("x"); });
  CurlTransport transport({.connections_per_host = 3});
  std::latch all_done(60);
  for (int i = 0; i < 60; ++i) transport.Submit(To(server), Soon(), [&](const auto&) { all_done.count_down(); });
  all_done.wait();
  EXPECT_LE(server.connections(), 3);
}

TEST(CurlTransportTest, DestructionAnswersEverybody) {
  Gate gate;
  std::latch arrived(1);
  LoopbackServer server([&](const auto&) {
    arrived.count_down();
    gate.Wait();
    return Ok("late");
  });
  std::string reason;
  bool task_ran = false;
  {
    CurlTransport transport({});
    transport.Submit(To(server), Soon(), [&](const base::Result<HttpResponse>& answer) { reason = answer.error().reason; });
    transport.RunAfter(std::chrono::hours(1), [&] { task_ran = true; });
    arrived.wait();
  }
  gate.Open();
  EXPECT_EQ(reason, "aws.stopped");
  EXPECT_TRUE(task_ran);
}

TEST(CurlTransportTest, AfterAStopEverybodyIsAnsweredAndNothingIsSent) {
  Gate gate;
  std::latch arrived(1);
  LoopbackServer server([&](const auto&) {
    arrived.count_down();
    gate.Wait();
    return Ok("late");
  });
  CurlTransport transport({});
  const auto ask = [&](std::promise<std::string>& reason) {
    transport.Submit(To(server), Soon(), [&](const base::Result<HttpResponse>& answer) { reason.set_value(answer.error().reason); });
  };
  std::promise<std::string> before;
  std::promise<std::string> after;
  ask(before);
  arrived.wait();
  transport.Stop();
  EXPECT_EQ(before.get_future().get(), "aws.stopped");
  ask(after);
  EXPECT_EQ(after.get_future().get(), "aws.stopped");
  gate.Open();
}

TEST(CurlTransportTest, TasksRunInTheOrderOfTheirTimes) {
  CurlTransport transport({});
  std::string order;
  std::latch done(3);
  const auto note = [&](char c) {
    order += c;
    done.count_down();
  };
  // Far enough apart for a thread that is kept waiting between two of these lines.
  transport.RunAfter(seconds(2), [&] { note('c'); });
  transport.RunAfter(seconds(1), [&] { note('b'); });
  transport.RunAfter(milliseconds(0), [&] { note('a'); });
  done.wait();
  EXPECT_EQ(order, "abc");
}

TEST(CurlTransportTest, ACallbackMaySubmitTheNextRequest) {
  LoopbackServer server([](const auto&) { return Ok("x"); });
  CurlTransport transport({});
  std::latch done(1);
  int left = 10;
  std::function<void(base::Result<HttpResponse>)> next = [&](const base::Result<HttpResponse>& answer) {
    if (!answer.has_value() || --left == 0) return done.count_down();
    transport.Submit(To(server), Soon(), next);
  };
  transport.Submit(To(server), Soon(), next);
  done.wait();
  EXPECT_EQ(left, 0);
}

TEST(CurlTransportTest, ProxiesAreTakenFromTheOptionsOnly) {
  std::string seen;
  LoopbackServer proxy([&](const LoopbackServer::Request& request) {
    seen = request.head.substr(0, request.head.find("\r\n"));
    if (seen.starts_with("CONNECT")) return Reply{.bytes = "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", .then = Reply::Then::kClose};
    return Ok("from the proxy");
  });
  LoopbackServer server([](const auto&) { return Ok("direct"); });
  CurlTransport transport({.proxies = {.http = proxy.url(), .https = proxy.url(), .no_proxy = "127.0.0.1"}});
  HttpRequest elsewhere = *RequestTo("http://sts.us-east-1.example/");
  EXPECT_EQ(transport.Send(elsewhere, Soon())->body, "from the proxy");
  EXPECT_EQ(seen, "POST http://sts.us-east-1.example/ HTTP/1.1");
  EXPECT_EQ(transport.Send(To(server), Soon())->body, "direct");
  const auto refused = transport.Send(*RequestTo("https://sts.us-east-1.example/"), Soon());
  EXPECT_FALSE(refused.has_value());
  EXPECT_EQ(seen, "CONNECT sts.us-east-1.example:443 HTTP/1.1");

  CurlTransport everything({.proxies = {.http = proxy.url()}});
  EXPECT_EQ(everything.Send(To(server), Soon())->body, "from the proxy");
  HttpRequest local = To(server);
  local.route = Route::kDirect;
  EXPECT_EQ(everything.Send(local, Soon())->body, "direct");
}

TEST(CurlTransportTest, TheEnvironmentDoesNotMatter) {
  LoopbackServer proxy([](const auto&) { return Ok("from the proxy"); });
  LoopbackServer server([](const auto&) { return Ok("direct"); });
  for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY"}) setenv(name, proxy.url().c_str(), 1);
  CurlTransport transport({});
  const auto answer = transport.Send(To(server), Soon());
  for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY"}) unsetenv(name);
  EXPECT_EQ(answer->body, "direct");
}

TEST(CurlTransportTest, PlaintextNeedsAnExplicitWord) {
  LoopbackServer server([](const auto&) { return Ok("x"); });
  CurlTransport transport({});
  HttpRequest request = To(server);
  request.plaintext = Plaintext::kRefused;
  EXPECT_EQ(transport.Send(request, Soon()).error().code, base::Code::kInvalidArgument);
  EXPECT_EQ(server.connections(), 0);
}

TEST(CurlTransportTest, AServerWithoutTlsIsUnreachableByHttps) {
  LoopbackServer server([](const auto&) { return Ok("x"); });
  CurlTransport transport({});
  HttpRequest request = To(server);
  request.scheme = "https";
  // The server waits for a request that never comes; a short deadline ends the attempt.
  const auto answer = transport.Send(request, Deadline::After(milliseconds(200)));
  ASSERT_FALSE(answer.has_value());
  EXPECT_TRUE(NothingSent(answer.error()));
}

TEST(CurlTransportTest, MalformedRequestsAreNotSent) {
  LoopbackServer server([](const auto&) { return Ok("x"); });
  CurlTransport transport({});
  const auto refused = [&](auto&& change) {
    HttpRequest request = To(server);
    change(request);
    const auto answer = transport.Send(request, Soon());
    return !answer.has_value() && answer.error().code == base::Code::kInvalidArgument;
  };
  EXPECT_TRUE(refused([](HttpRequest& r) { r.headers.push_back({"X", "a\r\nY: b"}); }));
  EXPECT_TRUE(refused([](HttpRequest& r) { r.headers.push_back({"X\nY", "b"}); }));
  EXPECT_TRUE(refused([](HttpRequest& r) { r.headers.push_back({"X:Y", "b"}); }));
  EXPECT_TRUE(refused([](HttpRequest& r) { r.host = "x.example.com/"; }));
  EXPECT_TRUE(refused([](HttpRequest& r) { r.host = "user@x"; }));
  EXPECT_TRUE(refused([](HttpRequest& r) { r.path = "no-slash"; }));
  EXPECT_TRUE(refused([](HttpRequest& r) { r.path = "/a b"; }));
  EXPECT_TRUE(refused([](HttpRequest& r) { r.query = "a\nb"; }));
  EXPECT_TRUE(refused([](HttpRequest& r) { r.method = "GET /x"; }));
  EXPECT_TRUE(refused([](HttpRequest& r) { r.scheme = "file"; }));
  EXPECT_EQ(server.connections(), 0);
}

}  // namespace
}  // namespace crossrole::aws
