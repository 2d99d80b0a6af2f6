// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>

#include "model/integration.h"
#include "store/connections.h"
#include "store/people/tenants.h"
#include "store/verifications.h"

namespace crossrole::integration {

/// What belongs to the answer besides the integration itself.
struct Description {
  const model::Integration& integration;
  const store::Tenant& tenant;
  std::optional<store::Verification> verification{};  // the last one
};

/// The integration as the API shows it. Source: contract 4.1.
boost::json::value ToJson(const Description& description);
/// A connection as the API shows it. Source: contract 4.3.
boost::json::value ToJson(const store::Connection& connection);

}  // namespace crossrole::integration
