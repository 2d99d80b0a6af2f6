// SPDX-License-Identifier: Apache-2.0
#include "sim/organizations/organization.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/random.h"
#include "sim/internal/trust_document.h"

namespace crossrole::sim::organizations {
namespace {

constexpr std::string_view kFullAccess = "p-FullAWSAccess";
constexpr std::string_view kFullResourceAccess = "p-RCPFullAWSAccess";

OrganizationPolicy AwsPolicy(std::string_view id, std::string name, PolicyType type, std::string_view text) {
  auto content = StorePolicy(text, type == PolicyType::kServiceControl ? policy::DocumentKind::kServiceControl
                                                                       : policy::DocumentKind::kResourceControl);
  CHECK(content.has_value());
  return {.id = std::string(id),
          .name = std::move(name),
          .description = type == PolicyType::kServiceControl ? "Allows access to every operation" : "Allows access to every resource",
          .type = type,
          .aws_managed = true,
          .content = *std::move(content)};
}

// Everything new has AWS's own policy of each type that is enabled.
void AttachDefaults(Organization& organization, const std::string& target) {
  for (const PolicyType type : organization.enabled_types) {
    organization.attached[target].emplace_back(type == PolicyType::kServiceControl ? kFullAccess : kFullResourceAccess);
  }
}

policy::PolicyLevel LevelOf(const World& world, const Organization& organization, std::string_view target, PolicyType type) {
  policy::PolicyLevel level{.name = target, .policies = {}};
  const auto attached = organization.attached.find(target);
  if (attached == organization.attached.end()) return level;
  for (const std::string& id : attached->second) {
    const OrganizationPolicy& policy = organization.policies.find(id)->second;
    if (policy.type == type) level.policies.push_back(world.compiled_policies().Refer(policy.name, policy.content.document));
  }
  return level;
}

}  // namespace

std::string_view NameOf(PolicyType type) {
  return type == PolicyType::kServiceControl ? "SERVICE_CONTROL_POLICY" : "RESOURCE_CONTROL_POLICY";
}

std::string Organization::Arn(std::string_view kind, std::string_view rest) const {
  return fmt::format("arn:{}:organizations::{}:{}/{}{}", management->partition_name(), management->id, kind, id, rest);
}

std::string Organization::ArnOf(const Unit& unit) const { return Arn(unit.parent.empty() ? "root" : "ou", "/" + unit.id); }

std::string Organization::ArnOf(const Account& account) const { return Arn("account", "/" + account.id); }

std::string Organization::ArnOf(const OrganizationPolicy& policy) const {
  const std::string_view kind = policy.type == PolicyType::kServiceControl ? "service_control_policy" : "resource_control_policy";
  if (policy.aws_managed) {
    return fmt::format("arn:{}:organizations::aws:policy/{}/{}", management->partition_name(), kind, policy.id);
  }
  return Arn("policy", fmt::format("/{}/{}", kind, policy.id));
}

std::string Organization::PathOf(std::string_view unit_id) const {
  std::string path = id + "/";
  for (const Unit* unit : LineOf(unit_id)) path += unit->id + "/";
  return path;
}

std::vector<const Unit*> Organization::LineOf(std::string_view unit_id) const {
  std::vector<const Unit*> line;
  while (!unit_id.empty()) {
    const Unit& unit = units.find(unit_id)->second;
    line.push_back(&unit);
    unit_id = unit.parent;
  }
  std::ranges::reverse(line);
  return line;
}

Organization& MakeOrganization(World& world, Account& management, base::Random& random, base::Time now) {
  auto made = std::make_unique<Organization>();
  made->id = "o-" + base::RandomText(random, kIdLetters, 10);
  made->management = &management;
  made->root = "r-" + base::RandomText(random, kIdLetters, 4);
  made->policies.emplace(kFullAccess, AwsPolicy(kFullAccess, "FullAWSAccess", PolicyType::kServiceControl,
                                                R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})"));
  made->policies.emplace(
      kFullResourceAccess,
      AwsPolicy(kFullResourceAccess, "RCPFullAWSAccess", PolicyType::kResourceControl,
                R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]})"));
  made->enabled_types = {PolicyType::kServiceControl};
  made->units.emplace(made->root, Unit{.id = made->root, .name = "Root"});
  AttachDefaults(*made, made->root);
  Organization& organization = *world.organizations().emplace_back(std::move(made));
  AddMember(organization, management, organization.root, Joined::kInvited, now);
  return organization;
}

void AddMember(Organization& organization, Account& account, std::string_view parent, Joined how, base::Time now) {
  organization.members.emplace(account.id, Member{&account, std::string(parent), how, now});
  organization.units.find(parent)->second.accounts.push_back(account.id);
  account.organization = &organization;
  AttachDefaults(organization, account.id);
}

void RemoveMember(Organization& organization, Account& account) {
  const auto member = organization.members.find(account.id);
  std::erase(organization.units.find(member->second.parent)->second.accounts, account.id);
  organization.members.erase(member);
  organization.attached.erase(account.id);
  organization.delegated.erase(account.id);
  organization.tags.erase(account.id);
  account.organization = nullptr;
}

Unit& AddUnit(Organization& organization, std::string_view parent, std::string name, base::Random& random) {
  const std::string id = "ou-" + organization.root.substr(2) + "-" + base::RandomText(random, kIdLetters, 8);
  organization.units.find(parent)->second.units.push_back(id);
  Unit& unit = organization.units.emplace(id, Unit{.id = id, .name = std::move(name), .parent = std::string(parent)}).first->second;
  AttachDefaults(organization, id);
  return unit;
}

std::vector<policy::PolicyLevel> LevelsFor(const World& world, const Account& account, PolicyType type) {
  const Organization* organization = account.organization;
  if (organization == nullptr || organization->management == &account || !organization->enabled_types.contains(type)) return {};
  std::vector<policy::PolicyLevel> levels;
  for (const Unit* unit : organization->LineOf(organization->members.find(account.id)->second.parent)) {
    levels.push_back(LevelOf(world, *organization, unit->id, type));
  }
  levels.push_back(LevelOf(world, *organization, account.id, type));
  return levels;
}

}  // namespace crossrole::sim::organizations
