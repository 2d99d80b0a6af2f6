// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "store/people/tenants.h"
#include "store/store.h"

namespace crossrole::tenancy {

/// What the first start needs.
struct BootstrapPorts {
  store::Store& store;
  const base::Clock& clock;
  base::Random& random;
};

/// How long an administrator token is valid. Source: contract section 2.
inline constexpr std::chrono::hours kAdministratorTokenLife{24};

/// Makes the tenant `default` with its root space unless it is there. Errors: those of the store.
base::Result<store::Tenant> EnsureDefaultTenant(const BootstrapPorts& ports);

/// Makes an administrator token, valid for 24 hours, and stores its hash.
base::Result<base::Secret> IssueAdministratorToken(const BootstrapPorts& ports);

/// On the first start of an installation: writes an administrator token to `file` (created 0600, never overwritten).
/// Returns whether it did. Errors: kUnavailable when the file cannot be written.
base::Result<bool> WriteFirstToken(const BootstrapPorts& ports, const std::string& file);

}  // namespace crossrole::tenancy
