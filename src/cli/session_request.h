// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/fwd.hpp>
#include <string>

#include "base/environment.h"
#include "base/result.h"
#include "cli/api_client.h"
#include "cli/command.h"
#include "session/request.h"

namespace crossrole::cli {

/// What is asked for when temporary credentials are: for which object, with which body.
struct SessionRequest {
  std::string path;  // "/v1/integrations/prod"
  std::string body;  // JSON of contract section 6
};

/// Reads `kMintFlags`, and the optional word `name` as an integration. Errors: kInvalidArgument.
base::Result<SessionRequest> ReadSessionRequest(const Arguments& arguments);
/// Asks the server for credentials. Errors: those of the API; kInternal when the answer lacks a member.
base::Result<session::Minted> MintSession(ApiClient& client, const SessionRequest& request);
/// Reads the answer of `POST …/sessions`. Errors: kInternal, naming what is missing.
base::Result<session::Minted> ReadSession(const boost::json::value& answer);

/// The variables that carry a session, in a fixed order; those without a value are left out. Source: contract section 6.
std::vector<std::pair<std::string, std::string>> SessionVariables(const session::Minted& minted);
/// `environment` without every variable that would win over, or mix with, credentials given to a child.
base::Environment WithoutAwsIdentity(base::Environment environment);
/// `text` as one word of a POSIX shell.
std::string ShellQuote(std::string_view text);

}  // namespace crossrole::cli
