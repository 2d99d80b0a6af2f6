// SPDX-License-Identifier: Apache-2.0
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "api/handlers.h"
#include "api/openapi.h"
#include "api/services.h"
#include "audit/log.h"
#include "base/json.h"
#include "integration/aws_access.h"
#include "store/tenants.h"

namespace crossrole::api {

namespace json = boost::json;

namespace {

// The first role, which is a token's own; an operator without any has none.
json::value RoleName(const tenancy::Caller& caller) {
  if (caller.authority->grants.empty()) return nullptr;
  return json::value(caller.authority->grants.front().role);
}

}  // namespace

void ShowHealth(Services& services, Call, Reply reply) {
  reply.Json(200, json::object{{"status", "ok"}, {"version", services.version}});
}

void ShowReadiness(Services& services, Call, Reply reply) {
  json::object checks;
  bool ready = services.ready();
  checks["accepting"] = ready;
  const auto audit = services.integrations.audit.Health();
  checks["audit"] = audit ? json::value(true) : json::value(audit.error().message);
  const auto store = services.integrations.store.ReadInstallation(
      [](store::ReadTransaction& tx) { return store::ListTenants(tx, {.limit = 1}); });
  checks["store"] = store ? json::value(true) : json::value(store.error().message);
  ready = ready && audit.has_value() && store.has_value();
  json::array warnings;
  if (services.integrations.settings.negative_probes == integration::NegativeProbes::kOff) {
    warnings.emplace_back("negative probes are off: the server works against an emulator");
  }
  json::object body{{"ready", ready}, {"checks", std::move(checks)}, {"warnings", std::move(warnings)}};
  reply.Json(ready ? 200 : 503, body);
}

void ShowSelf(Services& services, Call call, Reply reply) {
  const auto tenant = services.integrations.store.Read(call.actor.tenant,
                                                       [](store::ReadTransaction& tx) { return store::OwnTenant(tx); });
  if (!tenant) return reply.Fail(tenant.error());
  reply.Json(200, json::object{{"id", call.actor.id},
                               {"role", call.actor.installation_admin ? json::value("administrator") : RoleName(*call.caller)},
                               {"installation_administrator", call.actor.installation_admin},
                               {"tenant", json::object{{"id", tenant->id.text()},
                                                       {"handle", tenant->handle.text()},
                                                       {"name", tenant->name},
                                                       {"root_space", tenant->root_space.text()}}}});
}

void ShowOpenApi(Services& services, Call, Reply reply) { reply.Json(200, OpenApi(services.version)); }

}  // namespace crossrole::api
