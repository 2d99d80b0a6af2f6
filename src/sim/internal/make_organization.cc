// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "sim/identity_center/fill_instance.h"
#include "sim/internal/make_account.h"
#include "sim/internal/trust_document.h"

namespace crossrole::sim {
namespace {

using organizations::Organization;

constexpr std::array<std::string_view, 8> kPlainNames = {"production", "staging", "development", "security",
                                                         "logging",    "network", "sandbox",     "data"};
constexpr std::array<std::string_view, 8> kUnitNames = {"Workloads", "Security", "Infrastructure", "Sandbox",
                                                        "Suspended", "Deployments", "Entwicklung Süd", "研究開発"};
constexpr std::array<std::string_view, 6> kForeignNames = {"Zürich Zahlung", "日本 決済", "Отдел продаж", "São Paulo", "Ünlü & Söhne", "Αθήνα"};
constexpr std::array<std::string_view, 10> kTeams = {"payments", "search", "billing", "identity", "reports",
                                                     "catalog",  "mobile", "ledger",  "support",  "pricing"};
constexpr std::array<std::string_view, 4> kStages = {"prod", "staging", "dev", "test"};
constexpr std::size_t kMembersPerUnit = 5;

std::string PlainName(std::size_t index) {
  const std::string name(kPlainNames[index % kPlainNames.size()]);
  return index < kPlainNames.size() ? name : name + "-" + std::to_string(index / kPlainNames.size() + 1);
}

// One name in ten is the same for all of them, one in twenty has letters that are not ASCII.
std::string MixedName(std::size_t index) {
  if (index % 10 == 9) return "shared-services";
  if (index % 20 == 5) return fmt::format("{} {}", kForeignNames[index / 20 % kForeignNames.size()], index / 20 + 1);
  const std::size_t team = index / kStages.size();
  const std::string stage(kStages[index % kStages.size()]);
  return team < kTeams.size() ? fmt::format("{}-{}", kTeams[team], stage)
                              : fmt::format("{}-{}-{}", kTeams[team % kTeams.size()], team / kTeams.size() + 1, stage);
}

// Of a hundred members two are suspended and one is closed.
AccountState StateFor(std::size_t index) {
  if (index % 50 == 7) return AccountState::kSuspended;
  return index % 100 == 42 ? AccountState::kClosed : AccountState::kActive;
}

std::vector<std::string> MakeUnits(Organization& organization, std::size_t count, base::Random& random) {
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < count; ++i) {
    std::string parent = organization.root;
    if (i >= kUnitNames.size()) {
      const std::string& candidate = ids[random.Below(ids.size())];
      if (organization.LineOf(candidate).size() <= organizations::kDeepest) parent = candidate;
    }
    std::string name(kUnitNames[i % kUnitNames.size()]);
    if (i >= kUnitNames.size()) name += " " + std::to_string(i / kUnitNames.size() + 1);
    ids.push_back(organizations::AddUnit(organization, parent, std::move(name), random).id);
  }
  return ids;
}

// A guardrail on every unit below the root, as most organizations have one.
void AddGuardrail(Organization& organization) {
  auto content = StorePolicy(
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"organizations:LeaveOrganization","Resource":"*"}]})",
      policy::DocumentKind::kServiceControl);
  CHECK(content.has_value());
  organizations::OrganizationPolicy policy{.id = "p-stayhere", .name = "StayInOrganization", .description = "Nobody leaves", .content = *std::move(content)};
  for (const std::string& unit : organization.units.find(organization.root)->second.units) organization.attached[unit].push_back(policy.id);
  organization.policies.emplace(policy.id, std::move(policy));
}

}  // namespace

Organization& MakeOrganizationOf(World& world, const NewOrganization& wanted, base::Random& random) {
  NewAccount account{.name = "management", .partition = wanted.partition, .created = wanted.created, .management = wanted.first};
  Account& management = MakeAccount(world, account, random);
  account.management = false;
  const bool plain = wanted.profile == Profile::kPlain;
  if (!plain) {
    account.access_role = "OrganizationAccountAccessRole";
    account.trusted_account = management.id;
  }
  std::vector<Account*> members;
  for (std::size_t i = 0; i + 1 < wanted.accounts; ++i) {
    account.name = plain ? PlainName(i) : MixedName(i);
    members.push_back(&MakeAccount(world, account, random));
  }
  Organization& organization = organizations::MakeOrganization(world, management, random, wanted.created);
  const std::vector<std::string> units =
      plain ? std::vector<std::string>() : MakeUnits(organization, members.size() / kMembersPerUnit, random);
  for (std::size_t i = 0; i < members.size(); ++i) {
    const bool in_root = units.empty() || i % 20 == 19;
    organizations::AddMember(organization, *members[i], in_root ? organization.root : units[random.Below(units.size())],
                             i % 10 == 3 ? organizations::Joined::kInvited : organizations::Joined::kCreated, wanted.created);
    if (plain) continue;
    members[i]->state = StateFor(i);
    FillAccount(world, *members[i], wanted.profile, random);
  }
  if (!units.empty()) AddGuardrail(organization);
  if (!plain) identity_center::FillInstance(world, organization, members, random, wanted.created);
  return organization;
}

}  // namespace crossrole::sim
