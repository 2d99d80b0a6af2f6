// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"
#include "sim/cloudtrail/trail.h"

namespace crossrole::sim::cloudtrail {

/// A call of the SCIM endpoint.
struct ScimHappening {
  std::string_view operation;
  std::string region;
  std::string tenant;  // the identity store
  std::string token_id;
  std::string id;  // of the user, group or schema; "" for all of them
  std::string request_id;
  const http::Request& request;
  const base::Error* error = nullptr;  // null: it went well
  std::string_view answer{};           // the body
};
/// The event of such a call, for the account that manages the organization. What it says of people is masked, as AWS does.
/// Source: Identity Center User Guide, "Logging IAM Identity Center SCIM API calls with AWS CloudTrail".
std::shared_ptr<const Told> TellOfScim(const ScimHappening& happening, const Account& account);

}  // namespace crossrole::sim::cloudtrail
