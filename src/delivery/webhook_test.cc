// SPDX-License-Identifier: Apache-2.0
#include "delivery/webhook.h"

#include <gtest/gtest.h>

#include <future>

#include "fakes/fake_clock.h"
#include "fakes/loopback_server.h"

namespace crossrole::delivery {
namespace {

using namespace std::chrono_literals;
using base::Code;
using base::Deadline;

class WebhookTest : public testing::Test {
 protected:
  base::Result<std::unique_ptr<Webhook>> Make(const std::string& url) {
    return Webhook::Create({.url = url, .secret = base::Secret("shared")}, clock_);
  }
  fakes::FakeClock clock_;
};

// The second value is Python's: hmac.new(b"key", b"1700000000.{}", "sha256").hexdigest().
TEST_F(WebhookTest, TheSignatureIsThatOfTimeAndBody) {
  const auto at = base::FromMicros(1'700'000'000'999'999);
  EXPECT_EQ(SignatureHeader(base::Secret("key"), at, "{}"), "t=1700000000,v1=9d713ed406bb7076d4123f0dc2c39d2df5c654ed4b0cd56b52c8b4c940bd63ae");
  EXPECT_NE(SignatureHeader(base::Secret("kez"), at, "{}"), SignatureHeader(base::Secret("key"), at, "{}"));
  EXPECT_NE(SignatureHeader(base::Secret("key"), at, "{ }"), SignatureHeader(base::Secret("key"), at, "{}"));
}

TEST_F(WebhookTest, AMessageIsPostedWithItsSignatureAndId) {
  fakes::LoopbackServer::Request seen;
  fakes::LoopbackServer server([&](const auto& request) {
    seen = request;
    return fakes::Reply{.bytes = "HTTP/1.1 204 No Content\r\n\r\n"};
  });
  const auto webhook = Make(server.url() + "/in?a=b");
  ASSERT_TRUE(webhook.has_value()) << webhook.error().message;
  ASSERT_TRUE((*webhook)->Post({.id = "evt_1", .body = "{}"}, Deadline::After(30s)).has_value());
  EXPECT_TRUE(seen.head.starts_with("POST /in?a=b HTTP/1.1\r\n"));
  EXPECT_TRUE(seen.head.contains("Crossrole-Delivery: evt_1\r\n"));
  EXPECT_TRUE(seen.head.contains("Crossrole-Signature: " + SignatureHeader(base::Secret("shared"), clock_.Now(), "{}") + "\r\n"));
  EXPECT_EQ(seen.body, "{}");
}

TEST_F(WebhookTest, OnlyAnAnswerOfTheTwoHundredsIsDone) {
  for (const char* status : {"301 Moved\r\nLocation: http://127.0.0.1:1/", "400 Bad", "401 No", "404 No", "500 No", "503 Busy"}) {
    int requests = 0;
    fakes::LoopbackServer server([&](const auto&) {
      ++requests;
      return fakes::Reply{.bytes = std::string("HTTP/1.1 ") + status + "\r\nContent-Length: 0\r\n\r\n"};
    });
    const auto webhook = Make(server.url());
    EXPECT_EQ((*webhook)->Post({}, Deadline::After(30s)).error().code, Code::kUnavailable) << status;
    EXPECT_EQ(requests, 1) << status;  // neither followed nor repeated
  }
}

TEST_F(WebhookTest, AReceiverThatHangsCostsTheDeadline) {
  std::promise<void> end;
  auto ended = end.get_future().share();
  fakes::LoopbackServer server([&](const auto&) {
    ended.wait();
    return fakes::Ok("");
  });
  const auto webhook = Make(server.url());
  const Deadline deadline = Deadline::After(100ms);
  EXPECT_EQ((*webhook)->Post({}, deadline).error().code, Code::kUnavailable);
  EXPECT_TRUE(deadline.Passed());
  end.set_value();
}

TEST_F(WebhookTest, UrlsWithoutTlsOrWithMoreThanAPlaceAreRefused) {
  for (const char* url : {"", "https://", "http://example.com/", "http://127.0.0.1.example.com/", "ftp://h/", "https://u:p@h/", "https://h/#x", "https://h/ x",
                          "https://h/\r\nHost: x", "http://localhost.evil/", "//h/", "h"}) {
    EXPECT_EQ(Make(url).error().field, "url") << url;
  }
  for (const char* url : {"https://example.com", "https://example.com:8443/a?b=c", "http://127.0.0.1:1/", "http://localhost:1", "http://[::1]:1/"}) {
    EXPECT_TRUE(Make(url).has_value()) << url;
  }
  EXPECT_EQ(Webhook::Create({.url = "https://h/"}, clock_).error().field, "secret_file");
}

}  // namespace
}  // namespace crossrole::delivery
