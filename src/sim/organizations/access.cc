// SPDX-License-Identifier: Apache-2.0
#include "sim/organizations/access.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "base/crypto.h"
#include "base/text.h"
#include "sim/organizations/operations.h"

namespace crossrole::sim::organizations {
namespace {

namespace api = aws::organizations;

constexpr std::size_t kPage = 20;
constexpr std::string_view kEmptyPage = "empty ";
constexpr std::array<std::string_view, 5> kStates = {"PENDING_ACTIVATION", "ACTIVE", "SUSPENDED", "PENDING_CLOSURE", "CLOSED"};
constexpr std::size_t kTags = 50;

}  // namespace

base::Result<Organization*> FindOrganization(const Call& call, Reach reach) {
  Organization* organization = call.account().organization;
  if (organization == nullptr) {
    return Refuse("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.");
  }
  const bool may = reach == Reach::kMembers || organization->management == &call.account() ||
                   (reach == Reach::kDelegated && organization->delegated.contains(call.account().id));
  if (may) return organization;
  return Refuse("AccessDeniedException", "You don't have permissions to access this resource.");
}

base::Result<Unit*> FindParent(Organization& organization, std::string_view id) {
  const auto it = organization.units.find(id);
  if (it == organization.units.end()) return Refuse("ParentNotFoundException", "You specified parent that doesn't exist.");
  return &it->second;
}

base::Result<Unit*> FindUnit(Organization& organization, std::string_view id) {
  const auto it = organization.units.find(id);
  if (it == organization.units.end() || it->second.parent.empty()) {
    return Refuse("OrganizationalUnitNotFoundException", "You specified an organizational unit that doesn't exist.");
  }
  return &it->second;
}

base::Result<Member*> FindMember(Organization& organization, std::string_view account_id) {
  const auto it = organization.members.find(account_id);
  if (it == organization.members.end()) return Refuse("AccountNotFoundException", "You specified an account that doesn't exist.");
  return &it->second;
}

base::Result<OrganizationPolicy*> FindPolicy(Organization& organization, std::string_view id) {
  const auto it = organization.policies.find(id);
  if (it == organization.policies.end()) return Refuse("PolicyNotFoundException", "You specified a policy that doesn't exist.");
  return &it->second;
}

base::Status CheckTarget(const Organization& organization, std::string_view id) {
  if (organization.units.contains(id) || organization.members.contains(id)) return {};
  return Refuse("TargetNotFoundException", "You specified a target that doesn't exist.");
}

base::Result<PolicyType> ReadType(std::string_view name) {
  for (const PolicyType type : {PolicyType::kServiceControl, PolicyType::kResourceControl}) {
    if (NameOf(type) == name) return type;
  }
  return Refuse("InvalidInputException", "You specified an invalid value.");
}

std::string StateOf(AccountState state) { return std::string(kStates.at(static_cast<std::size_t>(state))); }

std::string StatusOf(AccountState state) {
  if (state == AccountState::kActive || state == AccountState::kPendingClosure) return StateOf(state);
  return "SUSPENDED";
}

api::Organization ShowOrganization(const Organization& organization) {
  api::Organization shown{.id = organization.id,
                          .arn = organization.Arn("organization"),
                          .feature_set = "ALL",
                          .master_account_arn = organization.ArnOf(*organization.management),
                          .master_account_id = organization.management->id,
                          .master_account_email = organization.management->email};
  // Answered for its own sake: whether types are enabled is told by ListRoots.
  shown.available_policy_types = {{.type = std::string(NameOf(PolicyType::kServiceControl)), .status = "ENABLED"}};
  return shown;
}

api::Account ShowAccount(const Call& call, const Organization& organization, const Member& member) {
  const Account& account = *member.account;
  return {.id = account.id,
          .arn = organization.ArnOf(account),
          .email = account.email,
          .name = account.name,
          .status = StatusOf(account.state),
          .state = StateOf(account.state),
          .paths = {organization.PathOf(member.parent) + account.id + "/"},
          .joined_method = member.how == Joined::kCreated ? "CREATED" : "INVITED",
          .joined_timestamp = call.Shown(member.since)};
}

api::OrganizationalUnit ShowUnit(const Organization& organization, const Unit& unit) {
  return {.id = unit.id, .arn = organization.ArnOf(unit), .name = unit.name, .path = organization.PathOf(unit.id)};
}

api::Root ShowRoot(const Organization& organization) {
  const Unit& root = organization.units.find(organization.root)->second;
  api::Root shown{.id = root.id, .arn = organization.ArnOf(root), .name = root.name};
  for (const PolicyType type : organization.enabled_types) {
    shown.policy_types.push_back({.type = std::string(NameOf(type)), .status = "ENABLED"});
  }
  return shown;
}

api::PolicySummary ShowSummary(const Organization& organization, const OrganizationPolicy& policy) {
  return {.id = policy.id,
          .arn = organization.ArnOf(policy),
          .name = policy.name,
          .description = policy.description,
          .type = std::string(NameOf(policy.type)),
          .aws_managed = policy.aws_managed};
}

base::Result<PageOf> FindPage(const std::optional<std::string>& next_token, std::optional<std::int32_t> max_results, std::size_t size) {
  const std::size_t wanted = std::clamp<std::size_t>(static_cast<std::size_t>(max_results.value_or(static_cast<std::int32_t>(kPage))), 1, kPage);
  PageOf page;
  bool is_empty = false;
  if (next_token) {
    const auto text = base::Base64Decode(*next_token);
    std::string_view position = text ? std::string_view(*text) : std::string_view();
    is_empty = position.starts_with(kEmptyPage);
    if (is_empty) position.remove_prefix(kEmptyPage.size());
    if (position.empty() || position.size() > 9 || position.find_first_not_of("0123456789") != std::string_view::npos) {
      return Refuse("InvalidInputException", "You specified an invalid value for nextToken.");
    }
    page.first = std::min(size, static_cast<std::size_t>(std::stoul(std::string(position))));
  }
  page.end = is_empty ? page.first : std::min(size, page.first + wanted);
  if (page.end == size && !is_empty) return page;
  const bool is_first = !next_token.has_value();
  page.next_token = base::Base64Encode((is_first ? std::string(kEmptyPage) : std::string()) + std::to_string(page.end));
  return page;
}

base::Result<Tags> ReadTags(const std::vector<api::Tag>& tags) {
  Tags read;
  for (const api::Tag& tag : tags) {
    if (FindTag(read, tag.key) != nullptr || base::Lower(tag.key).starts_with("aws:")) {
      return Refuse("InvalidInputException", "You specified an invalid value.");
    }
    read.push_back({tag.key, tag.value});
  }
  if (read.size() > kTags) return Refuse("ConstraintViolationException", "You have exceeded the number of tags allowed.");
  return read;
}

Ask OnThing::AskFor(const Call& call, const std::string& id) {
  // Delegated administrators act on what is the management account's as on their own.
  Ask ask{.owner = call.account().id};
  const Organization* organization = call.account().organization;
  if (organization == nullptr) return ask;
  if (const auto unit = organization->units.find(id); unit != organization->units.end()) ask.resource = organization->ArnOf(unit->second);
  if (const auto member = organization->members.find(id); member != organization->members.end()) {
    ask.resource = organization->ArnOf(*member->second.account);
  }
  if (const auto policy = organization->policies.find(id); policy != organization->policies.end()) {
    ask.resource = organization->ArnOf(policy->second);
    ask.context.Set("organizations:PolicyType", std::string(NameOf(policy->second.type)));
  }
  if (const auto tags = organization->tags.find(id); tags != organization->tags.end()) AddResourceTags(ask.context, tags->second);
  return ask;
}

void AddOperations(OperationTable& table) {
  AddDescribeOperations(table);
  AddUnitOperations(table);
  AddAccountOperations(table);
  AddHandshakeOperations(table);
  AddPolicyOperations(table);
  AddAttachmentOperations(table);
  AddDelegationOperations(table);
  AddTagOperations(table);
}

}  // namespace crossrole::sim::organizations
