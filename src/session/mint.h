// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/deadline.h"
#include "base/result.h"
#include "integration/find.h"
#include "integration/ports.h"
#include "model/actor.h"
#include "model/integration.h"
#include "session/cache.h"
#include "session/limits.h"
#include "session/request.h"
#include "store/connections.h"

namespace crossrole::session {

/// What minting works with. Everything outlives the calls under way.
struct Ports {
  const integration::Ports& integrations;
  SessionCache& cache;
  integration::Known& known;
};

/// Receives credentials, or the reason why there are none. Called exactly once, on any thread; must not block.
using MintDone = std::function<void(base::Result<Minted>)>;

/// Hands out temporary credentials for an integration, by its id or handle. Permission was checked before. Returns at
/// once and does not wait for AWS or for the disk: the hand-out is recorded durably, then `done` gets the credentials.
/// Nothing leaves before its record is durable.
/// Errors: kNotFound; kInvalidArgument with `field`; kFailedPrecondition with reason `integration.<state>`, or `integration.kind` for an
/// organization, whose sessions are those of its connections; kAwsRefused;
/// kThrottled; kUnavailable (AWS, our identity, the audit log).
void Mint(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle, MintRequest request, MintDone done);

/// The same for a connection: its account's member role, through the discovery role where that is the way, or the one role of an
/// integration of kind account. Errors: as `Mint`; kFailedPrecondition with reason `connection.<state>`.
void MintForConnection(const Ports& ports, const model::Actor& actor, const store::Connection& connection, MintRequest request, MintDone done);

/// Everything that changes the power of a session, or who answers for it.
struct KeyParts {
  const model::Integration& integration;
  const model::Actor& actor;
  const MintRequest& request;
  const SessionPlan& plan;
  std::string_view external_id;
  std::string_view endpoint_url;
};

/// The cache key of a session: two requests of different power never share one.
CacheKey CacheKeyOf(const KeyParts& parts);

}  // namespace crossrole::session
