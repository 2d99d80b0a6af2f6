// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace crossrole::api {

/// The page docs/reference/permissions.md: permissions, roles and routes, from the tables themselves.
std::string PermissionsPage();

}  // namespace crossrole::api
