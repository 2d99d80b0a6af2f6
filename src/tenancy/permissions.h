// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace crossrole::tenancy {

/// What an operator may do; every route names exactly one. Default: denied. In the order of the table in permissions.cc.
enum class Permission : std::uint8_t {
  kPublic,     // no identity needed: health, OpenAPI, sign-in
  kSelfRead,   // everybody who is known: who am I
  kSelfWrite,  // everybody who is known: sign out, change the own password
  kInstallationManage,  // only the administrator of the installation, by no role
  kTenantOwn,
  kSpaceRead,
  kSpaceWrite,
  kOperatorRead,
  kOperatorWrite,
  kRoleRead,
  kRoleWrite,
  kRoleBindingRead,
  kRoleBindingWrite,
  kTokenRead,
  kTokenWrite,
  kPermissionExplain,
  kIntegrationRead,
  kIntegrationWrite,
  kIntegrationDelete,
  kSessionMint,
  kConnectionRead,
  kAuditRead,
  kJobRead,
  kEventRead,
};

/// How many permissions there are.
inline constexpr std::size_t kPermissionCount = static_cast<std::size_t>(Permission::kEventRead) + 1;

/// What a permission is called and means.
struct PermissionFacts {
  std::string_view name;     // "integration.read"
  bool in_roles;             // whether a role can have it; the others are everybody's or nobody's
  std::string_view meaning;  // for docs/reference/permissions.md
};

/// The row of a permission.
const PermissionFacts& FactsOf(Permission permission);
/// "integration.read" and the like.
inline std::string_view NameOf(Permission permission) { return FactsOf(permission).name; }
/// The permission of that name, or nothing.
std::optional<Permission> PermissionByName(std::string_view name);

/// A set of permissions.
class PermissionSet {
 public:
  constexpr PermissionSet() = default;
  constexpr PermissionSet(std::initializer_list<Permission> permissions) {
    for (const Permission permission : permissions) Add(permission);
  }
  /// Puts one in.
  constexpr void Add(Permission permission) { bits_ |= Bit(permission); }
  /// Puts all of another set in.
  constexpr void Add(PermissionSet other) { bits_ |= other.bits_; }
  /// Whether one is in it.
  constexpr bool Has(Permission permission) const { return (bits_ & Bit(permission)) != 0; }
  /// What is in this set and not in `other`.
  constexpr PermissionSet Without(PermissionSet other) const { return PermissionSet(bits_ & ~other.bits_); }
  /// Whether nothing is in it.
  constexpr bool IsEmpty() const { return bits_ == 0; }
  /// The names, in the order of the table.
  std::vector<std::string> Names() const;
  /// The set of those names. Errors: kInvalidArgument for a name that is unknown, or that no role can have.
  static base::Result<PermissionSet> Parse(std::span<const std::string> names);
  constexpr bool operator==(const PermissionSet&) const = default;

 private:
  explicit constexpr PermissionSet(std::uint64_t bits) : bits_(bits) {}
  static constexpr std::uint64_t Bit(Permission permission) { return std::uint64_t{1} << static_cast<unsigned>(permission); }
  std::uint64_t bits_ = 0;
};
static_assert(kPermissionCount <= 64);

/// A role that every tenant has.
struct BuiltInRole {
  std::string_view name;
  PermissionSet permissions;
  std::string_view meaning;  // for docs/reference/permissions.md
};

/// owner, administrator, operator, requester, auditor, reader.
std::span<const BuiltInRole> BuiltInRoles();
/// The built-in role of that name, or null.
const BuiltInRole* FindBuiltInRole(std::string_view name);

}  // namespace crossrole::tenancy
