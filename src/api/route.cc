// SPDX-License-Identifier: Apache-2.0
#include "api/route.h"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <charconv>

#include "base/json.h"
#include "base/text.h"
#include "http/problem.h"

namespace crossrole::api {

void Reply::Json(int status, const boost::json::value& body) const {
  responder_.Send(http::JsonResponse(status, base::PrintJson(body)));
}

http::Response ObjectResponse(int status, const boost::json::value& body) {
  http::Response response = http::JsonResponse(status, base::PrintJson(body));
  if (const auto* object = body.if_object()) {
    if (const auto* version = object->if_contains("version"); version != nullptr && version->is_int64()) {
      response.headers.Set("ETag", fmt::format("\"{}\"", version->get_int64()));
    }
  }
  return response;
}

std::vector<std::string_view> QueryNames(const Route& route) {
  return route.query.empty() ? std::vector<std::string_view>() : base::Split(route.query, ' ');
}

bool TakesVersion(const Route& route) {
  if (!route.pattern.contains("{id}") || route.method == "GET") return false;
  return route.method != "POST" || route.response_schema == "Integration";
}

void Reply::Object(int status, const boost::json::value& body) const { responder_.Send(ObjectResponse(status, body)); }

void Reply::SecretJson(int status, std::string_view text) const {
  http::Response response = http::JsonResponse(status, std::string(text));
  response.headers.Set("Cache-Control", "no-store");
  responder_.Send(std::move(response));
}

void Reply::Text(int status, std::string content_type, std::string text) const {
  http::Response response{.status = status, .body = std::move(text)};
  response.headers.Set("Content-Type", std::move(content_type));
  responder_.Send(std::move(response));
}

void Reply::Empty() const { responder_.Send(http::EmptyResponse(204)); }

void Reply::Fail(const base::Error& error) const {
  responder_.Send(http::ProblemResponse(error, responder_.request_id()));
}

void Reply::Of(int status, const base::Result<boost::json::value>& result) const {
  if (result) {
    Object(status, *result);
  } else {
    Fail(result.error());
  }
}

base::Result<std::optional<std::int64_t>> Call::IfMatch() const {
  const auto header = request.headers.Find("If-Match");
  if (!header || *header == "*") return std::nullopt;
  std::string_view text = *header;
  if (text.starts_with("W/")) text.remove_prefix(2);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  std::int64_t version = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return base::Fail(base::Error{.code = base::Code::kInvalidArgument,
                                  .message = "`If-Match` must be a version",
                                  .field = "If-Match"});
  }
  return version;
}

base::Result<bool> Call::Flag(std::string_view name) const {
  const auto value = request.Query(name);
  if (!value || *value == "false") return false;
  if (*value == "true") return true;
  return base::Fail(base::Error{.code = base::Code::kInvalidArgument,
                                .message = fmt::format("`{}` must be true or false", name),
                                .field = std::string(name)});
}

std::string Call::Query(std::string_view name) const { return std::string(request.Query(name).value_or("")); }

}  // namespace crossrole::api
