// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "sim/cloudformation/operations.h"
#include "sim/organizations/access.h"

namespace crossrole::sim::organizations {
namespace {

namespace api = aws::organizations;


base::Status CheckName(const Organization& organization, const Unit& parent, std::string_view name) {
  const bool taken = std::ranges::any_of(parent.units, [&](const std::string& id) { return organization.units.find(id)->second.name == name; });
  if (!taken) return {};
  return Refuse("DuplicateOrganizationalUnitException", "An OU with the same name already exists.");
}

base::Result<api::CreateOrganizationalUnitOutput> CreateUnit(Call& call, const api::CreateOrganizationalUnitInput& input) {
  TRY_ASSIGN(Organization* organization, FindOrganization(call, Reach::kManagement));
  TRY_ASSIGN(const Unit* parent, FindParent(*organization, input.parent_id));
  TRY(CheckName(*organization, *parent, input.name));
  TRY_ASSIGN(Tags tags, ReadTags(input.tags));
  if (organization->LineOf(parent->id).size() > kDeepest) {
    return Refuse("ConstraintViolationException", "You have exceeded the allowed organizational unit depth.");
  }
  const Unit& unit = AddUnit(*organization, input.parent_id, input.name, call.random);
  if (!tags.empty()) organization->tags[unit.id] = std::move(tags);
  return api::CreateOrganizationalUnitOutput{.organizational_unit = ShowUnit(*organization, unit)};
}

base::Result<api::DescribeOrganizationalUnitOutput> DescribeUnit(Call& call, const api::DescribeOrganizationalUnitInput& input) {
  TRY_ASSIGN(Organization* organization, FindOrganization(call, Reach::kDelegated));
  TRY_ASSIGN(const Unit* unit, FindUnit(*organization, input.organizational_unit_id));
  return api::DescribeOrganizationalUnitOutput{.organizational_unit = ShowUnit(*organization, *unit)};
}

base::Result<api::UpdateOrganizationalUnitOutput> UpdateUnit(Call& call, const api::UpdateOrganizationalUnitInput& input) {
  TRY_ASSIGN(Organization* organization, FindOrganization(call, Reach::kManagement));
  TRY_ASSIGN(Unit* unit, FindUnit(*organization, input.organizational_unit_id));
  if (input.name && *input.name != unit->name) {
    TRY(CheckName(*organization, organization->units.find(unit->parent)->second, *input.name));
    unit->name = *input.name;
  }
  return api::UpdateOrganizationalUnitOutput{.organizational_unit = ShowUnit(*organization, *unit)};
}

base::Result<api::DeleteOrganizationalUnitOutput> DeleteUnit(Call& call, const api::DeleteOrganizationalUnitInput& input) {
  TRY_ASSIGN(Organization* organization, FindOrganization(call, Reach::kManagement));
  TRY_ASSIGN(const Unit* unit, FindUnit(*organization, input.organizational_unit_id));
  if (!unit->accounts.empty() || !unit->units.empty()) {
    return Refuse("OrganizationalUnitNotEmptyException", "The specified OU is not empty.");
  }
  const std::string id = unit->id;
  std::erase(organization->units.find(unit->parent)->second.units, id);
  organization->attached.erase(id);
  organization->tags.erase(id);
  organization->units.erase(id);
  return api::DeleteOrganizationalUnitOutput{};
}

base::Result<api::MoveAccountOutput> MoveAccount(Call& call, const api::MoveAccountInput& input) {
  TRY_ASSIGN(Organization* organization, FindOrganization(call, Reach::kManagement));
  TRY_ASSIGN(Member* member, FindMember(*organization, input.account_id));
  const auto source = organization->units.find(input.source_parent_id);
  if (source == organization->units.end() || member->parent != input.source_parent_id) {
    return Refuse("SourceParentNotFoundException", "You specified a source parent that doesn't exist.");
  }
  const auto destination = organization->units.find(input.destination_parent_id);
  if (destination == organization->units.end()) {
    return Refuse("DestinationParentNotFoundException", "You specified a destination parent that doesn't exist.");
  }
  if (source == destination) {
    return Refuse("DuplicateAccountException", "That account is already present in the specified destination.");
  }
  std::erase(source->second.accounts, input.account_id);
  destination->second.accounts.push_back(input.account_id);
  member->parent = input.destination_parent_id;
  cloudformation::FollowMembers(call, *organization);
  return api::MoveAccountOutput{};
}

}  // namespace

void AddUnitOperations(OperationTable& table) {
  table.Add<api::CreateOrganizationalUnit>(OnThing{}, CreateUnit);
  table.Add<api::DescribeOrganizationalUnit>(OnThing{}, DescribeUnit);
  table.Add<api::UpdateOrganizationalUnit>(OnThing{}, UpdateUnit);
  table.Add<api::DeleteOrganizationalUnit>(OnThing{}, DeleteUnit);
  table.Add<api::MoveAccount>(OnThing{}, MoveAccount);
}

}  // namespace crossrole::sim::organizations
