// SPDX-License-Identifier: Apache-2.0
// client --endpoint URL --operation identity|assume [--role ARN --external-id X] --count N [--warm-up W] [--in-flight
// 1] What one call costs this process by the product's own client and transport.
#include "aws/client.h"

#include <fmt/format.h>

#include <condition_variable>
#include <mutex>

#include "aws/assume_role.h"
#include "aws/curl_transport.h"
#include "aws/sts.h"
#include "base/clock.h"
#include "base/random.h"
#include "cloud.h"
#include "commands.h"
#include "load.h"

namespace crossrole::bench {
namespace {

// Lets at most so many calls be under way.
class Gate {
 public:
  explicit Gate(std::size_t room) : room_(room), all_(room) {}
  void Enter() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return room_ > 0; });
    --room_;
  }
  void Leave(base::Status status) {
    CHECK(status.has_value());
    std::lock_guard lock(mutex_);
    ++room_;
    changed_.notify_one();
  }
  void WaitForAll() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return room_ == all_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t room_;
  const std::size_t all_;
};

// Tags and source identity as the product sends them with each session.
aws::AssumeRoleRequest RoleRequest(const Arguments& arguments, std::size_t number) {
  constexpr const char* kId = "01JD3E9ZK4M7Q2V8R5T6W9XYAC";
  aws::SessionShape shape{.session_name = fmt::format("tok_{}@bench@default", kId),
                          .source_identity = fmt::format("tok_{}", kId)};
  for (const auto& [key, id] :
       {std::pair("crossrole:integration", "int_"), {"crossrole:space", "s_"}, {"crossrole:tenant", "t_"}}) {
    shape.tags.emplace_back(key, std::string(id) + kId);
  }
  shape.tags.emplace_back("x:n", std::to_string(number));
  return {*model::RoleArn::Parse(arguments.Text("--role")), *model::ExternalId::Parse(arguments.Text("--external-id")),
          std::move(shape)};
}

template <typename T>
base::Status Ended(const base::Result<T>& result) {
  if (result.has_value()) return {};
  fmt::print(stderr, "crossrole_bench: {}\n", result.error().message);
  return base::Fail(result.error());
}

}  // namespace

boost::json::object RunClient(const Arguments& arguments) {
  const base::SystemClock clock;
  base::SystemRandom random;
  aws::CurlTransport transport({});
  const aws::Client client({.region = "us-east-1",
                            .endpoints = {.for_all = arguments.Text("--endpoint")},
                            .credentials = std::make_shared<aws::StaticCredentials>(KeysOfEnvironment()),
                            .transport = transport,
                            .clock = clock,
                            .random = random});
  const bool assume = arguments.Text("--operation") == "assume";
  Gate gate(arguments.Number("--in-flight", 1));
  const auto run = [&](std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      gate.Enter();
      const aws::CallOptions options{.deadline = base::Deadline::After(std::chrono::seconds(20))};
      if (assume) {
        aws::SubmitAssumeRole(client, RoleRequest(arguments, i), options,
                              [&](const auto& answer) { gate.Leave(Ended(answer)); });
      } else {
        client.Submit<aws::sts::GetCallerIdentity>({}, options, [&](const auto& answer) { gate.Leave(Ended(answer)); });
      }
    }
    gate.WaitForAll();
  };
  run(arguments.Number("--warm-up", 0));
  const std::size_t count = arguments.Number("--count", 1000);
  const double cpu = CpuSeconds();
  const auto begun = clock.SteadyNow();
  run(count);
  return {{"requests", count},
          {"seconds", std::chrono::duration<double>(clock.SteadyNow() - begun).count()},
          {"cpu_seconds", CpuSeconds() - cpu}};
}

}  // namespace crossrole::bench
