// SPDX-License-Identifier: Apache-2.0
#include "sim/iam/entities.h"
#include "sim/iam/extras.h"
#include "sim/iam/operations.h"
#include "sim/internal/identifiers.h"
#include "sim/organizations/organization.h"

namespace crossrole::sim::iam {
namespace {

namespace api = aws::iam;

// The issuer is a route of the simulation itself, so that whoever gets a token can check it.
base::Result<api::EnableOutboundWebIdentityFederationOutput> EnableOutbound(Call& call, const api::EnableOutboundWebIdentityFederationInput&) {
  AccountExtras& extras = ExtrasOf(call.account());
  if (extras.outbound) return Refuse("FeatureEnabled", "Outbound web identity federation is already enabled");
  extras.outbound = true;
  if (extras.outbound_issuer.empty()) extras.outbound_issuer = "http://" + call.host + "/outbound/" + MakeUuid(call.random);
  return api::EnableOutboundWebIdentityFederationOutput{.issuer_identifier = extras.outbound_issuer};
}

base::Result<api::DisableOutboundWebIdentityFederationOutput> DisableOutbound(Call& call, const api::DisableOutboundWebIdentityFederationInput&) {
  AccountExtras& extras = ExtrasOf(call.account());
  if (!extras.outbound) return Refuse("FeatureDisabled", "Outbound web identity federation is not enabled");
  extras.outbound = false;
  return api::DisableOutboundWebIdentityFederationOutput{};
}

base::Result<api::GetOutboundWebIdentityFederationInfoOutput> GetOutbound(Call& call, const api::GetOutboundWebIdentityFederationInfoInput&) {
  const AccountExtras& extras = ExtrasOf(std::as_const(call.account()));
  if (!extras.outbound) return Refuse("FeatureDisabled", "Outbound web identity federation is not enabled");
  return api::GetOutboundWebIdentityFederationInfoOutput{.issuer_identifier = extras.outbound_issuer, .jwt_vending_enabled = true};
}

// The organization over whose members' roots the caller decides.
base::Result<organizations::Organization*> FindOrganization(const Call& call) {
  organizations::Organization* organization = call.account().organization;
  if (organization == nullptr) {
    return Refuse("OrganizationNotFoundException", "The account is not a member of an organization");
  }
  if (organization->management == &call.account()) return organization;
  const auto delegated = organization->delegated.find(call.account().id);
  if (delegated != organization->delegated.end() && delegated->second.contains("iam.amazonaws.com")) return organization;
  return Refuse("AccountNotManagementOrDelegatedAdministratorException",
                "The account is neither the management account nor a delegated administrator of IAM");
}

template <typename Output>
Output ShowFeatures(const organizations::Organization& organization) {
  return {.organization_id = organization.id, .enabled_features = {organization.root_features.begin(), organization.root_features.end()}};
}

enum class Switch : bool { kOff, kOn };

template <typename Output>
base::Result<Output> SetFeature(const Call& call, std::string_view feature, Switch wanted) {
  TRY_ASSIGN(organizations::Organization* organization, FindOrganization(call));
  if (!organization->trusted_services.contains("iam.amazonaws.com")) {
    return Refuse("ServiceAccessNotEnabledException", "Trusted access for IAM is not enabled in the organization");
  }
  if (wanted == Switch::kOn) {
    organization->root_features.emplace(feature);
  } else {
    organization->root_features.erase(std::string(feature));
  }
  return ShowFeatures<Output>(*organization);
}

base::Result<api::EnableOrganizationsRootSessionsOutput> EnableSessions(Call& call, const api::EnableOrganizationsRootSessionsInput&) {
  return SetFeature<api::EnableOrganizationsRootSessionsOutput>(call, "RootSessions", Switch::kOn);
}
base::Result<api::DisableOrganizationsRootSessionsOutput> DisableSessions(Call& call, const api::DisableOrganizationsRootSessionsInput&) {
  return SetFeature<api::DisableOrganizationsRootSessionsOutput>(call, "RootSessions", Switch::kOff);
}
base::Result<api::EnableOrganizationsRootCredentialsManagementOutput> EnableCredentials(
    Call& call, const api::EnableOrganizationsRootCredentialsManagementInput&) {
  return SetFeature<api::EnableOrganizationsRootCredentialsManagementOutput>(call, "RootCredentialsManagement", Switch::kOn);
}
base::Result<api::DisableOrganizationsRootCredentialsManagementOutput> DisableCredentials(
    Call& call, const api::DisableOrganizationsRootCredentialsManagementInput&) {
  return SetFeature<api::DisableOrganizationsRootCredentialsManagementOutput>(call, "RootCredentialsManagement", Switch::kOff);
}

base::Result<api::ListOrganizationsFeaturesOutput> ListFeatures(Call& call, const api::ListOrganizationsFeaturesInput&) {
  TRY_ASSIGN(const organizations::Organization* organization, FindOrganization(call));
  return ShowFeatures<api::ListOrganizationsFeaturesOutput>(*organization);
}

}  // namespace

void AddFederationSwitches(OperationTable& table) {
  table.Add<api::EnableOutboundWebIdentityFederation>(OnAnything{}, EnableOutbound);
  table.Add<api::DisableOutboundWebIdentityFederation>(OnAnything{}, DisableOutbound);
  table.Add<api::GetOutboundWebIdentityFederationInfo>(OnAnything{}, GetOutbound);
  table.Add<api::EnableOrganizationsRootSessions>(OnAnything{}, EnableSessions);
  table.Add<api::DisableOrganizationsRootSessions>(OnAnything{}, DisableSessions);
  table.Add<api::EnableOrganizationsRootCredentialsManagement>(OnAnything{}, EnableCredentials);
  table.Add<api::DisableOrganizationsRootCredentialsManagement>(OnAnything{}, DisableCredentials);
  table.Add<api::ListOrganizationsFeatures>(OnAnything{}, ListFeatures);
}

}  // namespace crossrole::sim::iam
