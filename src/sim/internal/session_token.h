// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "sim/internal/state.h"

namespace crossrole::sim {

/// What temporary credentials stand for.
enum class SessionKind : std::uint8_t { kAssumedRole, kUser, kFederatedUser, kRoot };
/// Whether the session was made with credentials that were temporary themselves.
enum class Chained : std::uint8_t { kNo, kYes };

/// Whether the session was made with a code of an MFA device.
enum class Mfa : std::uint8_t { kNo, kYes };

/// What STS puts into a session token. Nothing about sessions is stored: the token carries it all, authenticated.
struct Session {
  SessionKind kind = SessionKind::kAssumedRole;
  std::string access_key_id{};
  std::string account_id{};
  std::string principal_id{};  // AROA… of the role, AIDA… of the user
  std::string name{};          // of the session or federated user
  base::Time issued{};         // in the simulation's time
  base::Time expires{};
  std::string policy{};        // inline session policy, or ""
  std::vector<std::string> policy_arns{};
  Tags tags{};
  std::vector<std::string> transitive_tags{};  // keys
  std::string source_identity{};
  Chained chained = Chained::kNo;
  std::string provider{};  // ARN of the identity provider, of AssumeRoleWithWebIdentity
  Mfa mfa = Mfa::kNo;
};

/// A session as tokens and saved states carry it. Reading throws where a member that is always there is missing or of another type.
boost::json::object SessionToJson(const Session& session);
Session SessionFromJson(const boost::json::object& object);

/// Makes and reads session tokens under a key of its own. Thread-safe.
class SessionTokens {
 public:
  explicit SessionTokens(std::string key) : key_(std::move(key)) {}

  /// The token of `session`, whose access key id is set.
  std::string Make(const Session& session) const;
  /// What `token` carries; nothing when it is not one of ours or belongs to another access key.
  std::optional<Session> Read(std::string_view token, std::string_view access_key_id) const;
  /// The secret access key of the session with this key id.
  std::string SecretOf(std::string_view access_key_id) const;

 private:
  std::string key_;
};

}  // namespace crossrole::sim
