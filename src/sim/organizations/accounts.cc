// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "sim/cloudformation/operations.h"
#include "sim/internal/identifiers.h"
#include "sim/internal/make_account.h"
#include "sim/organizations/access.h"

namespace crossrole::sim::organizations {
namespace {

namespace api = aws::organizations;

// How long the making of an account shows as under way.
constexpr std::chrono::milliseconds kMaking{500};

api::CreateAccountStatus ShowStatus(const Call& call, const CreateStatus& status) {
  const bool is_done = call.now() >= status.completed;
  api::CreateAccountStatus shown{.id = status.id,
                                 .account_name = status.account_name,
                                 .state = is_done ? status.state : "IN_PROGRESS",
                                 .requested_timestamp = call.Shown(status.requested)};
  if (!is_done) return shown;
  shown.completed_timestamp = call.Shown(status.completed);
  if (status.failure.empty()) {
    shown.account_id = status.account_id;
  } else {
    shown.failure_reason = status.failure;
  }
  return shown;
}

base::Result<api::CreateAccountOutput> CreateAccount(Call& call, const api::CreateAccountInput& input) {
  TRY_ASSIGN(Organization* organization, FindOrganization(call, Reach::kManagement));
  TRY_ASSIGN(Tags tags, ReadTags(input.tags));
  const auto under_way = std::ranges::count_if(organization->creations, [&](const auto& each) { return each.second.completed > call.now(); });
  if (!call.concurrency.Admits(LongWork::kAccountCreation, static_cast<std::size_t>(under_way))) {
    return Refuse("TooManyRequestsException", "You have sent too many requests in too short a period of time. Try again later.");
  }
  CreateStatus status{.id = "car-" + base::RandomText(call.random, kIdLetters, 32),
                      .account_name = input.account_name,
                      .state = "SUCCEEDED",
                      .requested = call.now(),
                      .completed = call.now() + kMaking};
  const auto& all = call.world.accounts();
  if (std::ranges::any_of(all, [&](const auto& account) { return account->email == input.email; })) {
    status.state = "FAILED";
    status.failure = "EMAIL_ALREADY_EXISTS";
  } else {
    Account& account = MakeAccount(call.world, {.name = input.account_name,
                                                .email = input.email,
                                                .partition = call.account().partition,
                                                .created = call.now(),
                                                .access_role = input.role_name.value_or("OrganizationAccountAccessRole"),
                                                .trusted_account = call.account().id},
                                   call.random);
    AddMember(*organization, account, organization->root, Joined::kCreated, call.now());
    cloudformation::FollowMembers(call, *organization);
    if (!tags.empty()) organization->tags[account.id] = std::move(tags);
    status.account_id = account.id;
  }
  api::CreateAccountOutput output{.create_account_status = ShowStatus(call, status)};
  organization->creations.emplace(status.id, std::move(status));
  return output;
}

base::Result<api::DescribeCreateAccountStatusOutput> DescribeStatus(Call& call, const api::DescribeCreateAccountStatusInput& input) {
  TRY_ASSIGN(const Organization* organization, FindOrganization(call, Reach::kDelegated));
  const auto it = organization->creations.find(input.create_account_request_id);
  if (it == organization->creations.end()) {
    return Refuse("CreateAccountStatusNotFoundException", "You specified a request ID that doesn't exist.");
  }
  return api::DescribeCreateAccountStatusOutput{.create_account_status = ShowStatus(call, it->second)};
}

base::Result<api::ListCreateAccountStatusOutput> ListStatuses(Call& call, const api::ListCreateAccountStatusInput& input) {
  TRY_ASSIGN(const Organization* organization, FindOrganization(call, Reach::kDelegated));
  std::vector<api::CreateAccountStatus> statuses;
  for (const auto& [id, status] : organization->creations) {
    api::CreateAccountStatus shown = ShowStatus(call, status);
    if (input.states.empty() || std::ranges::find(input.states, *shown.state) != input.states.end()) statuses.push_back(std::move(shown));
  }
  api::ListCreateAccountStatusOutput output;
  TRY(FillPage(FindPage, input, statuses, [](const api::CreateAccountStatus& each) { return each; }, output.create_account_statuses, output));
  return output;
}

base::Result<api::CloseAccountOutput> CloseAccount(Call& call, const api::CloseAccountInput& input) {
  TRY_ASSIGN(Organization* organization, FindOrganization(call, Reach::kManagement));
  TRY_ASSIGN(const Member* member, FindMember(*organization, input.account_id));
  if (member->account == organization->management) {
    return Refuse("ConstraintViolationException", "You can't close the management account of an organization.");
  }
  AccountState& state = member->account->state;
  if (state == AccountState::kClosed || state == AccountState::kPendingClosure || state == AccountState::kSuspended) {
    return Refuse("AccountAlreadyClosedException", "You attempted to close an account that is already closed.");
  }
  state = AccountState::kPendingClosure;
  return api::CloseAccountOutput{};
}

base::Status Remove(const Call& call, Organization& organization, Account& account) {
  if (&account == organization.management) {
    return Refuse("MasterCannotLeaveOrganizationException", "You can't remove a management account from an organization.");
  }
  if (organization.delegated.contains(account.id)) {
    return Refuse("ConstraintViolationException", "You can't remove a delegated administrator from an organization.");
  }
  RemoveMember(organization, account);
  cloudformation::FollowMembers(call, organization);
  return {};
}

base::Result<api::RemoveAccountFromOrganizationOutput> RemoveAccount(Call& call, const api::RemoveAccountFromOrganizationInput& input) {
  TRY_ASSIGN(Organization* organization, FindOrganization(call, Reach::kManagement));
  TRY_ASSIGN(const Member* member, FindMember(*organization, input.account_id));
  TRY(Remove(call, *organization, *member->account));
  return api::RemoveAccountFromOrganizationOutput{};
}

base::Result<api::LeaveOrganizationOutput> LeaveOrganization(Call& call, const api::LeaveOrganizationInput&) {
  TRY_ASSIGN(Organization* organization, FindOrganization(call, Reach::kMembers));
  TRY(Remove(call, *organization, call.account()));
  return api::LeaveOrganizationOutput{};
}

}  // namespace

void AddAccountOperations(OperationTable& table) {
  table.Add<api::CreateAccount>(OnAnything{}, CreateAccount);
  table.Add<api::DescribeCreateAccountStatus>(OnAnything{}, DescribeStatus);
  table.Add<api::ListCreateAccountStatus>(OnAnything{}, ListStatuses);
  table.Add<api::CloseAccount>(OnThing{}, CloseAccount);
  table.Add<api::RemoveAccountFromOrganization>(OnThing{}, RemoveAccount);
  table.Add<api::LeaveOrganization>(OnAnything{}, LeaveOrganization);
}

}  // namespace crossrole::sim::organizations
