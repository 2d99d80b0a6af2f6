// SPDX-License-Identifier: Apache-2.0
#include "tenancy/roles.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "api/body.h"
#include "api/handlers.h"
#include "api/internal/filtered_list.h"
#include "base/text.h"
#include "store/people/tenants.h"

namespace crossrole::api {
namespace {

namespace json = boost::json;

json::value RoleJson(const store::Role& role) {
  return json::object{{"id", role.id.text()},
                      {"version", role.version},
                      {"created_at", base::FormatRfc3339(role.created_at)},
                      {"updated_at", base::FormatRfc3339(role.updated_at)},
                      {"name", role.name},
                      {"actions", json::array(role.permissions.begin(), role.permissions.end())},
                      {"built_in", false}};
}

// As old as the tenant, and never changed.
json::value RoleJson(const tenancy::BuiltInRole& role, const store::Tenant& tenant) {
  const auto names = role.permissions.Names();
  return json::object{{"id", role.name},
                      {"version", 1},
                      {"created_at", base::FormatRfc3339(tenant.created_at)},
                      {"updated_at", base::FormatRfc3339(tenant.created_at)},
                      {"name", role.name},
                      {"actions", json::array(names.begin(), names.end())},
                      {"built_in", true}};
}

base::Result<json::value> Printed(const base::Result<store::Role>& role) {
  if (!role) return std::unexpected(role.error());
  return RoleJson(*role);
}

base::Result<json::value> Shown(store::ReadTransaction& tx, const std::string& text) {
  if (const auto* role = tenancy::FindBuiltInRole(text)) {
    TRY_ASSIGN(const store::Tenant tenant, store::OwnTenant(tx));
    return RoleJson(*role, tenant);
  }
  std::optional<store::Role> found;
  if (const auto id = model::RoleId::Parse(text)) {
    TRY_ASSIGN(found, store::FindRole(tx, *id));
  } else {
    TRY_ASSIGN(found, store::FindRoleByName(tx, text));
  }
  if (found) return RoleJson(*found);
  return base::Fail(base::Code::kNotFound, "there is no role `" + std::string(base::Shortened(text, 80)) + "`");
}

base::Result<json::value> Listed(const Services& services, const Call& call) {
  TRY_ASSIGN(const Page page, services.pages.Read(call.request, call.actor.tenant));
  return services.integrations.store.Read(call.actor.tenant, [&](store::ReadTransaction& tx) -> base::Result<json::value> {
    TRY_ASSIGN(const store::Tenant tenant, store::OwnTenant(tx));
    // One list, in the order of ids: those of built-in roles come before `role_…` where they are smaller.
    std::vector<std::pair<std::string, json::value>> all;
    for (const tenancy::BuiltInRole& role : tenancy::BuiltInRoles()) all.emplace_back(role.name, RoleJson(role, tenant));
    store::Page part{.limit = store::kLongPage};
    while (true) {
      TRY_ASSIGN(const auto found, store::ListRoles(tx, part));
      for (const store::Role& role : found) all.emplace_back(role.id.text(), RoleJson(role));
      if (found.size() < part.limit) break;
      part.after = found.back().id.text();
    }
    std::ranges::sort(all, {}, &std::pair<std::string, json::value>::first);
    json::array items;
    std::string last;
    json::value next = nullptr;
    for (auto& [id, item] : all) {
      if (id <= page.after) continue;
      if (items.size() == page.limit) {
        next = services.pages.Next(call.request, call.actor.tenant, last);
        break;
      }
      items.push_back(std::move(item));
      last = id;
    }
    return json::object{{"items", std::move(items)}, {"next_page_token", std::move(next)}};
  });
}

base::Result<tenancy::RoleChange> ReadRole(const Call& call) {
  TRY_ASSIGN(Body body, Body::Parse(call.request.body));
  tenancy::RoleChange change{.name = body.Text("name"), .actions = body.Texts("actions")};
  TRY(body.Finish());
  TRY_ASSIGN(change.if_match, call.IfMatch());
  return change;
}

}  // namespace

void CreateRole(Services& services, Call call, Reply reply) {
  const auto wish = ReadRole(call);
  if (!wish) return reply.Fail(wish.error());
  reply.Of(201, Printed(tenancy::CreateRole(PeoplePorts(services), *call.caller, wish->name.value_or(""),
                                            wish->actions.value_or(std::vector<std::string>()))));
}

void ListRoles(Services& services, Call call, Reply reply) { reply.Of(200, Listed(services, call)); }

void ShowRole(Services& services, Call call, Reply reply) {
  reply.Of(200, services.integrations.store.Read(
                    call.actor.tenant, [&](store::ReadTransaction& tx) { return Shown(tx, call.params.Get("id")); }));
}

void UpdateRole(Services& services, Call call, Reply reply) {
  const auto change = ReadRole(call);
  if (!change) return reply.Fail(change.error());
  const tenancy::Ports ports = PeoplePorts(services);
  const std::string& id = call.params.Get("id");
  // Whoever has the role is whom the change concerns.
  PreviewOrChange(
      call, reply,
      [&]() -> base::Result<tenancy::Consequences> {
        TRY_ASSIGN(tenancy::Consequences consequences, tenancy::PreviewDeleteRole(ports, *call.caller, id, change->if_match));
        consequences.removed.clear();
        return consequences;
      },
      [&] { return Printed(tenancy::UpdateRole(ports, *call.caller, id, *change)); });
}

void DeleteRole(Services& services, Call call, Reply reply) {
  const auto if_match = call.IfMatch();
  if (!if_match) return reply.Fail(if_match.error());
  const tenancy::Ports ports = PeoplePorts(services);
  const std::string& id = call.params.Get("id");
  PreviewOrChange(
      call, reply, [&] { return tenancy::PreviewDeleteRole(ports, *call.caller, id, *if_match); },
      [&]() -> base::Result<json::value> {
        TRY_ASSIGN(const auto consequences, tenancy::DeleteRole(ports, *call.caller, id, *if_match));
        return ConsequencesJson(consequences);
      });
}

}  // namespace crossrole::api
