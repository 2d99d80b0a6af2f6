// SPDX-License-Identifier: Apache-2.0
#include "sim/organizations/access.h"

namespace crossrole::sim::organizations {
namespace {

namespace api = aws::organizations;

base::Result<api::CreateOrganizationOutput> CreateOrganization(Call& call, const api::CreateOrganizationInput& input) {
  if (call.account().organization != nullptr) {
    return Refuse("AlreadyInOrganizationException", "The AWS account is already a member of an organization.");
  }
  if (input.feature_set.value_or("ALL") != "ALL") {
    return Refuse("InvalidInputException", "The simulation makes organizations with all features only.");
  }
  const Organization& made = MakeOrganization(call.world, call.account(), call.random, call.now());
  return api::CreateOrganizationOutput{.organization = ShowOrganization(made)};
}

base::Result<api::DescribeOrganizationOutput> DescribeOrganization(Call& call, const api::DescribeOrganizationInput&) {
  TRY_ASSIGN(const Organization* organization, FindOrganization(call, Reach::kMembers));
  return api::DescribeOrganizationOutput{.organization = ShowOrganization(*organization)};
}

base::Result<api::ListAccountsOutput> ListAccounts(Call& call, const api::ListAccountsInput& input) {
  TRY_ASSIGN(const Organization* organization, FindOrganization(call, Reach::kDelegated));
  std::vector<const Member*> members;
  members.reserve(organization->members.size());
  for (const auto& [id, member] : organization->members) members.push_back(&member);
  api::ListAccountsOutput output;
  TRY(FillPage(FindPage, input, members, [&](const Member* member) { return ShowAccount(call, *organization, *member); }, output.accounts, output));
  return output;
}

base::Result<api::DescribeAccountOutput> DescribeAccount(Call& call, const api::DescribeAccountInput& input) {
  TRY_ASSIGN(Organization* organization, FindOrganization(call, Reach::kDelegated));
  TRY_ASSIGN(const Member* member, FindMember(*organization, input.account_id));
  return api::DescribeAccountOutput{.account = ShowAccount(call, *organization, *member)};
}

base::Result<api::ListRootsOutput> ListRoots(Call& call, const api::ListRootsInput& input) {
  TRY_ASSIGN(const Organization* organization, FindOrganization(call, Reach::kDelegated));
  api::ListRootsOutput output;
  TRY(FillPage(FindPage, input, std::vector{organization}, [](const Organization* each) { return ShowRoot(*each); }, output.roots, output));
  return output;
}

base::Result<api::ListAccountsForParentOutput> ListAccountsForParent(Call& call, const api::ListAccountsForParentInput& input) {
  TRY_ASSIGN(Organization* organization, FindOrganization(call, Reach::kDelegated));
  TRY_ASSIGN(const Unit* parent, FindParent(*organization, input.parent_id));
  api::ListAccountsForParentOutput output;
  TRY(FillPage(FindPage, input, parent->accounts,
               [&](const std::string& id) { return ShowAccount(call, *organization, organization->members.find(id)->second); },
               output.accounts, output));
  return output;
}

base::Result<api::ListOrganizationalUnitsForParentOutput> ListUnitsForParent(Call& call,
                                                                             const api::ListOrganizationalUnitsForParentInput& input) {
  TRY_ASSIGN(Organization* organization, FindOrganization(call, Reach::kDelegated));
  TRY_ASSIGN(const Unit* parent, FindParent(*organization, input.parent_id));
  api::ListOrganizationalUnitsForParentOutput output;
  TRY(FillPage(FindPage, input, parent->units,
               [&](const std::string& id) { return ShowUnit(*organization, organization->units.find(id)->second); },
               output.organizational_units, output));
  return output;
}

base::Result<api::ListChildrenOutput> ListChildren(Call& call, const api::ListChildrenInput& input) {
  TRY_ASSIGN(Organization* organization, FindOrganization(call, Reach::kDelegated));
  TRY_ASSIGN(const Unit* parent, FindParent(*organization, input.parent_id));
  const bool accounts = input.child_type == "ACCOUNT";
  api::ListChildrenOutput output;
  TRY(FillPage(FindPage, input, accounts ? parent->accounts : parent->units,
               [&](const std::string& id) { return api::Child{.id = id, .type = input.child_type}; }, output.children, output));
  return output;
}

base::Result<api::ListParentsOutput> ListParents(Call& call, const api::ListParentsInput& input) {
  TRY_ASSIGN(Organization* organization, FindOrganization(call, Reach::kDelegated));
  std::string parent;
  if (const auto member = organization->members.find(input.child_id); member != organization->members.end()) {
    parent = member->second.parent;
  } else if (const auto unit = organization->units.find(input.child_id); unit != organization->units.end()) {
    parent = unit->second.parent;
  }
  if (parent.empty()) {
    return Refuse("ChildNotFoundException", "You specified a child that doesn't exist.");
  }
  const bool is_root = parent == organization->root;
  return api::ListParentsOutput{.parents = {{.id = parent, .type = is_root ? "ROOT" : "ORGANIZATIONAL_UNIT"}}};
}

}  // namespace

void AddDescribeOperations(OperationTable& table) {
  table.Add<api::CreateOrganization>(OnAnything{}, CreateOrganization);
  table.Add<api::DescribeOrganization>(OnAnything{}, DescribeOrganization);
  table.Add<api::ListAccounts>(OnAnything{}, ListAccounts);
  table.Add<api::DescribeAccount>(OnThing{}, DescribeAccount);
  table.Add<api::ListRoots>(OnAnything{}, ListRoots);
  table.Add<api::ListAccountsForParent>(OnThing{}, ListAccountsForParent);
  table.Add<api::ListOrganizationalUnitsForParent>(OnThing{}, ListUnitsForParent);
  table.Add<api::ListChildren>(OnThing{}, ListChildren);
  table.Add<api::ListParents>(OnThing{}, ListParents);
}

}  // namespace crossrole::sim::organizations
