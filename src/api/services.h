// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/page.h"
#include "base/log.h"
#include "http/dispatch.h"
#include "http/metrics.h"
#include "http/rate_limiter.h"
#include "integration/ports.h"
#include "integration/verify.h"
#include "session/mint.h"
#include "tenancy/authenticate.h"
#include "tenancy/sign_in.h"
#include "tenancy/federation/oidc_sign_in.h"
#include "tenancy/federation/token_exchange.h"

namespace crossrole::api {

class EventFanOut;

/// How people come in, as far as HTTP is concerned.
struct SignInSettings {
  std::string public_url;  // under which browsers reach us, without a path; "" unknown
};

/// How often requests may come, whatever they ask. An address is asked for before anything is done for the request; a token,
/// or an operator with a browser session, once he is known, so that nobody takes from somebody else's bucket.
struct RequestLimits {
  http::RateLimiter& by_address;
  http::RateLimiter& by_token;
};

/// Everything that handlers work with; composed by `app/`. All of it outlives the API.
struct Services {
  integration::Ports integrations;
  session::Ports sessions;
  tenancy::AuthenticationPorts authentication;
  tenancy::SignInPorts sign_in;
  SignInSettings sign_in_settings;
  tenancy::ExchangePorts exchange;
  tenancy::OidcPorts oidc;
  PageTokens pages;
  base::Secret replay_key;         // of the keyed hash over bodies that `Idempotency-Key` remembers
  http::Dispatcher& dispatcher;
  RequestLimits limits;
  http::Registry& metrics;
  EventFanOut& events;
  integration::Verifier& verifier;
  const base::Log& log;
  std::function<bool()> ready;     // whether the server takes requests
  // The link that new owners need where no mail is sent; empty where it is.
  std::function<std::string(const model::IntegrationId&)> link_to_hand_on;
  std::function<std::vector<std::string>()> warnings;  // what readiness says besides; nothing that tells of places
  std::string version;             // of the program
};

}  // namespace crossrole::api
