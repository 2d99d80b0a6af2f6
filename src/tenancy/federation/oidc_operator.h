// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "base/result.h"
#include "store/people/operators.h"
#include "tenancy/federation/oidc_sign_in.h"

namespace crossrole::tenancy {

/// What a provider says of somebody who signed in there.
struct ProvenIdentity {
  std::string subject;
  const boost::json::object& claims;
  const SignInAttempt& attempt;  // for the records of what changes because of it
};

/// The operator that somebody is who signed in at `provider`: known by his subject; else one without a password who was
/// made for his verified address; else a new one, if a group of his has a role here. Then gives and takes the roles that
/// the provider's mapping names, but never the last owner's: he stays one until somebody else is, or a person takes it.
/// Errors: as `FinishOidcSignIn`.
base::Result<store::Operator> OperatorFor(const OidcPorts& ports, const SignInProvider& provider, const ProvenIdentity& identity);

}  // namespace crossrole::tenancy
