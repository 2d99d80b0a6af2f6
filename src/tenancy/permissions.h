// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace crossrole::tenancy {

/// What an operator may do; every route names exactly one. Default: denied.
enum class Permission : std::uint8_t {
  kPublic,  // no identity needed: health, OpenAPI
  kIntegrationRead,
  kIntegrationWrite,
  kIntegrationDelete,
  kSessionMint,
  kConnectionRead,
  kAuditRead,
  kJobRead,
  kEventRead,
  kSelfRead,
};

/// A built-in set of permissions. Custom roles come with people.
enum class Role : std::uint8_t { kAdministrator, kOperator, kReader };

/// "integration.read" and the like.
std::string_view NameOf(Permission permission);
/// "administrator", "operator" or "reader".
std::string_view NameOf(Role role);
/// The inverse, or nothing.
std::optional<Role> RoleByName(std::string_view name);
/// Whether a holder of `role` has `permission`.
bool Allows(Role role, Permission permission);

}  // namespace crossrole::tenancy
