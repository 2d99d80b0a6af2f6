// SPDX-License-Identifier: Apache-2.0
#include "http/problem.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <charconv>

#include "base/json.h"
#include "base/text.h"

namespace crossrole::http {
namespace {

namespace json = boost::json;
using base::Code;

constexpr int kStale = 412;

std::string_view TitleOf(Code code) {
  switch (code) {
    case Code::kInvalidArgument: return "The request is not valid";
    case Code::kUnauthenticated: return "Who is asking is not known";
    case Code::kPermissionDenied: return "Not permitted";
    case Code::kNotFound: return "Not found";
    case Code::kFailedPrecondition: return "Not possible in this state";
    case Code::kConflict: return "In conflict with what is there";
    case Code::kTooLarge: return "Too large";
    case Code::kAwsRefused: return "AWS refused";
    case Code::kThrottled: return "Too many requests";
    case Code::kInternal: return "An error of the server's own";
    case Code::kUnavailable: return "Not available now";
  }
  return "";
}

void AddIfSet(json::object& object, std::string_view name, std::string_view value) {
  if (!value.empty()) object.emplace(name, value);
}

// AWS ends its sentences with a stop, ours have none; and between backticks stands what somebody said, never nothing.
std::string DetailOf(const base::Error& error) {
  std::string text = error.message;
  while (!error.aws_code.empty() && (text.ends_with('.') || text.ends_with(' '))) text.pop_back();
  constexpr std::string_view kNothing = "`` ";
  for (std::size_t at = text.find(kNothing); at != std::string::npos; at = text.find(kNothing, at + 1)) {
    if (at == 0 || text[at - 1] == ' ') text.replace(at, 2, "an empty text");
  }
  return text;
}

json::object Members(int status, const base::Error& error, std::string_view request_id) {
  const std::string_view code = base::FactsOf(error.code).name;
  json::object members;
  members.emplace("type", fmt::format("urn:crossrole:problem:{}", code));
  members.emplace("title", TitleOf(error.code));
  members.emplace("status", status);
  members.emplace("detail", DetailOf(error));
  members.emplace("code", code);
  AddIfSet(members, "reason", error.reason);
  AddIfSet(members, "field", error.field);
  AddIfSet(members, "fix", error.fix);
  AddIfSet(members, "aws_code", error.aws_code);
  AddIfSet(members, "request_id", request_id);
  for (const auto& [name, values] : error.details) {
    json::array list;
    for (const std::string& value : values) list.emplace_back(value);
    members.emplace(name, std::move(list));  // a detail never replaces a member above
  }
  return members;
}

std::string TextOf(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  const json::string* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

Code CodeOfStatus(int status) {
  switch (status) {
    case 401: return Code::kUnauthenticated;
    case 403: return Code::kPermissionDenied;
    case 404: return Code::kNotFound;
    case 409:
    case kStale: return Code::kConflict;
    case 413:
    case 414:
    case 431: return Code::kTooLarge;
    case 424: return Code::kAwsRefused;
    case 429: return Code::kThrottled;
    case 408:
    case 502:
    case 503:
    case 504: return Code::kUnavailable;
    default: return status >= 400 && status < 500 ? Code::kInvalidArgument : Code::kInternal;
  }
}

std::optional<std::chrono::seconds> RetryAfterOf(const Response& response) {
  const auto text = response.headers.Find("Retry-After");
  if (!text) return std::nullopt;
  int seconds = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), seconds);
  if (error != std::errc() || end != text->data() + text->size() || seconds < 0) return std::nullopt;
  return std::chrono::seconds(seconds);
}

void ReadLists(const json::object& members, base::Error& error) {
  for (const auto& member : members) {
    const json::array* list = member.value().if_array();
    if (list == nullptr) continue;
    auto& values = error.details[std::string(member.key())];
    for (const json::value& item : *list) {
      if (const json::string* text = item.if_string()) values.emplace_back(text->data(), text->size());
    }
  }
}

}  // namespace

int StatusOf(const base::Error& error) {
  return error.code == Code::kConflict && error.stale ? kStale : base::FactsOf(error.code).http_status;
}

Response ProblemResponse(const base::Error& error, std::string_view request_id) {
  return ProblemResponse(StatusOf(error), error, request_id);
}

Response ProblemResponse(int status, const base::Error& error, std::string_view request_id) {
  Response response{.status = status,
                    .headers = {{"Content-Type", "application/problem+json"}},
                    .body = base::PrintJson(Members(status, error, request_id))};
  const bool again = status == 429 || status == 503;
  if (error.retry_after || again) {
    const auto seconds = std::max<std::chrono::seconds::rep>(error.retry_after.value_or(std::chrono::seconds(1)).count(), 1);
    response.headers.Add("Retry-After", fmt::format("{}", seconds));
  }
  if (status == 401) response.headers.Add("WWW-Authenticate", "Bearer");
  return response;
}

base::Error ParseProblem(const Response& response) {
  base::Error error{.code = CodeOfStatus(response.status), .stale = response.status == kStale};
  error.retry_after = RetryAfterOf(response);
  const auto body = base::ParseJson(response.body);
  const json::object* members = body ? body->if_object() : nullptr;
  const auto code = members == nullptr ? std::nullopt : base::CodeByName(TextOf(*members, "code"));
  if (!code) {
    error.message = fmt::format("the server answered with status {}", response.status);
    return error;
  }
  error.code = *code;
  error.message = TextOf(*members, "detail");
  error.reason = TextOf(*members, "reason");
  error.field = TextOf(*members, "field");
  error.fix = TextOf(*members, "fix");
  error.aws_code = TextOf(*members, "aws_code");
  ReadLists(*members, error);
  return error;
}

}  // namespace crossrole::http
