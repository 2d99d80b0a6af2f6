// SPDX-License-Identifier: Apache-2.0
#include "tenancy/tenants.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "api/body.h"
#include "api/internal/filtered_list.h"
#include "api/handlers.h"

namespace crossrole::api {
namespace {

namespace json = boost::json;

json::value TenantJson(const store::Tenant& tenant) {
  const std::string suffix = tenancy::ExternalIdSuffix(tenant);
  return json::object{{"id", tenant.id.text()},
                      {"version", tenant.version},
                      {"created_at", base::FormatRfc3339(tenant.created_at)},
                      {"updated_at", base::FormatRfc3339(tenant.updated_at)},
                      {"handle", tenant.handle.text()},
                      {"name", tenant.name},
                      {"state", tenant.state == store::TenantState::kActive ? "active" : "disabled"},
                      {"root_space", tenant.root_space.text()},
                      {"settings", json::object{{"external_id_suffix", suffix.empty() ? json::value(nullptr) : json::value(suffix)}}}};
}

base::Result<json::value> Printed(const base::Result<store::Tenant>& tenant) {
  if (!tenant) return std::unexpected(tenant.error());
  return TenantJson(*tenant);
}

std::optional<std::string> ReadSuffix(Body& body) {
  auto settings = body.Object("settings");
  if (!settings) return std::nullopt;
  auto suffix = settings->Text("external_id_suffix");
  if (const auto finished = settings->Finish(); !finished) {
    body.Refuse("settings", finished.error().message, finished.error().fix);
  }
  return suffix;
}

base::Result<tenancy::TenantWish> ReadWish(const Call& call) {
  TRY_ASSIGN(Body body, Body::Parse(call.request.body));
  tenancy::TenantWish wish{.handle = body.Text("handle").value_or(""), .name = body.Text("name"), .external_id_suffix = ReadSuffix(body)};
  TRY(body.Finish());
  return wish;
}

base::Result<tenancy::TenantChange> ReadChange(const Call& call) {
  TRY_ASSIGN(Body body, Body::Parse(call.request.body));
  tenancy::TenantChange change{.name = body.Text("name"), .state = body.Text("state"), .external_id_suffix = ReadSuffix(body)};
  TRY(body.Finish());
  TRY_ASSIGN(change.if_match, call.IfMatch());
  return change;
}

base::Result<json::value> Listed(const Services& services, const Call& call) {
  TRY_ASSIGN(const Page page, services.pages.Read(call.request, call.actor.tenant));
  TRY_ASSIGN(auto found, services.integrations.store.ReadInstallation([&](store::ReadTransaction& tx) {
    return store::ListTenants(tx, {.limit = page.limit + 1, .after = page.after});
  }));
  json::value next = nullptr;
  if (found.size() > page.limit) {
    found.pop_back();
    next = services.pages.Next(call.request, call.actor.tenant, found.back().id.text());
  }
  json::array items;
  for (const store::Tenant& tenant : found) items.push_back(TenantJson(tenant));
  return json::object{{"items", std::move(items)}, {"next_page_token", std::move(next)}};
}

}  // namespace

void CreateTenant(Services& services, Call call, Reply reply) {
  const auto wish = ReadWish(call);
  if (!wish) return reply.Fail(wish.error());
  reply.Of(201, Printed(tenancy::CreateTenant(PeoplePorts(services), call.actor, *wish)));
}

void ListTenants(Services& services, Call call, Reply reply) { reply.Of(200, Listed(services, call)); }

void ShowTenant(Services& services, Call call, Reply reply) {
  reply.Of(200, Printed(tenancy::FindTenant(PeoplePorts(services), call.params.Get("id"))));
}

void UpdateTenant(Services& services, Call call, Reply reply) {
  const auto change = ReadChange(call);
  if (!change) return reply.Fail(change.error());
  const tenancy::Ports ports = PeoplePorts(services);
  const std::string& id = call.params.Get("id");
  PreviewOrChange(
      call, reply, [&] { return tenancy::PreviewUpdateTenant(ports, id, *change); },
      [&] { return Printed(tenancy::UpdateTenant(ports, call.actor, id, *change)); });
}

void DeleteTenant(Services& services, Call call, Reply reply) {
  const auto if_match = call.IfMatch();
  if (!if_match) return reply.Fail(if_match.error());
  const tenancy::Ports ports = PeoplePorts(services);
  const std::string& id = call.params.Get("id");
  PreviewOrChange(
      call, reply, [&] { return tenancy::PreviewDeleteTenant(ports, id, *if_match); },
      [&]() -> base::Result<json::value> {
        TRY_ASSIGN(const auto consequences, tenancy::DeleteTenant(ports, call.actor, id, call.Query("confirm"), *if_match));
        // Sessions that were kept for reuse go with the integrations.
        for (const std::string& removed : consequences.removed) {
          if (removed.starts_with("int_")) services.sessions.cache.Drop(removed);
        }
        return ConsequencesJson(consequences);
      });
}

}  // namespace crossrole::api
