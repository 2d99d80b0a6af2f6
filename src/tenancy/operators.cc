// SPDX-License-Identifier: Apache-2.0
#include "tenancy/operators.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "model/handle.h"
#include "store/people/browser_sessions.h"
#include "store/people/role_bindings.h"
#include "store/people/tokens.h"
#include "tenancy/authority.h"
#include "tenancy/owners.h"

namespace crossrole::tenancy {
namespace {

using base::Code;
using base::Error;
using base::Fail;

constexpr std::size_t kLongestEmail = 254;
constexpr std::size_t kEverything = 10'000;

std::unexpected<Error> NoSuchOperator(std::string_view id) {
  return Fail(Code::kNotFound, fmt::format("there is no operator `{}`", base::Shortened(id, 80)));
}

base::Result<store::Operator> Load(store::ReadTransaction& tx, std::string_view id) {
  const auto parsed = model::OperatorId::Parse(id);
  if (!parsed) return NoSuchOperator(id);
  TRY_ASSIGN(auto person, store::FindOperator(tx, *parsed));
  if (!person) return NoSuchOperator(id);
  return *std::move(person);
}

// Whoever sets the password or the address of somebody can become him.
base::Status CheckReach(store::ReadTransaction& tx, const Caller& caller, const model::OperatorId& id) {
  if (caller.actor.installation_admin || caller.operator_id == id) return {};
  TRY_ASSIGN(const Authority theirs, LoadAuthority(tx, id.text()));
  for (const Grant& grant : theirs.grants) {
    const PermissionSet beyond = BeyondReach(*caller.authority, *caller.spaces, grant.permissions, grant.space);
    if (beyond.IsEmpty()) continue;
    return Fail(Error{.code = Code::kPermissionDenied,
                      .message = fmt::format("this operator may what you may not: `{}`", beyond.Names().front()),
                      .reason = "operator.beyond_reach"});
  }
  return {};
}

// Only the administrator of the installation lets the last owner of a space go.
base::Status CheckMayGo(store::ReadTransaction& tx, const Caller& caller, const model::OperatorId& id) {
  if (caller.actor.installation_admin) return {};
  return CheckOwnersRemain(tx, id);
}

base::Status CheckVersion(const store::Operator& person, std::optional<std::int64_t> if_match) {
  if (!if_match || *if_match == person.version) return {};
  return Fail(Error{.code = Code::kConflict,
                    .message = fmt::format("the operator has version {} by now", person.version),
                    .fix = "read it again",
                    .stale = true});
}

base::Result<std::string> HashOf(const OperatorPorts& ports, const Caller& caller, std::optional<base::Secret>& password,
                                 std::string_view email) {
  if (!password) return std::string();
  TRY(CheckPassword(password->Reveal(), email));
  return ports.passwords.Hash(caller.actor.id, *std::move(password));
}

// Sessions and tokens of his own.
base::Result<std::int64_t> EndSessions(store::WriteTransaction& tx, const model::OperatorId& id, base::Time now) {
  TRY_ASSIGN(const std::int64_t sessions, store::DeleteBrowserSessionsOf(tx, id));
  TRY_ASSIGN(const std::int64_t tokens, store::RevokeTokensOf(tx, id, now));
  return sessions + tokens;
}

base::Result<OperatorConsequences> ConsequencesOf(store::ReadTransaction& tx, const store::Operator& person) {
  OperatorConsequences consequences{.removed = {person.id.text()}};
  TRY_ASSIGN(const auto bindings, store::ListRoleBindings(tx, {.principal = person.id.text()}, {.limit = kEverything}));
  for (const store::RoleBinding& binding : bindings) consequences.removed.push_back(binding.id.text());
  TRY_ASSIGN(const auto tokens, store::ListTokens(tx, {.limit = kEverything}));
  for (const store::Token& token : tokens) {
    if (token.operator_id == person.id && !token.revoked_at) consequences.invalidated.push_back(token.id.text());
  }
  return consequences;
}

std::string Details(const OperatorChange& change) {
  std::string names;
  const auto add = [&](std::string_view name, bool is_changed) {
    if (is_changed) names += fmt::format("{}\"{}\"", names.empty() ? "" : ",", name);
  };
  add("name", change.name.has_value());
  add("email", change.email.has_value());
  add("password", change.password.has_value());
  add("disabled", change.disabled.has_value());
  return fmt::format(R"({{"changed":[{}]}})", names);
}

}  // namespace

base::Status CheckEmail(std::string_view email) {
  const std::size_t at = email.find('@');
  const bool printable = std::ranges::all_of(email, [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '<' && c != '>' && c != ','; });
  const bool good = printable && email.size() <= kLongestEmail && at != std::string_view::npos && at > 0 &&
                    at + 1 < email.size() && email.find('@', at + 1) == std::string_view::npos;
  if (good) return {};
  return Fail(Error{.code = Code::kInvalidArgument,
                    .message = fmt::format("`{}` is not an address", base::Shortened(email, 80)),
                    .field = "email",
                    .fix = "give it like ann@example.com, in ASCII"});
}

base::Result<store::Operator> CreateOperator(const OperatorPorts& ports, const Caller& caller, OperatorRequest request) {
  TRY(model::CheckName(request.name, "name"));
  TRY(CheckEmail(request.email));
  TRY_ASSIGN(std::string hash, HashOf(ports, caller, request.password, request.email));
  const base::Time now = ports.clock.Now();
  const store::Operator person{.id = model::OperatorId::Make(now, ports.random),
                               .tenant = caller.actor.tenant,
                               .name = std::move(request.name),
                               .email = std::move(request.email),
                               .disabled = request.disabled,
                               .password_hash = std::move(hash),
                               .created_at = now,
                               .updated_at = now};
  return audit::RecordAround(ports.audit, audit::RecordOf(caller.actor, "operator.create", person.id.text()),
                             [&](audit::EffectReport&) -> base::Result<store::Operator> {
                               TRY(ports.store.Write(caller.actor.tenant, [&](store::WriteTransaction& tx) {
                                 return store::InsertOperator(tx, person);
                               }));
                               return person;
                             });
}

base::Result<store::Operator> FindOperator(const OperatorPorts& ports, const Caller& caller, std::string_view id) {
  return ports.store.Read(caller.actor.tenant, [&](store::ReadTransaction& tx) { return Load(tx, id); });
}

base::Result<store::Operator> UpdateOperator(const OperatorPorts& ports, const Caller& caller, std::string_view id,
                                             OperatorChange change) {
  TRY_ASSIGN(const store::Operator before, FindOperator(ports, caller, id));
  if (change.name) TRY(model::CheckName(*change.name, "name"));
  if (change.email) TRY(CheckEmail(*change.email));
  const std::string details = Details(change);
  const bool new_password = change.password.has_value();
  TRY_ASSIGN(const std::string hash, HashOf(ports, caller, change.password, change.email.value_or(before.email)));
  const base::Time now = ports.clock.Now();
  const auto apply = [&](store::WriteTransaction& tx) -> base::Result<store::Operator> {
    TRY_ASSIGN(store::Operator person, Load(tx, id));
    TRY(CheckVersion(person, change.if_match));
    TRY(CheckReach(tx, caller, person.id));
    const bool was_disabled = person.disabled;
    if (change.disabled.value_or(false) && !was_disabled) TRY(CheckMayGo(tx, caller, person.id));
    if (change.name) person.name = *change.name;
    if (change.email) person.email = *change.email;
    if (new_password) person.password_hash = hash;
    person.disabled = change.disabled.value_or(person.disabled);
    person.updated_at = now;
    TRY_ASSIGN(person.version, store::UpdateOperator(tx, person));
    if (new_password || (person.disabled && !was_disabled)) TRY(EndSessions(tx, person.id, now));
    return person;
  };
  return audit::RecordAround(ports.audit, audit::RecordOf(caller.actor, "operator.update", before.id.text()),
                             [&](audit::EffectReport& report) {
                               report.details = details;
                               return ports.store.Write(caller.actor.tenant, apply);
                             });
}

base::Result<OperatorConsequences> PreviewUpdateOperator(const OperatorPorts& ports, const Caller& caller, std::string_view id,
                                                         const OperatorChange& change) {
  return ports.store.Read(caller.actor.tenant, [&](store::ReadTransaction& tx) -> base::Result<OperatorConsequences> {
    TRY_ASSIGN(const store::Operator person, Load(tx, id));
    TRY(CheckVersion(person, change.if_match));
    TRY(CheckReach(tx, caller, person.id));
    const bool disables = change.disabled.value_or(false) && !person.disabled;
    if (disables) TRY(CheckMayGo(tx, caller, person.id));
    if (!disables && !change.password) return OperatorConsequences();
    TRY_ASSIGN(OperatorConsequences consequences, ConsequencesOf(tx, person));
    consequences.removed.clear();
    return consequences;
  });
}

base::Result<OperatorConsequences> PreviewDeleteOperator(const OperatorPorts& ports, const Caller& caller, std::string_view id,
                                                         std::optional<std::int64_t> if_match) {
  return ports.store.Read(caller.actor.tenant, [&](store::ReadTransaction& tx) -> base::Result<OperatorConsequences> {
    TRY_ASSIGN(const store::Operator person, Load(tx, id));
    TRY(CheckVersion(person, if_match));
    TRY(CheckReach(tx, caller, person.id));
    TRY(CheckMayGo(tx, caller, person.id));
    return ConsequencesOf(tx, person);
  });
}

base::Result<OperatorConsequences> DeleteOperator(const OperatorPorts& ports, const Caller& caller, std::string_view id,
                                                  std::optional<std::int64_t> if_match) {
  TRY_ASSIGN(const store::Operator before, FindOperator(ports, caller, id));
  const base::Time now = ports.clock.Now();
  const auto apply = [&](store::WriteTransaction& tx) -> base::Result<OperatorConsequences> {
    TRY_ASSIGN(const store::Operator person, Load(tx, id));
    TRY(CheckVersion(person, if_match));
    TRY(CheckReach(tx, caller, person.id));
    TRY(CheckMayGo(tx, caller, person.id));
    TRY_ASSIGN(OperatorConsequences consequences, ConsequencesOf(tx, person));
    TRY(EndSessions(tx, person.id, now));
    TRY(store::DeleteRoleBindingsOf(tx, person.id.text()));
    TRY(store::DeleteOperator(tx, person.id));
    return consequences;
  };
  return audit::RecordAround(ports.audit, audit::RecordOf(caller.actor, "operator.delete", before.id.text()),
                             [&](audit::EffectReport&) { return ports.store.Write(caller.actor.tenant, apply); });
}

base::Result<std::int64_t> SignOutOperator(const OperatorPorts& ports, const Caller& caller, std::string_view id) {
  TRY_ASSIGN(const store::Operator person, FindOperator(ports, caller, id));
  const base::Time now = ports.clock.Now();
  return audit::RecordAround(ports.audit, audit::RecordOf(caller.actor, "auth.sign_out_everywhere", person.id.text()),
                             [&](audit::EffectReport&) {
                               return ports.store.Write(caller.actor.tenant,
                                                        [&](store::WriteTransaction& tx) -> base::Result<std::int64_t> {
                                                          TRY(CheckReach(tx, caller, person.id));
                                                          return EndSessions(tx, person.id, now);
                                                        });
                             });
}

}  // namespace crossrole::tenancy
