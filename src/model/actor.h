// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "model/ids.h"

namespace crossrole::model {

/// Who asks, in which tenant, and from where: an argument of every use case.
struct Actor {
  TenantId tenant;
  std::string id;                   // tok_…, op_…, run_… or "system"
  bool installation_admin = false;  // the administrator token
  std::string remote{};             // address of the caller
  std::string request_id{};         // req_…
  std::string traceparent{};        // W3C trace context, or ""
};

/// The one tenant that exists from the first start.
inline constexpr std::string_view kDefaultTenantHandle = "default";

}  // namespace crossrole::model
