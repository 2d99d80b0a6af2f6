// SPDX-License-Identifier: Apache-2.0
#include "integration/update.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/text.h"
#include "integration/capabilities.h"
#include "base/json.h"
#include "integration/change.h"
#include "integration/create.h"
#include "integration/describe.h"
#include "integration/find.h"
#include "integration/internal/blueprint.h"
#include "integration/internal/role_specification.h"
#include "integration/internal/schedule.h"
#include "store/connections.h"
#include "store/organization/defaults.h"
#include "tenancy/spaces.h"

namespace crossrole::integration {
namespace {

using base::Code;
using base::Error;
using base::Fail;
using model::Integration;

// What a verification proves: another value of one of these has not been proven yet.
bool NeedsVerification(const Integration& before, const Integration& after) {
  return before.region != after.region || before.session_tags != after.session_tags ||
         before.source_identity != after.source_identity || before.capabilities != after.capabilities ||
         before.duration != after.duration;
}

// What counts in an organization as a whole is nothing that other integrations have.
base::Status CheckDefaults(const UpdateRequest& request, const Integration& integration) {
  const std::string_view name = request.settings ? "settings" : request.share ? "permissions" : "";
  if (name.empty() || integration.kind == model::IntegrationKindOf::kOrganization) return {};
  return Fail(Error{.code = Code::kInvalidArgument,
                    .message = fmt::format("`{}` belongs to integrations of kind `organization`", name),
                    .field = std::string(name)});
}

// Another kind, if one is asked for.
base::Status EditKind(const UpdateRequest& request, Integration& integration, base::Time now) {
  const auto before = integration.kind;
  if (request.kind) TRY(ChangeKind(integration, *request.kind, now));
  // What it gets with another kind was asked for when it was of that one: somebody was faster.
  if (request.organization.has_value() != (before != integration.kind)) return Fail(StaleVersion());
  return {};
}

base::Status WriteDefaults(store::WriteTransaction& tx, const Ports& ports, const UpdateRequest& request, const Integration& integration) {
  if (request.organization) TRY(WriteOrganizationParts(tx, ports, integration, *request.organization));
  if (request.settings) TRY(store::PutDefaultSettings(tx, integration.id, *request.settings));
  if (request.share) TRY(store::PutShare(tx, integration.id, integration.id.text(), *request.share));
  return {};
}

std::string DefaultsDetails(const UpdateRequest& request) {
  boost::json::object details;
  if (request.settings) {
    const auto settings = base::ParseJson(*request.settings);
    details["settings"] = settings ? *settings : boost::json::value(nullptr);
  }
  if (request.share) details["permissions"] = ToJson(*request.share);
  if (request.organization) {
    details["kind"] = model::NameOf(model::IntegrationKindOf::kOrganization);
    details["kind_before"] = model::NameOf(model::IntegrationKindOf::kAccount);
  }
  return base::PrintJson(details);
}

base::Status Edited(const UpdateRequest& request, Integration& integration, base::Time now) {
  TRY(EditKind(request, integration, now));
  TRY(CheckDefaults(request, integration));
  if (request.handle) {
    TRY_ASSIGN(integration.handle, model::Handle::Parse(*request.handle));
  }
  if (request.name) integration.name = *request.name;
  TRY(model::CheckName(integration.name, "name"));
  if (request.space) {
    const auto space = model::SpaceId::Parse(*request.space);
    if (!space) {
      return Fail(Error{.code = Code::kInvalidArgument,
                        .message = fmt::format("there is no space `{}`", base::Shortened(*request.space, 80)),
                        .field = "space"});
    }
    integration.space = *space;
  }
  integration.owners = request.owners.value_or(integration.owners);
  integration.labels = request.labels.value_or(integration.labels);
  TRY(CheckLabels(integration.labels));
  integration.capabilities = request.capabilities.value_or(integration.capabilities);
  CompleteCapabilities(integration);
  TRY(CheckCapabilities(integration.capabilities));
  integration.role.managed_policy_arns = request.managed_policy_arns.value_or(integration.role.managed_policy_arns);
  TRY(CheckRoleSpecification(integration.role, integration.partition, integration.account_id));
  if (request.capabilities || request.managed_policy_arns) TRY(CheckPolicies(integration));
  integration.duration = request.duration.value_or(integration.duration);
  integration.region = request.region.value_or(integration.region);
  integration.regions = request.regions.value_or(integration.regions);
  integration.session_tags = request.session_tags.value_or(integration.session_tags);
  integration.source_identity = request.source_identity.value_or(integration.source_identity);
  integration.autoattach = request.autoattach.value_or(integration.autoattach);
  return CheckSessionSettings(integration);
}

// Role and external ID stay, and go on to give sessions until an import takes the connection over; then that needs the role of members.
base::Status AddKindChange(const Ports& ports, const Integration& after, const OrganizationWish& wish, Consequences& consequences) {
  TRY(MakeMemberAccess(after, wish.member, ports.random));
  consequences.invalidated = {"verification", "setup", "sessions"};
  TRY_ASSIGN(const auto connections, ports.store.Read(after.tenant, [&](store::ReadTransaction& tx) {
    return store::ListConnections(tx, {.integration = after.id});
  }));
  for (const store::Connection& connection : connections) consequences.dependents.push_back(connection.id.text());
  return {};
}

}  // namespace

base::Result<Integration> Update(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle,
                                 const UpdateRequest& request) {
  return Apply(ports, actor, id_or_handle,
               {.action = "integration.update",
                .event = "integration.updated",
                .message = "settings were changed",
                .if_match = request.if_match,
                .check = [&](store::ReadTransaction& tx, const Integration& before, const Integration& after) -> base::Status {
                  TRY(CheckOwners(tx, actor, before.owners, after.owners));
                  if (before.space == after.space) return {};
                  return tenancy::CheckMove(tx, after.id, before.space, after.space, ports.clock.Now());
                },
                .also = [&](store::WriteTransaction& tx, const Integration& after) { return WriteDefaults(tx, ports, request, after); },
                .details = DefaultsDetails(request)},
               [&](Integration& integration) -> base::Status {
                 const Integration before = integration;
                 TRY(Edited(request, integration, ports.clock.Now()));
                 if (before.kind != integration.kind) return {};
                 const bool proven = integration.state != model::IntegrationState::kPending &&
                                     integration.state != model::IntegrationState::kDisabled;
                 if (!NeedsVerification(before, integration) || !proven) return {};
                 // A change of region makes what was proven worthless (contract: verifying); the rest is checked
                 // again while minting goes on.
                 if (before.region != integration.region) Settle(integration, ports.clock.Now());
                 integration.next_check_at = ports.clock.Now();
                 return {};
               });
}

base::Result<Consequences> PreviewUpdate(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle,
                                         const UpdateRequest& request) {
  TRY_ASSIGN(const Integration before, Find(ports, actor, id_or_handle));
  TRY(CheckVersion(before, request.if_match));
  Integration after = before;
  TRY(Edited(request, after, ports.clock.Now()));
  Consequences consequences;
  if (before.space != after.space) {
    TRY_ASSIGN(consequences.dependents, ports.store.Read(actor.tenant, [&](store::ReadTransaction& tx) {
      return tenancy::LostByMove(tx, after.id, before.space, after.space, ports.clock.Now());
    }));
  }
  if (before.handle != after.handle) consequences.renamed = {before.handle.text() + " -> " + after.handle.text()};
  if (before.kind != after.kind) {
    TRY(AddKindChange(ports, after, *request.organization, consequences));
    return consequences;
  }
  if (NeedsVerification(before, after)) consequences.invalidated = {"verification"};
  if (before.capabilities != after.capabilities || before.role.managed_policy_arns != after.role.managed_policy_arns) {
    consequences.invalidated.emplace_back("setup");
  }
  return consequences;
}

boost::json::value ToJson(const Consequences& consequences) {
  const auto list = [](const std::vector<std::string>& texts) { return boost::json::array(texts.begin(), texts.end()); };
  return boost::json::object{{"renamed", list(consequences.renamed)},
                             {"removed", list(consequences.removed)},
                             {"invalidated", list(consequences.invalidated)},
                             {"dependents", list(consequences.dependents)}};
}

}  // namespace crossrole::integration
