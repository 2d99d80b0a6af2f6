// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "api/services.h"
#include "http/message.h"
#include "http/responder.h"

namespace crossrole::api {

/// The REST API: finds the route, authenticates, checks the route's one permission, replays, runs the handler in its
/// lane. Refused calls are recorded. Thread-safe.
class Api {
 public:
  /// `services` outlive it.
  explicit Api(Services& services);
  ~Api();
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  /// Answers one request, now or later; does not block.
  void Serve(http::Request request, http::Responder responder);
  /// Whose turns a request takes: its tenant's, if the token was seen a moment ago. Who was not here before shares with
  /// nobody but those who come from the same address with the same text, so that made-up tokens take no tenant's turns.
  /// Does not wait for the store.
  std::string TurnKey(const http::Request& request) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace crossrole::api
