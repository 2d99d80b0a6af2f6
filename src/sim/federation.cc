// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <utility>

#include "base/crypto.h"
#include "base/json.h"
#include "http/target.h"
#include "sim/internal/identifiers.h"
#include "sim/internal/simulation.h"

// The console's federation endpoint, which turns temporary credentials into a sign-in link.
// Source: IAM User Guide, "Enable custom identity broker access to the AWS console".

namespace crossrole::sim {
namespace {

namespace json = boost::json;

constexpr std::chrono::minutes kTokenLife{15};

// Parameters of the form or the query; the first of a name counts.
class Parameters {
 public:
  explicit Parameters(const http::Request& request) : pairs_(request.query) {
    if (request.method != "POST") return;
    if (auto form = http::ParseForm(request.body)) pairs_.insert(pairs_.end(), form->begin(), form->end());
  }
  std::string Get(std::string_view name) const {
    for (const auto& [key, value] : pairs_) {
      if (key == name) return value;
    }
    return "";
  }

 private:
  http::QueryPairs pairs_;
};

// AWS answers every mistake with this status and no more than a hint.
http::Response Refused(std::string_view hint) {
  return http::TextResponse(400, std::string(hint));
}

struct Given {
  std::string key;
  std::string secret;
  std::string token;
};

std::optional<Given> ReadSession(const std::string& text) {
  const auto value = base::ParseJson(text);
  if (!value || !value->is_object()) return std::nullopt;
  const auto get = [&](std::string_view name) {
    const json::value* member = value->get_object().if_contains(name);
    return member != nullptr && member->is_string() ? std::string(member->get_string()) : std::string();
  };
  return Given{get("sessionId"), get("sessionKey"), get("sessionToken")};
}

// 0 when none is given, -1 when it is no number between 900 and 43200.
int ReadDuration(const std::string& text) {
  if (text.empty()) return 0;
  int seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  const bool is_good = error == std::errc() && end == text.data() + text.size() && seconds >= 900 && seconds <= 43200;
  return is_good ? seconds : -1;
}

std::string HashOf(std::string_view token) { return std::string(base::AsText(base::Sha256(token))); }

// The token is good once; the console of the simulation is whatever the destination says.
http::Response Login(Simulation& simulation, const Parameters& parameters, base::Time now) {
  const auto token = simulation.signin_tokens.find(HashOf(parameters.Get("SigninToken")));
  const std::string destination = parameters.Get("Destination");
  if (token == simulation.signin_tokens.end() || token->second.used || token->second.expires <= now) {
    return Refused("The sign-in token is not valid, was used, or has expired.");
  }
  if (!destination.starts_with("https://") || destination.find_first_of("\r\n") != std::string::npos) {
    return Refused("The destination is not an https URL.");
  }
  token->second.used = true;
  http::Response response = http::EmptyResponse(302);
  response.headers.Set("Location", destination);
  return response;
}

}  // namespace

http::Response AnswerFederation(Simulation& simulation, const SessionTokens& tokens, base::Random& random,
                                base::Time now, const http::Request& request) {
  const Parameters parameters(request);
  const std::string action = parameters.Get("Action");
  if (action == "login") return Login(simulation, parameters, now);
  if (action != "getSigninToken") return Refused("Action is neither getSigninToken nor login.");
  const auto given = ReadSession(parameters.Get("Session"));
  if (!given || given->token.empty()) return Refused("Session does not hold temporary credentials.");
  const auto session = tokens.Read(given->token, given->key);
  if (!session || !base::ConstantTimeEqual(tokens.SecretOf(given->key), given->secret) || session->expires <= now) {
    return Refused("The credentials of Session are not valid.");
  }
  const int duration = ReadDuration(parameters.Get("SessionDuration"));
  if (duration < 0) return Refused("SessionDuration is not between 900 and 43200.");
  const bool may_choose = session->kind == SessionKind::kAssumedRole && session->chained == Chained::kNo;
  if (duration > 0 && !may_choose) return Refused("SessionDuration is not allowed with these credentials.");
  std::erase_if(simulation.signin_tokens, [&](const auto& entry) { return entry.second.expires <= now; });
  const std::string token = MakeSecretKey(random) + MakeSecretKey(random);
  simulation.signin_tokens.emplace(HashOf(token), SigninToken{.expires = now + kTokenLife});
  return http::JsonResponse(200, base::PrintJson(json::object{{"SigninToken", token}}));
}

}  // namespace crossrole::sim
