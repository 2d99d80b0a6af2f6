// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api/route.h"
#include "api/services.h"
#include "base/result.h"

namespace crossrole::api {

/// What became of the question whether a call is permitted.
enum class Refusal : std::uint8_t {
  kNone,          // permitted
  kNotPermitted,  // the object may be read, or there is none; the permission is lacking
  kHidden,        // the object may not even be read: answered like a missing one
  kNotFound,      // there is no such object
};

/// A judgement of one call.
struct Authorisation {
  Refusal refusal = Refusal::kNone;
  base::Error error{};  // the answer, unless permitted
};

/// Decides whether `call` has the permission of `route` on what the route's `asked` says, and keeps in `call` what had
/// to be read for it: the object in the path, which is named by its id from then on. The one place where routes are permitted. Errors: those of the store.
base::Result<Authorisation> Authorise(const Services& services, const Route& route, Call& call);

}  // namespace crossrole::api
