// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "session/mint.h"

namespace crossrole::session {

/// A sign-in link to the AWS console: a bearer secret for 15 minutes.
struct ConsoleLink {
  base::Secret url;
  base::Time link_expires_at{};
  base::Time session_expires_at{};
};

/// Mints a session and turns it into a console sign-in link, recorded as `session.console` before it is handed out.
/// `done` is called exactly once, on any thread. Errors: as `Mint`; kFailedPrecondition where the partition has no
/// known console; kUnavailable, kAwsRefused of the federation endpoint.
void SignIn(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle, MintRequest request,
            std::function<void(base::Result<ConsoleLink>)> done);
/// The same for a connection. Errors: as `MintForConnection`, and those above.
void SignInForConnection(const Ports& ports, const model::Actor& actor, const store::Connection& connection, MintRequest request,
                         std::function<void(base::Result<ConsoleLink>)> done);

/// `{"url","link_expires_at","session_expires_at"}`.
base::Secret LinkJson(const ConsoleLink& link);

}  // namespace crossrole::session
