// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "base/json.h"
#include "http/problem.h"
#include "sim/internal/simulation.h"

// The routes that steer the simulation. They are for tests and people on this machine: requests that a web page may
// have made (`Origin`) are refused.

namespace crossrole::sim {
namespace {

namespace json = boost::json;

std::unexpected<base::Error> BadField(std::string_view field, std::string message) {
  return base::Fail({.code = base::Code::kInvalidArgument, .message = std::move(message), .field = std::string(field)});
}

base::Result<json::object> ReadBody(const http::Request& request) {
  TRY_ASSIGN(json::value value, base::ParseJson(request.body));
  if (!value.is_object()) return base::Fail(base::Code::kInvalidArgument, "the body is not a JSON object");
  return value.get_object();
}

std::string PrintAccounts(const std::vector<AccountKeys>& accounts) {
  json::array list;
  for (const AccountKeys& account : accounts) {
    list.push_back(json::object{{"account_id", account.account_id},
                                {"name", account.name},
                                {"platform", account.platform},
                                {"management", account.management},
                                {"access_key_id", account.access_key_id},
                                {"secret_access_key", account.secret_access_key}});
  }
  return base::PrintJson(list);
}

base::Status SetAccountState(World& world, const http::Request& request, std::string_view id) {
  TRY_ASSIGN(const json::object body, ReadBody(request));
  const json::value* state = body.if_contains("state");
  if (state == nullptr || !state->is_string()) return BadField("state", "`state` is missing or no text");
  const std::string name(state->get_string());
  const auto known = AccountStateByName(name);
  if (!known) {
    return BadField("state", "`" + name + "` is none of pending_activation, active, suspended, pending_closure, closed");
  }
  Account* account = world.FindAccount(id);
  if (account == nullptr) return base::Fail(base::Code::kNotFound, "no account `" + std::string(id) + "`");
  account->state = *known;
  return {};
}

base::Status AdvanceClock(Simulation& simulation, const http::Request& request) {
  TRY_ASSIGN(const json::object body, ReadBody(request));
  const json::value* seconds = body.if_contains("advance_seconds");
  if (seconds == nullptr || !seconds->is_number()) {
    return BadField("advance_seconds", "`advance_seconds` is missing or no number");
  }
  const double number = seconds->to_number<double>();
  constexpr double kTenYears = 10 * 365.25 * 86400;
  if (!(number >= 0 && number <= kTenYears)) return BadField("advance_seconds", "`advance_seconds` is not within ten years");
  simulation.advance += std::chrono::microseconds(static_cast<std::int64_t>(number * 1e6));
  return {};
}

http::Response AnswerOf(const base::Status& status, const http::Request& request) {
  return status ? http::JsonResponse(200, "{}") : http::ProblemResponse(status.error(), request.request_id);
}

}  // namespace

http::Response AnswerControl(Simulation& simulation, const http::Request& request) {
  const auto problem = [&](base::Code code, std::string message) {
    return http::ProblemResponse(base::Error{.code = code, .message = std::move(message)}, request.request_id);
  };
  const std::string route = request.method + " " + request.path;
  if (route == "GET /_sim/accounts") return http::JsonResponse(200, PrintAccounts(AccountsOf(simulation.world)));
  if (route == "GET /_sim/calls") return http::JsonResponse(200, simulation.ledger.Print());
  if (route == "DELETE /_sim/calls") {
    simulation.ledger.Clear();
    return http::JsonResponse(200, "{}");
  }
  if (route == "POST /_sim/clock") return AnswerOf(AdvanceClock(simulation, request), request);
  if (route == "POST /_sim/faults") {
    auto rules = ParseFaults(request.body);
    if (!rules) return http::ProblemResponse(rules.error(), request.request_id);
    simulation.faults = *std::move(rules);
    return http::JsonResponse(200, "{}");
  }
  if (route == "POST /_sim/organization") {
    return problem(base::Code::kNotFound, "this simulation cannot make organizations yet");
  }
  constexpr std::string_view kAccount = "POST /_sim/accounts/";
  if (route.starts_with(kAccount)) {
    return AnswerOf(SetAccountState(simulation.world, request, std::string_view(route).substr(kAccount.size())), request);
  }
  return problem(base::Code::kNotFound, "no such route of the simulation");
}

}  // namespace crossrole::sim
