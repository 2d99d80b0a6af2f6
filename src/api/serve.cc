// SPDX-License-Identifier: Apache-2.0
#include "api/serve.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "api/internal/authorise.h"
#include "api/internal/limited.h"
#include "api/body.h"
#include "api/idempotency.h"
#include "api/identify.h"
#include "api/route.h"
#include "audit/log.h"
#include "base/json.h"
#include "base/text.h"
#include "http/problem.h"
#include "http/router.h"

namespace crossrole::api {

using base::Error;

struct Api::Parts {
  Services& services;
  http::Router router;

  void Refuse(const http::Request& request, const Route& route, base::Code code, const model::Actor* actor) const;
  void Begin(const Route& route, http::Request request, http::PathParams params, const http::Responder& responder) const;
};

namespace {

Error UnknownQuery(std::string_view name, const std::vector<std::string_view>& known) {
  const std::string nearest = base::NearestName(name, known);
  return {.code = base::Code::kInvalidArgument,
          .message = fmt::format("unknown query parameter `{}`", base::Shortened(name, 80)),
          .field = std::string(base::Shortened(name, 80)),
          .fix = nearest.empty() ? "" : fmt::format("did you mean `{}`?", nearest)};
}

// A parameter that is ignored would let `?dryrun=true` delete something.
base::Status CheckQuery(const Route& route, const http::Request& request) {
  const std::vector<std::string_view> known = QueryNames(route);
  for (const auto& [name, value] : request.query) {
    if (std::ranges::find(known, name) == known.end()) return base::Fail(UnknownQuery(name, known));
  }
  return {};
}

// Whether the body is of a type that the route reads. Forms are what some clients say unasked.
bool IsTypeRead(const Route& route, const http::Request& request) {
  const auto header = request.headers.Find("Content-Type");
  if (!header || request.body.empty() || route.request_schema.starts_with("Keys")) return true;
  const std::string type = base::Lower(base::Trim(header->substr(0, header->find(';'))));
  return type.empty() || type == "application/json" || type.ends_with("+json") || type == "application/x-www-form-urlencoded";
}

http::Response WrongType(const http::Request& request) {
  return http::ProblemResponse(415,
                               {.code = base::Code::kInvalidArgument,
                                .message = "the body must be JSON",
                                .reason = "unsupported_media_type",
                                .field = "Content-Type",
                                .fix = "send it as application/json"},
                               request.request_id);
}

// Routes without a body still refuse one that says something: it would be ignored.
base::Status CheckNoBody(const Route& route, const http::Request& request) {
  if (!route.request_schema.empty() || request.body.empty()) return {};
  TRY_ASSIGN(Body body, Body::Parse(request.body));
  return body.Finish();
}

// Whether a text holds the id of an AWS access key, with nothing around it that would make it part of another word.
bool HoldsAccessKey(std::string_view text) {
  constexpr std::size_t kIdSize = 20;
  const auto is_part = [&](std::size_t at) { return at < text.size() && (std::isalnum(static_cast<unsigned char>(text[at])) != 0 || text[at] == '_' || text[at] == '-'); };
  for (const std::string_view prefix : {"AKIA", "ASIA"}) {
    for (std::size_t at = text.find(prefix); at != std::string_view::npos; at = text.find(prefix, at + 1)) {
      const std::string_view id = text.substr(at, kIdSize);
      const bool is_id = id.size() == kIdSize && std::ranges::all_of(id, [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '2' && c <= '7'); });
      if (is_id && !is_part(at + kIdSize) && (at == 0 || !is_part(at - 1))) return true;
    }
  }
  return false;
}

// Roles, not keys (CAA-001): what is stored here could keep one that somebody put into a name or a policy.
base::Status CheckNoKeys(const Route& route, const http::Request& request) {
  if (route.request_schema.starts_with("Keys") || !HoldsAccessKey(request.body)) return {};
  return base::Fail(Error{.code = base::Code::kInvalidArgument,
                          .message = "the body holds the id of an AWS access key, and this route takes none",
                          .reason = "key.unexpected",
                          .fix = "leave it out; only quickstart and offboard use a key, once, and forget it"});
}

// The answer to a request whose form is wrong, whatever it says; nothing for one that is right.
std::optional<http::Response> CheckForm(const Route& route, const http::Request& request) {
  if (!IsTypeRead(route, request)) return WrongType(request);
  if (const auto checked = CheckQuery(route, request); !checked) return http::ProblemResponse(checked.error(), request.request_id);
  if (const auto checked = CheckNoKeys(route, request); !checked) return http::ProblemResponse(checked.error(), request.request_id);
  if (const auto checked = CheckNoBody(route, request); !checked) return http::ProblemResponse(checked.error(), request.request_id);
  return std::nullopt;
}

tenancy::Presented PresentedBy(const http::Request& request) {
  return {.authorization = request.headers.Find("Authorization").value_or(""),
          .tenant_header = request.headers.Find("Crossrole-Tenant")};
}

// Nothing is recorded of these: whoever asks too often shall not cost the disk anything.
Error TooOften(std::string_view who, std::string_view reason, std::chrono::seconds wait) {
  return {.code = base::Code::kThrottled,
          .message = fmt::format("too many requests {}", who),
          .reason = std::string(reason),
          .fix = fmt::format("wait {} s", wait.count()),
          .retry_after = wait};
}

}  // namespace

// Refused attempts are part of the record, but nobody waits for the disk because of them.
void Api::Parts::Refuse(const http::Request& request, const Route& route, base::Code code, const model::Actor* actor) const {
  audit::Record record{.action = "auth.refused",
                       .target = fmt::format("{} {}", route.method, route.pattern),
                       .outcome = audit::Outcome::kRefused,
                       .reason = std::string(base::FactsOf(code).name),
                       .request_id = request.request_id,
                       .remote = request.remote_address,
                       .trace = request.traceparent};
  if (actor != nullptr) {
    record.tenant = actor->tenant;
    record.actor = actor->id;
  }
  services.integrations.audit.Append(std::move(record), [](base::Status) {});
}

void Api::Parts::Begin(const Route& route, http::Request request, http::PathParams params,
                       const http::Responder& responder) const {
  const Reply reply(responder);
  if (route.permission == tenancy::Permission::kPublic) {
    const auto nobody = model::TenantId::Parse("t_00000000000000000000000000");
    // Probes of health may say more than we read.
    auto refusal = route.method == "GET" ? std::nullopt : CheckForm(route, request);
    if (refusal) {
      responder.Send(*std::move(refusal));
      return;
    }
    return route.handle(services, {.request = std::move(request), .params = std::move(params), .actor = {.tenant = *nobody}},
                        reply);
  }
  auto caller = Identify(services, request);
  if (!caller) {
    Refuse(request, route, caller.error().code, nullptr);
    return reply.Fail(caller.error());
  }
  caller->actor.remote = request.remote_address;
  caller->actor.request_id = request.request_id;
  caller->actor.traceparent = request.traceparent;
  if (const auto wait = services.limits.by_token.Take(caller->actor.id)) {
    return reply.Fail(TooOften("with this token", "limits.token", *wait));
  }
  tenancy::RecordUse(services.authentication, *caller);
  const model::Actor actor = caller->actor;
  Call call{.request = std::move(request),
            .params = std::move(params),
            .actor = actor,
            .caller = std::make_shared<const tenancy::Caller>(*std::move(caller))};
  const auto authorisation = Authorise(services, route, call);
  if (!authorisation) return reply.Fail(authorisation.error());
  if (authorisation->refusal != Refusal::kNone) {
    if (authorisation->refusal != Refusal::kNotFound) Refuse(call.request, route, base::Code::kPermissionDenied, &actor);
    return reply.Fail(authorisation->error);
  }
  if (auto refusal = CheckForm(route, call.request)) {
    responder.Send(*std::move(refusal));
    return;
  }
  if (route.replay == Replay::kByKey) return HandleOnce(services, route, std::move(call), responder);
  route.handle(services, std::move(call), reply);
}

Api::Api(Services& services) : parts_(std::make_unique<Parts>(Parts{services, {}})) {
  const auto routes = Routes();
  for (std::size_t i = 0; i < routes.size(); ++i) parts_->router.Add(routes[i].method, routes[i].pattern, i);
}

Api::~Api() = default;

std::string Api::TurnKey(const http::Request& request) const {
  const tenancy::Presented presented = PresentedBy(request);
  const auto caller = tenancy::Recognise(parts_->services.authentication, presented);
  if (caller) return caller->actor.tenant.text();
  return request.remote_address + "|" + std::string(presented.authorization.substr(0, 40));
}

void Api::Serve(http::Request request, http::Responder responder) {
  if (IsLimited(request.path)) {
    if (const auto wait = parts_->services.limits.by_address.TakeAddress(request.remote_address)) {
      responder.Send(http::ProblemResponse(TooOften("from this address", "limits.address", *wait), request.request_id));
      return;
    }
  }
  http::RouteMatch match = parts_->router.Match(request.method, request.path);
  if (match.outcome != http::RouteMatch::Outcome::kFound) {
    responder.Send(http::AnswerUnrouted(match, request));
    return;
  }
  const Route& route = Routes()[match.route];
  http::Dispatcher::Ticket ticket{.lane = route.lane, .key = request.turn_key};
  parts_->services.dispatcher.Run(
      std::move(ticket), std::move(request), std::move(responder),
      [this, &route, params = std::move(match.params)](http::Request taken, const http::Responder& answer) {
        parts_->Begin(route, std::move(taken), params, answer);
      });
}

}  // namespace crossrole::api
