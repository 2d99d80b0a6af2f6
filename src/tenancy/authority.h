// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/people/tokens.h"
#include "store/transaction.h"
#include "tenancy/judge_access.h"

namespace crossrole::tenancy {

// From what is stored to what judge_access.h judges. All within a transaction of the tenant.

/// The tenant's tree of spaces.
base::Result<SpaceTree> LoadSpaces(store::ReadTransaction& tx);
/// What the bindings of `principal` (op_… or tok_…) give.
base::Result<Authority> LoadAuthority(store::ReadTransaction& tx, std::string_view principal);
/// What a token may: its own role and its bindings, or all that the operator may whose own it is.
base::Result<Authority> LoadAuthorityOf(store::ReadTransaction& tx, const store::Token& token);

/// A role as it is used: its name or id, and what it allows.
struct ResolvedRole {
  std::string key;    // what bindings and tokens store: the name of a built-in role, or role_…
  std::string name;
  PermissionSet permissions;
};

/// The role that `name_or_id` names in the transaction's tenant. Errors: kInvalidArgument with field `role`.
base::Result<ResolvedRole> FindRoleToGive(store::ReadTransaction& tx, std::string_view name_or_id);

}  // namespace crossrole::tenancy
