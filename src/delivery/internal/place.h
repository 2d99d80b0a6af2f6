// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace crossrole::delivery {

/// The host of `host:port`, without square brackets.
std::string_view HostOf(std::string_view authority);
/// Whether what is sent to `host` stays on this machine.
bool IsLoopbackHost(std::string_view host);

/// A host and its port.
struct HostPort {
  std::string host;  // without square brackets
  std::uint16_t port = 0;
};
/// Splits `host:port`; IPv6 in square brackets. Errors: kInvalidArgument.
base::Result<HostPort> ParseHostPort(std::string_view authority);

}  // namespace crossrole::delivery
