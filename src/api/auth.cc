// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <memory>
#include <utility>

#include "api/body.h"
#include "api/handlers.h"
#include "api/identify.h"
#include "api/operator_json.h"
#include "api/services.h"
#include "base/json.h"
#include "store/people/tokens.h"
#include "tenancy/sign_in.h"
#include "tenancy/token.h"

namespace crossrole::api {
namespace {

namespace json = boost::json;
using base::Code;
using base::Error;
using base::Fail;

// Source: RFC 8693, section 3.
constexpr std::string_view kJwt = "urn:ietf:params:oauth:token-type:jwt";
constexpr std::string_view kIdToken = "urn:ietf:params:oauth:token-type:id_token";

base::Result<tenancy::SignInAttempt> ReadAttempt(const Call& call) {
  TRY_ASSIGN(Body body, Body::Parse(call.request.body));
  tenancy::SignInAttempt attempt{.tenant = body.Text("tenant").value_or(std::string(model::kDefaultTenantHandle)),
                                 .email = body.Text("email").value_or(""),
                                 .remote = call.request.remote_address,
                                 .request_id = call.request.request_id,
                                 .traceparent = call.request.traceparent};
  if (auto password = body.Text("password")) attempt.password = base::Secret(*std::move(password));
  const std::string way = body.Text("way").value_or("cookie");
  if (way == "token") attempt.way = tenancy::SignInWay::kToken;
  if (way != "token" && way != "cookie") body.Refuse("way", "`way` must be `cookie` or `token`");
  for (const char* member : {"email", "password"}) {
    if (!body.Has(member)) body.Refuse(member, "`" + std::string(member) + "` is missing");
  }
  TRY(body.Finish());
  return attempt;
}

void AnswerSignedIn(const Services& services, const http::Request& request, const tenancy::SignedIn& signed_in, const Reply& reply) {
  json::object body{{"operator", OperatorJson(signed_in.person)}, {"expires_at", base::FormatRfc3339(signed_in.expires_at)}};
  http::Response response;
  if (signed_in.session) {
    const std::string_view text = signed_in.session->text.Reveal();
    body["csrf_token"] = std::string(tenancy::CsrfTokenOf(text).Reveal());
    response.headers.Add("Set-Cookie", SessionCookie(services, request, text));
  } else {
    body["token"] = std::string(signed_in.token.Reveal());
  }
  http::Response answer = http::JsonResponse(200, base::PrintJson(body));
  for (const http::Header& header : response.headers.lines()) answer.headers.Add(header.name, header.value);
  answer.headers.Set("Cache-Control", "no-store");
  reply.responder().Send(std::move(answer));
}

// The rest of a sign-in waits for the disk, and so must leave the thread of passwords.
void Continue(Services& services, http::Request request, tenancy::PendingSignIn pending, bool is_right, const Reply& reply) {
  const std::string key = request.remote_address;
  const auto state = std::make_shared<std::pair<http::Request, tenancy::PendingSignIn>>(std::move(request), std::move(pending));
  const bool queued = services.dispatcher.TryRun({.lane = http::Lane::kBlocking, .key = key}, [&services, state, is_right, reply] {
    const auto signed_in = tenancy::FinishSignIn(services.sign_in, std::move(state->second), is_right);
    if (!signed_in) return reply.Fail(signed_in.error());
    AnswerSignedIn(services, state->first, *signed_in, reply);
  });
  if (!queued) reply.Fail({.code = Code::kUnavailable, .message = "too many requests wait", .retry_after = std::chrono::seconds(1)});
}

Error NotAnOperator() {
  return {.code = Code::kFailedPrecondition,
          .message = "only an operator who signed in can do this; this token stands for itself",
          .reason = "sign_in.not_an_operator"};
}

}  // namespace

void SignIn(Services& services, Call call, Reply reply) {
  if (const auto checked = CheckOrigin(services, call.request); !checked) return reply.Fail(checked.error());
  auto attempt = ReadAttempt(call);
  base::Wipe(call.request.body);
  if (!attempt) return reply.Fail(attempt.error());
  const auto request = std::make_shared<http::Request>(std::move(call.request));
  const auto begun = tenancy::BeginSignIn(services.sign_in, *std::move(attempt),
                                          [&services, request, reply](tenancy::PendingSignIn pending, bool is_right) {
                                            Continue(services, std::move(*request), std::move(pending), is_right, reply);
                                          });
  if (!begun) reply.Fail(begun.error());
}

void ShowSession(Services& services, Call call, Reply reply) {
  const auto presented = PresentedSessionOf(services, call.request);
  if (call.caller->token || !presented) return reply.Fail(NotAnOperator());
  const auto found = tenancy::AuthenticateBrowser(services.authentication, services.sign_in.life, *presented);
  if (!found) return reply.Fail(found.error());
  const auto person = tenancy::FindOperator(services.sign_in.operators, *call.caller, call.caller->operator_id->text());
  if (!person) return reply.Fail(person.error());
  const base::Time idle_at = found->session.last_used_at + services.sign_in.life.idle;
  const json::object body{{"operator", OperatorJson(*person)},
                          {"csrf_token", std::string(presented->csrf.Reveal())},
                          {"expires_at", base::FormatRfc3339(found->session.expires_at)},
                          {"idle_expires_at", base::FormatRfc3339(std::min(idle_at, found->session.expires_at))}};
  reply.SecretJson(200, base::PrintJson(body));
}

void SignOut(Services& services, Call call, Reply reply) {
  if (!call.caller->operator_id) return reply.Fail(NotAnOperator());
  http::Response response = http::JsonResponse(200, base::PrintJson(json::object{{"ended", 1}}));
  if (call.caller->token) {
    const base::Time now = services.sign_in.operators.clock.Now();
    const auto revoked = audit::RecordAround(
        services.sign_in.operators.audit, audit::RecordOf(call.actor, "auth.sign_out", call.actor.id),
        [&](audit::EffectReport&) -> base::Result<bool> {
          TRY(services.integrations.store.Write(call.caller->token->home, [&](store::WriteTransaction& tx) {
            return store::RevokeToken(tx, call.caller->token->id, now);
          }));
          return true;
        });
    if (!revoked) return reply.Fail(revoked.error());
  } else {
    const auto presented = PresentedSessionOf(services, call.request);
    if (!presented) return reply.Fail(presented.error());
    const auto done = tenancy::SignOut(services.sign_in, *call.caller, presented->id);
    if (!done) return reply.Fail(done.error());
    response.headers.Add("Set-Cookie", SessionCookie(services, call.request, ""));
  }
  reply.responder().Send(std::move(response));
}

void SignOutEverywhere(Services& services, Call call, Reply reply) {
  if (!call.caller->operator_id) return reply.Fail(NotAnOperator());
  const auto ended = tenancy::SignOutOperator(services.sign_in.operators, *call.caller, call.caller->operator_id->text());
  if (!ended) return reply.Fail(ended.error());
  http::Response response = http::JsonResponse(200, base::PrintJson(json::object{{"ended", *ended}}));
  if (!call.caller->token) response.headers.Add("Set-Cookie", SessionCookie(services, call.request, ""));
  reply.responder().Send(std::move(response));
}

void ChangePassword(Services& services, Call call, Reply reply) {
  auto body = Body::Parse(call.request.body);
  base::Wipe(call.request.body);
  if (!body) return reply.Fail(body.error());
  tenancy::PasswordChange change;
  if (auto text = body->Text("current_password")) change.current = base::Secret(*std::move(text));
  if (auto text = body->Text("new_password")) change.wanted = base::Secret(*std::move(text));
  for (const char* member : {"current_password", "new_password"}) {
    if (!body->Has(member)) body->Refuse(member, "`" + std::string(member) + "` is missing");
  }
  if (const auto finished = body->Finish(); !finished) return reply.Fail(finished.error());
  if (!call.caller->operator_id) return reply.Fail(NotAnOperator());
  const auto changed = tenancy::ChangeOwnPassword(services.sign_in, *call.caller, std::move(change));
  if (!changed) return reply.Fail(changed.error());
  http::Response response = http::JsonResponse(200, base::PrintJson(json::object{{"ended", 1}}));
  if (!call.caller->token) response.headers.Add("Set-Cookie", SessionCookie(services, call.request, ""));
  reply.responder().Send(std::move(response));
}

void ExchangeToken(Services& services, Call call, Reply reply) {
  auto body = Body::Parse(call.request.body);
  base::Wipe(call.request.body);
  if (!body) return reply.Fail(body.error());
  tenancy::ExchangeAttempt attempt{.remote = call.request.remote_address,
                                   .request_id = call.request.request_id,
                                   .traceparent = call.request.traceparent};
  if (auto text = body->Text("subject_token")) attempt.token = base::Secret(*std::move(text));
  if (attempt.token.empty()) body->Refuse("subject_token", "`subject_token` is missing");
  const std::string type = body->Text("subject_token_type").value_or(std::string(kJwt));
  if (type != kJwt && type != kIdToken) body->Refuse("subject_token_type", "`subject_token_type` must be that of a JWT or an ID token");
  if (const auto finished = body->Finish(); !finished) return reply.Fail(finished.error());
  const auto exchanged = tenancy::ExchangeToken(services.exchange, std::move(attempt));
  if (!exchanged) return reply.Fail(exchanged.error());
  const auto left = exchanged->expires_at - services.exchange.clock.Now();
  reply.SecretJson(200, base::PrintJson(json::object{{"access_token", std::string(exchanged->text.Reveal())},
                                                     {"issued_token_type", "urn:ietf:params:oauth:token-type:access_token"},
                                                     {"token_type", "Bearer"},
                                                     {"expires_in", std::chrono::ceil<std::chrono::seconds>(left).count()},
                                                     {"expires_at", base::FormatRfc3339(exchanged->expires_at)},
                                                     {"id", exchanged->id.text()}}));
}

}  // namespace crossrole::api
