// SPDX-License-Identifier: Apache-2.0
#include "tenancy/role_bindings.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "store/people/operators.h"
#include "store/people/tenants.h"
#include "store/people/tokens.h"
#include "tenancy/authority.h"
#include "tenancy/owners.h"
#include "tenancy/roles.h"

namespace crossrole::tenancy {
namespace {

using base::Code;
using base::Error;
using base::Fail;
using store::RoleBinding;

Error Wrong(std::string field, std::string message) {
  return {.code = Code::kInvalidArgument, .message = std::move(message), .field = std::move(field)};
}

Error NoSuch(std::string field, std::string_view id) {
  std::string message = fmt::format("there is no {} `{}`", field, base::Shortened(id, 80));
  return Wrong(std::move(field), std::move(message));
}

// Whom the role is for; another tenant's are not there.
base::Result<std::string> FindPrincipal(store::ReadTransaction& tx, const BindingWish& wish) {
  if (wish.operator_id.has_value() == wish.token.has_value()) {
    return Fail(Wrong("operator", "a role is given to an `operator` or to a `token`: say one of them"));
  }
  if (wish.operator_id) {
    const auto id = model::OperatorId::Parse(*wish.operator_id);
    if (!id) return Fail(NoSuch("operator", *wish.operator_id));
    TRY_ASSIGN(const auto person, store::FindOperator(tx, *id));
    if (!person) return Fail(NoSuch("operator", *wish.operator_id));
    return id->text();
  }
  const auto id = model::TokenId::Parse(*wish.token);
  if (!id) return Fail(NoSuch("token", *wish.token));
  TRY_ASSIGN(const auto token, store::FindToken(tx, *id));
  if (!token || token->power == store::TokenPower::kAdministrator) return Fail(NoSuch("token", *wish.token));
  if (token->operator_id) return Fail(Wrong("token", "this token is an operator's own: give the role to the operator"));
  return id->text();
}

base::Status CheckReach(store::ReadTransaction& tx, const Caller& caller, PermissionSet permissions, const model::SpaceId& space) {
  // The tree as it is within this transaction: it may have changed since the caller was known.
  TRY_ASSIGN(const SpaceTree tree, LoadSpaces(tx));
  if (!tree.Has(space)) return Fail(NoSuch("space", space.text()));
  const PermissionSet beyond = BeyondReach(*caller.authority, tree, permissions, space);
  if (!beyond.IsEmpty()) return Fail(CannotHandOn(beyond));
  return {};
}

// Whether an operator owns the space, `but` aside.
base::Result<bool> HasOwner(store::ReadTransaction& tx, const model::SpaceId& space, const model::RoleBindingId& but) {
  TRY_ASSIGN(const auto owners, store::ListRoleBindings(tx, {.role = kOwnerRole, .space = space.text()}, {.limit = store::kLongPage}));
  return std::ranges::any_of(owners, [&](const RoleBinding& other) { return other.id != but && IsOwnership(other); });
}

// The token of the first start lives until somebody owns the tenant that it is kept in (contract section 2). One that is
// made later, on the machine itself, is meant to work beside owners.
base::Status VoidFirstToken(store::WriteTransaction& tx, const RoleBinding& binding, base::Time now) {
  if (!IsOwnership(binding)) return {};
  TRY_ASSIGN(const store::Tenant tenant, store::OwnTenant(tx));
  if (tenant.handle.text() != model::kDefaultTenantHandle || binding.space != tenant.root_space) return {};
  TRY_ASSIGN(const bool others, HasOwner(tx, binding.space, binding.id));
  if (!others) TRY(store::RevokeAdministratorTokens(tx, now));
  return {};
}

// A taking of a role.
struct Taking {
  std::optional<std::int64_t> if_match{};
  std::string_view provider{};  // whose mapping no longer gives it; "": somebody's wish
};

std::string BindingDetails(const RoleBinding& binding, std::string_view provider = {}) {
  const std::string cause = provider.empty() ? "" : fmt::format(R"(,"provider":{})", base::JsonQuote(provider));
  return fmt::format(R"({{"principal":"{}","role":{},"space":"{}"{}}})", binding.principal, base::JsonQuote(binding.role), binding.space.text(), cause);
}

// A binding that the caller may take away. `seen` is told what it is, also when it may not.
base::Result<RoleBinding> LoadToTake(store::ReadTransaction& tx, const Caller& caller, const model::RoleBindingId& id, const Taking& taking,
                                     audit::EffectReport* seen = nullptr) {
  TRY_ASSIGN(auto binding, store::FindRoleBinding(tx, id));
  if (!binding) return Fail(Code::kNotFound, fmt::format("there is no role binding `{}`", id.text()));
  if (seen != nullptr) seen->details = BindingDetails(*binding, taking.provider);
  if (taking.if_match && *taking.if_match != binding->version) {
    return Fail(Error{.code = Code::kConflict, .message = "the binding was changed meanwhile", .field = "If-Match", .stale = true});
  }
  // A role that is gone meanwhile gives nothing, and may be taken by whoever may take roles.
  if (const auto role = FindRoleToGive(tx, binding->role)) TRY(CheckReach(tx, caller, role->permissions, binding->space));
  // An administrator of the installation knows what he does; a group that was renamed elsewhere does not.
  const bool may_take_last = caller.authority->installation_admin && taking.provider.empty();
  if (!may_take_last && IsOwnership(*binding)) TRY(CheckOwnerRemains(tx, binding->space, binding->principal));
  return *std::move(binding);
}

base::Status Take(const Ports& ports, const Caller& caller, const model::RoleBindingId& id, const Taking& taking) {
  return audit::RecordAround(
      ports.audit, audit::RecordOf(caller.actor, "role_binding.delete", id.text()), [&](audit::EffectReport& report) -> base::Status {
        return ports.store.Write(caller.actor.tenant, [&](store::WriteTransaction& tx) -> base::Status {
          TRY(LoadToTake(tx, caller, id, taking, &report));
          return store::DeleteRoleBinding(tx, id);
        });
      });
}

}  // namespace

base::Result<RoleBinding> Bind(const Ports& ports, const Caller& caller, const BindingWish& wish) {
  const base::Time now = ports.clock.Now();
  const model::RoleBindingId id = model::RoleBindingId::Make(now, ports.random);
  return audit::RecordAround(
      ports.audit, audit::RecordOf(caller.actor, "role_binding.create", id.text()),
      [&](audit::EffectReport& report) -> base::Result<RoleBinding> {
        return ports.store.Write(caller.actor.tenant, [&](store::WriteTransaction& tx) -> base::Result<RoleBinding> {
          TRY_ASSIGN(std::string principal, FindPrincipal(tx, wish));
          TRY_ASSIGN(const ResolvedRole role, FindRoleToGive(tx, wish.role));
          RoleBinding binding{.id = id,
                              .tenant = caller.actor.tenant,
                              .principal = std::move(principal),
                              .role = role.key,
                              .space = wish.space.value_or(caller.spaces->root()),
                              .created_at = now,
                              .updated_at = now};
          TRY(CheckReach(tx, caller, role.permissions, binding.space));
          TRY(store::InsertRoleBinding(tx, binding));
          TRY(VoidFirstToken(tx, binding, now));
          report.details = BindingDetails(binding);
          return binding;
        });
      });
}

base::Status Unbind(const Ports& ports, const Caller& caller, const model::RoleBindingId& id, std::optional<std::int64_t> if_match) {
  return Take(ports, caller, id, {.if_match = if_match});
}

base::Result<bool> UnbindByMapping(const Ports& ports, const Caller& system, const model::RoleBindingId& id, std::string_view provider) {
  const base::Status taken = Take(ports, system, id, {.provider = provider});
  if (taken) return true;
  // Another sign-in of the same person may have been quicker.
  if (taken.error().code == Code::kNotFound || taken.error().reason == kLastOwner) return false;
  return Fail(taken.error());
}

base::Status CheckUnbind(const Ports& ports, const Caller& caller, const model::RoleBindingId& id, std::optional<std::int64_t> if_match) {
  TRY(ports.store.Read(caller.actor.tenant, [&](store::ReadTransaction& tx) { return LoadToTake(tx, caller, id, {.if_match = if_match}); }));
  return {};
}

}  // namespace crossrole::tenancy
