// SPDX-License-Identifier: Apache-2.0
#include "sim/internal/snapshot.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <exception>
#include <utility>

#include "base/json.h"
#include "sim/internal/account_extras.h"
#include "sim/internal/aws_policies.h"
#include "sim/internal/snapshot_parts.h"
#include "sim/internal/trust_document.h"

namespace crossrole::sim {
namespace {

namespace json = boost::json;
using saved::Moment;
using saved::TagsOf;
using saved::TagsToJson;
using saved::Text;
using saved::Texts;
using saved::TextsToJson;

constexpr int kFormat = 2;

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

json::object AccountToJson(const Account& account) {
  json::array users;
  json::array groups;
  json::array roles;
  json::array policies;
  account.users.Each([&](const auto& user) { users.push_back(UserToJson(*user)); });
  account.groups.Each([&](const auto& group) { groups.push_back(EntityToJson(*group)); });
  account.roles.Each([&](const auto& role) { roles.push_back(RoleToJson(*role)); });
  account.policies.Each([&](const auto& policy) { policies.push_back(PolicyToJson(*policy)); });
  return {{"id", account.id},
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
}

// ---- loading; `as_…` throws on a wrong type, which LoadSimulation turns into an error

// Reads what users, groups and roles have in common.
base::Status ReadEntity(const Account& account, std::string_view word, const json::object& object, Entity& entity) {
  entity.id = Text(object, "id");
  entity.name = Text(object, "name");
  entity.path = Text(object, "path");
  entity.arn = account.IamArn(std::string(word) + entity.path + entity.name);
  entity.created = Moment(object, "created");
  entity.attached = Texts(object, "attached");
  for (const auto& member : object.at("inline").as_object()) {
    TRY_ASSIGN(PolicyText policy, StorePolicy(member.value().as_string(), policy::DocumentKind::kIdentity));
    entity.inline_policies.emplace(member.key(), std::move(policy));
  }
  return {};
}

base::Result<User> ReadUser(const Account& account, const json::object& object) {
  User user{.tags = TagsOf(object), .boundary = Text(object, "boundary"), .groups = Texts(object, "groups")};
  TRY(ReadEntity(account, "user", object, user));
  for (const json::value& item : object.at("keys").as_array()) {
    const json::object& key = item.as_object();
    user.keys.push_back({.id = Text(key, "id"),
                         .secret = Text(key, "secret"),
                         .active = key.at("active").as_bool(),
                         .created = Moment(key, "created")});
  }
  if (const json::value* extras = object.if_contains("extras")) {
    user.extras = std::make_shared<const UserExtras>(LoadUserExtras(extras->as_object()));
  }
  return user;
}

base::Result<Role> ReadRole(const Account& account, const json::object& object) {
  Role role{.tags = TagsOf(object),
            .boundary = Text(object, "boundary"),
            .max_session = std::chrono::seconds(object.at("max_session").as_int64())};
  TRY(ReadEntity(account, "role", object, role));
  TRY_ASSIGN(role.trust, StorePolicy(object.at("trust").as_string(), policy::DocumentKind::kTrust));
  role.has_description = object.contains("description");
  if (role.has_description) role.description = Text(object, "description");
  return role;
}

base::Result<ManagedPolicy> ReadPolicy(const Account& account, const json::object& object) {
  ManagedPolicy policy{.id = Text(object, "id"),
                       .name = Text(object, "name"),
                       .path = Text(object, "path"),
                       .description = Text(object, "description"),
                       .created = Moment(object, "created"),
                       .updated = Moment(object, "updated"),
                       .default_version = object.at("default").to_number<int>(),
                       .next_version = object.at("next").to_number<int>(),
                       .tags = TagsOf(object)};
  policy.arn = account.IamArn("policy" + policy.path + policy.name);
  for (const json::value& item : object.at("versions").as_array()) {
    const json::object& version = item.as_object();
    TRY_ASSIGN(PolicyText text, StorePolicy(version.at("text").as_string(), policy::DocumentKind::kIdentity));
    policy.versions.push_back({.number = version.at("number").to_number<int>(),
                               .policy = std::move(text),
                               .created = Moment(version, "created")});
  }
  const bool has_default = policy.FindVersion("v" + std::to_string(policy.default_version)) != nullptr;
  if (!has_default) return base::Fail(base::Code::kInvalidArgument, "a policy lacks its default version");
  return policy;
}

base::Status ReadAccount(World& world, const json::object& object) {
  TRY_ASSIGN(const model::Partition partition, model::ParsePartition(Text(object, "partition")));
  const auto state = AccountStateByName(Text(object, "state"));
  if (!state || world.FindAccount(Text(object, "id")) != nullptr) {
    return base::Fail(base::Code::kInvalidArgument, "an account is there twice or in an unknown state");
  }
  Account& account = world.AddAccount({.id = Text(object, "id"),
                                       .name = Text(object, "name"),
                                       .partition = partition,
                                       .platform = object.at("platform").as_bool(),
                                       .management = object.at("management").as_bool(),
                                       .state = *state,
                                       .administrator = Text(object, "administrator"),
                                       .alias = Text(object, "alias"),
                                       .created = Moment(object, "created")});
  account.email = Text(object, "email");
  ExtrasOf(account) = LoadAccountExtras(object.at("extras").as_object());
  world.SetAwsPolicies(partition, MakeAwsPolicies(partition, account.created));
  // Nothing of it is still spreading.
  const Spread long_ago{.now = account.created};
  for (const json::value& item : object.at("groups").as_array()) {
    Group group;
    TRY(ReadEntity(account, "group", item.as_object(), group));
    world.Put(account, long_ago, std::move(group));
  }
  for (const json::value& item : object.at("users").as_array()) {
    TRY_ASSIGN(User user, ReadUser(account, item.as_object()));
    world.Put(account, long_ago, std::move(user));
  }
  for (const json::value& item : object.at("roles").as_array()) {
    TRY_ASSIGN(Role role, ReadRole(account, item.as_object()));
    world.Put(account, long_ago, std::move(role));
  }
  for (const json::value& item : object.at("policies").as_array()) {
    TRY_ASSIGN(ManagedPolicy policy, ReadPolicy(account, item.as_object()));
    world.Put(account, long_ago, std::move(policy));
  }
  return {};
}

base::Status ReadAll(Simulation& simulation, const json::object& root) {
  if (root.at("format").to_number<int>() != kFormat) {
    return base::Fail(base::Code::kInvalidArgument, "the state is of another format");
  }
  simulation.advance = std::chrono::microseconds(root.at("advance").as_int64());
  for (const json::value& item : root.at("accounts").as_array()) TRY(ReadAccount(simulation.world, item.as_object()));
  for (const json::value& item : root.at("organizations").as_array()) {
    TRY(LoadOrganization(simulation.world, item.as_object()));
  }
  if (simulation.world.accounts().empty()) return base::Fail(base::Code::kInvalidArgument, "the state has no accounts");
  return {};
}

}  // namespace

std::string SaveSimulation(const Simulation& simulation) {
  json::array accounts;
  for (const auto& account : simulation.world.accounts()) accounts.push_back(AccountToJson(*account));
  json::array organizations;
  for (const auto& organization : simulation.world.organizations()) organizations.push_back(SaveOrganization(*organization));
  return base::PrintJson(json::object{{"format", kFormat},
                                      {"advance", simulation.advance.count()},
                                      {"accounts", std::move(accounts)},
                                      {"organizations", std::move(organizations)}});
}

base::Result<std::unique_ptr<Simulation>> LoadSimulation(const CloudOptions& options, std::string_view text) {
  TRY_ASSIGN(const json::value root, base::ParseJson(text, {.bytes = std::size_t{1} << 30}));
  auto simulation = std::make_unique<Simulation>(options, Accounts::kNone);
  try {
    TRY(ReadAll(*simulation, root.as_object()));
  } catch (const std::exception& error) {
    return base::Fail(base::Code::kInvalidArgument, "the state of the simulation cannot be read: " + std::string(error.what()));
  }
  return simulation;
}

}  // namespace crossrole::sim
