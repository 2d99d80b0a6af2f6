// SPDX-License-Identifier: Apache-2.0
#include "sim/internal/snapshot.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <exception>
#include <limits>
#include <map>
#include <utility>

#include "base/crypto.h"
#include "base/json.h"
#include "sim/cloudformation/saved.h"
#include "sim/cloudtrail/saved.h"
#include "sim/internal/account_extras.h"
#include "sim/internal/aws_policies.h"
#include "sim/internal/snapshot_parts.h"
#include "sim/internal/trust_document.h"
#include "sim/organizations/saved.h"

namespace crossrole::sim {
namespace {

namespace json = boost::json;
using saved::Broken;
using saved::Moment;
using saved::TagsOf;
using saved::TagsToJson;
using saved::Text;
using saved::Texts;
using saved::TextsToJson;

constexpr int kFormat = 3;
// The former one: without stacks, and without what is under way in organizations.
constexpr int kWithoutStacks = 2;
// Properties of resources may be as deep as templates, and stand in stacks of accounts.
constexpr std::size_t kDepth = 96;
constexpr std::chrono::seconds kLongestSession = std::chrono::hours(12);

// ---- saving

json::object EntityToJson(const Entity& entity) {
  json::object inline_policies;
  for (const auto& [name, policy] : entity.inline_policies) inline_policies[name] = policy.text;
  return {{"id", entity.id},
          {"name", entity.name},
          {"path", entity.path},
          {"created", base::ToMicros(entity.created)},
          {"inline", std::move(inline_policies)},
          {"attached", TextsToJson(entity.attached)}};
}

json::object UserToJson(const User& user) {
  json::object object = EntityToJson(user);
  object["tags"] = TagsToJson(user.tags);
  object["boundary"] = user.boundary;
  object["groups"] = TextsToJson(user.groups);
  json::array keys;
  for (const AccessKey& key : user.keys) {
    keys.push_back(json::object{{"id", key.id}, {"secret", key.secret}, {"active", key.active}, {"created", base::ToMicros(key.created)}});
  }
  object["keys"] = std::move(keys);
  if (user.extras) object["extras"] = SaveUserExtras(*user.extras);
  return object;
}

json::object RoleToJson(const Role& role) {
  json::object object = EntityToJson(role);
  object["tags"] = TagsToJson(role.tags);
  object["boundary"] = role.boundary;
  object["trust"] = role.trust.text;
  object["max_session"] = role.max_session.count();
  if (role.has_description) object["description"] = role.description;
  return object;
}

json::object PolicyToJson(const ManagedPolicy& policy) {
  json::array versions;
  for (const PolicyVersion& version : policy.versions) {
    versions.push_back(json::object{
        {"number", version.number}, {"text", version.policy.text}, {"created", base::ToMicros(version.created)}});
  }
  return {{"id", policy.id},
          {"name", policy.name},
          {"path", policy.path},
          {"description", policy.description},
          {"created", base::ToMicros(policy.created)},
          {"updated", base::ToMicros(policy.updated)},
          {"versions", std::move(versions)},
          {"default", policy.default_version},
          {"next", policy.next_version},
          {"tags", TagsToJson(policy.tags)}};
}

json::object LastUseToJson(const Account& account) {
  const std::map<std::string, LastUse> sorted(account.last_use.begin(), account.last_use.end());
  json::object list;
  for (const auto& [id, use] : sorted) list[id] = json::object{{"at", base::ToMicros(use.at)}, {"service", use.service}, {"region", use.region}};
  return list;
}

json::object AccountToJson(const Account& account, cloudformation::SavedTemplates& templates) {
  json::array users;
  json::array groups;
  json::array roles;
  json::array policies;
  account.users.Each([&](const auto& user) { users.push_back(UserToJson(*user)); });
  account.groups.Each([&](const auto& group) { groups.push_back(EntityToJson(*group)); });
  account.roles.Each([&](const auto& role) { roles.push_back(RoleToJson(*role)); });
  account.policies.Each([&](const auto& policy) { policies.push_back(PolicyToJson(*policy)); });
  json::object object{{"id", account.id},
                      {"name", account.name},
                      {"partition", account.partition_name()},
                      {"platform", account.platform},
                      {"management", account.management},
                      {"state", NameOf(account.state)},
                      {"administrator", account.administrator},
                      {"alias", account.alias},
                      {"created", base::ToMicros(account.created)},
                      {"email", account.email},
                      {"extras", SaveAccountExtras(ExtrasOf(account))},
                      {"users", std::move(users)},
                      {"groups", std::move(groups)},
                      {"roles", std::move(roles)},
                      {"policies", std::move(policies)}};
  // Most have none.
  if (!account.last_use.empty()) object["last_use"] = LastUseToJson(account);
  if (cloudformation::HasAny(account.stacks.get())) object["cloudformation"] = cloudformation::SaveStacks(*account.stacks, templates);
  return object;
}

// By their hashes: the tokens themselves are nowhere.
json::array SigninTokensToJson(const std::map<std::string, SigninToken>& tokens) {
  json::array list;
  for (const auto& [hash, token] : tokens) {
    list.push_back(json::object{{"hash", base::HexEncode(hash)}, {"expires", base::ToMicros(token.expires)}, {"used", token.used}});
  }
  return list;
}

// ---- loading

// Reads what users, groups and roles have in common.
base::Status ReadEntity(const Account& account, std::string_view word, const json::object& object, Entity& entity) {
  entity.id = Text(object, "id");
  entity.name = Text(object, "name");
  entity.path = Text(object, "path");
  entity.arn = account.IamArn(std::string(word) + entity.path + entity.name);
  entity.created = Moment(object, "created");
  entity.attached = Texts(object, "attached");
  for (const auto& [name, text] : saved::TextMap(object, "inline")) {
    TRY_ASSIGN(PolicyText policy, StorePolicy(text, policy::DocumentKind::kIdentity));
    entity.inline_policies.emplace(name, std::move(policy));
  }
  return {};
}

// Whether a name and a unique ID are new.
template <typename T>
base::Status CheckNew(const World& world, const Catalog<T>& catalog, const T& thing) {
  if (thing.name.empty() || catalog.Find(thing.name)) return Broken(fmt::format("`{}` is there twice, or no name", thing.name));
  if (thing.id.empty() || world.FindId(thing.id) != nullptr) return Broken(fmt::format("the unique ID `{}` is there twice, or none", thing.id));
  return {};
}

base::Result<User> ReadUser(const World& world, const Account& account, const json::object& object) {
  User user{.tags = TagsOf(object), .boundary = Text(object, "boundary"), .groups = Texts(object, "groups")};
  TRY(ReadEntity(account, "user", object, user));
  TRY(CheckNew(world, account.users, user));
  TRY(saved::Each(object, "keys", [&](const json::object& key) -> base::Status {
    const std::string id = Text(key, "id");
    const bool is_new = world.FindAccessKey(id) == nullptr && std::ranges::find(user.keys, id, &AccessKey::id) == user.keys.end();
    if (!is_new) return Broken(fmt::format("the key `{}` is there twice", id));
    user.keys.push_back(
        {.id = id, .secret = Text(key, "secret"), .active = saved::Flag(key, "active"), .created = Moment(key, "created")});
    return {};
  }));
  if (object.contains("extras")) {
    TRY_ASSIGN(UserExtras extras, LoadUserExtras(saved::Object(object, "extras")));
    user.extras = std::make_shared<const UserExtras>(std::move(extras));
  }
  return user;
}

base::Result<Role> ReadRole(const World& world, const Account& account, const json::object& object) {
  Role role{.tags = TagsOf(object),
            .boundary = Text(object, "boundary"),
            .max_session = std::chrono::seconds(saved::Number(object, "max_session", 0, kLongestSession.count()))};
  TRY(ReadEntity(account, "role", object, role));
  TRY(CheckNew(world, account.roles, role));
  TRY_ASSIGN(role.trust, StorePolicy(Text(object, "trust"), policy::DocumentKind::kTrust));
  role.has_description = object.contains("description");
  if (role.has_description) role.description = Text(object, "description");
  return role;
}

base::Result<ManagedPolicy> ReadPolicy(const World& world, const Account& account, const json::object& object) {
  constexpr int kMany = std::numeric_limits<int>::max();
  ManagedPolicy policy{.id = Text(object, "id"),
                       .name = Text(object, "name"),
                       .path = Text(object, "path"),
                       .description = Text(object, "description"),
                       .created = Moment(object, "created"),
                       .updated = Moment(object, "updated"),
                       .default_version = static_cast<int>(saved::Number(object, "default", 1, kMany)),
                       .next_version = static_cast<int>(saved::Number(object, "next", 1, kMany - 1)),
                       .tags = TagsOf(object)};
  policy.arn = account.IamArn("policy" + policy.path + policy.name);
  TRY(CheckNew(world, account.policies, policy));
  TRY(saved::Each(object, "versions", [&](const json::object& version) -> base::Status {
    TRY_ASSIGN(PolicyText text, StorePolicy(Text(version, "text"), policy::DocumentKind::kIdentity));
    policy.versions.push_back({.number = static_cast<int>(saved::Number(version, "number", 1, kMany)),
                               .policy = std::move(text),
                               .created = Moment(version, "created")});
    const std::size_t count = policy.versions.size();
    if (count > 1 && policy.versions[count - 2].number >= policy.versions.back().number) return Broken("the versions are not in their order");
    return {};
  }));
  const bool has_default = policy.FindVersion("v" + std::to_string(policy.default_version)) != nullptr;
  if (!has_default) return Broken("the policy lacks its default version");
  return policy;
}

// Reads and stores all things of one kind.
template <typename Read>
base::Status ReadThings(World& world, Account& account, const json::object& object, std::string_view name, Read read) {
  // Nothing of it is still spreading.
  const Spread long_ago{.now = account.created};
  return saved::Each(object, name, [&](const json::object& each) -> base::Status {
    TRY_ASSIGN(auto thing, read(world, account, each));
    world.Put(account, long_ago, std::move(thing));
    return {};
  });
}

base::Result<Group> ReadGroup(const World& world, const Account& account, const json::object& object) {
  Group group;
  TRY(ReadEntity(account, "group", object, group));
  TRY(CheckNew(world, account.groups, group));
  return group;
}

void ReadLastUse(Account& account, const json::object& object) {
  if (!object.contains("last_use")) return;
  const json::object& list = saved::Object(object, "last_use");
  for (const auto& member : list) {
    const json::object& use = saved::Object(list, member.key());
    account.last_use.insert_or_assign(std::string(member.key()), LastUse{.at = Moment(use, "at"), .service = Text(use, "service"), .region = Text(use, "region")});
  }
}

AwsPolicyNames AwsPoliciesFor(const AwsPolicySets& known, model::Partition partition, base::Time created) {
  const auto it = known.find(partition);
  const bool is_same = it != known.end() && !it->second.empty() && it->second.begin()->second->created == created;
  return is_same ? it->second : MakeAwsPolicies(partition, created);
}

base::Status ReadAccount(World& world, const AwsPolicySets& known, const json::object& object) {
  TRY_ASSIGN(const model::Partition partition, model::ParsePartition(Text(object, "partition")));
  const auto state = AccountStateByName(Text(object, "state"));
  if (!state) return Broken("`state` is none of an account");
  if (world.FindAccount(Text(object, "id")) != nullptr) return Broken(fmt::format("the account `{}` is there twice", Text(object, "id")));
  Account& account = world.AddAccount({.id = Text(object, "id"),
                                       .name = Text(object, "name"),
                                       .partition = partition,
                                       .platform = saved::Flag(object, "platform"),
                                       .management = saved::Flag(object, "management"),
                                       .state = *state,
                                       .administrator = Text(object, "administrator"),
                                       .alias = Text(object, "alias"),
                                       .created = Moment(object, "created")});
  account.email = Text(object, "email");
  TRY_ASSIGN(ExtrasOf(account), LoadAccountExtras(saved::Object(object, "extras")));
  if (world.AwsPolicies(partition).empty()) world.SetAwsPolicies(partition, AwsPoliciesFor(known, partition, account.created));
  ReadLastUse(account, object);
  TRY(ReadThings(world, account, object, "groups", ReadGroup));
  TRY(ReadThings(world, account, object, "users", ReadUser));
  TRY(ReadThings(world, account, object, "roles", ReadRole));
  return ReadThings(world, account, object, "policies", ReadPolicy);
}

// Makes a state of the former format one of this.
void Upgrade(json::object& root) {
  root["templates"] = json::array{};
  json::value* organizations = root.if_contains("organizations");
  if (organizations == nullptr || !organizations->is_array()) return;
  for (json::value& organization : organizations->get_array()) {
    if (!organization.is_object()) continue;
    for (const std::string_view name : {"creations", "handshakes"}) organization.get_object()[name] = json::array{};
  }
}

base::Status ReadStacks(World& world, const json::object& root) {
  TRY_ASSIGN(const cloudformation::SavedTemplates templates, cloudformation::SavedTemplates::Load(saved::Texts(root, "templates")));
  TRY(saved::Each(root, "accounts", [&](const json::object& each) -> base::Status {
    if (!each.contains("cloudformation")) return {};
    return cloudformation::LoadStacks(world, saved::AccountOf(world, each, "id"), templates, saved::Object(each, "cloudformation"));
  }));
  return cloudformation::CheckInstances(world);
}

base::Status ReadSigninTokens(Simulation& simulation, const json::object& root) {
  return saved::Each(root, "signin_tokens", [&](const json::object& each) -> base::Status {
    TRY_ASSIGN(std::string hash, base::HexDecode(Text(each, "hash")));
    const SigninToken token{.expires = Moment(each, "expires"), .used = saved::Flag(each, "used")};
    if (!simulation.signin_tokens.emplace(std::move(hash), token).second) return Broken("the sign-in token is there twice");
    return {};
  });
}

// What most states have none of, and former ones neither.
base::Status ReadRest(Simulation& simulation, const json::object& root) {
  if (const json::value* faults = root.if_contains("faults")) {
    TRY_ASSIGN(simulation.faults, LoadFaults(*faults));
  }
  if (root.contains("signin_tokens")) TRY(ReadSigninTokens(simulation, root));
  if (root.contains("trail")) TRY(cloudtrail::LoadTrail(simulation.world, simulation.trail, root));
  return {};
}

base::Status ReadAll(Simulation& simulation, const AwsPolicySets& known, json::object& root) {
  const std::int64_t format = saved::Number(root, "format", 0, std::numeric_limits<int>::max());
  if (format != kFormat && format != kWithoutStacks) return Broken(fmt::format("format {} is none that can be read", format));
  if (format == kWithoutStacks) Upgrade(root);
  World& world = simulation.world;
  simulation.advance = saved::Moment(root, "advance").time_since_epoch();
  simulation.stopped = saved::OptionalMoment(root, "stopped");
  TRY(saved::Each(root, "accounts", [&](const json::object& each) { return ReadAccount(world, known, each); }));
  if (world.accounts().empty()) return Broken("there are no accounts");
  TRY(saved::Each(root, "organizations", [&](const json::object& each) { return organizations::LoadOrganization(world, each); }));
  TRY(ReadStacks(world, root));
  return ReadRest(simulation, root);
}

}  // namespace

std::string SaveSimulation(const Simulation& simulation) {
  cloudformation::SavedTemplates templates;
  json::array accounts;
  for (const auto& account : simulation.world.accounts()) accounts.push_back(AccountToJson(*account, templates));
  json::array organizations;
  for (const auto& organization : simulation.world.organizations()) {
    organizations.push_back(organizations::SaveOrganization(*organization));
  }
  json::object root{{"format", kFormat},
                    {"advance", simulation.advance.count()},
                    {"templates", TextsToJson(templates.Bodies())},
                    {"accounts", std::move(accounts)},
                    {"organizations", std::move(organizations)}};
  saved::SetMoment(root, "stopped", simulation.stopped);
  if (!simulation.faults.empty()) root["faults"] = SaveFaults(simulation.faults);
  if (!simulation.signin_tokens.empty()) root["signin_tokens"] = SigninTokensToJson(simulation.signin_tokens);
  if (json::array trail = cloudtrail::SaveTrail(simulation.world, simulation.trail); !trail.empty()) root["trail"] = std::move(trail);
  return base::PrintJson(root);
}

base::Result<std::unique_ptr<Simulation>> LoadSimulation(const CloudOptions& options, std::string_view text, const AwsPolicySets& known) {
  TRY_ASSIGN(json::value root, base::ParseJson(text, {.bytes = std::size_t{1} << 30, .depth = kDepth}));
  auto simulation = std::make_unique<Simulation>(options, Accounts::kNone);
  base::Status read;
  try {
    read = ReadAll(*simulation, known, root.as_object());
  } catch (const std::exception& error) {
    read = Broken(error.what());
  }
  if (!read) return Broken("the state of the simulation cannot be read: " + read.error().message);
  return simulation;
}

}  // namespace crossrole::sim
