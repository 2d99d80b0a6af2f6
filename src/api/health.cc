// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "api/handlers.h"
#include "api/openapi.h"
#include "api/services.h"
#include "audit/log.h"
#include "base/json.h"
#include "integration/aws_access.h"
#include "store/people/tenants.h"
#include "tenancy/principals/principals.h"

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
  // Whose they are is not told to everybody: the log says more.
  for (const model::Partition partition : services.integrations.aws.WithoutIdentity()) {
    warnings.emplace_back(fmt::format("the AWS identity of this server is not the one that customers of partition {} trust, or is not known: nothing is minted there",
                                      model::FactsOf(partition).name));
  }
  for (const std::string& warning : services.warnings()) warnings.emplace_back(warning);
  json::object body{{"ready", ready}, {"checks", std::move(checks)}, {"warnings", std::move(warnings)}};
  reply.Json(ready ? 200 : 503, body);
}

// From what authentication knew already: nothing is read for it.
void ShowSelf(Services&, Call call, Reply reply) {
  const tenancy::Caller& caller = *call.caller;
  const auto kind = tenancy::PrincipalKindOf(caller.actor.id);
  reply.Json(200, json::object{{"id", caller.actor.id},
                               {"kind", tenancy::FactsOf(kind.value_or(tenancy::PrincipalKind::kToken)).name},
                               {"role", caller.actor.installation_admin ? json::value("administrator") : RoleName(caller)},
                               {"installation_administrator", caller.actor.installation_admin},
                               {"tenant", json::object{{"id", caller.actor.tenant.text()},
                                                       {"handle", caller.tenant_handle},
                                                       {"name", caller.tenant_name},
                                                       {"root_space", caller.spaces->root().text()}}}});
}

void ShowOpenApi(Services& services, Call, Reply reply) { reply.Json(200, OpenApi(services.version)); }

}  // namespace crossrole::api
