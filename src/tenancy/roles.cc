// SPDX-License-Identifier: Apache-2.0
#include "tenancy/roles.h"

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "model/handle.h"
#include "store/people/role_bindings.h"
#include "store/people/tokens.h"

namespace crossrole::tenancy {
namespace {

using base::Code;
using base::Error;
using base::Fail;
using store::Role;


base::Status CheckRoleName(const std::string& name) {
  if (!model::Handle::Parse(name)) {
    return Fail(Error{.code = Code::kInvalidArgument,
                      .message = fmt::format("`{}` is not a name of a role", base::Shortened(name, 80)),
                      .field = "name",
                      .fix = "use 1 to 39 lower-case letters, digits and single underscores, beginning with a letter"});
  }
  if (FindBuiltInRole(name) == nullptr) return {};
  return Fail(Error{.code = Code::kConflict,
                    .message = fmt::format("`{}` is a built-in role", name),
                    .reason = "name.used",
                    .field = "name",
                    .fix = "choose another name"});
}

// In the order of the table and each once. Only what is `new` has to be within reach: who renames a role gives nothing.
base::Result<std::vector<std::string>> CheckActions(const Caller& caller, const std::vector<std::string>& actions, PermissionSet old) {
  TRY_ASSIGN(const PermissionSet wanted, PermissionSet::Parse(actions));
  const PermissionSet beyond = BeyondReach(*caller.authority, *caller.spaces, wanted.Without(old), caller.spaces->root());
  if (!beyond.IsEmpty()) return Fail(CannotHandOn(beyond));
  return wanted.Names();
}

base::Result<Role> LoadRole(store::ReadTransaction& tx, const std::string& text, std::optional<std::int64_t> if_match) {
  if (FindBuiltInRole(text) != nullptr) {
    return Fail(Error{.code = Code::kFailedPrecondition, .message = "built-in roles do not change", .reason = "role.built_in"});
  }
  const auto id = model::RoleId::Parse(text);
  std::optional<Role> role;
  if (id) {
    TRY_ASSIGN(role, store::FindRole(tx, *id));
  } else {
    TRY_ASSIGN(role, store::FindRoleByName(tx, text));
  }
  if (!role) return Fail(Code::kNotFound, fmt::format("there is no role `{}`", base::Shortened(text, 80)));
  if (!if_match || *if_match == role->version) return *std::move(role);
  return Fail(Error{.code = Code::kConflict,
                    .message = "the role was changed meanwhile",
                    .field = "If-Match",
                    .fix = "read it again, and repeat the change if it still makes sense",
                    .stale = true});
}

base::Result<Consequences> ConsequencesOfDeleting(store::ReadTransaction& tx, const Role& role, base::Time now) {
  Consequences consequences{.removed = {role.id.text()}};
  store::Page page{.limit = store::kLongPage};
  while (true) {
    TRY_ASSIGN(const auto bindings, store::ListRoleBindings(tx, {.role = role.id.text()}, page));
    for (const store::RoleBinding& binding : bindings) consequences.dependents.push_back(binding.id.text());
    if (bindings.size() < store::kLongPage) break;
    page.after = bindings.back().id.text();
  }
  page.after.clear();
  while (true) {
    TRY_ASSIGN(const auto tokens, store::ListTokens(tx, page));
    for (const store::Token& token : tokens) {
      const bool alive = !token.revoked_at && (!token.expires_at || now < *token.expires_at);
      if (alive && token.role == role.id.text()) consequences.dependents.push_back(token.id.text());
    }
    if (tokens.size() < store::kLongPage) return consequences;
    page.after = tokens.back().id.text();
  }
}

}  // namespace

Error CannotHandOn(PermissionSet beyond) {
  Error error{.code = Code::kPermissionDenied,
              .message = "nobody hands on more than he may himself",
              .reason = "permission.beyond_reach",
              .fix = "leave out what is missing, or ask somebody who may do it"};
  error.details["missing"] = beyond.Names();
  return error;
}

base::Result<Role> CreateRole(const Ports& ports, const Caller& caller, const std::string& name,
                              const std::vector<std::string>& actions) {
  TRY(CheckRoleName(name));
  TRY_ASSIGN(auto permissions, CheckActions(caller, actions, {}));
  const base::Time now = ports.clock.Now();
  const Role role{.id = model::RoleId::Make(now, ports.random),
                  .tenant = caller.actor.tenant,
                  .name = name,
                  .permissions = std::move(permissions),
                  .created_at = now,
                  .updated_at = now};
  return audit::RecordAround(ports.audit, audit::RecordOf(caller.actor, "role.create", role.id.text()),
                             [&](audit::EffectReport& report) -> base::Result<Role> {
                               report.details = fmt::format(R"({{"name":{}}})", base::JsonQuote(role.name));
                               TRY(ports.store.Write(role.tenant, [&](store::WriteTransaction& tx) { return store::InsertRole(tx, role); }));
                               return role;
                             });
}

base::Result<Role> UpdateRole(const Ports& ports, const Caller& caller, const std::string& id, const RoleChange& change) {
  TRY_ASSIGN(const Role before, ports.store.Read(caller.actor.tenant, [&](store::ReadTransaction& tx) {
    return LoadRole(tx, id, change.if_match);
  }));
  if (change.name && *change.name != before.name) TRY(CheckRoleName(*change.name));
  return audit::RecordAround(
      ports.audit, audit::RecordOf(caller.actor, "role.update", before.id.text()),
      [&](audit::EffectReport& report) -> base::Result<Role> {
        return ports.store.Write(caller.actor.tenant, [&](store::WriteTransaction& tx) -> base::Result<Role> {
          TRY_ASSIGN(Role role, LoadRole(tx, before.id.text(), change.if_match));
          role.name = change.name.value_or(role.name);
          if (change.actions) {
            TRY_ASSIGN(const PermissionSet old, PermissionSet::Parse(role.permissions));
            TRY_ASSIGN(role.permissions, CheckActions(caller, *change.actions, old));
          }
          role.updated_at = ports.clock.Now();
          TRY_ASSIGN(role.version, store::UpdateRole(tx, role));
          report.details = fmt::format(R"({{"name":{}}})", base::JsonQuote(role.name));
          return role;
        });
      });
}

base::Result<Consequences> DeleteRole(const Ports& ports, const Caller& caller, const std::string& id,
                                      std::optional<std::int64_t> if_match) {
  TRY_ASSIGN(const Role before, ports.store.Read(caller.actor.tenant, [&](store::ReadTransaction& tx) { return LoadRole(tx, id, if_match); }));
  return audit::RecordAround(
      ports.audit, audit::RecordOf(caller.actor, "role.delete", before.id.text()), [&](audit::EffectReport&) {
        return ports.store.Write(caller.actor.tenant, [&](store::WriteTransaction& tx) -> base::Result<Consequences> {
          TRY_ASSIGN(const Role role, LoadRole(tx, before.id.text(), if_match));
          TRY_ASSIGN(Consequences consequences, ConsequencesOfDeleting(tx, role, ports.clock.Now()));
          if (!consequences.dependents.empty()) {
            Error error{.code = Code::kFailedPrecondition,
                        .message = fmt::format("the role `{}` is in use", role.name),
                        .reason = "role.in_use",
                        .fix = "take it from them first; `dry_run=true` lists them"};
            error.details["dependents"] = consequences.dependents;
            return Fail(std::move(error));
          }
          TRY(store::DeleteRole(tx, role.id));
          return consequences;
        });
      });
}

base::Result<Consequences> PreviewDeleteRole(const Ports& ports, const Caller& caller, const std::string& id,
                                             std::optional<std::int64_t> if_match) {
  return ports.store.Read(caller.actor.tenant, [&](store::ReadTransaction& tx) -> base::Result<Consequences> {
    TRY_ASSIGN(const Role role, LoadRole(tx, id, if_match));
    return ConsequencesOfDeleting(tx, role, ports.clock.Now());
  });
}

}  // namespace crossrole::tenancy
