// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "integration/internal/judge_trust.h"
#include "policy/analyse.h"

namespace crossrole::integration {

/// The trust policy as it should be, as JSON: our own statements, and those of `document` that are about the account's
/// own principals, services and identity providers. A Deny stays unless it would shut us out.
std::string CorrectTrust(const policy::Document& document, const TrustExpectation& expected);

/// Unique IDs that Allow statements name as principals and that are not `principal_arn`'s; sorted.
std::vector<std::string> DanglingPrincipals(const policy::Document& document, std::string_view principal_arn);

/// Whom a statement for every principal lets in behind its conditions on aws:PrincipalArn and aws:PrincipalAccount.
enum class WildcardReach : std::uint8_t { kUs, kOurAccount, kOthers };
/// Reads the values of those conditions, as far as they are about this statement.
WildcardReach WhoPassesWildcard(const policy::Document& document, const policy::TrustedPrincipal& principal,
                                const TrustExpectation& expected);

}  // namespace crossrole::integration
