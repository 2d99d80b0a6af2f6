// SPDX-License-Identifier: Apache-2.0
#include "cli/internal/follow.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <thread>

#include "base/json.h"
#include "cli/input.h"
#include "cli/integration_view.h"
#include "cli/output.h"
#include "http/problem.h"

namespace crossrole::cli {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using base::Code;
using base::Error;

constexpr std::chrono::milliseconds kPollEvery{500};
constexpr std::int64_t kLongestServerWait = 60;
constexpr std::chrono::seconds kVerifyTime{60};

void Pause(base::Deadline deadline) {
  std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(kPollEvery, deadline.Left()));
}

// A role that was made a moment ago is not known everywhere: the only finding that time can heal.
bool MayStillAppear(const json::value& integration) {
  const json::value* findings = Member(integration, "verification.findings");
  if (findings == nullptr || !findings->is_array()) return false;
  return std::ranges::any_of(findings->get_array(), [](const json::value& finding) {
    return TextOf(finding, "code") == "trust.not_assumable";
  });
}

int PrintFailure(const Context& context, const json::value& integration) {
  const json::value* verification = Member(integration, "verification");
  if (context.output == Output::kTable && verification != nullptr && verification->is_object()) {
    PrintVerification(context, *verification);
  } else {
    PrintIntegration(context, integration);
  }
  return 1;
}

Error JobError(const json::value& job) {
  const json::value* problem = Member(job, "error");
  if (problem == nullptr || !problem->is_object()) {
    return {.code = Code::kInternal, .message = fmt::format("the job ended as {}", Cell(job, "state"))};
  }
  const json::value* status = Member(*problem, "status");
  const int number = status != nullptr && status->is_int64() ? static_cast<int>(status->get_int64()) : 500;
  return http::ParseProblem({.status = number, .body = base::PrintJson(*problem)});
}

}  // namespace

base::Result<json::value> Verify(ApiClient& client, const std::string& path, const json::object& body) {
  const json::value* wait = body.if_contains("wait_seconds");
  const auto more = std::chrono::seconds(wait != nullptr && wait->is_int64() ? std::clamp<std::int64_t>(wait->get_int64(), 0, 60) : 0);
  TRY_ASSIGN(const auto response, client.Send({.method = "POST",
                                               .target = path + "/verify",
                                               .body = base::PrintJson(body),
                                               .time = kVerifyTime + more + 5s}));
  return base::ParseJson(response.body);
}

base::Result<int> FollowIntegration(const Context& context, ApiClient& client, const std::string& path, base::Deadline deadline) {
  bool tried_again = false;
  std::string last;
  while (true) {
    TRY_ASSIGN(const auto integration, client.Get(path));
    const std::string state = TextOf(integration, "state");
    if (state != last && context.terminal) Note(fmt::format("{}\n", Printable(state)));
    last = state;
    if (state == "active") return PrintIntegration(context, integration);
    if (state == "failed" && !tried_again && MayStillAppear(integration)) {
      tried_again = true;
      const auto left = std::chrono::duration_cast<std::chrono::seconds>(deadline.Left()).count();
      TRY(Verify(client, path, {{"wait_seconds", std::min<std::int64_t>(left, kLongestServerWait)}}));
      continue;
    }
    if (state == "failed" || state == "quarantined" || state == "disabled") return PrintFailure(context, integration);
    if (deadline.Passed()) {
      return base::Fail(Error{.code = Code::kUnavailable,
                              .message = fmt::format("the integration is still {}", state),
                              .reason = fmt::format("integration.{}", state),
                              .fix = "make the role as `crossrole integration setup` says, or wait longer with --wait-seconds"});
    }
    Pause(deadline);
  }
}

base::Result<json::value> FollowJob(const Context& context, ApiClient& client, const std::string& job) {
  const base::Deadline never = base::Deadline::After(24h);
  std::string last;
  while (true) {
    TRY_ASSIGN(const auto found, client.Get(ObjectPath("jobs", job)));
    const std::string state = TextOf(found, "state");
    const std::string progress = fmt::format("{} {}/{}", state, Cell(found, "progress.done"), Cell(found, "progress.total"));
    if (progress != last && context.terminal) Note(Printable(progress) + "\n");
    last = progress;
    if (state == "succeeded") {
      const json::value* result = Member(found, "result");
      return result == nullptr ? json::value(nullptr) : *result;
    }
    if (state == "failed" || state == "canceled") return base::Fail(JobError(found));
    Pause(never);
  }
}

int PrintKeyedJob(const Context& context, const json::value& result) {
  if (context.output == Output::kJson) {
    PrintJson(result);
    return 0;
  }
  const json::value* integration = Member(result, "integration");
  if (integration != nullptr && integration->is_object()) PrintIntegration(context, *integration);
  std::string text;
  for (const std::string_view member : {"created", "reused", "removed", "warnings"}) {
    const std::string cell = Cell(result, member);
    if (cell != "-") text += fmt::format("{}: {}\n", member, Printable(cell));
  }
  if (const std::string message = TextOf(result, "cleanup.message"); !message.empty()) text += Printable(message) + "\n";
  for (const std::string_view member : {"cleanup.commands", "commands"}) {
    for (const std::string& command : TextsOf(result, member)) text += "  " + Printable(command) + "\n";
  }
  Print(text);
  return 0;
}

}  // namespace crossrole::cli
