// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/log.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "store/people/operators.h"
#include "store/store.h"
#include "tenancy/authenticate.h"
#include "tenancy/password.h"

namespace crossrole::tenancy {

/// What use cases about operators work with.
struct OperatorPorts {
  store::Store& store;
  audit::Log& audit;
  const base::Clock& clock;
  base::Random& random;
  PasswordPool& passwords;
};

/// Checks an address: one `@`, printable ASCII, at most 254 bytes; so that no two look alike.
/// Errors: kInvalidArgument with field `email`.
base::Status CheckEmail(std::string_view email);

/// A new operator. Without a password he signs in at an identity provider.
struct OperatorRequest {
  std::string name{};
  std::string email{};
  std::optional<base::Secret> password{};
  bool disabled = false;
};

/// What to change of an operator; what is not set stays.
struct OperatorChange {
  std::optional<std::string> name{};
  std::optional<std::string> email{};
  std::optional<base::Secret> password{};
  std::optional<bool> disabled{};
  std::optional<std::int64_t> if_match{};
};

/// Makes an operator of the caller's tenant, who may nothing until a role is bound.
/// Errors: kInvalidArgument with `field`, kConflict with field `email`, kUnavailable.
base::Result<store::Operator> CreateOperator(const OperatorPorts& ports, const Caller& caller, OperatorRequest request);

/// An operator of the caller's tenant. Errors: kNotFound.
base::Result<store::Operator> FindOperator(const OperatorPorts& ports, const Caller& caller, std::string_view id);

/// Changes an operator. A new password and disabling end his sessions; disabling voids his tokens as well.
/// Errors: as `CreateOperator`; kNotFound; kConflict with `stale`; kPermissionDenied with reason `operator.beyond_reach`
/// when he may what the caller may not: who could change him could become him; kFailedPrecondition with reason
/// `role_binding.last_owner` for disabling the last owner of a space, whom only the installation's administrator lets go.
base::Result<store::Operator> UpdateOperator(const OperatorPorts& ports, const Caller& caller, std::string_view id,
                                             OperatorChange change);

/// What goes with an operator: ids of role bindings and tokens.
struct OperatorConsequences {
  std::vector<std::string> removed{};
  std::vector<std::string> invalidated{};
};

/// What a change would take along: his sessions and tokens end when he is disabled, his sessions with a new password.
/// Errors: as `UpdateOperator`.
base::Result<OperatorConsequences> PreviewUpdateOperator(const OperatorPorts& ports, const Caller& caller, std::string_view id,
                                                         const OperatorChange& change);
/// What a deletion would take along. Errors: as `DeleteOperator`.
base::Result<OperatorConsequences> PreviewDeleteOperator(const OperatorPorts& ports, const Caller& caller, std::string_view id,
                                                         std::optional<std::int64_t> if_match);
/// Deletes an operator, his role bindings and sessions, and voids his tokens. Errors: as `UpdateOperator`; the last owner of
/// a space stays, as for disabling.
base::Result<OperatorConsequences> DeleteOperator(const OperatorPorts& ports, const Caller& caller, std::string_view id,
                                                  std::optional<std::int64_t> if_match);

/// Ends all sessions of an operator and voids his own tokens; returns how many there were.
/// Errors: kNotFound, kPermissionDenied as `UpdateOperator`.
base::Result<std::int64_t> SignOutOperator(const OperatorPorts& ports, const Caller& caller, std::string_view id);

}  // namespace crossrole::tenancy
