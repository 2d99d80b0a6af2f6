// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <string>

#include "base/result.h"
#include "model/integration.h"
#include "store/connections.h"
#include "store/organization/shares.h"
#include "store/organization_tree.h"
#include "store/people/tenants.h"
#include "store/verifications.h"

namespace crossrole::integration {

/// What belongs to the answer besides the integration itself.
struct Description {
  const model::Integration& integration;
  const store::Tenant& tenant;
  std::optional<store::Verification> verification{};  // the last one
  std::optional<store::MemberAccess> member{};        // of kind organization
  std::string handle_prefix{};                        // of kind organization, and so is what follows
  std::string settings = "{}";
  store::Share share{};
};

/// Reads what belongs to the answer, and prints it.
base::Result<boost::json::value> Describe(store::ReadTransaction& tx, const model::Integration& integration, const store::Tenant& tenant);

/// The integration as the API shows it. Source: contract 4.1.
boost::json::value ToJson(const Description& description);
/// A connection as the API shows it. Source: contract 4.3.
boost::json::value ToJson(const store::Connection& connection);
/// `{"spaces": "all" | ["s_…"]}`.
boost::json::value ToJson(const store::Share& share);

}  // namespace crossrole::integration
