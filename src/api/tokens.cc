// SPDX-License-Identifier: Apache-2.0
#include "tenancy/tokens.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "api/body.h"
#include "api/internal/filtered_list.h"
#include "api/handlers.h"
#include "base/text.h"

namespace crossrole::api {
namespace {

namespace json = boost::json;
using tenancy::Permission;

json::value TimeOrNull(const std::optional<base::Time>& time) {
  return time ? json::value(base::FormatRfc3339(*time)) : json::value(nullptr);
}

json::value TextOrNull(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); }

json::object TokenJson(const store::Token& token, const tenancy::Caller& caller, base::Time now) {
  const bool own = token.operator_id.has_value();
  const bool administrator = token.power == store::TokenPower::kAdministrator;
  const bool expired = token.expires_at && *token.expires_at <= now;
  json::value integrations = nullptr;
  if (token.integrations) {
    integrations = json::array();
    for (const model::IntegrationId& id : *token.integrations) integrations.as_array().emplace_back(id.text());
  }
  return {{"id", token.id.text()},
          {"version", token.version},
          {"created_at", base::FormatRfc3339(token.created_at)},
          {"updated_at", base::FormatRfc3339(token.updated_at)},
          {"name", token.name},
          {"state", token.revoked_at ? "revoked" : expired ? "expired" : "active"},
          {"role", own ? json::value(nullptr) : json::value(administrator ? "installation_administrator" : token.role)},
          {"space", own || administrator ? json::value(nullptr) : json::value(token.space.value_or(caller.spaces->root()).text())},
          {"integrations", std::move(integrations)},
          {"operator", own ? json::value(token.operator_id->text()) : json::value(nullptr)},
          {"made_by", TextOrNull(token.maker)},
          {"expires_at", TimeOrNull(token.expires_at)},
          {"last_used_at", TimeOrNull(token.last_used_at)},
          {"revoked_at", TimeOrNull(token.revoked_at)}};
}

std::optional<base::Time> ReadExpiry(Body& body) {
  const auto text = body.Text("expires_at");
  if (!text) return std::nullopt;
  const auto time = base::ParseRfc3339(*text);
  if (time) return *time;
  body.Refuse("expires_at", time.error().message);
  return std::nullopt;
}

base::Result<tenancy::TokenWish> ReadWish(const Call& call) {
  TRY_ASSIGN(Body body, Body::Parse(call.request.body));
  tenancy::TokenWish wish{.name = body.Text("name").value_or(""),
                          .role = body.Text("role").value_or(""),
                          .space = ReadSpace(body, "space"),
                          .integrations = body.Texts("integrations"),
                          .expires_at = ReadExpiry(body)};
  TRY(body.Finish());
  return wish;
}

// A token of one's own has neither role nor space: those of its operator count.
base::Result<tenancy::TokenWish> ReadOwnWish(const Call& call) {
  TRY_ASSIGN(Body body, Body::Parse(call.request.body));
  tenancy::TokenWish wish{.name = body.Text("name").value_or(""),
                          .role = "",
                          .integrations = body.Texts("integrations"),
                          .expires_at = ReadExpiry(body)};
  TRY(body.Finish());
  return wish;
}

// With its text, which is shown this once.
void Answer(const Services& services, const Call& call, const Reply& reply, int status, const base::Result<tenancy::MadeToken>& made) {
  if (!made) return reply.Fail(made.error());
  json::object object = TokenJson(made->token, *call.caller, services.integrations.clock.Now());
  object["secret"] = made->text.Reveal();
  http::Response response = ObjectResponse(status, object);
  response.headers.Set("Cache-Control", "no-store");
  reply.responder().Send(std::move(response));
}

// The path names a token of the tenant: that was found out before.
model::TokenId IdOf(const Call& call) { return *model::TokenId::Parse(call.params.Get("id")); }

bool MayRead(const Call& call, const store::Token& token) {
  if (token.power == store::TokenPower::kAdministrator && !call.actor.installation_admin) return false;
  if (token.operator_id && token.operator_id == call.caller->operator_id && !call.caller->authority->integrations) return true;
  return call.caller->MayIn(token.space.value_or(call.caller->spaces->root()), Permission::kTokenRead);
}

}  // namespace

void CreateToken(Services& services, Call call, Reply reply) {
  const auto wish = ReadWish(call);
  if (!wish) return reply.Fail(wish.error());
  Answer(services, call, reply, 201, tenancy::CreateToken(PeoplePorts(services), *call.caller, *wish));
}

void CreateOwnToken(Services& services, Call call, Reply reply) {
  const auto wish = ReadOwnWish(call);
  if (!wish) return reply.Fail(wish.error());
  Answer(services, call, reply, 201, tenancy::CreateOwnToken(PeoplePorts(services), *call.caller, *wish));
}

void ListTokens(Services& services, Call call, Reply reply) {
  const auto list = [](store::ReadTransaction& tx, const store::Page& page) { return store::ListTokens(tx, page); };
  const base::Time now = services.integrations.clock.Now();
  reply.Of(200, FilteredList(services, call, list, [&](store::ReadTransaction&, const store::Token& token) -> base::Result<json::value> {
             return MayRead(call, token) ? json::value(TokenJson(token, *call.caller, now)) : json::value(nullptr);
           }));
}

void ShowToken(Services& services, Call call, Reply reply) {
  const auto token = services.integrations.store.Read(call.actor.tenant,
                                                      [&](store::ReadTransaction& tx) { return store::FindToken(tx, IdOf(call)); });
  if (!token) return reply.Fail(token.error());
  if (!*token) return reply.Fail({.code = base::Code::kNotFound, .message = "there is no token `" + IdOf(call).text() + "`"});
  reply.Object(200, TokenJson(**token, *call.caller, services.integrations.clock.Now()));
}

void RotateToken(Services& services, Call call, Reply reply) {
  Answer(services, call, reply, 200, tenancy::RotateToken(PeoplePorts(services), *call.caller, IdOf(call), {}));
}

void RevokeToken(Services& services, Call call, Reply reply) {
  const auto if_match = call.IfMatch();
  if (!if_match) return reply.Fail(if_match.error());
  PreviewOrChange(
      call, reply,
      [&]() -> base::Result<tenancy::Consequences> {
        TRY(tenancy::CheckTokenVersion(PeoplePorts(services), *call.caller, IdOf(call), *if_match));
        return tenancy::Consequences{.invalidated = {IdOf(call).text()}};
      },
      [&]() -> base::Result<json::value> {
        TRY_ASSIGN(const auto token, tenancy::RevokeToken(PeoplePorts(services), *call.caller, IdOf(call), *if_match));
        return TokenJson(token, *call.caller, services.integrations.clock.Now());
      });
}

}  // namespace crossrole::api
