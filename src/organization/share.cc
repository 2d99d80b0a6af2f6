// SPDX-License-Identifier: Apache-2.0
#include "organization/share.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "audit/log.h"

namespace crossrole::organization {
namespace {

std::string DetailsOf(const model::IntegrationId& integration, const store::Share& share) {
  std::string list;
  for (const model::SpaceId& space : share.spaces) list += (list.empty() ? "\"" : ",\"") + space.text() + "\"";
  return fmt::format(R"({{"integration":"{}","changes":["permissions_changed"],"spaces":{}}})", integration.text(),
                     share.all ? R"("all")" : "[" + list + "]");
}

base::Status Put(const integration::Ports& ports, const model::TenantId& tenant, audit::Record record, const model::IntegrationId& integration,
                 const store::Share& share) {
  const std::string node = record.target;
  return audit::RecordAround(ports.audit, std::move(record), [&](audit::EffectReport& report) -> base::Status {
    report.details = DetailsOf(integration, share);
    return ports.store.Write(tenant, [&](store::WriteTransaction& tx) { return store::PutShare(tx, integration, node, share); });
  });
}

}  // namespace

base::Status ShareConnection(const integration::Ports& ports, const model::Actor& actor, const store::Connection& connection,
                             const store::Share& share) {
  if (!connection.folder) {
    return base::Fail(base::Error{.code = base::Code::kFailedPrecondition,
                                  .message = "the connection of an account is where its integration is",
                                  .reason = "connection.managed",
                                  .fix = "move the integration, or give roles in its space"});
  }
  return Put(ports, actor.tenant, audit::RecordOf(actor, "connection.update", connection.id.text()), connection.integration, share);
}

base::Status ShareFolder(const integration::Ports& ports, const model::Actor& actor, const store::Folder& folder, const store::Share& share) {
  return Put(ports, actor.tenant, audit::RecordOf(actor, "folder.update", folder.id.text()), folder.integration, share);
}

}  // namespace crossrole::organization
