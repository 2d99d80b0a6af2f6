// SPDX-License-Identifier: Apache-2.0
#include "cli/session_request.h"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <boost/json/array.hpp>

#include "base/json.h"
#include "cli/fields.h"
#include "cli/input.h"
#include "cli/output.h"

namespace crossrole::cli {
namespace {

namespace json = boost::json;
using base::Code;
using base::Error;

base::Result<std::string> PathOf(const Arguments& arguments) {
  std::vector<std::string> named;
  for (const char* name : {"--integration", "name"}) {
    if (const auto text = arguments.Text(name)) named.push_back(ObjectPath("integrations", *text));
  }
  if (const auto text = arguments.Text("--connection")) named.push_back(ObjectPath("connections", *text));
  if (named.size() == 1) return named.front();
  return base::Fail(Error{.code = Code::kInvalidArgument,
                          .message = named.empty() ? "nothing says whose credentials are wanted"
                                                   : "only one of an integration and a connection can be given",
                          .fix = "give --integration HANDLE or --connection HANDLE"});
}

base::Result<std::string> Needed(const json::value& answer, std::string_view member) {
  std::string text = TextOf(answer, member);
  if (text.empty()) return base::Fail(Code::kInternal, fmt::format("the server's answer has no `{}`", member));
  return text;
}

}  // namespace

base::Result<SessionRequest> ReadSessionRequest(const Arguments& arguments) {
  TRY_ASSIGN(std::string path, PathOf(arguments));
  Fields fields(arguments);
  fields.Text("phase").Integer("duration_seconds").Text("session_name").File("session_policy").Texts("policy_arns").Pairs("tags");
  fields.Text("reason").Text("region");
  TRY_ASSIGN(const json::object body, fields.Take());
  return SessionRequest{.path = std::move(path), .body = base::PrintJson(body)};
}

base::Result<session::Minted> ReadSession(const json::value& answer) {
  session::Minted minted;
  TRY_ASSIGN(minted.access_key_id, Needed(answer, "access_key_id"));
  TRY_ASSIGN(auto secret, Needed(answer, "secret_access_key"));
  TRY_ASSIGN(auto token, Needed(answer, "session_token"));
  TRY_ASSIGN(const std::string expiration, Needed(answer, "expiration"));
  TRY_ASSIGN(minted.expiration, base::ParseRfc3339(expiration));
  minted.secret_access_key = base::Secret(std::move(secret));
  minted.session_token = base::Secret(std::move(token));
  minted.account_id = TextOf(answer, "account_id");
  minted.assumed_role_arn = TextOf(answer, "assumed_role_arn");
  minted.region = TextOf(answer, "region");
  minted.endpoint_url = TextOf(answer, "endpoint_url");
  if (const json::value* seconds = Member(answer, "granted_seconds"); seconds != nullptr && seconds->is_int64()) {
    minted.granted = std::chrono::seconds(seconds->get_int64());
  }
  return minted;
}

base::Result<session::Minted> MintSession(ApiClient& client, const SessionRequest& request) {
  TRY_ASSIGN(auto response, client.Send({.method = "POST", .target = request.path + "/sessions", .body = request.body}));
  const auto answer = base::ParseJson(response.body);
  base::Wipe(response.body);
  if (!answer) return base::Fail(Code::kInternal, "the server's answer is not JSON");
  return ReadSession(*answer);
}

std::vector<std::pair<std::string, std::string>> SessionVariables(const session::Minted& minted) {
  std::vector<std::pair<std::string, std::string>> variables = {
      {"AWS_ACCESS_KEY_ID", minted.access_key_id},
      {"AWS_SECRET_ACCESS_KEY", std::string(minted.secret_access_key.Reveal())},
      {"AWS_SESSION_TOKEN", std::string(minted.session_token.Reveal())},
      {"AWS_SECURITY_TOKEN", std::string(minted.session_token.Reveal())},
      {"AWS_CREDENTIAL_EXPIRATION", base::FormatRfc3339Seconds(minted.expiration)},
      {"AWS_ACCOUNT_ID", minted.account_id},
      {"AWS_REGION", minted.region},
      {"AWS_DEFAULT_REGION", minted.region},
      {"AWS_ENDPOINT_URL", minted.endpoint_url}};
  std::erase_if(variables, [](const auto& variable) { return variable.second.empty(); });
  return variables;
}

base::Environment WithoutAwsIdentity(base::Environment environment) {
  std::erase_if(environment, [](const auto& variable) {
    const std::string& name = variable.first;
    return name == "AWS_PROFILE" || name == "AWS_DEFAULT_PROFILE" || name == "AWS_WEB_IDENTITY_TOKEN_FILE" ||
           name == "AWS_ROLE_ARN" || name == "AWS_ROLE_SESSION_NAME" || name.starts_with("AWS_CONTAINER_") ||
           name == "AWS_ACCESS_KEY_ID" || name == "AWS_SECRET_ACCESS_KEY" || name == "AWS_SESSION_TOKEN" ||
           name == "AWS_SECURITY_TOKEN" || name == "AWS_CREDENTIAL_EXPIRATION" || name == "AWS_ACCOUNT_ID";
  });
  return environment;
}

std::string ShellQuote(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace crossrole::cli
