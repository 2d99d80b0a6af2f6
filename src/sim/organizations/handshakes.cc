// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>

#include "sim/cloudformation/operations.h"
#include "sim/organizations/access.h"

namespace crossrole::sim::organizations {
namespace {

namespace api = aws::organizations;

constexpr std::chrono::days kLife{15};

std::string StateOf(const Call& call, const Handshake& handshake) {
  return handshake.state == "REQUESTED" && call.now() >= handshake.expires ? "EXPIRED" : handshake.state;
}

api::Handshake Show(const Call& call, const Organization& organization, const Handshake& handshake) {
  api::Handshake shown{.id = handshake.id,
                       .arn = organization.Arn("handshake", "/invite/" + handshake.id),
                       .state = StateOf(call, handshake),
                       .requested_timestamp = call.Shown(handshake.requested),
                       .expiration_timestamp = call.Shown(handshake.expires),
                       .action = "INVITE"};
  shown.parties = {{.id = organization.id.substr(2), .type = "ORGANIZATION"}, {.id = handshake.account_id, .type = "ACCOUNT"}};
  shown.resources = {{.value = organization.id, .type = "ORGANIZATION"}, {.value = handshake.account_id, .type = "ACCOUNT"}};
  if (!handshake.notes.empty()) shown.resources.push_back({.value = handshake.notes, .type = "NOTES"});
  return shown;
}

// A handshake with the organization that it belongs to.
struct Found {
  Organization* organization;
  Handshake* handshake;
};

// Whether the caller is the side that invites, or the one that is invited.
enum class Side : std::uint8_t { kEither, kInviting, kInvited };

base::Result<Found> Find(Call& call, std::string_view id, Side side) {
  for (const auto& organization : call.world.organizations()) {
    const auto it = organization->handshakes.find(id);
    if (it == organization->handshakes.end()) continue;
    const bool inviting = organization->management == &call.account();
    const bool invited = it->second.account_id == call.account().id;
    const bool may = (inviting && side != Side::kInvited) || (invited && side != Side::kInviting);
    if (!may) return Refuse("AccessDeniedException", "You don't have permissions to access this resource.");
    return Found{organization.get(), &it->second};
  }
  return Refuse("HandshakeNotFoundException", "You specified a handshake that doesn't exist.");
}

base::Result<api::InviteAccountToOrganizationOutput> Invite(Call& call, const api::InviteAccountToOrganizationInput& input) {
  TRY_ASSIGN(Organization* organization, FindOrganization(call, Reach::kManagement));
  const auto& all = call.world.accounts();
  const auto target = std::ranges::find_if(all, [&](const auto& account) {
    return input.target.type == "EMAIL" ? account->email == input.target.id : account->id == input.target.id;
  });
  if (target == all.end()) return Refuse("AccountNotFoundException", "You specified an account that doesn't exist.");
  Account& account = **target;
  if (account.organization == organization) {
    return Refuse("HandshakeConstraintViolationException", "The account is already a member of your organization.");
  }
  for (const auto& [id, each] : organization->handshakes) {
    if (each.account_id == account.id && StateOf(call, each) == "REQUESTED") {
      return Refuse("DuplicateHandshakeException", "A handshake with the same action and target already exists.");
    }
  }
  Handshake handshake{.id = "h-" + base::RandomText(call.random, kIdLetters, 32),
                      .account_id = account.id,
                      .notes = input.notes.value_or(""),
                      .requested = call.now(),
                      .expires = call.now() + kLife};
  api::InviteAccountToOrganizationOutput output{.handshake = Show(call, *organization, handshake)};
  organization->handshakes.emplace(handshake.id, std::move(handshake));
  return output;
}

base::Status CheckOpen(const Call& call, const Handshake& handshake) {
  if (StateOf(call, handshake) == "REQUESTED") return {};
  return Refuse("InvalidHandshakeTransitionException", "You can't perform the operation on the handshake in its current state.");
}

base::Result<api::DescribeHandshakeOutput> Describe(Call& call, const api::DescribeHandshakeInput& input) {
  TRY_ASSIGN(const Found found, Find(call, input.handshake_id, Side::kEither));
  return api::DescribeHandshakeOutput{.handshake = Show(call, *found.organization, *found.handshake)};
}

base::Result<api::AcceptHandshakeOutput> Accept(Call& call, const api::AcceptHandshakeInput& input) {
  TRY_ASSIGN(const Found found, Find(call, input.handshake_id, Side::kInvited));
  TRY(CheckOpen(call, *found.handshake));
  if (call.account().organization != nullptr) {
    return Refuse("HandshakeConstraintViolationException", "The account is already a member of an organization.");
  }
  AddMember(*found.organization, call.account(), found.organization->root, Joined::kInvited, call.now());
  cloudformation::FollowMembers(call, *found.organization);
  found.handshake->state = "ACCEPTED";
  return api::AcceptHandshakeOutput{.handshake = Show(call, *found.organization, *found.handshake)};
}

base::Result<api::DeclineHandshakeOutput> Decline(Call& call, const api::DeclineHandshakeInput& input) {
  TRY_ASSIGN(const Found found, Find(call, input.handshake_id, Side::kInvited));
  TRY(CheckOpen(call, *found.handshake));
  found.handshake->state = "DECLINED";
  return api::DeclineHandshakeOutput{.handshake = Show(call, *found.organization, *found.handshake)};
}

base::Result<api::CancelHandshakeOutput> Cancel(Call& call, const api::CancelHandshakeInput& input) {
  TRY_ASSIGN(const Found found, Find(call, input.handshake_id, Side::kInviting));
  TRY(CheckOpen(call, *found.handshake));
  found.handshake->state = "CANCELED";
  return api::CancelHandshakeOutput{.handshake = Show(call, *found.organization, *found.handshake)};
}

base::Result<api::ListHandshakesForAccountOutput> ListForAccount(Call& call, const api::ListHandshakesForAccountInput& input) {
  std::vector<api::Handshake> handshakes;
  for (const auto& organization : call.world.organizations()) {
    for (const auto& [id, each] : organization->handshakes) {
      if (each.account_id == call.account().id) handshakes.push_back(Show(call, *organization, each));
    }
  }
  api::ListHandshakesForAccountOutput output;
  TRY(FillPage(FindPage, input, handshakes, [](const api::Handshake& each) { return each; }, output.handshakes, output));
  return output;
}

base::Result<api::ListHandshakesForOrganizationOutput> ListForOrganization(Call& call, const api::ListHandshakesForOrganizationInput& input) {
  TRY_ASSIGN(const Organization* organization, FindOrganization(call, Reach::kDelegated));
  std::vector<api::Handshake> handshakes;
  for (const auto& [id, each] : organization->handshakes) handshakes.push_back(Show(call, *organization, each));
  api::ListHandshakesForOrganizationOutput output;
  TRY(FillPage(FindPage, input, handshakes, [](const api::Handshake& each) { return each; }, output.handshakes, output));
  return output;
}

}  // namespace

void AddHandshakeOperations(OperationTable& table) {
  table.Add<api::InviteAccountToOrganization>(OnAnything{}, Invite);
  table.Add<api::DescribeHandshake>(OnAnything{}, Describe);
  table.Add<api::AcceptHandshake>(OnAnything{}, Accept);
  table.Add<api::DeclineHandshake>(OnAnything{}, Decline);
  table.Add<api::CancelHandshake>(OnAnything{}, Cancel);
  table.Add<api::ListHandshakesForAccount>(OnAnything{}, ListForAccount);
  table.Add<api::ListHandshakesForOrganization>(OnAnything{}, ListForOrganization);
}

}  // namespace crossrole::sim::organizations
