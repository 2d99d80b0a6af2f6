// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/fwd.hpp>
#include <string>

#include "base/deadline.h"
#include "base/result.h"
#include "cli/api_client.h"
#include "cli/command.h"

namespace crossrole::cli {

/// Verifies the integration at `path` with a body of contract 4.1.1, giving the server the time it may take.
base::Result<boost::json::value> Verify(ApiClient& client, const std::string& path, const boost::json::object& body);
/// Follows the integration at `path` until it is active or cannot become so, and prints it. Returns 0 when active, else 1
/// with the verification that says why. Errors: kUnavailable when `deadline` passes.
base::Result<int> FollowIntegration(const Context& context, ApiClient& client, const std::string& path, base::Deadline deadline);
/// Follows a job to its end, with its progress on a terminal. Returns its result. Errors: the job's own.
base::Result<boost::json::value> FollowJob(const Context& context, ApiClient& client, const std::string& job);
/// Prints the result of a quickstart or offboarding.
int PrintKeyedJob(const Context& context, const boost::json::value& result);

}  // namespace crossrole::cli
