// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api/route.h"
#include "api/services.h"
#include "http/responder.h"

namespace crossrole::api {

/// Runs the handler of a POST; with `Idempotency-Key`, at most once in 24 hours per tenant, token and route, replaying
/// the first answer. Permission was checked before. Another body under the same key: 409. Failed requests are not kept,
/// and of bodies only a keyed hash is. Source: contract section 4.
void HandleOnce(Services& services, const Route& route, Call call, const http::Responder& responder);

}  // namespace crossrole::api
