// SPDX-License-Identifier: Apache-2.0
// Temporary credentials: documents, the container endpoint, and commands that get them.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <boost/json/value.hpp>
#include <fstream>
#include <thread>

#include "base/json.h"
#include "cli/internal/container_endpoint.h"
#include "fakes/command_line.h"
#include "fakes/fake_clock.h"
#include "fakes/raw_client.h"
#include "cli/output.h"
#include "cli/session_request.h"
#include "http/client.h"

namespace crossrole::cli {
namespace {

using namespace std::chrono_literals;
using base::Code;
using fakes::FakeClock;
using fakes::FakeServer;
using fakes::RunCli;

session::Minted MintedUntil(base::Time expiration, std::string key = "ASIA1") {
  session::Minted minted;
  minted.access_key_id = std::move(key);
  minted.secret_access_key = base::Secret("secret");
  minted.session_token = base::Secret("token");
  minted.expiration = expiration;
  minted.account_id = "111122223333";
  return minted;
}

class RefresherTest : public ::testing::Test {
 protected:
  Refresher Make() {
    return Refresher([this]() -> base::Result<session::Minted> {
      ++fetched_;
      if (failure_) return base::Fail(*failure_);
      return MintedUntil(clock_.Now() + 1h);
    }, clock_, random_);
  }

  FakeClock clock_;
  base::SeededRandom random_{1};
  std::optional<base::Error> failure_;
  int fetched_ = 0;
};

TEST_F(RefresherTest, AsksAgainBeforeTheLastTwentyMinutes) {
  Refresher refresher = Make();
  ASSERT_TRUE(refresher.Get().has_value());
  clock_.Advance(37min);
  ASSERT_TRUE(refresher.Get().has_value());
  EXPECT_EQ(fetched_, 1);
  clock_.Advance(3min);
  ASSERT_TRUE(refresher.Get().has_value());
  EXPECT_EQ(fetched_, 2);
}

TEST_F(RefresherTest, OldOnesAreServedWhileTheyLiveWhenTheServerIsAway) {
  Refresher refresher = Make();
  ASSERT_TRUE(refresher.Get().has_value());
  for (const Code code : {Code::kUnavailable, Code::kThrottled, Code::kInternal}) {
    failure_ = base::Error{.code = code, .message = "away"};
    clock_.Advance(15min);
    EXPECT_TRUE(refresher.Get().has_value());
  }
  clock_.Advance(15min);
  EXPECT_FALSE(refresher.Get().has_value());
}

TEST_F(RefresherTest, ARefusalDropsThemAtOnce) {
  Refresher refresher = Make();
  ASSERT_TRUE(refresher.Get().has_value());
  clock_.Advance(45min);
  failure_ = base::Error{.code = Code::kFailedPrecondition, .message = "disabled"};
  EXPECT_FALSE(refresher.Get().has_value());
  failure_ = base::Error{.code = Code::kUnavailable, .message = "away"};
  EXPECT_FALSE(refresher.Get().has_value());
}

TEST_F(RefresherTest, ManyCallersMakeOneRequest) {
  std::atomic<int> fetched = 0;
  Refresher refresher([&]() -> base::Result<session::Minted> {
    ++fetched;
    std::this_thread::sleep_for(20ms);
    return MintedUntil(clock_.Now() + 1h);
  }, clock_, random_);
  base::TaskGroup callers;
  for (int i = 0; i < 8; ++i) callers.Start([&] { EXPECT_TRUE(refresher.Get().has_value()); });
  callers.Join();
  EXPECT_EQ(fetched, 1);
}

class EndpointTest : public ::testing::Test {
 protected:
  EndpointTest() {
    endpoint_ = ContainerEndpoint::Start({.fetch = [this]() -> base::Result<session::Minted> {
                                            if (failure_) return base::Fail(*failure_);
                                            return MintedUntil(clock_.Now() + 1h);
                                          },
                                          .clock = clock_,
                                          .random = random_}).value();
    const auto variables = endpoint_->Variables();
    const std::string uri = variables[0].second;
    token_ = variables[1].second;
    path_ = uri.substr(uri.find('/', 8));
    client_ = http::Client::Create({.base_url = uri.substr(0, uri.find('/', 8))}).value();
  }

  http::Response Ask(http::Headers headers, std::string method = "GET", std::string target = "") {
    return client_->Send({.method = std::move(method), .target = target.empty() ? path_ : target, .headers = std::move(headers)},
                         base::Deadline::After(10s)).value();
  }

  FakeClock clock_;
  base::SystemRandom random_;
  std::optional<base::Error> failure_;
  std::unique_ptr<ContainerEndpoint> endpoint_;
  std::string token_;
  std::string path_;
  std::unique_ptr<http::Client> client_;
};

TEST_F(EndpointTest, AnswersWhoeverHasTheToken) {
  EXPECT_EQ(token_.size(), 43U);  // 256 bits
  const auto answer = Ask({{"Authorization", token_}});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"AccessKeyId":"ASIA1","SecretAccessKey":"secret","Token":"token",)"
                         R"("Expiration":"2026-01-02T04:04:05Z","AccountId":"111122223333"})");
}

TEST_F(EndpointTest, EachRefusalHasCodeAndMessage) {
  const auto refused = [&](http::Headers headers, int status, std::string method = "GET", std::string target = "") {
    const auto answer = Ask(std::move(headers), std::move(method), std::move(target));
    EXPECT_EQ(answer.status, status);
    const auto body = base::ParseJson(answer.body);
    ASSERT_TRUE(body.has_value());
    EXPECT_FALSE(TextOf(*body, "code").empty());
    EXPECT_FALSE(TextOf(*body, "message").empty());
    EXPECT_EQ(answer.body.find("secret"), std::string::npos);
  };
  refused({}, 401);
  refused({{"Authorization", "wrong"}}, 401);
  refused({{"Authorization", "Bearer " + token_}}, 401);
  refused({{"Authorization", token_}, {"Origin", "http://x"}}, 403);
  refused({{"Authorization", token_}, {"Referer", "http://x"}}, 403);
  refused({{"Authorization", token_}, {"X-Forwarded-For", "10.0.0.1"}}, 403);
  refused({{"Authorization", token_}}, 404, "GET", "/other");
  refused({{"Authorization", token_}}, 400, "POST");
}

TEST_F(EndpointTest, AnotherHostNameIsRefused) {
  const std::string uri = endpoint_->Variables()[0].second;
  const std::string port = uri.substr(uri.rfind(':') + 1, uri.find('/', 8) - uri.rfind(':') - 1);
  const auto ask = [&](const std::string& host) {
    fakes::RawClient client(static_cast<std::uint16_t>(std::stoi(port)));
    const auto answer = client.Ask("GET " + path_ + " HTTP/1.1\r\nHost: " + host + "\r\nAuthorization: " + token_ + "\r\n\r\n");
    return answer ? answer->status : 0;
  };
  EXPECT_EQ(ask("evil.example"), 403);
  EXPECT_EQ(ask("evil.example:" + port), 403);
  EXPECT_EQ(ask("127.0.0.1"), 403);
  EXPECT_EQ(ask("localhost:" + port), 200);
  EXPECT_EQ(ask("127.0.0.1:" + port), 200);
}

TEST_F(EndpointTest, WhatTheServerSaysIsPassedOn) {
  failure_ = base::Error{.code = Code::kUnavailable, .message = "away"};
  EXPECT_EQ(Ask({{"Authorization", token_}}).status, 503);
  failure_ = base::Error{.code = Code::kPermissionDenied, .message = "no"};
  EXPECT_EQ(Ask({{"Authorization", token_}}).status, 403);
}

TEST_F(EndpointTest, OtherAddressesThanLoopbackAreRefused) {
  const auto endpoint = ContainerEndpoint::Start({.address = "0.0.0.0", .fetch = {}, .clock = clock_, .random = random_});
  ASSERT_FALSE(endpoint.has_value());
  EXPECT_EQ(endpoint.error().code, Code::kInvalidArgument);
  EXPECT_EQ(endpoint.error().fix, "listen on 127.0.0.1 or [::1]");  // nothing is offered that this command does not have
}

class CredentialsTest : public ::testing::Test {
 protected:
  CredentialsTest() {
    server_.On("POST /v1/integrations/prod/sessions", 201, fakes::kSession);
    server_.On("POST /v1/connections/prod/sessions", 201, fakes::kSession);
    environment_ = {{"PATH", "/usr/bin:/bin"}, {"CROSSROLE_SERVER", server_.url()}, {"CROSSROLE_TOKEN", "crs_x"},
                    {"AWS_PROFILE", "mine"}, {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1"},
                    {"AWS_ACCESS_KEY_ID", "AKIAOLD"}};
  }

  // Runs the command line in a process of its own, because exec replaces it.
  pid_t Fork(const std::vector<std::string>& arguments) const {
    const pid_t pid = ::fork();
    if (pid == 0) ::_exit(Main(Commands(), arguments, environment_));
    return pid;
  }
  int Exec(std::vector<std::string> flags, const std::string& script) const {
    std::vector<std::string> arguments = {"exec"};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    for (const std::string& word : {std::string("--"), std::string("sh"), std::string("-c"), script}) arguments.push_back(word);
    return WaitFor(Fork(arguments));
  }
  static int WaitFor(pid_t pid) {
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
  }
  static std::string ReadFile(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  fakes::ScratchFolder folder_;
  FakeServer server_;
  base::Environment environment_;
};

TEST_F(CredentialsTest, ProcessPrintsWhatAwsToolsRead) {
  const auto ran = RunCli({"credentials", "process", "--integration", "prod", "--duration-seconds", "900", "--tags", "a=b"}, environment_);
  EXPECT_EQ(ran.out, R"({"Version":1,"AccessKeyId":"ASIAEXAMPLE","SecretAccessKey":"sec'ret/+","SessionToken":"tok",)"
                     R"("Expiration":"2099-01-02T03:04:05Z","AccountId":"111122223333"})"
                     "\n");
  EXPECT_EQ(server_.requests().back().body, R"({"duration_seconds":900,"tags":{"a":"b"}})");
}

TEST_F(CredentialsTest, EnvIsSafeInAShell) {
  const auto ran = RunCli({"credentials", "env", "prod"}, environment_);
  EXPECT_NE(ran.out.find("export AWS_SECRET_ACCESS_KEY='sec'\\''ret/+'\n"), std::string::npos);
  EXPECT_NE(ran.out.find("export AWS_SECURITY_TOKEN='tok'\n"), std::string::npos);
  EXPECT_NE(ran.out.find("export AWS_ENDPOINT_URL='http://127.0.0.1:4566'\n"), std::string::npos);
  EXPECT_EQ(ShellQuote("a b"), "'a b'");
}

TEST_F(CredentialsTest, WhoseCredentialsMustBeSaidOnce) {
  EXPECT_EQ(RunCli({"credentials", "get"}, environment_).code, 2);
  EXPECT_EQ(RunCli({"credentials", "get", "--integration", "a", "--connection", "b"}, environment_).code, 2);
  EXPECT_EQ(RunCli({"credentials", "get", "--connection", "prod"}, environment_).code, 0);
}

TEST_F(CredentialsTest, ExecGivesCredentialsAndNothingThatWouldWin) {
  const std::string out = folder_.Path("out");
  ASSERT_EQ(Exec({"--integration", "prod"}, "env > " + out + "; exit 7"), 7);
  const std::string seen = ReadFile(out);
  for (const char* line : {"AWS_ACCESS_KEY_ID=ASIAEXAMPLE\n", "AWS_SECRET_ACCESS_KEY=sec'ret/+\n", "AWS_SESSION_TOKEN=tok\n",
                           "AWS_SECURITY_TOKEN=tok\n", "AWS_CREDENTIAL_EXPIRATION=2099-01-02T03:04:05Z\n", "AWS_ACCOUNT_ID=111122223333\n",
                           "AWS_REGION=eu-west-1\n", "AWS_DEFAULT_REGION=eu-west-1\n", "AWS_ENDPOINT_URL=http://127.0.0.1:4566\n"}) {
    EXPECT_NE(seen.find(line), std::string::npos) << line;
  }
  EXPECT_EQ(seen.find("AWS_PROFILE"), std::string::npos);
  EXPECT_EQ(seen.find("AWS_CONTAINER_"), std::string::npos);
  EXPECT_EQ(Exec({"--integration", "prod"}, "kill -TERM $$"), 1000 + SIGTERM);
}

TEST_F(CredentialsTest, ExecOfAMissingCommandIs127) {
  EXPECT_EQ(WaitFor(Fork({"exec", "--integration", "prod", "--", "/no/such/command"})), 127);
  EXPECT_EQ(WaitFor(Fork({"exec", "--refresh", "--integration", "prod", "--", "/no/such/command"})), 127);
}

TEST_F(CredentialsTest, ExecWithoutCredentialsRunsNothing) {
  server_.Fail("POST /v1/integrations/prod/sessions", {.code = Code::kFailedPrecondition, .message = "quarantined"});
  for (std::vector<std::string> flags : {std::vector<std::string>{"--integration", "prod"}, {"--integration", "prod", "--refresh"}}) {
    EXPECT_EQ(Exec(flags, "touch " + folder_.Path("ran")), 1);
  }
  EXPECT_FALSE(std::filesystem::exists(folder_.Path("ran")));
}

TEST_F(CredentialsTest, RefreshGivesTheEndpointInsteadOfKeys) {
  const std::string out = folder_.Path("out");
  ASSERT_EQ(Exec({"--integration", "prod", "--refresh"}, "env > " + out + "; exit 9"), 9);
  const std::string seen = ReadFile(out);
  EXPECT_NE(seen.find("AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:"), std::string::npos);
  EXPECT_NE(seen.find("AWS_CONTAINER_AUTHORIZATION_TOKEN="), std::string::npos);
  EXPECT_NE(seen.find("AWS_REGION=eu-west-1\n"), std::string::npos);
  for (const char* gone : {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN",
                           "AWS_CREDENTIAL_EXPIRATION", "AWS_PROFILE"}) {
    EXPECT_EQ(seen.find(gone), std::string::npos) << gone;
  }
  EXPECT_EQ(Exec({"--integration", "prod", "--refresh"}, "kill -KILL $$"), 128 + SIGKILL);
}

TEST_F(CredentialsTest, RefreshPassesSignalsOn) {
  const std::string ready = folder_.Path("ready");
  const pid_t pid = Fork({"exec", "--refresh", "--integration", "prod", "--", "sh", "-c",
                          "trap 'exit 5' TERM; : > " + ready + "; while :; do sleep 0.05; done"});
  while (!std::filesystem::exists(ready)) std::this_thread::sleep_for(10ms);
  ::kill(pid, SIGTERM);
  EXPECT_EQ(WaitFor(pid), 5);
}

}  // namespace
}  // namespace crossrole::cli
