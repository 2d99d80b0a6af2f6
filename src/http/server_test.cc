// SPDX-License-Identifier: Apache-2.0
#include "http/server.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <future>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "base/thread_pool.h"
#include "fakes/raw_client.h"
#include "http/client.h"
#include "http/internal/print_head.h"

namespace crossrole::http {
namespace {

using namespace std::chrono_literals;
using base::Deadline;
using fakes::RawClient;

ServerOptions QuickOptions() {
  ServerOptions options;
  options.limits.tick = 5ms;
  options.limits.linger_time = 5s;
  return options;
}

std::unique_ptr<Server> StartServer(Handler handler, ServerOptions options = QuickOptions()) {
  auto server = Server::Start(std::move(options), std::move(handler));
  EXPECT_TRUE(server.has_value()) << (server ? "" : server.error().message);
  return std::move(server).value();
}

// Answers with what it understood, so that tests can look.
void Echo(Request request, const Responder& responder) {
  std::string text = fmt::format("{} {} [{}]", request.method, request.path, request.body);
  responder.Send(TextResponse(200, std::move(text)));
}

constexpr std::string_view kGet = "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n";

TEST(ServerTest, AnswersSeveralRequestsOnOneConnection) {
  const auto server = StartServer(Echo);
  RawClient client(server->port());
  for (int i = 0; i < 3; ++i) {
    const auto answer = client.Ask(kGet);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, "GET /a []");
  }
  EXPECT_EQ(server->Stats().requests, 3U);
  EXPECT_EQ(server->Stats().accepted, 1U);
}

TEST(ServerTest, PipelinedRequestsAreAnsweredInTheirOrder) {
  base::ThreadPool pool(4, 100);
  const auto server = StartServer([&](Request request, Responder responder) {
    auto shared = std::make_shared<Request>(std::move(request));
    ASSERT_TRUE(pool.TrySubmit([shared, responder] { Echo(std::move(*shared), responder); }));
  });
  RawClient client(server->port());
  std::string all;
  for (int i = 0; i < 20; ++i) {
    all += fmt::format("POST /{} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{:02}", i, i);
  }
  ASSERT_TRUE(client.Send(all));
  for (int i = 0; i < 20; ++i) {
    const auto answer = client.Receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, fmt::format("POST /{} [{:02}]", i, i));
  }
}

TEST(ServerTest, HandlersSeeTheRawTargetAndTheHeadersAsTheyWereSent) {
  Request seen;
  const auto server = StartServer([&](Request request, const Responder& responder) {
    seen = std::move(request);
    responder.Send(EmptyResponse(204));
  });
  RawClient client(server->port());
  const auto answer = client.Ask(
      "POST /a%20b/?x=1&y=%2F+z&x=2 HTTP/1.1\r\nhOsT: localhost:80\r\nX-Amz-B:  two  words \r\nx-amz-A: 1\r\n"
      "X-Amz-B: again\r\nContent-Length: 0\r\n\r\n");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 204);
  EXPECT_EQ(seen.target, "/a%20b/?x=1&y=%2F+z&x=2");
  EXPECT_EQ(seen.path, "/a b/");
  EXPECT_EQ(seen.Query("x"), "1");
  EXPECT_EQ(seen.Query("y"), "/ z");
  EXPECT_EQ(seen.query.size(), 3U);
  std::string names;
  for (const Header& line : seen.headers.lines()) names += line.name + "=" + line.value + ";";
  EXPECT_EQ(names, "hOsT=localhost:80;X-Amz-B=two  words;x-amz-A=1;X-Amz-B=again;Content-Length=0;");
  EXPECT_EQ(seen.headers.All("x-amz-b").size(), 2U);
  EXPECT_EQ(seen.remote_address, "127.0.0.1");
  EXPECT_TRUE(seen.request_id.starts_with("req_"));
  EXPECT_EQ(seen.request_id.size(), 30U);
  EXPECT_FALSE(seen.secure);
}

TEST(ServerTest, EveryAnswerHasTheSecurityHeadersUnlessItBringsItsOwn) {
  const auto server = StartServer([](const Request& request, const Responder& responder) {
    Response response = TextResponse(200, "x");
    if (request.path == "/own") response.headers.Add("cache-control", "max-age=60");
    response.headers.Add("X-Bad", "a\r\nX-Injected: b");
    responder.Send(std::move(response));
  });
  RawClient client(server->port());
  const auto answer = client.Ask(kGet);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->headers.Find("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(answer->headers.Find("Cache-Control"), "no-store");
  EXPECT_TRUE(answer->headers.Has("Date"));
  EXPECT_TRUE(answer->headers.Has("Request-Id"));
  EXPECT_FALSE(answer->headers.Has("X-Injected"));
  const auto own = client.Ask("GET /own HTTP/1.1\r\nHost: localhost\r\n\r\n");
  ASSERT_TRUE(own);
  EXPECT_EQ(own->headers.All("Cache-Control"), std::vector<std::string_view>{"max-age=60"});
}

TEST(ServerTest, TheDateHasTheFormOfHttp) {
  EXPECT_EQ(internal::FormatHttpDate(base::FromMicros(1767323045123456)), "Fri, 02 Jan 2026 03:04:05 GMT");
}

TEST(ServerTest, OnlyAValidTraceparentIsPassedOn) {
  const auto server =
      StartServer([](const Request& request, const Responder& responder) { responder.Send(TextResponse(200, request.traceparent)); });
  RawClient client(server->port());
  const std::string good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const auto passed = client.Ask("GET / HTTP/1.1\r\nHost: localhost\r\ntraceparent: " + good + "\r\n\r\n");
  ASSERT_TRUE(passed);
  EXPECT_EQ(passed->body, good);
  const auto refused = client.Ask("GET / HTTP/1.1\r\nHost: localhost\r\ntraceparent: 00-zz\r\n\r\n");
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->body, "");
}

TEST(ServerTest, HeadIsAnsweredWithoutABody) {
  const auto server = StartServer(Echo);
  RawClient client(server->port());
  ASSERT_TRUE(client.Send("HEAD /a HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  const auto head = client.Receive(true);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->headers.Find("Content-Length"), "10");
  const auto next = client.Ask(kGet);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->body, "GET /a []");
}

TEST(ServerTest, OldClientsAreServed) {
  const auto server = StartServer(Echo);
  RawClient closing(server->port());
  ASSERT_TRUE(closing.Send("GET /a HTTP/1.0\r\n\r\n"));
  const auto all = closing.ReadToEnd();
  ASSERT_TRUE(all);
  EXPECT_TRUE(all->starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_NE(all->find("Connection: close\r\n"), std::string::npos);
  RawClient keeping(server->port());
  const auto first = keeping.Ask("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  ASSERT_TRUE(first);
  EXPECT_EQ(first->headers.Find("Connection"), "keep-alive");
  EXPECT_TRUE(keeping.Ask(kGet));
}

TEST(ServerTest, ChunkedBodiesArriveWholeAndTrailersAreNoHeaders) {
  Request seen;
  const auto server = StartServer([&](Request request, const Responder& responder) {
    seen = std::move(request);
    responder.Send(EmptyResponse(204));
  });
  RawClient client(server->port());
  ASSERT_TRUE(client.Send("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5;ext=\"1\"\r\nhe"));
  ASSERT_TRUE(client.Send("llo\r\n6\r\n world\r\n0\r\nAuthorization: Bearer x\r\n\r\n"));
  ASSERT_TRUE(client.Receive());
  EXPECT_EQ(seen.body, "hello world");
  EXPECT_FALSE(seen.headers.Has("Authorization"));
}

TEST(ServerTest, AClientThatWaitsForContinueIsToldTo) {
  const auto server = StartServer(Echo);
  RawClient client(server->port());
  ASSERT_TRUE(client.Send("POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"));
  ASSERT_TRUE(client.ReadUntil("HTTP/1.1 100 Continue\r\n\r\n"));
  const auto answer = client.Ask("hi");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "POST /a [hi]");
}

TEST(ServerTest, LargeBodiesPassBothWays) {
  const auto server = StartServer([](Request request, const Responder& responder) {
    responder.Send(Response{.body = std::move(request.body)});
  });
  RawClient client(server->port());
  std::string body(1024 * 1024, 'x');
  body.back() = 'y';
  const auto answer = client.Ask("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1048576\r\n\r\n" + body);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, body);
}

TEST(ServerTest, ADroppedResponderAnswersInternal) {
  const auto server = StartServer([](const Request&, const Responder&) {});
  RawClient client(server->port());
  const auto answer = client.Ask(kGet);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 500);
  EXPECT_NE(answer->body.find(R"("code":"internal")"), std::string::npos);
  EXPECT_NE(answer->body.find(R"("request_id":"req_)"), std::string::npos);
}

TEST(ServerTest, AThrowingHandlerAnswersInternal) {
  const auto server = StartServer([](const Request&, const Responder&) { throw std::runtime_error("boom"); });
  RawClient client(server->port());
  const auto answer = client.Ask(kGet);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 500);
  EXPECT_EQ(answer->body.find("boom"), std::string::npos);
}

TEST(ServerTest, OnlyTheFirstAnswerCounts) {
  std::atomic<int> taken{0};
  const auto server = StartServer([&](const Request&, const Responder& responder) {
    for (int i = 0; i < 3; ++i) taken += responder.Send(TextResponse(200, fmt::format("{}", i))) ? 1 : 0;
  });
  RawClient client(server->port());
  const auto answer = client.Ask(kGet);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "0");
  EXPECT_EQ(taken, 1);
}

TEST(ServerTest, AHandlerThatTakesTooLongIsGivenUpAndItsLateAnswerGoesNowhere) {
  ServerOptions options = QuickOptions();
  options.limits.request_time = 30ms;
  std::promise<Responder> kept;
  const auto server = StartServer(
      [&](Request request, const Responder& responder) {
        if (request.path == "/late") return kept.set_value(responder);
        Echo(std::move(request), responder);
      },
      options);
  RawClient client(server->port());
  const auto given_up = client.Ask("GET /late HTTP/1.1\r\nHost: localhost\r\n\r\n");
  ASSERT_TRUE(given_up);
  EXPECT_EQ(given_up->status, 503);
  EXPECT_TRUE(given_up->headers.Has("Retry-After"));
  const Responder responder = kept.get_future().get();
  EXPECT_TRUE(responder.Gone());
  responder.Send(TextResponse(200, "too late"));
  const auto next = client.Ask(kGet);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->body, "GET /a []");
}

TEST(ServerTest, AHandlerMayAskForMoreTime) {
  ServerOptions options = QuickOptions();
  options.limits.request_time = 20ms;
  base::ThreadPool pool(1, 1);
  const auto server = StartServer(
      [&](const Request&, const Responder& responder) {
        responder.SetTimeLimit(60s);
        ASSERT_TRUE(pool.TrySubmit([responder] {
          std::this_thread::sleep_for(100ms);
          responder.Send(TextResponse(200, "done"));
        }));
      },
      options);
  RawClient client(server->port());
  const auto answer = client.Ask(kGet);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "done");
}

TEST(ServerTest, AResponderThatOutlivesTheServerDeliversNowhere) {
  std::promise<Responder> kept;
  auto server = StartServer([&](const Request&, const Responder& responder) { kept.set_value(responder); });
  RawClient client(server->port());
  ASSERT_TRUE(client.Send(kGet));
  const Responder responder = kept.get_future().get();
  server.reset();
  EXPECT_TRUE(responder.Gone());
  EXPECT_TRUE(responder.Send(TextResponse(200, "x")));
  EXPECT_TRUE(client.ReadToEnd());
}

TEST(ServerTest, AnAbortedRequestGetsNoAnswer) {
  const auto server = StartServer([](const Request&, const Responder& responder) {
    EXPECT_TRUE(responder.Abort());
    EXPECT_FALSE(responder.Send(TextResponse(200, "x")));
  });
  RawClient client(server->port());
  EXPECT_FALSE(client.Ask(kGet));
}

TEST(ServerTest, DrainingFinishesWhatIsInFlightAndRefusesNewClients) {
  std::promise<Responder> kept;
  const auto server = StartServer([&](const Request&, const Responder& responder) { kept.set_value(responder); });
  server->SetReady(true);
  EXPECT_TRUE(server->ready());
  RawClient busy(server->port());
  RawClient idle(server->port());
  ASSERT_TRUE(busy.Send(kGet));
  const Responder responder = kept.get_future().get();
  auto drained = std::async(std::launch::async, [&] { return server->Drain(Deadline::After(20s)); });
  EXPECT_TRUE(idle.ReadToEnd());  // closed at once
  EXPECT_FALSE(server->ready());
  EXPECT_FALSE(RawClient(server->port()).connected());
  responder.Send(TextResponse(200, "finished"));
  const auto answer = busy.Receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "finished");
  EXPECT_EQ(answer->headers.Find("Connection"), "close");
  busy.Close();
  EXPECT_TRUE(drained.get());
}

TEST(ServerTest, DrainingCutsOffWhatDoesNotFinishInTime) {
  std::promise<Responder> kept;
  const auto server = StartServer([&](const Request&, const Responder& responder) { kept.set_value(responder); });
  RawClient client(server->port());
  ASSERT_TRUE(client.Send(kGet));
  const Responder responder = kept.get_future().get();
  EXPECT_FALSE(server->Drain(Deadline::After(30ms)));
  EXPECT_TRUE(client.ReadToEnd());
  EXPECT_TRUE(responder.Gone());
}

TEST(ServerTest, AThousandRequestsOverFiftyConnectionsAreAllAnswered) {
  ServerOptions options = QuickOptions();
  options.io_threads = 2;
  base::ThreadPool pool(3, 10'000);
  const auto server = StartServer(
      [&](Request request, Responder responder) {
        auto shared = std::make_shared<Request>(std::move(request));
        ASSERT_TRUE(pool.TrySubmit([shared, responder] { Echo(std::move(*shared), responder); }));
      },
      options);
  std::atomic<int> right{0};
  base::TaskGroup group;
  for (int thread = 0; thread < 5; ++thread) {
    group.Start([&, thread] {
      std::vector<std::unique_ptr<RawClient>> clients;
      for (int i = 0; i < 10; ++i) clients.push_back(std::make_unique<RawClient>(server->port()));
      for (int round = 0; round < 20; ++round) {
        for (const auto& client : clients) client->Send(fmt::format("GET /{}/{} HTTP/1.1\r\nHost: localhost\r\n\r\n", thread, round));
        for (const auto& client : clients) {
          const auto answer = client->Receive();
          right += answer && answer->body == fmt::format("GET /{}/{} []", thread, round) ? 1 : 0;
        }
      }
    });
  }
  group.Join();
  EXPECT_EQ(right, 1000);
  EXPECT_EQ(server->Stats().requests, 1000U);
}

// Requests of one key at a time, as a tenant's are; `X-Key` is the key.
std::string KeyOf(const Request& request) { return std::string(request.headers.Find("X-Key").value_or("none")); }

TEST(ServerTest, TheKeyOfItsTurnComesWithTheRequest) {
  ServerOptions options = QuickOptions();
  const auto show = [](const Request& request, const Responder& responder) {
    responder.Send(TextResponse(200, request.turn_key));
  };
  const auto plain = StartServer(show, options);
  options.turn_key = KeyOf;
  const auto keyed = StartServer(show, options);
  constexpr std::string_view kAsk = "GET / HTTP/1.1\r\nHost: localhost\r\nX-Key: blue\r\n\r\n";
  const auto from_plain = RawClient(plain->port()).Ask(kAsk);
  const auto from_keyed = RawClient(keyed->port()).Ask(kAsk);
  ASSERT_TRUE(from_plain && from_keyed);
  EXPECT_EQ(from_plain->body, "127.0.0.1");
  EXPECT_EQ(from_keyed->body, "blue");
}

TEST(ServerTest, AKeyWithManyConnectionsDoesNotMakeAnotherWaitForAllOfThem) {
  constexpr std::size_t kLoud = 40;
  std::promise<void> plugged;
  std::promise<void> released;
  std::vector<std::string> order;  // written by the I/O thread only
  ServerOptions options = QuickOptions();
  options.turn_key = KeyOf;
  const auto server = StartServer(
      [&](const Request& request, const Responder& responder) {
        if (request.path == "/plug") {
          plugged.set_value();
          released.get_future().wait();
        }
        if (request.path == "/now") order.push_back(request.turn_key);
        responder.Send(TextResponse(200, ""));
      },
      options);
  const auto text = [](std::string_view path, std::string_view key) {
    return fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\nX-Key: {}\r\n\r\n", path, key);
  };
  std::vector<std::unique_ptr<RawClient>> clients;
  for (std::size_t i = 0; i <= kLoud; ++i) clients.push_back(std::make_unique<RawClient>(server->port()));
  const auto key_of = [&](std::size_t index) { return index < kLoud ? "loud" : "quiet"; };
  // A connection is known by its last request.
  for (std::size_t i = 0; i <= kLoud; ++i) ASSERT_TRUE(clients[i]->Ask(text("/", key_of(i))));
  RawClient plug(server->port());
  ASSERT_TRUE(plug.Send(text("/plug", "plug")));
  plugged.get_future().wait();
  for (std::size_t i = 0; i <= kLoud; ++i) ASSERT_TRUE(clients[i]->Send(text("/now", key_of(i))));
  released.set_value();
  for (const auto& client : clients) ASSERT_TRUE(client->Receive());
  ASSERT_EQ(order.size(), kLoud + 1);
  EXPECT_LT(std::ranges::find(order, "quiet") - order.begin(), 5);
}

TEST(ServerTest, AnswersOverAUnixSocketThatOnlyItsOwnerMayOpen) {
  const std::string path = fmt::format("{}/crossrole_http_{}.sock", std::filesystem::temp_directory_path().string(), ::getpid());
  ServerOptions options = QuickOptions();
  options.address = "";
  options.unix_socket = path;
  auto server = StartServer(Echo, options);
  struct stat facts{};
  ASSERT_EQ(::stat(path.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
  auto client = Client::Create({.base_url = "unix:" + path});
  ASSERT_TRUE(client.has_value());
  const auto answer = (*client)->Send({.target = "/a"}, Deadline::After(10s));
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(answer->body, "GET /a []");
  EXPECT_FALSE(Server::Start(options, Echo).has_value());  // somebody listens there
  server.reset();
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(ServerTest, AddressesOthersCanReachNeedTlsOrAnExplicitWish) {
  ServerOptions options = QuickOptions();
  options.address = "0.0.0.0";
  const auto refused = Server::Start(options, Echo);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, base::Code::kFailedPrecondition);
  EXPECT_EQ(refused.error().field, "address");
  options.insecure_listen = InsecureListen::kAllow;
  const auto server = StartServer(Echo, options);
  RawClient client(server->port());
  EXPECT_TRUE(client.Ask("GET /a HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"));
}

TEST(ServerTest, SaysWhyItCannotListen) {
  const auto first = StartServer(Echo);
  ServerOptions options = QuickOptions();
  options.port = first->port();
  const auto second = Server::Start(options, Echo);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, base::Code::kFailedPrecondition);
  options.address = "example.com";
  const auto named = Server::Start(options, Echo);
  ASSERT_FALSE(named.has_value());
  EXPECT_EQ(named.error().code, base::Code::kInvalidArgument);
}

TEST(ServerTest, TheAccessLogHasThePathWithoutItsQuery) {
  std::mutex mutex;
  std::string lines;
  const base::Log log([&](std::string_view line) {
    std::lock_guard lock(mutex);
    lines += line;
  });
  Registry metrics;
  ServerOptions options = QuickOptions();
  options.log = &log;
  options.metrics = &metrics;
  auto server = StartServer(Echo, options);
  {
    RawClient client(server->port());
    ASSERT_TRUE(client.Ask("GET /a?token=hidden HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer hidden\r\n\r\n"));
  }
  server.reset();
  EXPECT_NE(lines.find(R"("event":"http.request")"), std::string::npos);
  EXPECT_NE(lines.find(R"("path":"/a","status":200)"), std::string::npos);
  EXPECT_EQ(lines.find("hidden"), std::string::npos);
  EXPECT_NE(metrics.Print().find("crossrole_http_answers_total{class=\"2xx\"} 1\n"), std::string::npos);
  EXPECT_NE(metrics.Print().find("crossrole_http_request_seconds_count 1\n"), std::string::npos);
}

// The lines that a server trusting `proxies` logs of requests with this header, and whether its handler saw https.
struct Forwarded {
  std::string log;
  std::string answer;
};
Forwarded Forward(std::string_view proxies, const std::string& header, std::string_view host = "localhost") {
  std::mutex mutex;
  Forwarded seen;
  const base::Log log([&](std::string_view line) {
    std::lock_guard lock(mutex);
    seen.log += line;
  });
  ServerOptions options = QuickOptions();
  options.log = &log;
  auto trusted = TrustedProxies::Parse(proxies);
  EXPECT_TRUE(trusted.has_value());
  options.proxies = *std::move(trusted);
  auto server = StartServer([](const Request& request, const Responder& responder) {
    responder.Send(TextResponse(200, request.remote_address + (request.secure ? " https" : " http")));
  }, options);
  {
    RawClient client(server->port());
    const auto answer = client.Ask(fmt::format("GET / HTTP/1.1\r\nHost: {}\r\n{}\r\n", host, header));
    EXPECT_TRUE(answer.has_value());
    if (answer) seen.answer = answer->body;
  }
  server.reset();
  return seen;
}

TEST(ServerTest, TheAccessLogAndTheHandlerSeeTheClientBehindATrustedProxy) {
  const std::string header = "X-Forwarded-For: 203.0.113.9, 192.0.2.44\r\nX-Forwarded-Proto: https\r\n";
  const Forwarded trusted = Forward("127.0.0.1", header);
  EXPECT_EQ(trusted.answer, "192.0.2.44 https");
  EXPECT_NE(trusted.log.find(R"("remote":"192.0.2.44")"), std::string::npos) << trusted.log;
  EXPECT_EQ(trusted.log.find("203.0.113.9"), std::string::npos);
  const Forwarded stranger = Forward("10.0.0.0/8", header);
  EXPECT_EQ(stranger.answer, "127.0.0.1 http");
  EXPECT_NE(stranger.log.find(R"("remote":"127.0.0.1")"), std::string::npos) << stranger.log;
}

TEST(ServerTest, TheAccessLogNamesTheClientOfARefusedRequestToo) {
  const Forwarded seen = Forward("127.0.0.1", "X-Forwarded-For: 192.0.2.44\r\n", "elsewhere.example");
  EXPECT_NE(seen.log.find(R"("status":421)"), std::string::npos) << seen.log;
  EXPECT_NE(seen.log.find(R"("remote":"192.0.2.44")"), std::string::npos) << seen.log;
}

TEST(ServerTest, AnAddressThatIsNoneDoesNotGetIntoTheAccessLog) {
  const Forwarded seen = Forward("127.0.0.1", "X-Forwarded-For: <script>, \"x\"\r\nX-Forwarded-Proto: gopher\r\n");
  EXPECT_EQ(seen.answer, "127.0.0.1 http");
  EXPECT_NE(seen.log.find(R"("remote":"127.0.0.1")"), std::string::npos) << seen.log;
}

}  // namespace
}  // namespace crossrole::http
