// SPDX-License-Identifier: Apache-2.0
#include "sim/iam/operations.h"
#include "sim/iam/entities.h"
#include "sim/internal/account_extras.h"
#include "sim/internal/identifiers.h"

namespace crossrole::sim::iam {
namespace {

namespace api = aws::iam;

constexpr std::size_t kUsersPerAccount = 5000;
constexpr std::size_t kKeysPerUser = 2;

std::string_view StatusOf(const AccessKey& key) { return key.active ? "Active" : "Inactive"; }

base::Result<api::CreateUserOutput> CreateUser(Call& call, const api::CreateUserInput& input) {
  Account& account = call.account();
  User user{.boundary = input.permissions_boundary.value_or("")};
  user.name = input.user_name;
  user.path = input.path.value_or("/");
  user.arn = account.IamArn("user" + user.path + user.name);
  TRY(AuthorizeTags(call, OnNewEntity{}(call, input), "User", input.tags));
  TRY_ASSIGN(user.tags, ReadTags(input.tags));
  if (account.users.Find(user.name)) {
    return Refuse("EntityAlreadyExists", "User with name " + user.name + " already exists.");
  }
  if (!user.boundary.empty()) TRY(CheckBoundary(call, user.boundary));
  if (account.users.size() >= kUsersPerAccount) {
    return Refuse("LimitExceeded", "Cannot exceed quota for UsersPerAccount: " + std::to_string(kUsersPerAccount));
  }
  user.id = MakeUniqueId("AIDA", call.random);
  user.created = call.now();
  api::User shown = ShowUser(call, user, Show::kWhole);
  call.world.Put(account, call.spread, std::move(user));
  return api::CreateUserOutput{.user = std::move(shown)};
}

base::Result<api::GetUserOutput> GetUser(Call& call, const api::GetUserInput& input) {
  TRY_ASSIGN(const auto user, FindEntity(call, input));
  return api::GetUserOutput{.user = ShowUser(call, *user, Show::kWhole)};
}

base::Result<api::UpdateUserOutput> UpdateUser(Call& call, const api::UpdateUserInput& input) {
  TRY_ASSIGN(const auto found, FindEntity(call, input));
  User user = *found;
  user.name = input.new_user_name.value_or(user.name);
  user.path = input.new_path.value_or(user.path);
  user.arn = call.account().IamArn("user" + user.path + user.name);
  const auto other = call.account().users.Find(user.name);
  if (other && other->id != user.id) {
    return Refuse("EntityAlreadyExists", "User with name " + user.name + " already exists.");
  }
  for (auto& [arn, device] : ExtrasOf(call.account()).mfa_devices) {
    if (device.user == found->name) device.user = user.name;
  }
  call.world.Erase(call.account(), call.spread, *found);
  call.world.Put(call.account(), call.spread, std::move(user));
  return api::UpdateUserOutput{};
}

// Errors: DeleteConflict for what has to go before its user.
base::Status CheckNothingElse(const Call& call, const User& user) {
  const auto conflict = [](std::string_view what) {
    return Refuse("DeleteConflict", "Cannot delete entity, must delete " + std::string(what) + " first.");
  };
  const UserExtras& extras = ExtrasOf(user);
  if (extras.login) return conflict("login profile");
  if (!extras.certificates.empty()) return conflict("signing certificates");
  if (!extras.ssh_keys.empty()) return conflict("ssh public keys");
  if (!extras.service_credentials.empty()) return conflict("service specific credentials");
  for (const auto& [arn, device] : ExtrasOf(std::as_const(call.account())).mfa_devices) {
    if (device.user == user.name) return conflict("MFA device");
  }
  return {};
}

base::Result<api::DeleteUserOutput> DeleteUser(Call& call, const api::DeleteUserInput& input) {
  TRY_ASSIGN(const auto user, FindEntity(call, input));
  if (!user->keys.empty()) return Refuse("DeleteConflict", "Cannot delete entity, must delete access keys first.");
  if (!user->inline_policies.empty()) return Refuse("DeleteConflict", "Cannot delete entity, must delete policies first.");
  if (!user->attached.empty()) return Refuse("DeleteConflict", "Cannot delete entity, must detach all policies first.");
  if (!user->groups.empty()) return Refuse("DeleteConflict", "Cannot delete entity, must remove users from group first.");
  TRY(CheckNothingElse(call, *user));
  call.world.Erase(call.account(), call.spread, *user);
  return api::DeleteUserOutput{};
}

base::Result<api::ListUsersOutput> ListUsers(Call& call, const api::ListUsersInput& input) {
  std::vector<api::User> users;
  call.account().users.Each([&](const std::shared_ptr<const User>& user) {
    if (user->path.starts_with(input.path_prefix.value_or("/"))) users.push_back(ShowUser(call, *user, Show::kListed));
  });
  api::ListUsersOutput output;
  TRY(Page(input, std::move(users), [](const api::User& user) -> std::string_view { return user.user_name; },
           output.users, output));
  return output;
}

base::Result<api::CreateAccessKeyOutput> CreateAccessKey(Call& call, const api::CreateAccessKeyInput& input) {
  TRY_ASSIGN(const auto found, FindEntity(call, input));
  if (found->keys.size() >= kKeysPerUser) {
    return Refuse("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: " + std::to_string(kKeysPerUser));
  }
  const AccessKey key{.id = MakeAccessKeyId("AKIA", call.account().id, call.random),
                      .secret = MakeSecretKey(call.random),
                      .created = call.now()};
  User user = *found;
  user.keys.push_back(key);
  call.world.Put(call.account(), call.spread, std::move(user));
  return api::CreateAccessKeyOutput{.access_key = {.user_name = found->name,
                                                   .access_key_id = key.id,
                                                   .status = "Active",
                                                   .secret_access_key = base::Secret(key.secret),
                                                   .create_date = call.Shown(key.created)}};
}

std::unexpected<base::Error> NoSuchKey(const std::string& id) {
  return Refuse("NoSuchEntity", "The Access Key with id " + id + " cannot be found.");
}

base::Result<api::UpdateAccessKeyOutput> UpdateAccessKey(Call& call, const api::UpdateAccessKeyInput& input) {
  TRY_ASSIGN(const auto found, FindEntity(call, input));
  User user = *found;
  const auto key = std::ranges::find(user.keys, input.access_key_id, &AccessKey::id);
  if (key == user.keys.end()) return NoSuchKey(input.access_key_id);
  key->active = input.status == "Active";
  call.world.Put(call.account(), call.spread, std::move(user));
  return api::UpdateAccessKeyOutput{};
}

base::Result<api::DeleteAccessKeyOutput> DeleteAccessKey(Call& call, const api::DeleteAccessKeyInput& input) {
  TRY_ASSIGN(const auto found, FindEntity(call, input));
  User user = *found;
  if (std::erase_if(user.keys, [&](const AccessKey& key) { return key.id == input.access_key_id; }) == 0) {
    return NoSuchKey(input.access_key_id);
  }
  call.world.Put(call.account(), call.spread, std::move(user));
  return api::DeleteAccessKeyOutput{};
}

base::Result<api::ListAccessKeysOutput> ListAccessKeys(Call& call, const api::ListAccessKeysInput& input) {
  TRY_ASSIGN(const auto user, FindEntity(call, input));
  std::vector<api::AccessKeyMetadata> keys;
  for (const AccessKey& key : user->keys) {
    keys.push_back({.user_name = user->name,
                    .access_key_id = key.id,
                    .status = std::string(StatusOf(key)),
                    .create_date = call.Shown(key.created)});
  }
  api::ListAccessKeysOutput output;
  TRY(Page(input, std::move(keys), [](const auto& key) { return TextOf(key.access_key_id); },
           output.access_key_metadata, output));
  return output;
}

Ask OnUserOfKey(const Call& call, const api::GetAccessKeyLastUsedInput& input) {
  const Owner* owner = call.world.FindAccessKey(input.access_key_id);
  const std::string name = owner != nullptr && owner->account == &call.account() ? owner->name : "";
  Ask ask{.resource = call.account().IamArn("user/" + name), .label = "user " + name};
  if (const auto user = call.account().users.Find(name)) ask.resource = user->arn;
  return ask;
}

base::Result<api::GetAccessKeyLastUsedOutput> GetAccessKeyLastUsed(Call& call,
                                                                   const api::GetAccessKeyLastUsedInput& input) {
  const Owner* owner = call.world.FindAccessKey(input.access_key_id);
  const auto user = owner != nullptr && owner->account == &call.account() ? call.account().users.Find(owner->name) : nullptr;
  if (!user || std::ranges::find(user->keys, input.access_key_id, &AccessKey::id) == user->keys.end()) {
    return NoSuchKey(input.access_key_id);
  }
  api::AccessKeyLastUsed used{.service_name = "N/A", .region = "N/A"};
  const auto last = call.account().last_use.find(input.access_key_id);
  if (last != call.account().last_use.end()) {
    used = {.last_used_date = call.Shown(last->second.at),
            .service_name = last->second.service,
            .region = last->second.region};
  }
  return api::GetAccessKeyLastUsedOutput{.user_name = user->name, .access_key_last_used = std::move(used)};
}

}  // namespace

void AddUserOperations(OperationTable& table) {
  table.Add<api::CreateUser>(OnNewEntity{}, CreateUser);
  table.Add<api::GetUser>(OnEntity{}, GetUser);
  table.Add<api::UpdateUser>(OnEntity{}, UpdateUser);
  table.Add<api::DeleteUser>(OnEntity{}, DeleteUser);
  table.Add<api::ListUsers>(OnAll{"user"}, ListUsers);
  table.Add<api::CreateAccessKey>(OnEntity{}, CreateAccessKey);
  table.Add<api::UpdateAccessKey>(OnEntity{}, UpdateAccessKey);
  table.Add<api::DeleteAccessKey>(OnEntity{}, DeleteAccessKey);
  table.Add<api::ListAccessKeys>(OnEntity{}, ListAccessKeys);
  table.Add<api::GetAccessKeyLastUsed>(OnUserOfKey, GetAccessKeyLastUsed);
}

}  // namespace crossrole::sim::iam
