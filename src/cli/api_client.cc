// SPDX-License-Identifier: Apache-2.0
#include "cli/api_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/json.h"
#include "base/text.h"
#include "cli/input.h"
#include "cli/output.h"
#include "http/problem.h"

namespace crossrole::cli {
namespace {

namespace json = boost::json;
using base::Code;
using base::Error;

constexpr base::JsonLimits kAnswerLimits{.bytes = std::size_t{64} << 20, .depth = 64};
constexpr std::chrono::hours kStreamTime{1};
constexpr std::size_t kPage = 500;

std::string WithoutSlash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

std::string FirstOf(std::initializer_list<std::string> choices) {
  for (const std::string& choice : choices) {
    if (!choice.empty()) return choice;
  }
  return "";
}

base::Result<base::Secret> GivenToken(const Context& context, const Arguments& arguments) {
  const auto file = arguments.Text("--token-file");
  if (file && arguments.Switch("--token-stdin")) {
    return base::Fail(Code::kInvalidArgument, "`--token-file` and `--token-stdin` exclude each other");
  }
  if (file) return ReadSecret(*file);
  if (arguments.Switch("--token-stdin")) return ReadSecret("-");
  return base::Secret(std::string(base::Trim(base::Get(context.environment, "CROSSROLE_TOKEN"))));
}

Error FromAnswer(const http::Response& response) {
  Error error = http::ParseProblem(response);
  const auto id = response.headers.Find("X-Request-Id");
  const auto body = base::ParseJson(response.body);
  const std::string told = body ? TextOf(*body, "request_id") : "";
  if (!told.empty() || id) error.details["request_id"] = {told.empty() ? std::string(*id) : told};
  if (error.code == Code::kUnauthenticated && error.fix.empty()) error.fix = "sign in with `crossrole login`";
  return error;
}

}  // namespace

std::string WithQuery(std::string path, const Query& query) {
  char separator = '?';
  for (const auto& [name, value] : query) {
    if (value.empty()) continue;
    path += fmt::format("{}{}={}", separator, name, base::PercentEncode(value));
    separator = '&';
  }
  return path;
}

std::string ObjectPath(std::string_view collection, std::string_view id_or_handle) {
  return fmt::format("/v1/{}/{}", collection, base::PercentEncode(id_or_handle));
}

base::Result<Profile> FindServer(const Context& context, const Arguments& arguments) {
  const std::string asked =
      FirstOf({arguments.Text("--profile").value_or(""), std::string(base::Get(context.environment, "CROSSROLE_PROFILE"))});
  const std::string server = WithoutSlash(
      FirstOf({arguments.Text("--server").value_or(""), std::string(base::Get(context.environment, "CROSSROLE_SERVER"))}));
  TRY_ASSIGN(base::Secret token, GivenToken(context, arguments));
  const std::string ca_file = arguments.Text("--ca-file").value_or("");

  std::optional<Profile> profile;
  // With everything given the profile is not needed, and neither is a home.
  if (asked.empty() && !server.empty() && !token.empty()) return Profile{server, std::move(token), ca_file};
  if (!asked.empty() || !base::Get(context.environment, "HOME").empty() ||
      !base::Get(context.environment, "XDG_CONFIG_HOME").empty()) {
    TRY_ASSIGN(profile, LoadProfile(context.environment, asked.empty() ? "default" : asked));
  }
  if (!asked.empty() && !profile && (server.empty() || token.empty())) {
    return base::Fail(Error{.code = Code::kNotFound,
                            .message = fmt::format("there is no profile `{}`", asked),
                            .fix = fmt::format("make it with `crossrole login --profile {} --server URL`", asked)});
  }
  Profile found{.server = FirstOf({server, profile ? profile->server : "", std::string(kDefaultServer)}),
                .token = std::move(token),
                .ca_file = ca_file};
  // A token is a secret between its profile and its server: it must not reach whatever else --server names.
  if (profile && found.server == profile->server) {
    if (found.token.empty()) found.token = std::move(profile->token);
    if (found.ca_file.empty()) found.ca_file = profile->ca_file;
  }
  return found;
}

base::Result<ApiClient> ApiClient::To(const Profile& server) {
  TRY_ASSIGN(auto client, http::Client::Create({.base_url = server.server,
                                                .ca_file = server.ca_file,
                                                .bearer = server.token.Clone(),
                                                .user_agent = "crossrole-cli"}));
  return ApiClient(std::move(client));
}

base::Result<ApiClient> ApiClient::Open(const Context& context, const Arguments& arguments) {
  TRY_ASSIGN(const Profile server, FindServer(context, arguments));
  if (server.token.empty()) {
    return base::Fail(Error{.code = Code::kUnauthenticated,
                            .message = fmt::format("there is no token for `{}`", server.server),
                            .fix = fmt::format("run `crossrole login --server {}`, or give --token-file or CROSSROLE_TOKEN",
                                               server.server)});
  }
  return To(server);
}

base::Result<http::Response> ApiClient::Send(const ApiRequest& request) {
  http::ClientRequest sent{.method = request.method, .target = request.target, .body = request.body};
  if (!request.body.empty()) sent.headers.Add("Content-Type", request.content_type);
  if (!request.if_match.empty()) sent.headers.Add("If-Match", request.if_match);
  TRY_ASSIGN(auto response, client_->Send(std::move(sent), base::Deadline::After(request.time)));
  if (response.status < 200 || response.status > 299) return base::Fail(FromAnswer(response));
  return response;
}

base::Result<json::value> ApiClient::Call(std::string_view method, std::string target, const json::value& body) {
  TRY_ASSIGN(auto response, Send({.method = std::string(method),
                                  .target = std::move(target),
                                  .body = body.is_null() ? "" : base::PrintJson(body)}));
  if (response.body.empty()) return json::value(nullptr);
  auto answer = base::ParseJson(response.body, kAnswerLimits);
  base::Wipe(response.body);  // some answers hold credentials
  if (!answer) return base::Fail(Code::kInternal, fmt::format("the server's answer is not JSON: {}", answer.error().message));
  return answer;
}

base::Result<json::value> ApiClient::Get(std::string target) { return Call("GET", std::move(target), nullptr); }

base::Result<json::value> ApiClient::GetAll(std::string path, Query query, std::size_t limit) {
  json::array items;
  json::value next = nullptr;
  do {
    Query page = query;
    const std::size_t wanted = limit == 0 ? kPage : std::min(kPage, limit - items.size());
    page.emplace_back("limit", fmt::format("{}", wanted));
    if (next.is_string()) page.emplace_back("page_token", std::string(next.get_string()));
    TRY_ASSIGN(json::value answer, Get(WithQuery(path, page)));
    json::object* members = answer.if_object();
    json::value* list = members == nullptr ? nullptr : members->if_contains("items");
    if (list == nullptr || !list->is_array()) return base::Fail(Code::kInternal, "the server's answer is not a list");
    for (json::value& item : list->get_array()) items.push_back(std::move(item));
    const json::value* token = members->if_contains("next_page_token");
    next = token == nullptr ? json::value(nullptr) : *token;
    if (list->get_array().empty()) break;
  } while (next.is_string() && (limit == 0 || items.size() < limit));
  return json::object{{"items", std::move(items)}, {"next_page_token", std::move(next)}};
}

base::Status ApiClient::Lines(std::string target, const http::OnLine& on_line) {
  TRY_ASSIGN(const auto response,
             client_->Stream({.method = "GET", .target = std::move(target)}, base::Deadline::After(kStreamTime), on_line));
  if (response.status < 200 || response.status > 299) return base::Fail(FromAnswer(response));
  return {};
}

int WithApi(const Context& context, const Arguments& arguments, const std::function<base::Result<int>(ApiClient&)>& use) {
  auto client = ApiClient::Open(context, arguments);
  if (!client) return PrintError(context, client.error());
  const auto done = use(*client);
  return done ? *done : PrintError(context, done.error());
}

}  // namespace crossrole::cli
