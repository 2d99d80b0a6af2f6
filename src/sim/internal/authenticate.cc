// SPDX-License-Identifier: Apache-2.0
#include "sim/internal/authenticate.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "model/partition.h"
#include "sim/internal/refuse.h"

namespace crossrole::sim {
namespace {

std::unexpected<base::Error> UnknownToken() {
  return Refuse("InvalidClientTokenId", "The security token included in the request is invalid.");
}

const AccessKey* FindKey(const User& user, std::string_view id) {
  const auto it = std::ranges::find(user.keys, id, &AccessKey::id);
  return it == user.keys.end() || !it->active ? nullptr : &*it;
}

std::shared_ptr<const User> UserOfKey(const World& world, base::Time seen, std::string_view access_key_id) {
  const Owner* owner = world.FindAccessKey(access_key_id);
  return owner == nullptr ? nullptr : owner->account->users.FindAsOf(owner->name, seen);
}

policy::Principal PrincipalOf(const Account& account, policy::CallerKind kind, const Entity& entity) {
  return {.kind = kind,
          .partition = std::string(account.partition_name()),
          .account = account.id,
          .arn = entity.arn,
          .unique_id = entity.id};
}

base::Result<Caller> IdentifySession(const World& world, Account& account, const Spread& spread, Session session) {
  if (session.expires <= spread.now) {
    return Refuse("ExpiredToken", "The security token included in the request is expired");
  }
  if (session.kind == SessionKind::kRoot) {
    return Caller{.principal = {.kind = policy::CallerKind::kRootUser,
                                .partition = std::string(account.partition_name()),
                                .account = account.id,
                                .arn = account.IamArn("root"),
                                .unique_id = account.id},
                  .account = &account,
                  .access_key_id = session.access_key_id,
                  .session = std::move(session)};
  }
  const Owner* owner = world.FindId(session.principal_id);
  if (owner == nullptr) return UnknownToken();
  Caller caller{.principal = {}, .account = &account, .access_key_id = session.access_key_id};
  const auto session_arn = [&](std::string_view resource) {
    return fmt::format("arn:{}:sts::{}:{}/{}", account.partition_name(), account.id, resource, session.name);
  };
  if (session.kind == SessionKind::kAssumedRole) {
    const auto role = account.roles.FindAsOf(owner->name, spread.seen());
    if (!role || role->id != session.principal_id) return UnknownToken();
    caller.principal = PrincipalOf(account, policy::CallerKind::kRole, *role);
    caller.principal.session_arn = session_arn("assumed-role/" + role->name);
  } else {
    const auto user = account.users.FindAsOf(owner->name, spread.seen());
    if (!user || user->id != session.principal_id) return UnknownToken();
    const bool federated = session.kind == SessionKind::kFederatedUser;
    caller.principal =
        PrincipalOf(account, federated ? policy::CallerKind::kFederatedUser : policy::CallerKind::kUser, *user);
    if (federated) caller.principal.session_arn = session_arn("federated-user");
  }
  caller.session = std::move(session);
  return caller;
}

}  // namespace

std::optional<base::Secret> FindSecret(const World& world, const SessionTokens& tokens, base::Time seen,
                                       std::string_view access_key_id, std::string_view session_token) {
  if (!session_token.empty()) {
    if (!tokens.Read(session_token, access_key_id)) return std::nullopt;
    return base::Secret(tokens.SecretOf(access_key_id));
  }
  const auto user = UserOfKey(world, seen, access_key_id);
  const AccessKey* key = user ? FindKey(*user, access_key_id) : nullptr;
  if (key == nullptr) return std::nullopt;
  return base::Secret(std::string(key->secret));
}

base::Result<Caller> Identify(const World& world, const SessionTokens& tokens, const Spread& spread,
                              const aws::VerifiedSignature& signature) {
  Account* account = nullptr;
  std::optional<Session> session;
  std::shared_ptr<const User> user;
  if (signature.session_token.empty()) {
    user = UserOfKey(world, spread.seen(), signature.access_key_id);
    if (!user || FindKey(*user, signature.access_key_id) == nullptr) return UnknownToken();
    account = world.FindAccessKey(signature.access_key_id)->account;
  } else {
    session = tokens.Read(signature.session_token, signature.access_key_id);
    if (!session) return UnknownToken();
    account = world.FindAccount(session->account_id);
  }
  // Credentials are good in their own partition only; those of an account out of use are good for nothing.
  const auto partition = model::PartitionOfRegion(signature.region).value_or(model::Partition::kAws);
  if (account == nullptr || account->state != AccountState::kActive || account->partition != partition) {
    return UnknownToken();
  }
  if (session) return IdentifySession(world, *account, spread, *std::move(session));
  return Caller{.principal = PrincipalOf(*account, policy::CallerKind::kUser, *user),
                .account = account,
                .access_key_id = signature.access_key_id};
}

}  // namespace crossrole::sim
