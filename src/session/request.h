// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "model/external_id.h"

namespace crossrole::session {

/// What a caller asks for. Source: contract section 6.
struct MintRequest {
  std::optional<model::Phase> phase{};
  std::string stack{};                             // slug; per_run only
  std::optional<std::chrono::seconds> duration{};  // default: the integration's
  std::string session_name{};                      // the caller's part of the name
  std::string session_policy{};                    // JSON, narrows
  std::vector<std::string> policy_arns{};          // narrows
  std::map<std::string, std::string> tags{};       // the caller's; get the prefix `x:`
  std::string reason{};                            // free text, for the audit record only
  std::string region{};                            // where the credentials will be used
};

/// Why a session is shorter than asked for.
enum class LimitedBy : std::uint8_t { kNothing, kRoleMaximum, kChaining };
/// "role_maximum" or "chaining"; "" for nothing.
std::string_view NameOf(LimitedBy limit);

/// Temporary credentials as they are handed out.
struct Minted {
  std::string access_key_id;
  base::Secret secret_access_key;
  base::Secret session_token;
  base::Time expiration{};                  // as AWS says
  std::chrono::microseconds clock_ahead{0}; // AWS's clock less ours when it was made; not handed out
  std::string account_id;
  std::string assumed_role_arn;
  std::string region;
  std::chrono::seconds granted{};
  LimitedBy limited_by = LimitedBy::kNothing;
  std::string endpoint_url{};  // where the server's own endpoint is overridden

  /// When it expires by our own clock.
  base::Time ExpiresHere() const { return expiration - clock_ahead; }
  /// A second holder of the same values; a deliberate act, as with `Secret`.
  Minted Clone() const;
};

}  // namespace crossrole::session
