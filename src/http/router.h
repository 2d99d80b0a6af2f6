// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/message.h"
#include "http/responder.h"

namespace crossrole::http {

/// The decoded values of a pattern's `{names}`; never empty, never with a `/`.
class PathParams {
 public:
  /// The value of `name`, which the pattern must have.
  const std::string& Get(std::string_view name) const;
  /// Replaces the value of `name`, which the pattern must have.
  void Set(std::string_view name, std::string value);
  /// Adds one.
  void Add(std::string name, std::string value) { values_.emplace_back(std::move(name), std::move(value)); }

 private:
  std::vector<std::pair<std::string, std::string>> values_;
};

/// How a method and path were matched.
struct RouteMatch {
  /// What came of it.
  enum class Outcome : std::uint8_t { kFound, kNotFound, kMethodNotAllowed, kOptions };
  Outcome outcome = Outcome::kNotFound;
  std::size_t route = 0;  // what `Add` was given, when found
  PathParams params{};
  std::string allow{};  // for 405 and OPTIONS: "GET, HEAD, OPTIONS"
};

/// A table of methods and patterns such as `/v1/integrations/{id}/verify`. A literal segment wins over `{…}`;
/// `{rest...}` at the end takes one or more segments. HEAD finds GET's route. Immutable once serving, then thread-safe.
class Router {
 public:
  Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;
  ~Router();

  /// Adds a route under a number of the caller's. Two routes of one shape and method are a CHECK failure.
  void Add(std::string_view method, std::string_view pattern, std::size_t route);
  /// Finds the route for a decoded path, as in `Request::path`.
  RouteMatch Match(std::string_view method, std::string_view path) const;

 private:
  struct Node;
  std::unique_ptr<Node> root_;
};

/// The answer for a match that found no route: 404, 405 with Allow, or 204 to OPTIONS.
Response AnswerUnrouted(const RouteMatch& match, const Request& request);

/// A router with a handler per route, for servers that need no more than that.
class Mux {
 public:
  using RouteHandler = std::function<void(Request, PathParams, Responder)>;
  /// Adds a route.
  void Handle(std::string_view method, std::string_view pattern, RouteHandler handler);
  /// Runs the handler of the route, or answers why there is none.
  void Serve(Request request, const Responder& responder) const;

 private:
  Router router_;
  std::vector<RouteHandler> handlers_;
};

}  // namespace crossrole::http
