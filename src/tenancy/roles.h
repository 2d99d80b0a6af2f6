// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/ids.h"
#include "store/people/roles.h"
#include "tenancy/authenticate.h"
#include "tenancy/ports.h"

namespace crossrole::tenancy {

/// A change of a role; what is not set stays.
struct RoleChange {
  std::optional<std::string> name{};
  std::optional<std::vector<std::string>> actions{};
  std::optional<std::int64_t> if_match{};
};

/// The refusal of whoever would hand on more than he may himself: kPermissionDenied with reason
/// `permission.beyond_reach` and the names in `missing`.
base::Error CannotHandOn(PermissionSet beyond);

/// Makes a role of the tenant. Its name has the shape of a handle and is no built-in one's.
/// Errors: kInvalidArgument with `field`; kConflict (name); kPermissionDenied when its maker may not do all of it.
base::Result<store::Role> CreateRole(const Ports& ports, const Caller& caller, const std::string& name,
                                     const std::vector<std::string>& actions);
/// Renames a role or changes what it allows, for everybody who has it.
/// Errors: as `CreateRole`; kNotFound; kConflict with `stale`; kFailedPrecondition for built-in ones.
base::Result<store::Role> UpdateRole(const Ports& ports, const Caller& caller, const std::string& id, const RoleChange& change);
/// Deletes a role that nobody has. Errors: kNotFound; kConflict with `stale`; kFailedPrecondition with reason `role.built_in`,
/// or `role.in_use` and who has it.
base::Result<Consequences> DeleteRole(const Ports& ports, const Caller& caller, const std::string& id,
                                      std::optional<std::int64_t> if_match);
/// What `DeleteRole` would do, and who stands in its way; writes nothing. Errors: as `DeleteRole`, save the latter.
base::Result<Consequences> PreviewDeleteRole(const Ports& ports, const Caller& caller, const std::string& id,
                                             std::optional<std::int64_t> if_match);

}  // namespace crossrole::tenancy
