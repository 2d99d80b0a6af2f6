// SPDX-License-Identifier: Apache-2.0
#include "http/router.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "base/result.h"
#include "base/text.h"
#include "http/problem.h"

namespace crossrole::http {
namespace {

struct Leaf {
  std::size_t route;
  std::vector<std::string> names;
};

// "{id}" gives "id", "{rest...}" gives "rest...", a literal gives "".
std::string_view NameOf(std::string_view segment) {
  const bool named = segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
  return named ? segment.substr(1, segment.size() - 2) : std::string_view();
}

}  // namespace

struct Router::Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
  std::unique_ptr<Node> any;
  std::unique_ptr<Node> rest;
  std::map<std::string, Leaf, std::less<>> methods;

  static Node& Make(std::unique_ptr<Node>& slot) {
    if (!slot) slot = std::make_unique<Node>();
    return *slot;
  }

  const Leaf* LeafFor(std::string_view method) const {
    auto found = methods.find(method);
    if (found == methods.end() && method == "HEAD") found = methods.find("GET");
    return found == methods.end() ? nullptr : &found->second;
  }

  // Depth first, literals before names; `path` is what is left, with its leading slash, or empty. An empty `method`
  // finds the first node with any route.
  const Node* Find(std::string_view method, std::string_view path, std::vector<std::string_view>& values) const {
    if (path.empty()) {
      const bool fits = method.empty() ? !methods.empty() : LeafFor(method) != nullptr;
      return fits ? this : nullptr;
    }
    const std::size_t end = std::min(path.find('/', 1), path.size());
    const std::string_view segment = path.substr(1, end - 1);
    if (segment.empty()) return nullptr;
    if (const auto found = literals.find(segment); found != literals.end()) {
      if (const Node* node = found->second->Find(method, path.substr(end), values)) return node;
    }
    if (any) {
      values.push_back(segment);
      if (const Node* node = any->Find(method, path.substr(end), values)) return node;
      values.pop_back();
    }
    if (rest && !path.ends_with('/')) {
      values.push_back(path.substr(1));
      if (const Node* node = rest->Find(method, "", values)) return node;
      values.pop_back();
    }
    return nullptr;
  }

  std::string Allow() const {
    std::set<std::string> allowed{"OPTIONS"};
    for (const auto& [method, leaf] : methods) {
      allowed.insert(method);
      if (method == "GET") allowed.insert("HEAD");
    }
    return base::Join(std::vector<std::string>(allowed.begin(), allowed.end()), ", ");
  }
};

Router::Router() : root_(std::make_unique<Node>()) {}
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;
Router::~Router() = default;

const std::string& PathParams::Get(std::string_view name) const {
  for (const auto& [key, value] : values_) {
    if (key == name) return value;
  }
  base::CheckFailed("the pattern has this name", __FILE__, __LINE__);
}

void PathParams::Set(std::string_view name, std::string value) {
  for (auto& [key, current] : values_) {
    if (key != name) continue;
    current = std::move(value);
    return;
  }
  base::CheckFailed("the pattern has this name", __FILE__, __LINE__);
}

void Router::Add(std::string_view method, std::string_view pattern, std::size_t route) {
  CHECK(pattern.starts_with('/'));
  Node* node = root_.get();
  std::vector<std::string> names;
  if (pattern != "/") {
    const auto segments = base::Split(pattern.substr(1), '/');
    for (const std::string_view& segment : segments) {
      const std::string_view name = NameOf(segment);
      CHECK(!segment.empty() && (!name.ends_with("...") || &segment == &segments.back()));
      if (name.ends_with("...")) {
        names.emplace_back(name.substr(0, name.size() - 3));
        node = &Node::Make(node->rest);
      } else if (!name.empty()) {
        names.emplace_back(name);
        node = &Node::Make(node->any);
      } else {
        node = &Node::Make(node->literals[std::string(segment)]);
      }
    }
  }
  CHECK(node->methods.emplace(std::string(method), Leaf{.route = route, .names = std::move(names)}).second);
}

RouteMatch Router::Match(std::string_view method, std::string_view path) const {
  RouteMatch match;
  if (path == "*") {
    match.outcome = method == "OPTIONS" ? RouteMatch::Outcome::kOptions : RouteMatch::Outcome::kNotFound;
    match.allow = "GET, HEAD, OPTIONS, PATCH, POST, PUT, DELETE";
    return match;
  }
  const std::string_view from_root = path == "/" ? std::string_view() : path;
  std::vector<std::string_view> values;
  if (const Node* node = root_->Find(method, from_root, values)) {
    const Leaf& leaf = *node->LeafFor(method);
    match.outcome = RouteMatch::Outcome::kFound;
    match.route = leaf.route;
    for (std::size_t i = 0; i < values.size(); ++i) match.params.Add(leaf.names[i], std::string(values[i]));
    return match;
  }
  if (const Node* node = root_->Find("", from_root, values)) {
    match.outcome = method == "OPTIONS" ? RouteMatch::Outcome::kOptions : RouteMatch::Outcome::kMethodNotAllowed;
    match.allow = node->Allow();
  }
  return match;
}

Response AnswerUnrouted(const RouteMatch& match, const Request& request) {
  using Outcome = RouteMatch::Outcome;
  if (match.outcome == Outcome::kOptions) return Response{.status = 204, .headers = {{"Allow", match.allow}}};
  if (match.outcome == Outcome::kMethodNotAllowed) {
    Response response = ProblemResponse(
        405,
        base::Error{.code = base::Code::kInvalidArgument,
                    .message = fmt::format("`{}` does not allow `{}`", request.path, request.method),
                    .reason = "method_not_allowed",
                    .fix = fmt::format("use one of {}", match.allow)},
        request.request_id);
    response.headers.Add("Allow", match.allow);
    return response;
  }
  return ProblemResponse(
      base::Error{.code = base::Code::kNotFound, .message = fmt::format("there is no `{}` here", request.path)},
      request.request_id);
}

void Mux::Handle(std::string_view method, std::string_view pattern, RouteHandler handler) {
  router_.Add(method, pattern, handlers_.size());
  handlers_.push_back(std::move(handler));
}

void Mux::Serve(Request request, const Responder& responder) const {
  RouteMatch match = router_.Match(request.method, request.path);
  if (match.outcome != RouteMatch::Outcome::kFound) {
    responder.Send(AnswerUnrouted(match, request));
    return;
  }
  handlers_[match.route](std::move(request), std::move(match.params), responder);
}

}  // namespace crossrole::http
