// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <initializer_list>
#include <optional>
#include <utility>

#include "base/json.h"
#include "http/problem.h"
#include "sim/internal/make_account.h"
#include "sim/internal/simulation.h"

// The routes that steer the simulation. They are for tests and people on this machine: requests that a web page may
// have made (`Origin`) are refused.

namespace crossrole::sim {
namespace {

namespace json = boost::json;

std::unexpected<base::Error> BadField(std::string_view field, std::string message) {
  return base::Fail({.code = base::Code::kInvalidArgument, .message = std::move(message), .field = std::string(field)});
}

base::Result<json::object> ReadBody(const http::Request& request, std::initializer_list<std::string_view> fields) {
  TRY_ASSIGN(json::value value, base::ParseJson(request.body));
  if (!value.is_object()) return base::Fail(base::Code::kInvalidArgument, "the body is not a JSON object");
  for (const auto& member : value.get_object()) {
    if (std::ranges::find(fields, std::string_view(member.key())) != fields.end()) continue;
    return BadField(member.key(), "`" + std::string(member.key()) + "` is none of " + fmt::format("{}", fmt::join(fields, ", ")));
  }
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
  TRY_ASSIGN(const json::object body, ReadBody(request, {"state"}));
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

base::Result<std::chrono::microseconds> ReadAdvance(const json::value& seconds) {
  if (!seconds.is_number()) return BadField("advance_seconds", "`advance_seconds` is no number");
  const double number = seconds.to_number<double>();
  constexpr double kTenYears = 10 * 365.25 * 86400;
  if (!(number >= 0 && number <= kTenYears)) return BadField("advance_seconds", "`advance_seconds` is not within ten years");
  return std::chrono::microseconds(static_cast<std::int64_t>(number * 1e6));
}

// A clock that goes again goes on from where it stood.
void StopClock(Simulation& simulation, base::Time real, bool stop) {
  if (stop == simulation.stopped.has_value()) return;
  if (!stop) simulation.advance -= real - *simulation.stopped;
  simulation.stopped = stop ? std::optional(real) : std::nullopt;
}

base::Status SetClock(Simulation& simulation, base::Time real, const http::Request& request) {
  TRY_ASSIGN(const json::object body, ReadBody(request, {"advance_seconds", "stopped"}));
  const json::value* seconds = body.if_contains("advance_seconds");
  const json::value* stopped = body.if_contains("stopped");
  if (seconds == nullptr && stopped == nullptr) return BadField("advance_seconds", "`advance_seconds` or `stopped` is missing");
  if (stopped != nullptr && !stopped->is_bool()) return BadField("stopped", "`stopped` is neither true nor false");
  if (seconds != nullptr) {
    TRY_ASSIGN(const std::chrono::microseconds advance, ReadAdvance(*seconds));
    simulation.advance += advance;
  }
  if (stopped != nullptr) StopClock(simulation, real, stopped->get_bool());
  return {};
}

base::Result<std::size_t> CountIn(const json::object& body) {
  const json::value* accounts = body.if_contains("accounts");
  if (accounts == nullptr || !accounts->is_int64() || accounts->get_int64() < 1 || accounts->get_int64() > 100'000) {
    return BadField("accounts", "`accounts` is no number from 1 to 100000");
  }
  return static_cast<std::size_t>(accounts->get_int64());
}

// Makes one more organization.
base::Result<std::string> AddOrganization(Simulation& simulation, const http::Request& request) {
  TRY_ASSIGN(const json::object body, ReadBody(request, {"accounts", "seed", "profile"}));
  TRY_ASSIGN(const std::size_t count, CountIn(body));
  const json::value* seed = body.if_contains("seed");
  if (seed != nullptr && !seed->is_int64()) return BadField("seed", "`seed` is no whole number");
  const json::value* name = body.if_contains("profile");
  if (name != nullptr && !name->is_string()) return BadField("profile", "`profile` is no text");
  const auto profile = ProfileByName(name == nullptr ? std::string_view() : std::string_view(name->get_string()), count);
  if (!profile) return BadField("profile", "`profile` is none of plain, mixed, large");
  const Account& first = *simulation.world.accounts().front();
  base::SeededRandom random(static_cast<std::uint64_t>(seed == nullptr ? 1 : seed->get_int64()));
  const organizations::Organization& made = MakeOrganizationOf(
      simulation.world, {.accounts = count, .profile = *profile, .partition = first.partition, .created = first.created}, random);
  return base::PrintJson(json::object{
      {"organization_id", made.id}, {"management_account_id", made.management->id}, {"accounts", made.members.size()}});
}

http::Response AnswerOf(const base::Status& status, const http::Request& request) {
  return status ? http::JsonResponse(200, "{}") : http::ProblemResponse(status.error(), request.request_id);
}

}  // namespace

http::Response AnswerControl(Simulation& simulation, base::Time real, const http::Request& request) {
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
  if (route == "POST /_sim/clock") return AnswerOf(SetClock(simulation, real, request), request);
  if (route == "POST /_sim/faults") {
    auto rules = ParseFaults(request.body);
    if (!rules) return http::ProblemResponse(rules.error(), request.request_id);
    simulation.faults = *std::move(rules);
    return http::JsonResponse(200, "{}");
  }
  if (route == "POST /_sim/organization") {
    auto made = AddOrganization(simulation, request);
    return made ? http::JsonResponse(200, *std::move(made)) : http::ProblemResponse(made.error(), request.request_id);
  }
  constexpr std::string_view kAccount = "POST /_sim/accounts/";
  if (route.starts_with(kAccount)) {
    return AnswerOf(SetAccountState(simulation.world, request, std::string_view(route).substr(kAccount.size())), request);
  }
  return problem(base::Code::kNotFound, "no such route of the simulation");
}

}  // namespace crossrole::sim
