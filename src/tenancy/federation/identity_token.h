// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json_web_token.h"
#include "base/result.h"

namespace crossrole::tenancy {

// What a token of an identity provider must say to be believed: pure. Its signature is another question.

/// What is expected of a token.
struct TokenExpectation {
  std::string issuer;
  std::string audience;
  std::vector<base::SignatureAlgorithm> algorithms{base::SignatureAlgorithm::kRs256};
  base::Time now{};
  std::chrono::seconds leeway{60};     // how far the issuer's clock may be apart
  std::optional<std::string> nonce{};  // of a sign-in
};

/// Judges algorithm, type, issuer, audience, authorized party, subject and times.
/// Errors: kUnauthenticated with reason `token.<claim>`: for the record, not for whoever sent it.
base::Status JudgeToken(const base::JsonWebToken& token, const TokenExpectation& expected);

/// Whether every wanted claim is there: a text, number or truth value as it is written, or one entry of a list of them.
bool HasClaims(const base::JsonWebToken& token, const std::map<std::string, std::string>& wanted);

}  // namespace crossrole::tenancy
