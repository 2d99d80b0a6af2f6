// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/ids.h"
#include "store/people/role_bindings.h"
#include "tenancy/authenticate.h"
#include "tenancy/ports.h"

namespace crossrole::tenancy {

/// A role to be given. That its giver may give roles in `space` was checked before.
struct BindingWish {
  std::optional<std::string> operator_id{};  // one of these two
  std::optional<std::string> token{};
  std::string role;                          // name or id
  std::optional<model::SpaceId> space{};     // nothing: the root
};

/// Gives a role to an operator or a token. The first operator who owns the tenant `default` voids the administrator tokens
/// that are there by then. Errors: kInvalidArgument with `field`; kConflict when it was given already;
/// kPermissionDenied when the giver may not do all of it there.
base::Result<store::RoleBinding> Bind(const Ports& ports, const Caller& caller, const BindingWish& wish);
/// Takes a role away. Errors: kNotFound; kConflict with `stale`; kPermissionDenied as for giving it; kFailedPrecondition with
/// reason `role_binding.last_owner` for the last owner among the operators, whom only the installation's administrator takes.
base::Status Unbind(const Ports& ports, const Caller& caller, const model::RoleBindingId& id, std::optional<std::int64_t> if_match);
/// Takes a role away that the mapping of identity provider `provider` no longer gives; `system` acts for the configuration. The
/// last owner among the operators stays one: that is refused like a person's wish, in the record, and no error. Nor is a
/// binding that is gone already. Whether it was taken. Errors: kUnavailable.
base::Result<bool> UnbindByMapping(const Ports& ports, const Caller& system, const model::RoleBindingId& id, std::string_view provider);
/// Whether `Unbind` would do it; writes nothing. Errors: as `Unbind`.
base::Status CheckUnbind(const Ports& ports, const Caller& caller, const model::RoleBindingId& id, std::optional<std::int64_t> if_match);

}  // namespace crossrole::tenancy
