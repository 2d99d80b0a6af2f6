// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/dispatch.h"
#include "http/message.h"
#include "http/responder.h"
#include "http/router.h"
#include "model/actor.h"
#include "store/connections.h"
#include "tenancy/authenticate.h"
#include "tenancy/permissions.h"

namespace crossrole::api {

struct Services;

/// The duty to answer one call, in the API's own terms.
class Reply {
 public:
  explicit Reply(http::Responder responder) : responder_(std::move(responder)) {}
  /// Answers `body` with `status`.
  void Json(int status, const boost::json::value& body) const;
  /// Answers an object with its `version` as ETag.
  void Object(int status, const boost::json::value& body) const;
  /// Answers JSON text that holds secrets; never stored for replay.
  void SecretJson(int status, std::string_view text) const;
  /// Answers a document.
  void Text(int status, std::string content_type, std::string text) const;
  /// Answers 204.
  void Empty() const;
  /// Answers problem+json.
  void Fail(const base::Error& error) const;
  /// Answers `result` as JSON with `status`, or its error.
  void Of(int status, const base::Result<boost::json::value>& result) const;
  /// The transport's responder, for streams and time limits.
  const http::Responder& responder() const { return responder_; }

 private:
  http::Responder responder_;
};

/// One authenticated, permitted call.
struct Call {
  http::Request request;
  http::PathParams params;
  model::Actor actor;
  std::shared_ptr<const tenancy::Caller> caller{};             // who calls; null on public routes only
  std::shared_ptr<const store::Connection> connection{};       // that the path names, where it names one

  /// The version that If-Match names, if any. Errors: kInvalidArgument.
  base::Result<std::optional<std::int64_t>> IfMatch() const;
  /// Whether `?name=true`. Errors: kInvalidArgument for anything but true and false.
  base::Result<bool> Flag(std::string_view name) const;
  /// The value of a query parameter, or "".
  std::string Query(std::string_view name) const;
  /// The value of a query parameter as `parse` (text → Result) reads it, if it is there. Errors: kInvalidArgument.
  template <typename Parse>
  auto Parsed(std::string_view name, Parse parse) const
      -> base::Result<std::optional<typename decltype(parse(name))::value_type>> {
    const auto value = request.Query(name);
    if (!value) return std::nullopt;
    auto parsed = parse(*value);
    if (parsed) return *std::move(parsed);
    base::Error error = std::move(parsed).error();
    error.code = base::Code::kInvalidArgument;
    error.field = std::string(name);
    return base::Fail(std::move(error));
  }
};

/// Answers a call, now or later.
using Handle = void (*)(Services& services, Call call, Reply reply);

/// Whether a POST takes part in idempotency by key.
enum class Replay : std::uint8_t {
  kNever,    // not a POST, or an answer with secrets: a repeat acts anew
  kByKey,    // `Idempotency-Key` replays the first answer for 24 h
};

/// `body` as an answer, with its `version` as ETag.
http::Response ObjectResponse(int status, const boost::json::value& body);

/// What a route's permission is asked on, before its handler runs. Whoever may not even read the object in the path gets
/// the answer of a missing one.
enum class Asked : std::uint8_t {
  kNobody,        // public: nobody is asked
  kCaller,        // whoever is known may
  kInstallation,  // the installation as a whole
  kTenant,        // the tenant's root space
  kList,          // held in any space; the handler leaves out what may not be read
  kBodySpace,     // the space that the body's `space` names, or the root
  kBodyParent,    // the space that the body's `parent` names, or the root
  kIntegration,   // the integration in the path; and the space that the body of a PATCH moves it to
  kConnection,    // the integration of the connection in the path; to see and use it, also what it is shared with
  kFolder,        // the integration of the folder in the path; to see it, also what it is shared with
  kJob,           // the integration that the job in the path is about, or who asked for it
  kSpace,         // the space in the path; and the one that the body of a PATCH moves it to
  kRoleBinding,   // the space of the binding in the path
  kToken,         // the space of the token in the path, or whose own it is
};

/// One route with exactly one permission. The table is in routes.cc; OpenAPI is made from it.
struct Route {
  std::string_view method;
  std::string_view pattern;
  tenancy::Permission permission;
  Asked asked;
  http::Lane lane;
  Replay replay;
  Handle handle;
  std::string_view summary;
  std::string_view query;            // names of query parameters, blank-separated; others are refused
  std::string_view request_schema;   // component name, or ""
  std::string_view response_schema;  // component name, or "" for none; "text/…" for documents
  int success_status;
  std::string_view problems;         // statuses of errors that not every such route has, blank-separated
};

/// All routes.
std::span<const Route> Routes();
/// The names of the query parameters of `route`.
std::vector<std::string_view> QueryNames(const Route& route);
/// Whether `route` changes an object that has a version, and so takes `If-Match`.
bool TakesVersion(const Route& route);

}  // namespace crossrole::api
