// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "sim/organizations/access.h"

namespace crossrole::sim::organizations {
namespace {

namespace api = aws::organizations;

base::Status CheckService(std::string_view principal) {
  if (principal.ends_with(".amazonaws.com")) return {};
  return Refuse("InvalidInputException", "You specified an unrecognized service principal.");
}

base::Result<api::EnableAWSServiceAccessOutput> EnableService(Call& call, const api::EnableAWSServiceAccessInput& input) {
  TRY_ASSIGN(Organization* organization, FindOrganization(call, Reach::kManagement));
  TRY(CheckService(input.service_principal));
  organization->trusted_services.emplace(input.service_principal, call.now());
  return api::EnableAWSServiceAccessOutput{};
}

base::Result<api::DisableAWSServiceAccessOutput> DisableService(Call& call, const api::DisableAWSServiceAccessInput& input) {
  TRY_ASSIGN(Organization* organization, FindOrganization(call, Reach::kManagement));
  TRY(CheckService(input.service_principal));
  organization->trusted_services.erase(input.service_principal);
  return api::DisableAWSServiceAccessOutput{};
}

base::Result<api::ListAWSServiceAccessForOrganizationOutput> ListServices(Call& call, const api::ListAWSServiceAccessForOrganizationInput& input) {
  TRY_ASSIGN(const Organization* organization, FindOrganization(call, Reach::kDelegated));
  std::vector<api::EnabledServicePrincipal> services;
  for (const auto& [principal, since] : organization->trusted_services) {
    services.push_back({.service_principal = principal, .date_enabled = call.Shown(since)});
  }
  api::ListAWSServiceAccessForOrganizationOutput output;
  TRY(FillPage(FindPage, input, services, [](const auto& each) { return each; }, output.enabled_service_principals, output));
  return output;
}

base::Result<api::RegisterDelegatedAdministratorOutput> Register(Call& call, const api::RegisterDelegatedAdministratorInput& input) {
  TRY_ASSIGN(Organization* organization, FindOrganization(call, Reach::kManagement));
  TRY_ASSIGN(const Member* member, FindMember(*organization, input.account_id));
  TRY(CheckService(input.service_principal));
  if (member->account == organization->management) {
    return Refuse("ConstraintViolationException", "You can't register the management account as a delegated administrator.");
  }
  auto& services = organization->delegated[input.account_id];
  if (!services.emplace(input.service_principal, call.now()).second) {
    return Refuse("AccountAlreadyRegisteredException", "The provided account is already a delegated administrator for your organization.");
  }
  organization->trusted_services.emplace(input.service_principal, call.now());
  return api::RegisterDelegatedAdministratorOutput{};
}

base::Result<api::DeregisterDelegatedAdministratorOutput> Deregister(Call& call, const api::DeregisterDelegatedAdministratorInput& input) {
  TRY_ASSIGN(Organization* organization, FindOrganization(call, Reach::kManagement));
  TRY(FindMember(*organization, input.account_id));
  const auto delegated = organization->delegated.find(input.account_id);
  if (delegated == organization->delegated.end() || delegated->second.erase(input.service_principal) == 0) {
    return Refuse("AccountNotRegisteredException", "The account isn't a delegated administrator for the service.");
  }
  if (delegated->second.empty()) organization->delegated.erase(delegated);
  return api::DeregisterDelegatedAdministratorOutput{};
}

base::Result<api::ListDelegatedAdministratorsOutput> ListAdministrators(Call& call, const api::ListDelegatedAdministratorsInput& input) {
  TRY_ASSIGN(const Organization* organization, FindOrganization(call, Reach::kDelegated));
  std::vector<api::DelegatedAdministrator> administrators;
  for (const auto& [id, services] : organization->delegated) {
    if (input.service_principal && !services.contains(*input.service_principal)) continue;
    const api::Account account = ShowAccount(call, *organization, organization->members.find(id)->second);
    const auto first = std::ranges::min_element(services, {}, [](const auto& each) { return each.second; });
    administrators.push_back({.id = account.id,
                              .arn = account.arn,
                              .email = account.email,
                              .name = account.name,
                              .status = account.status,
                              .state = account.state,
                              .joined_method = account.joined_method,
                              .joined_timestamp = account.joined_timestamp,
                              .delegation_enabled_date = call.Shown(first->second)});
  }
  api::ListDelegatedAdministratorsOutput output;
  TRY(FillPage(FindPage, input, administrators, [](const auto& each) { return each; }, output.delegated_administrators, output));
  return output;
}

base::Result<api::ListDelegatedServicesForAccountOutput> ListServicesOf(Call& call, const api::ListDelegatedServicesForAccountInput& input) {
  TRY_ASSIGN(Organization* organization, FindOrganization(call, Reach::kDelegated));
  TRY(FindMember(*organization, input.account_id));
  const auto delegated = organization->delegated.find(input.account_id);
  if (delegated == organization->delegated.end()) {
    return Refuse("AccountNotRegisteredException", "The account isn't a delegated administrator.");
  }
  std::vector<api::DelegatedService> services;
  for (const auto& [principal, since] : delegated->second) {
    services.push_back({.service_principal = principal, .delegation_enabled_date = call.Shown(since)});
  }
  api::ListDelegatedServicesForAccountOutput output;
  TRY(FillPage(FindPage, input, services, [](const auto& each) { return each; }, output.delegated_services, output));
  return output;
}

}  // namespace

void AddDelegationOperations(OperationTable& table) {
  table.Add<api::EnableAWSServiceAccess>(OnThing{}, EnableService);
  table.Add<api::DisableAWSServiceAccess>(OnThing{}, DisableService);
  table.Add<api::ListAWSServiceAccessForOrganization>(OnAnything{}, ListServices);
  table.Add<api::RegisterDelegatedAdministrator>(OnThing{}, Register);
  table.Add<api::DeregisterDelegatedAdministrator>(OnThing{}, Deregister);
  table.Add<api::ListDelegatedAdministrators>(OnThing{}, ListAdministrators);
  table.Add<api::ListDelegatedServicesForAccount>(OnThing{}, ListServicesOf);
}

}  // namespace crossrole::sim::organizations
