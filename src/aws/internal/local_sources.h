// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "aws/chain.h"
#include "aws/internal/profile_file.h"

namespace crossrole::aws::internal {

/// An error of `source` that is configured but does not work.
base::Error BrokenSource(std::string_view source, std::string_view why);

/// Credentials from a JSON object with `AccessKeyId`, `SecretAccessKey`, `token_name`, `Expiration`, `AccountId`; the
/// last three may be missing. Wipes `text`. Errors: kFailedPrecondition, never with what the text holds.
base::Result<Credentials> ParseCredentialsJson(std::string& text, std::string_view token_name, std::string source);

/// Whether the environment names a container endpoint.
bool HasContainerEndpoint(const Environment& environment);
/// Asks the container endpoint that the environment names. Errors: kFailedPrecondition, kUnavailable.
base::Result<Credentials> FetchFromContainer(const ChainConfig& config, base::Deadline deadline);

/// Asks the instance metadata service; nothing when there is none, it is switched off, or the instance has no role.
/// Errors: kFailedPrecondition (it refused the request).
base::Result<std::optional<Credentials>> FetchFromInstance(const ChainConfig& config, const Section& profile,
                                                           base::Deadline deadline);

/// Runs a profile's `credential_process`, without a shell, and reads what it prints.
/// Errors: kFailedPrecondition with what it wrote to standard error.
base::Result<Credentials> FetchFromProcess(const ChainConfig& config, std::string_view profile_name,
                                           const Section& profile, base::Deadline deadline);

}  // namespace crossrole::aws::internal
