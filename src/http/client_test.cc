// SPDX-License-Identifier: Apache-2.0
#include "http/client.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <thread>

#include "http/internal/channel.h"
#include "http/internal/listen.h"
#include "http/server.h"

namespace crossrole::http {
namespace {

using namespace std::chrono_literals;
using base::Code;
using base::Deadline;

Deadline Soon() { return Deadline::After(20s); }

std::unique_ptr<Client> ClientOf(const std::string& url, std::size_t body_bytes = 1 << 20) {
  return Client::Create({.base_url = url, .body_bytes = body_bytes}).value();
}

ServerOptions QuickOptions() {
  ServerOptions options;
  options.limits.tick = 5ms;
  options.limits.linger_time = 5s;
  return options;
}

std::unique_ptr<Server> StartServer(Handler handler, ServerOptions options = QuickOptions()) {
  return Server::Start(std::move(options), std::move(handler)).value();
}

// Accepts one client after the other and answers each with fixed bytes, whatever it asks.
class FixedServer {
 public:
  explicit FixedServer(std::vector<std::string> answers)
      : listener_(internal::ListenTcp("127.0.0.1", 0, 10).value()), thread_([this, answers = std::move(answers)] {
          for (const std::string& answer : answers) Serve(answer);
        }) {}
  ~FixedServer() { thread_.join(); }
  FixedServer(const FixedServer&) = delete;
  FixedServer& operator=(const FixedServer&) = delete;
  std::string url() const { return fmt::format("http://127.0.0.1:{}", listener_.port); }

 private:
  void Serve(const std::string& answer) const {
    auto client = internal::AcceptOne(listener_.socket.get());
    while (!client && client.error() == internal::NoClient::kNoneWaits) {
      std::this_thread::sleep_for(1ms);
      client = internal::AcceptOne(listener_.socket.get());
    }
    std::array<char, 4096> request;
    while (::recv(client->socket.get(), request.data(), request.size(), 0) < 0) std::this_thread::sleep_for(1ms);
    (void)::send(client->socket.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
  }

  internal::Listener listener_;
  std::thread thread_;
};

TEST(ClientTest, ReadsTheUrlsOfServers) {
  const auto place = internal::ParsePlace("http://Host:8420/");
  ASSERT_TRUE(place.has_value());
  EXPECT_EQ(place->HostHeader(), "Host:8420");
  EXPECT_EQ(internal::ParsePlace("https://h")->port, "443");
  EXPECT_EQ(internal::ParsePlace("https://h")->HostHeader(), "h");
  EXPECT_EQ(internal::ParsePlace("http://[::1]:80")->HostHeader(), "[::1]");
  EXPECT_EQ(internal::ParsePlace("unix:/run/x.sock")->path, "/run/x.sock");
  for (const char* url : {"", "h", "ftp://h", "http://", "http://:80", "http://h:x", "http://h/path", "http://u@h", "http://[::1",
                          "http://h:123456", "unix:run", "http://h?x"}) {
    EXPECT_FALSE(internal::ParsePlace(url).has_value()) << url;
  }
}

TEST(ClientTest, SendsMethodHeadersTokenAndBody) {
  Request seen;
  const auto server = StartServer([&](Request request, const Responder& responder) {
    seen = std::move(request);
    responder.Send(JsonResponse(201, "{}"));
  });
  auto client = Client::Create({.base_url = server->url(), .bearer = base::Secret("crs_x"), .user_agent = "crossrole/1"}).value();
  const auto answer = client->Send(
      {.method = "POST", .target = "/v1/x?y=1", .headers = {{"Content-Type", "application/json"}}, .body = R"({"a":1})"}, Soon());
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->headers.Find("content-type"), "application/json");
  EXPECT_EQ(seen.headers.Find("Authorization"), "Bearer crs_x");
  EXPECT_EQ(seen.headers.Find("User-Agent"), "crossrole/1");
  EXPECT_EQ(seen.Query("y"), "1");
  EXPECT_EQ(seen.body, R"({"a":1})");
}

TEST(ClientTest, ReusesItsConnectionForReadsOnly) {
  const auto server = StartServer([](Request request, const Responder& responder) { responder.Send({.body = request.method}); });
  const auto client = ClientOf(server->url());
  for (const char* method : {"GET", "GET", "HEAD", "DELETE"}) ASSERT_TRUE(client->Send({.method = method}, Soon()).has_value());
  EXPECT_EQ(server->Stats().accepted, 1U);
  ASSERT_TRUE(client->Send({.method = "POST"}, Soon()).has_value());
  EXPECT_EQ(server->Stats().accepted, 2U);
}

TEST(ClientTest, AReadIsRepeatedWhenTheKeptConnectionHasDied) {
  FixedServer server({"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb"});
  const auto client = ClientOf(server.url());
  EXPECT_EQ(client->Send({}, Soon())->body, "a");
  const auto again = client->Send({}, Soon());
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_EQ(again->body, "b");
}

TEST(ClientTest, DoesNotFollowRedirects) {
  FixedServer server({"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"});
  const auto answer = ClientOf(server.url())->Send({}, Soon());
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status, 302);
}

TEST(ClientTest, AnAnswerMayEndWithTheConnection) {
  FixedServer server({"HTTP/1.0 200 OK\r\n\r\nuntil the end"});
  EXPECT_EQ(ClientOf(server.url())->Send({}, Soon())->body, "until the end");
}

TEST(ClientTest, BrokenAnswersAreErrors) {
  FixedServer server({"SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", "",
                      "HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + std::string(2000, 'x')});
  const auto client = ClientOf(server.url(), 1000);
  EXPECT_EQ(client->Send({}, Soon()).error().code, Code::kInternal);
  EXPECT_EQ(client->Send({}, Soon()).error().code, Code::kUnavailable);
  EXPECT_EQ(client->Send({}, Soon()).error().code, Code::kUnavailable);
  EXPECT_EQ(client->Send({}, Soon()).error().code, Code::kTooLarge);
}

TEST(ClientTest, AServerThatIsNotThereIsUnavailable) {
  std::string url;
  {
    const auto server = StartServer([](const Request&, const Responder&) {});
    url = server->url();
  }
  const auto answer = ClientOf(url)->Send({}, Soon());
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, Code::kUnavailable);
  EXPECT_NE(answer.error().message.find("cannot connect to `127.0.0.1"), std::string::npos);
}

TEST(ClientTest, GivesUpAtItsDeadline) {
  std::vector<Responder> kept;
  const auto server = StartServer([&](const Request&, const Responder& responder) { kept.push_back(responder); });
  const auto answer = ClientOf(server->url())->Send({}, Deadline::After(50ms));
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, Code::kUnavailable);
}

TEST(ClientTest, RefusesToSendWhatWouldSplitTheRequest) {
  const auto client = ClientOf("http://127.0.0.1:1");
  EXPECT_EQ(client->Send({.target = "/a b"}, Soon()).error().code, Code::kInvalidArgument);
  EXPECT_EQ(client->Send({.target = "/a\r\nX: y"}, Soon()).error().code, Code::kInvalidArgument);
  EXPECT_EQ(client->Send({.headers = {{"X", "a\r\nY: b"}}}, Soon()).error().code, Code::kInvalidArgument);
  EXPECT_EQ(client->Send({.method = "G T"}, Soon()).error().code, Code::kInvalidArgument);
}

TEST(ClientTest, ReadsAStreamLineByLine) {
  std::shared_ptr<EventStream> stream;
  const auto server = StartServer([&](const Request& request, const Responder& responder) {
    if (request.path == "/none") return (void)responder.Send(TextResponse(404, "none"));
    stream = responder.StartStream(EventStreamHead());
    EXPECT_TRUE(stream->Write("data: 1\r\n\ndata: 2\nrest"));
    if (request.path == "/ends") stream.reset();
  });
  std::vector<std::string> lines;
  const auto ended = ClientOf(server->url())->Stream({.target = "/ends"}, Soon(), [&](std::string_view line) {
    lines.emplace_back(line);
    return true;
  });
  ASSERT_TRUE(ended.has_value()) << ended.error().message;
  EXPECT_EQ(lines, (std::vector<std::string>{"data: 1", "", "data: 2", "rest"}));
  lines.clear();
  const auto stopped = ClientOf(server->url())->Stream({.target = "/stopped"}, Soon(), [&](std::string_view line) {
    lines.emplace_back(line);
    return line != "data: 2";
  });
  ASSERT_TRUE(stopped.has_value()) << stopped.error().message;
  EXPECT_EQ(lines.back(), "data: 2");
  const auto none = ClientOf(server->url())->Stream({.target = "/none"}, Soon(), [](std::string_view) { return false; });
  ASSERT_TRUE(none.has_value());
  EXPECT_EQ(none->status, 404);
  EXPECT_EQ(none->body, "none");
}

TEST(ClientTest, ReadsARefusalOfABodyThatItIsStillSending) {
  ServerOptions options = QuickOptions();
  options.limits.body_bytes = 1000;
  const auto server = StartServer([](const Request&, const Responder&) {}, options);
  const auto answer = ClientOf(server->url())->Send({.method = "POST", .body = std::string(400'000, 'x')}, Soon());
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(answer->status, 413);
}

}  // namespace
}  // namespace crossrole::http
