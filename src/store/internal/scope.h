// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "store/transaction.h"

namespace crossrole::store {

/// Which tables there are, as far as tenants are concerned.
struct TableMap {
  std::set<std::string, std::less<>> tenant;        // have a column tenant_id
  std::set<std::string, std::less<>> installation;  // have none
};

/// Tables that have a tenant_id and yet belong to the installation: they say which tenants there are, and which
/// tenant a handle or a token belongs to; and the wrapped keys of the keyring, which changes them all at once.
inline constexpr std::string_view kInstallationTables[] = {"tenants", "tenant_handles", "token_tenants", "data_keys"};

/// Why `sql` may not run in a transaction of `scope`; "" when it may. Every mention of a tenant's table needs its
/// own `tenant_id = $1`, or, in an INSERT, `tenant_id` as the first column and `$1` as the first value.
std::string ScopeFault(std::string_view sql, Scope scope, const TableMap& tables);

}  // namespace crossrole::store
