// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <optional>
#include <string>

#include "aws/account.h"
#include "sim/account_management/operations.h"
#include "sim/internal/refuse.h"
#include "sim/organizations/access.h"
#include "sim/organizations/organization.h"

namespace crossrole::sim::account_management {
namespace {

namespace api = aws::account;
using organizations::Organization;

constexpr std::string_view kPrincipal = "account.amazonaws.com";

// The caller's own account, or one of its organization. Source: AWS Account Management User Guide, "API operations on
// member accounts"; Service Authorization Reference, "AWS Account Management".
Ask AskFor(const Call& call, const std::optional<std::string>& target) {
  const Account& account = call.account();
  const std::string_view partition = account.partition_name();
  if (!target || account.organization == nullptr) {
    return {.resource = fmt::format("arn:{}:account::{}:account", partition, account.id)};
  }
  const Organization& organization = *account.organization;
  // Whether the member may be reached is the organization's business.
  return {.resource = fmt::format("arn:{}:account::{}:account/{}/{}", partition, organization.management->id, organization.id, *target),
          .owner = account.id};
}

struct AskForTarget {
  template <typename Input>
  Ask operator()(const Call& call, const Input& input) const {
    return AskFor(call, input.account_id);
  }
};

std::unexpected<base::Error> Denied(const Call& call, std::string_view operation, std::string_view reason) {
  return Refuse("AccessDeniedException",
                fmt::format("User: {} is not authorized to perform: account:{} ({})", call.caller->arn(), operation, reason));
}

base::Result<Account*> FindTarget(const Call& call, std::string_view operation, const std::optional<std::string>& target) {
  if (!target) return call.caller->account;
  const Organization* organization = call.account().organization;
  if (organization == nullptr) return Denied(call, operation, "Your account is not a member of an organization.");
  if (!organization->trusted_services.contains(std::string(kPrincipal))) {
    return Denied(call, operation, "Your organization must first enable trusted access with AWS Account Management.");
  }
  const auto delegated = organization->delegated.find(call.account().id);
  const bool administers = delegated != organization->delegated.end() && delegated->second.contains(std::string(kPrincipal));
  if (organization->management != &call.account() && !administers) {
    return Denied(call, operation, "Only the management account or a delegated administrator can specify an account.");
  }
  if (*target == organization->management->id) {
    return Denied(call, operation, "The management account can only be managed using the standalone context from the management account.");
  }
  const auto member = organization->members.find(*target);
  if (member == organization->members.end()) {
    return Denied(call, operation, "The account is not a member of your organization.");
  }
  return member->second.account;
}

base::Result<api::PutAccountNameOutput> PutAccountName(Call& call, const api::PutAccountNameInput& input) {
  TRY_ASSIGN(Account* account, FindTarget(call, "PutAccountName", input.account_id));
  account->name = input.account_name;
  return api::PutAccountNameOutput{};
}

base::Result<api::GetAccountInformationOutput> GetAccountInformation(Call& call, const api::GetAccountInformationInput& input) {
  TRY_ASSIGN(const Account* account, FindTarget(call, "GetAccountInformation", input.account_id));
  // It has no word for an account that is about to be closed.
  const bool is_closing = account->state == AccountState::kPendingClosure;
  return api::GetAccountInformationOutput{.account_id = account->id,
                                          .account_name = account->name,
                                          .account_created_date = call.Shown(account->created),
                                          .account_state = is_closing ? "SUSPENDED" : organizations::StateOf(account->state)};
}

}  // namespace

void AddOperations(OperationTable& table) {
  table.Add<api::PutAccountName>(AskForTarget{}, PutAccountName);
  table.Add<api::GetAccountInformation>(AskForTarget{}, GetAccountInformation);
}

}  // namespace crossrole::sim::account_management
