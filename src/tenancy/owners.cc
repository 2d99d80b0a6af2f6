// SPDX-License-Identifier: Apache-2.0
#include "tenancy/owners.h"

#include <fmt/format.h>

#include "store/people/operators.h"

namespace crossrole::tenancy {
namespace {

// Gives each ownership that `filter` finds to `visit`, until it says true; whether it did.
template <typename Visit>
base::Result<bool> AnyOwnership(store::ReadTransaction& tx, const store::RoleBindingFilter& filter, const Visit& visit) {
  for (store::Page page{.limit = store::kLongPage};;) {
    TRY_ASSIGN(const auto bindings, store::ListRoleBindings(tx, filter, page));
    for (const store::RoleBinding& binding : bindings) {
      if (!IsOwnership(binding)) continue;
      TRY_ASSIGN(const bool is_enough, visit(binding));
      if (is_enough) return true;
    }
    if (bindings.size() < store::kLongPage) return false;
    page.after = bindings.back().id.text();
  }
}

// Whether the operator of a binding may sign in: one who is disabled owns nothing that anybody could use.
base::Result<bool> MayComeIn(store::ReadTransaction& tx, const store::RoleBinding& binding) {
  const auto id = model::OperatorId::Parse(binding.principal);
  if (!id) return false;
  TRY_ASSIGN(const auto person, store::FindOperator(tx, *id));
  return person && !person->disabled;
}

}  // namespace

bool IsOwnership(const store::RoleBinding& binding) { return binding.role == kOwnerRole && binding.principal.starts_with("op_"); }

base::Status CheckOwnerRemains(store::ReadTransaction& tx, const model::SpaceId& space, std::string_view leaving) {
  TRY_ASSIGN(const bool remains, AnyOwnership(tx, {.role = kOwnerRole, .space = space.text()},
                                              [&](const store::RoleBinding& other) -> base::Result<bool> {
                                                if (other.principal == leaving) return false;
                                                return MayComeIn(tx, other);
                                              }));
  if (remains) return {};
  return base::Fail(base::Error{.code = base::Code::kFailedPrecondition,
                                .message = fmt::format("this is the last owner of the space `{}`", space.text()),
                                .reason = std::string(kLastOwner),
                                .fix = "make somebody else an owner first"});
}

base::Status CheckOwnersRemain(store::ReadTransaction& tx, const model::OperatorId& leaving) {
  TRY(AnyOwnership(tx, {.principal = leaving.text(), .role = kOwnerRole}, [&](const store::RoleBinding& binding) -> base::Result<bool> {
    TRY(CheckOwnerRemains(tx, binding.space, leaving.text()));
    return false;
  }));
  return {};
}

}  // namespace crossrole::tenancy
