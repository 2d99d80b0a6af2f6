// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "api/page.h"
#include "base/log.h"
#include "http/dispatch.h"
#include "http/metrics.h"
#include "integration/ports.h"
#include "integration/verify.h"
#include "session/mint.h"
#include "tenancy/authenticate.h"

namespace crossrole::api {

class EventFanOut;

/// Everything that handlers work with; composed by `app/`. All of it outlives the API.
struct Services {
  integration::Ports integrations;
  session::Ports sessions;
  tenancy::AuthenticationPorts authentication;
  PageTokens pages;
  base::Secret replay_key;         // of the keyed hash over bodies that `Idempotency-Key` remembers
  http::Dispatcher& dispatcher;
  http::Registry& metrics;
  EventFanOut& events;
  integration::Verifier& verifier;
  const base::Log& log;
  std::function<bool()> ready;     // whether the server takes requests
  std::string version;             // of the program
};

}  // namespace crossrole::api
