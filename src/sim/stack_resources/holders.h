// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/stack_resources/properties.h"

// Roles, users and groups by what they have in common: managed and inline policies, and boundaries.

namespace crossrole::sim::stack_resources {

/// What kind of entity holds a policy.
enum class HolderKind : std::uint8_t { kRole, kUser, kGroup };

/// Who holds a policy.
struct Holder {
  HolderKind kind;
  std::string name;

  bool operator==(const Holder&) const = default;
};
using Holders = std::vector<Holder>;

/// Those that the properties of a policy name: in `Roles`, `Users` and `Groups`, or by `RoleName`, `UserName`, `GroupName`.
Holders HoldersIn(const boost::json::object& properties);
/// Whether `holder` is one of them.
bool Has(const Holders& holders, const Holder& holder);
/// Notes in the properties of a policy that it has the holder, or has it no more.
void AddHolder(Physical& policy, const Holder& holder);
void DropHolder(Physical& policy, const Holder& holder);

/// Managed policies. Errors of all of these: IAM's; what is not there to be removed is none.
base::Status Attach(Call& call, const Holder& holder, const std::string& arn);
base::Status Detach(Call& call, const Holder& holder, const std::string& arn);
/// Inline policies.
base::Status Put(Call& call, const Holder& holder, const InlinePolicy& policy);
base::Status Delete(Call& call, const Holder& holder, const std::string& policy_name);

/// Gives a holder what `after` lists under `ManagedPolicyArns` and `Policies`, and notes it.
base::Status GivePolicies(Call& call, HolderKind kind, Physical& holder, const boost::json::object& after);
/// Takes from it what `after` does not list, and notes it.
base::Status TakePolicies(Call& call, HolderKind kind, Physical& holder, const boost::json::object& after);
/// Gives a role or user the `PermissionsBoundary` of `after`, or none, and notes it.
base::Status ChangeBoundary(Call& call, HolderKind kind, Physical& holder, const boost::json::object& after);

}  // namespace crossrole::sim::stack_resources
