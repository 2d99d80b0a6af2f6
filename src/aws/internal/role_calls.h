// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "aws/client.h"

namespace crossrole::aws::internal {

/// The one way to send `sts:AssumeRole`. Used by aws/assume_role.cc, which asks for an external ID or is a probe, and by
/// the chain for our own identity, whose roles are our own.
class RoleCalls {
 public:
  /// Sends and waits.
  static base::Result<HttpResponse> Send(const Client& client, WireRequest wire, CallOptions options) {
    return client.CallWire(std::move(wire), std::move(options));
  }
  /// Sends; `done` runs once.
  static void Submit(const Client& client, WireRequest wire, CallOptions options,
                     std::function<void(base::Result<HttpResponse>)> done) {
    client.SubmitWire(std::move(wire), std::move(options), std::move(done));
  }
  /// Reads an answer as `Op`'s, wipes it.
  template <IsOperation Op>
  static base::Result<typename Op::Output> Decode(base::Result<HttpResponse> answer) {
    return Client::Decode<Op>(std::move(answer));
  }
};

}  // namespace crossrole::aws::internal
