// SPDX-License-Identifier: Apache-2.0
#include "api/internal/about.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/json.h"
#include "jobs/payload.h"
#include "store/connections.h"
#include "store/integrations.h"
#include "store/organization_tree.h"
#include "store/people/role_bindings.h"
#include "store/people/spaces.h"
#include "store/people/tokens.h"

namespace crossrole::api {

using Place = std::optional<tenancy::Target>;

namespace {

// Whose records say, in words of ours, where it was. Others may have details of the same name that mean something else.
bool LeavesWord(std::string_view target) {
  return target == "integration" || target == "connection" || target == "folder" || target == "space" || target == "role_binding";
}

}  // namespace

std::optional<model::IntegrationId> IntegrationOf(const store::Job& job) {
  const auto id = model::IntegrationId::Parse(jobs::IntegrationIn(job));
  return id ? std::optional(*id) : std::nullopt;
}

base::Result<Place> About::Of(const std::string& id) {
  if (const auto found = known_.find(id); found != known_.end()) return found->second;
  TRY_ASSIGN(const Place place, Look(id));
  known_.emplace(id, place);
  return place;
}

base::Result<Place> About::Of(const audit::Record& record) {
  TRY_ASSIGN(Place place, Of(record.target));
  if (place || !LeavesWord(record.action.facts().target)) return place;
  const auto details = base::ParseJson(record.details);
  if (!details || !details->is_object()) return Place();
  if (const auto* integration = details->get_object().if_contains("integration"); integration != nullptr && integration->is_string()) {
    TRY_ASSIGN(place, Of(std::string(integration->get_string())));
    if (place) return place;
  }
  const auto* space = details->get_object().if_contains("space");
  if (space == nullptr || !space->is_string()) return Place();
  TRY_ASSIGN(place, Of(std::string(space->get_string())));
  // Tokens for some integrations only are told of theirs.
  if (const auto integration = model::IntegrationId::Parse(record.target); place && integration) place->integration = *integration;
  return place;
}

base::Result<Place> About::Of(const store::Job& job) {
  const auto integration = IntegrationOf(job);
  if (!integration) return Place();
  return Of(integration->text());
}

base::Result<Place> About::OfIntegration(const model::IntegrationId& id) {
  TRY_ASSIGN(const auto integration, store::FindIntegration(tx_, id));
  if (!integration) return Place();
  return Place({.space = integration->space, .integration = integration->id});
}

base::Result<Place> About::Look(std::string_view id) {
  if (const auto integration = model::IntegrationId::Parse(id)) return OfIntegration(*integration);
  if (const auto space = model::SpaceId::Parse(id)) {
    TRY_ASSIGN(const auto found, store::FindSpace(tx_, *space));
    return found ? Place({.space = found->id}) : Place();
  }
  if (const auto connection = model::ConnectionId::Parse(id)) {
    TRY_ASSIGN(const auto found, store::FindConnection(tx_, *connection));
    if (!found) return Place();
    return OfIntegration(found->integration);
  }
  if (const auto folder = model::FolderId::Parse(id)) {
    TRY_ASSIGN(const auto found, store::FindFolder(tx_, *folder));
    if (!found) return Place();
    return OfIntegration(found->integration);
  }
  if (const auto binding = model::RoleBindingId::Parse(id)) {
    TRY_ASSIGN(const auto found, store::FindRoleBinding(tx_, *binding));
    return found ? Place({.space = found->space}) : Place();
  }
  if (const auto token = model::TokenId::Parse(id)) {
    TRY_ASSIGN(const auto found, store::FindToken(tx_, *token));
    return found && found->space ? Place({.space = *found->space}) : Place();
  }
  if (const auto job = model::JobId::Parse(id)) {
    TRY_ASSIGN(const auto found, store::FindJob(tx_, *job));
    if (!found) return Place();
    return Of(*found);
  }
  return Place();
}

}  // namespace crossrole::api
