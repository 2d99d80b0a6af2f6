// SPDX-License-Identifier: Apache-2.0
#include "tenancy/operators.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "api/body.h"
#include "api/handlers.h"
#include "api/operator_json.h"
#include "api/services.h"

namespace crossrole::api {
namespace {

namespace json = boost::json;

json::array ToArray(const std::vector<std::string>& texts) {
  json::array array;
  for (const std::string& text : texts) array.emplace_back(text);
  return array;
}

json::value ToJson(const tenancy::OperatorConsequences& consequences) {
  return json::object{{"renamed", json::array()},
                      {"removed", ToArray(consequences.removed)},
                      {"invalidated", ToArray(consequences.invalidated)},
                      {"dependents", json::array()}};
}

std::optional<base::Secret> ReadPassword(Body& body) {
  auto text = body.Text("password");
  return text ? std::optional<base::Secret>(*std::move(text)) : std::nullopt;
}

base::Result<json::value> Created(const Services& services, const Call& call) {
  TRY_ASSIGN(Body body, Body::Parse(call.request.body));
  tenancy::OperatorRequest request{.name = body.Text("name").value_or(""),
                                   .email = body.Text("email").value_or(""),
                                   .password = ReadPassword(body),
                                   .disabled = body.Boolean("disabled").value_or(false)};
  TRY(body.Finish());
  TRY_ASSIGN(const store::Operator person, tenancy::CreateOperator(services.sign_in.operators, *call.caller, std::move(request)));
  return OperatorJson(person);
}

base::Result<json::value> Listed(const Services& services, const Call& call) {
  TRY_ASSIGN(const Page page, services.pages.Read(call.request, call.actor.tenant));
  TRY_ASSIGN(auto found, services.integrations.store.Read(call.actor.tenant, [&](store::ReadTransaction& tx) {
    return store::ListOperators(tx, {.limit = page.limit + 1, .after = page.after});
  }));
  json::value next = nullptr;
  if (found.size() > page.limit) {
    found.erase(found.begin() + static_cast<std::ptrdiff_t>(page.limit), found.end());
    next = services.pages.Next(call.request, call.actor.tenant, found.back().id.text());
  }
  json::array items;
  for (const store::Operator& person : found) items.push_back(OperatorJson(person));
  return json::object{{"items", std::move(items)}, {"next_page_token", std::move(next)}};
}

base::Result<json::value> Updated(const Services& services, const Call& call) {
  TRY_ASSIGN(const auto if_match, call.IfMatch());
  TRY_ASSIGN(const bool dry_run, call.Flag("dry_run"));
  TRY_ASSIGN(Body body, Body::Parse(call.request.body));
  tenancy::OperatorChange change{.name = body.Text("name"),
                                 .email = body.Text("email"),
                                 .password = ReadPassword(body),
                                 .disabled = body.Boolean("disabled"),
                                 .if_match = if_match};
  TRY(body.Finish());
  if (dry_run) {
    TRY_ASSIGN(const tenancy::OperatorConsequences consequences,
               tenancy::PreviewUpdateOperator(services.sign_in.operators, *call.caller, call.params.Get("id"), change));
    return ToJson(consequences);
  }
  TRY_ASSIGN(const store::Operator person,
             tenancy::UpdateOperator(services.sign_in.operators, *call.caller, call.params.Get("id"), std::move(change)));
  return OperatorJson(person);
}

base::Result<json::value> Deleted(const Services& services, const Call& call) {
  TRY_ASSIGN(const auto if_match, call.IfMatch());
  TRY_ASSIGN(const bool dry_run, call.Flag("dry_run"));
  const std::string& id = call.params.Get("id");
  TRY_ASSIGN(const tenancy::OperatorConsequences consequences,
             dry_run ? tenancy::PreviewDeleteOperator(services.sign_in.operators, *call.caller, id, if_match)
                     : tenancy::DeleteOperator(services.sign_in.operators, *call.caller, id, if_match));
  return ToJson(consequences);
}

}  // namespace

json::object OperatorJson(const store::Operator& person) {
  const auto time = [](const std::optional<base::Time>& at) { return at ? json::value(base::FormatRfc3339(*at)) : json::value(nullptr); };
  return {{"id", person.id.text()},
          {"name", person.name},
          {"email", person.email},
          {"disabled", person.disabled},
          {"has_password", !person.password_hash.empty()},
          {"provider", person.subject ? json::value(person.subject->provider) : json::value(nullptr)},
          {"last_sign_in_at", time(person.last_sign_in_at)},
          {"version", person.version},
          {"created_at", base::FormatRfc3339(person.created_at)},
          {"updated_at", base::FormatRfc3339(person.updated_at)}};
}

void CreateOperator(Services& services, Call call, Reply reply) { reply.Of(201, Created(services, call)); }

void ListOperators(Services& services, Call call, Reply reply) { reply.Of(200, Listed(services, call)); }

void ShowOperator(Services& services, Call call, Reply reply) {
  const auto person = tenancy::FindOperator(services.sign_in.operators, *call.caller, call.params.Get("id"));
  if (!person) return reply.Fail(person.error());
  reply.Object(200, OperatorJson(*person));
}

void UpdateOperator(Services& services, Call call, Reply reply) { reply.Of(200, Updated(services, call)); }

void DeleteOperator(Services& services, Call call, Reply reply) { reply.Of(200, Deleted(services, call)); }

void SignOutOperator(Services& services, Call call, Reply reply) {
  const auto ended = tenancy::SignOutOperator(services.sign_in.operators, *call.caller, call.params.Get("id"));
  if (!ended) return reply.Fail(ended.error());
  reply.Json(200, json::object{{"ended", *ended}});
}

}  // namespace crossrole::api
