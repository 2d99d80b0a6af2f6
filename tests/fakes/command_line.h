// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "cli/command.h"
#include "http/problem.h"
#include "http/server.h"

namespace crossrole::fakes {

/// What a run of the command line did.
struct Ran {
  int code = 0;
  std::string out;
  std::string err;
};

/// A folder that is removed at the end of the test.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "crossrole-cli-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~ScratchFolder() { std::filesystem::remove_all(path_); }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  std::string Path(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

/// A server on loopback that answers "METHOD /path" from a table and keeps what it was asked.
class FakeServer {
 public:
  using Answer = std::function<http::Response(const http::Request&)>;

  FakeServer() {
    server_ = http::Server::Start({}, [this](const http::Request& request, const http::Responder& responder) {
                responder.Send(Reply(request));
              }).value();
  }

  std::string url() const { return server_->url(); }
  void On(const std::string& what, Answer answer) {
    state_.With([&](State& state) { state.answers[what] = std::move(answer); });
  }
  void On(const std::string& what, int status, const std::string& json) {
    On(what, [status, json](const http::Request&) { return http::JsonResponse(status, json); });
  }
  void Fail(const std::string& what, const base::Error& error) {
    On(what, [error](const http::Request&) { return http::ProblemResponse(error, "req_1"); });
  }
  std::vector<http::Request> requests() {
    return state_.With([](State& state) { return state.requests; });
  }

 private:
  struct State {
    std::map<std::string, Answer> answers;
    std::vector<http::Request> requests;
  };

  http::Response Reply(const http::Request& request) {
    const Answer answer = state_.With([&](State& state) {
      state.requests.push_back(request);
      const auto found = state.answers.find(request.method + " " + request.path);
      return found == state.answers.end() ? Answer() : found->second;
    });
    if (answer) return answer(request);
    return http::ProblemResponse({.code = base::Code::kNotFound, .message = "there is nothing here"}, "req_0");
  }

  base::Guarded<State> state_;
  std::unique_ptr<http::Server> server_;
};

/// Runs `crossrole ARGUMENTS…` in this process; `environment` is all it sees.
inline Ran RunCli(std::vector<std::string> arguments, const base::Environment& environment = {}) {
  Ran ran;
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  ran.code = cli::Main(cli::Commands(), std::move(arguments), environment);
  ran.out = ::testing::internal::GetCapturedStdout();
  ran.err = ::testing::internal::GetCapturedStderr();
  return ran;
}

/// A session as the API hands it out.
inline constexpr const char* kSession = R"({"access_key_id":"ASIAEXAMPLE","secret_access_key":"sec'ret/+","session_token":"tok",)"
                                        R"("expiration":"2099-01-02T03:04:05Z","account_id":"111122223333",)"
                                        R"("assumed_role_arn":"arn:aws:sts::111122223333:assumed-role/R/s","region":"eu-west-1",)"
                                        R"("granted_seconds":3600,"endpoint_url":"http://127.0.0.1:4566"})";

}  // namespace crossrole::fakes
