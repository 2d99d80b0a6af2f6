// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace crossrole::api {

/// Whether requests for a path count against the limits: those of probes of health do not.
constexpr bool IsLimited(std::string_view path) { return path != "/healthz" && path != "/readyz"; }

}  // namespace crossrole::api
