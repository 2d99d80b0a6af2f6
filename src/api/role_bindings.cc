// SPDX-License-Identifier: Apache-2.0
#include "tenancy/role_bindings.h"

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

json::value BindingJson(const store::RoleBinding& binding) {
  const bool person = binding.principal.starts_with("op_");
  return json::object{{"id", binding.id.text()},
                      {"version", binding.version},
                      {"created_at", base::FormatRfc3339(binding.created_at)},
                      {"updated_at", base::FormatRfc3339(binding.updated_at)},
                      {"operator", person ? json::value(binding.principal) : json::value(nullptr)},
                      {"token", person ? json::value(nullptr) : json::value(binding.principal)},
                      {"role", binding.role},
                      {"space", binding.space.text()}};
}

base::Result<tenancy::BindingWish> ReadWish(const Call& call) {
  TRY_ASSIGN(Body body, Body::Parse(call.request.body));
  tenancy::BindingWish wish{.operator_id = body.Text("operator"),
                            .token = body.Text("token"),
                            .role = body.Text("role").value_or(""),
                            .space = ReadSpace(body, "space")};
  TRY(body.Finish());
  return wish;
}

base::Result<json::value> Listed(const Services& services, const Call& call) {
  TRY_ASSIGN(const auto person, call.Parsed("operator", model::OperatorId::Parse));
  TRY_ASSIGN(const auto token, call.Parsed("token", model::TokenId::Parse));
  TRY_ASSIGN(const auto space, call.Parsed("space", model::SpaceId::Parse));
  if (person && token) {
    return base::Fail(base::Error{.code = base::Code::kInvalidArgument, .message = "say `operator` or `token`, not both", .field = "token"});
  }
  const store::RoleBindingFilter filter{.principal = person ? person->text() : token ? token->text() : std::string_view(),
                                        .space = space ? space->text() : std::string_view()};
  const auto list = [&](store::ReadTransaction& tx, const store::Page& page) { return store::ListRoleBindings(tx, filter, page); };
  return FilteredList(services, call, list, [&](store::ReadTransaction&, const store::RoleBinding& binding) -> base::Result<json::value> {
    return call.caller->MayIn(binding.space, Permission::kRoleBindingRead) ? BindingJson(binding) : json::value(nullptr);
  });
}

// The path names a binding of the tenant: that was found out before.
model::RoleBindingId IdOf(const Call& call) { return *model::RoleBindingId::Parse(call.params.Get("id")); }

}  // namespace

void CreateRoleBinding(Services& services, Call call, Reply reply) {
  const auto wish = ReadWish(call);
  if (!wish) return reply.Fail(wish.error());
  const auto binding = tenancy::Bind(PeoplePorts(services), *call.caller, *wish);
  if (!binding) return reply.Fail(binding.error());
  reply.Object(201, BindingJson(*binding));
}

void ListRoleBindings(Services& services, Call call, Reply reply) { reply.Of(200, Listed(services, call)); }

void ShowRoleBinding(Services& services, Call call, Reply reply) {
  const auto binding = services.integrations.store.Read(
      call.actor.tenant, [&](store::ReadTransaction& tx) { return store::FindRoleBinding(tx, IdOf(call)); });
  if (!binding) return reply.Fail(binding.error());
  if (!*binding) return reply.Fail({.code = base::Code::kNotFound, .message = "there is no role binding `" + IdOf(call).text() + "`"});
  reply.Object(200, BindingJson(**binding));
}

void DeleteRoleBinding(Services& services, Call call, Reply reply) {
  const auto if_match = call.IfMatch();
  if (!if_match) return reply.Fail(if_match.error());
  const tenancy::Consequences consequences{.removed = {IdOf(call).text()}};
  PreviewOrChange(
      call, reply, [&]() -> base::Result<tenancy::Consequences> {
        TRY(tenancy::CheckUnbind(PeoplePorts(services), *call.caller, IdOf(call), *if_match));
        return consequences;
      },
      [&]() -> base::Result<json::value> {
        TRY(tenancy::Unbind(PeoplePorts(services), *call.caller, IdOf(call), *if_match));
        return ConsequencesJson(consequences);
      });
}

}  // namespace crossrole::api
