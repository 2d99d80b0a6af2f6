// SPDX-License-Identifier: Apache-2.0
#include "sim/internal/state.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "model/arn.h"
#include "sim/organizations/organization.h"

namespace crossrole::sim {
namespace {

constexpr std::array<std::string_view, 5> kStates = {"pending_activation", "active", "suspended", "pending_closure",
                                                     "closed"};

// Renaming a user leaves the old name free at once.
template <typename T>
void Store(Catalog<T>& catalog, const Spread& spread, T value) {
  auto version = std::make_shared<const T>(std::move(value));
  const std::string& name = version->name;
  catalog.Set(name, spread.now, version, spread.seen());
}

std::string_view PolicyNameOf(std::string_view arn) { return arn.substr(arn.rfind('/') + 1); }

}  // namespace

std::string_view NameOf(AccountState state) { return kStates.at(static_cast<std::size_t>(state)); }

std::optional<AccountState> AccountStateByName(std::string_view name) {
  for (std::size_t i = 0; i < kStates.size(); ++i) {
    if (base::EqualsIgnoreCase(kStates[i], name)) return static_cast<AccountState>(i);
  }
  return std::nullopt;
}

const PolicyVersion& ManagedPolicy::Default() const {
  const auto it = std::ranges::find(versions, default_version, &PolicyVersion::number);
  CHECK(it != versions.end());
  return *it;
}

const PolicyVersion* ManagedPolicy::FindVersion(std::string_view version_id) const {
  const auto it = std::ranges::find_if(
      versions, [&](const PolicyVersion& version) { return "v" + std::to_string(version.number) == version_id; });
  return it == versions.end() ? nullptr : &*it;
}

std::string Account::IamArn(std::string_view resource) const {
  std::string arn("arn:");
  return arn.append(partition_name()).append(":iam::").append(id).append(":").append(resource);
}

World::World() = default;
World::~World() = default;

const base::SigningKey& World::OutboundKey(base::SignatureAlgorithm algorithm) {
  auto it = outbound_keys_.find(algorithm);
  if (it == outbound_keys_.end()) it = outbound_keys_.emplace(algorithm, base::SigningKey::Make(algorithm)).first;
  return it->second;
}

Account* World::FindAccount(std::string_view id) const {
  const auto it = by_id_.find(id);
  return it == by_id_.end() ? nullptr : it->second;
}

Account& World::AddAccount(Account account) {
  Account& added = *accounts_.emplace_back(std::make_unique<Account>(std::move(account)));
  CHECK(by_id_.emplace(added.id, &added).second);
  return added;
}

const Owner* World::FindId(std::string_view unique_id) const {
  const auto it = ids_.find(unique_id);
  return it == ids_.end() ? nullptr : &it->second;
}

const Owner* World::FindAccessKey(std::string_view access_key_id) const {
  const auto it = keys_.find(access_key_id);
  return it == keys_.end() ? nullptr : &it->second;
}

const AwsPolicyNames& World::AwsPolicies(model::Partition partition) const {
  static const AwsPolicyNames kNone;
  const auto it = aws_policies_.find(partition);
  return it == aws_policies_.end() ? kNone : it->second;
}

void World::SetAwsPolicies(model::Partition partition, AwsPolicyNames policies) {
  aws_policies_.insert_or_assign(partition, std::move(policies));
}

std::shared_ptr<const ManagedPolicy> World::FindPolicy(const Account& account, std::string_view arn) const {
  return FindPolicyAsOf(account, arn, base::Time::max());
}

std::shared_ptr<const ManagedPolicy> World::FindPolicyAsOf(const Account& account, std::string_view arn,
                                                           base::Time moment) const {
  const auto parts = model::Arn::Parse(arn);
  if (!parts || parts->service != "iam" || parts->partition != account.partition_name()) return nullptr;
  std::shared_ptr<const ManagedPolicy> found;
  if (parts->account == "aws") {
    const auto& policies = AwsPolicies(account.partition);
    const auto it = policies.find(PolicyNameOf(arn));
    if (it != policies.end()) found = it->second;
  } else if (parts->account == account.id) {
    found = account.policies.FindAsOf(PolicyNameOf(arn), moment);
  }
  return found && found->arn == arn ? found : nullptr;
}

void World::Put(Account& account, const Spread& spread, User user) {
  ids_.insert_or_assign(user.id, Owner{&account, user.name});
  for (const AccessKey& key : user.keys) keys_.insert_or_assign(key.id, Owner{&account, user.name});
  Store(account.users, spread, std::move(user));
}

void World::Put(Account& account, const Spread& spread, Role role) {
  ids_.insert_or_assign(role.id, Owner{&account, role.name});
  Store(account.roles, spread, std::move(role));
}

void World::Put(Account& account, const Spread& spread, Group group) {
  Store(account.groups, spread, std::move(group));
}

void World::Put(Account& account, const Spread& spread, ManagedPolicy policy) {
  Store(account.policies, spread, std::move(policy));
}

void World::Erase(Account& account, const Spread& spread, const User& user) {
  account.users.Set(std::string(user.name), spread.now, nullptr, spread.seen());
}

void World::Erase(Account& account, const Spread& spread, const Role& role) {
  account.roles.Set(std::string(role.name), spread.now, nullptr, spread.seen());
}

void World::Erase(Account& account, const Spread& spread, const Group& group) {
  account.groups.Set(std::string(group.name), spread.now, nullptr, spread.seen());
}

void World::Erase(Account& account, const Spread& spread, const ManagedPolicy& policy) {
  account.policies.Set(std::string(policy.name), spread.now, nullptr, spread.seen());
}

const Tag* FindTag(const Tags& tags, std::string_view key) {
  const auto it = std::ranges::find_if(tags, [&](const Tag& tag) { return base::EqualsIgnoreCase(tag.key, key); });
  return it == tags.end() ? nullptr : &*it;
}

void EraseTags(Tags& tags, const std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    std::erase_if(tags, [&](const Tag& tag) { return base::EqualsIgnoreCase(tag.key, key); });
  }
}

void MergeTags(Tags& tags, const Tags& changes) {
  for (const Tag& change : changes) {
    const auto it = std::ranges::find_if(tags, [&](const Tag& tag) { return base::EqualsIgnoreCase(tag.key, change.key); });
    if (it == tags.end()) {
      tags.push_back(change);
    } else {
      *it = change;
    }
  }
}

}  // namespace crossrole::sim
