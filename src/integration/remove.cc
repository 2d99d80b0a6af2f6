// SPDX-License-Identifier: Apache-2.0
#include "integration/remove.h"

#include <fmt/format.h>

#include "integration/change.h"
#include "integration/find.h"
#include "integration/internal/schedule.h"
#include "store/connections.h"
#include "store/integrations.h"
#include "store/organization_tree.h"

namespace crossrole::integration {
namespace {

using base::Code;
using base::Error;
using base::Fail;

constexpr std::size_t kAllOfThem = 1'000'000;

base::Result<Consequences> ConsequencesOf(store::ReadTransaction& tx, const model::Integration& integration) {
  TRY_ASSIGN(const auto connections, store::ListConnections(tx, {.integration = integration.id}, {.limit = kAllOfThem}));
  Consequences consequences{.removed = {integration.id.text()}};
  TRY_ASSIGN(const auto folders, store::ListFolders(tx, integration.id));
  for (const store::Folder& folder : folders) consequences.removed.push_back(folder.id.text());
  for (const store::Connection& connection : connections) consequences.removed.push_back(connection.id.text());
  consequences.invalidated = {"sessions", "external_id"};
  return consequences;
}

base::Status CheckConfirmation(const model::Integration& integration, const RemoveRequest& request) {
  if (request.confirm != integration.handle.text()) {
    return Fail(Error{.code = Code::kInvalidArgument,
                      .message = "the handle must be typed to delete an integration",
                      .field = "confirm",
                      .fix = fmt::format("repeat with `confirm={}`", integration.handle.text())});
  }
  return CheckVersion(integration, request.if_match);
}

}  // namespace

base::Result<Consequences> Dependents(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle) {
  return ports.store.Read(actor.tenant, [&](store::ReadTransaction& tx) -> base::Result<Consequences> {
    TRY_ASSIGN(const model::Integration integration, Load(tx, id_or_handle));
    return ConsequencesOf(tx, integration);
  });
}

base::Result<Removed> Remove(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle,
                             const RemoveRequest& request) {
  TRY_ASSIGN(const model::Integration before, Find(ports, actor, id_or_handle));
  TRY(CheckConfirmation(before, request));
  // Where it was is known from its record only, once it is gone.
  audit::Record record = audit::RecordOf(actor, "integration.delete", before.id.text());
  record.details = fmt::format(R"({{"handle":"{}","space":"{}"}})", before.handle.text(), before.space.text());
  return audit::RecordAround(
      ports.audit, record, [&](audit::EffectReport& report) {
        report.details = record.details;
        return ports.store.Write(actor.tenant, [&](store::WriteTransaction& tx) -> base::Result<Removed> {
          TRY_ASSIGN(model::Integration integration, Load(tx, before.id.text()));
          TRY(CheckConfirmation(integration, request));
          TRY_ASSIGN(Consequences consequences, ConsequencesOf(tx, integration));
          integration.next_check_at.reset();
          TRY(ScheduleNext(tx, ports, integration));
          TRY(store::DeleteIntegration(tx, integration.id));
          return Removed{std::move(consequences), ports.clock.Now() + integration.duration};
        });
      });
}

}  // namespace crossrole::integration
