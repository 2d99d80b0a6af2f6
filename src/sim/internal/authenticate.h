// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "aws/verify_signature.h"
#include "base/result.h"
#include "base/secret.h"
#include "sim/call.h"
#include "sim/internal/session_token.h"
#include "sim/internal/state.h"

namespace crossrole::sim {

/// The secret behind an access key, for checking a signature; nothing when AWS would not know the key (yet).
std::optional<base::Secret> FindSecret(const World& world, const SessionTokens& tokens, base::Time seen,
                                       std::string_view access_key_id, std::string_view session_token);

/// Who stands behind a good signature. Errors: InvalidClientTokenId, ExpiredToken.
base::Result<Caller> Identify(const World& world, const SessionTokens& tokens, const Spread& spread,
                              const aws::VerifiedSignature& signature);

}  // namespace crossrole::sim
