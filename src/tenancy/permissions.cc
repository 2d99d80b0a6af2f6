// SPDX-License-Identifier: Apache-2.0
#include "tenancy/permissions.h"

#include <array>

namespace crossrole::tenancy {
namespace {

constexpr std::array<std::string_view, 3> kRoles = {"administrator", "operator", "reader"};

struct PermissionRow {
  std::string_view name;
  bool for_operator;
  bool for_reader;
};

constexpr std::array<PermissionRow, 10> kPermissions = {{
    {"public", true, true},
    {"integration.read", true, true},
    {"integration.write", true, false},
    {"integration.delete", false, false},
    {"session.mint", true, false},
    {"connection.read", true, true},
    {"audit.read", false, true},
    {"job.read", true, true},
    {"event.read", true, true},
    {"self.read", true, true},
}};

}  // namespace

std::string_view NameOf(Permission permission) { return kPermissions.at(static_cast<std::size_t>(permission)).name; }

std::string_view NameOf(Role role) { return kRoles.at(static_cast<std::size_t>(role)); }

std::optional<Role> RoleByName(std::string_view name) {
  for (std::size_t i = 0; i < kRoles.size(); ++i) {
    if (kRoles[i] == name) return static_cast<Role>(i);
  }
  return std::nullopt;
}

bool Allows(Role role, Permission permission) {
  const PermissionRow& row = kPermissions.at(static_cast<std::size_t>(permission));
  switch (role) {
    case Role::kAdministrator: return true;
    case Role::kOperator: return row.for_operator;
    case Role::kReader: return row.for_reader;
  }
  return false;
}

}  // namespace crossrole::tenancy
