// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "policy/context.h"
#include "policy/document.h"

namespace crossrole::policy {

/// What kind of caller makes a request.
enum class CallerKind : std::uint8_t {
  kAnonymous,      ///< unsigned
  kRootUser,       ///< the root user of `account`
  kUser,           ///< an IAM user, with long-term keys or a GetSessionToken session
  kRole,           ///< an assumed-role session
  kFederatedUser,  ///< a GetFederationToken session
  kService,        ///< an AWS service principal acting on its own
  kFederated,      ///< whoever calls AssumeRoleWithWebIdentity or AssumeRoleWithSAML
};

/// Who makes a request.
struct Principal {
  CallerKind kind = CallerKind::kAnonymous;
  std::string partition = "aws";
  std::string account{};      // 12 digits; "" for anonymous, services and federated callers
  std::string arn{};          // root, user, role (with path) ARN; for a federated user the user that made it; for a service
                              // its name; for kFederated the provider's ARN or host. "" for a role whose path is unknown
  std::string session_arn{};  // `arn:aws:sts::A:assumed-role/NAME/SESSION` or `…:federated-user/NAME`
  std::string unique_id{};    // `AIDA…`, `AROA…` without a session name; "" when unknown
  std::string canonical_user{};  // S3's ID of the account, 64 hexadecimal digits; "" when unknown
};

/// How a principal element matched, weakest first. Source: reference 1.3.
enum class PrincipalMatch : std::uint8_t {
  kNone,
  kAccount,              ///< by account id or root ARN: a delegation, the identity policy must allow too
  kUserOfFederatedUser,  ///< the user's ARN for its GetFederationToken session
  kRole,                 ///< the role's ARN for its session
  kDirect,               ///< the very user, session, service or provider
  kEveryone,             ///< `*`; in decisions the same as kDirect
};

/// Reads the ARN of a root, user, role, session, or a service name (`x.amazonaws.com`), or `*` for anonymous.
/// Errors: kInvalidArgument.
base::Result<Principal> ReadPrincipal(std::string_view text, std::string unique_id = {});

/// How one principal value of a statement matches `caller`. Case matters. A role matches by ARN, or by account and
/// name when only its session is known; a unique ID matches only the same unique ID. Source: reference 1.7.
PrincipalMatch Match(const PrincipalValue& value, const Principal& caller);

/// The strongest match of a `Principal` element; of an absent element kNone.
PrincipalMatch Match(const PrincipalElement& element, const Principal& caller);

/// Whether the caller's principal has a permissions boundary.
enum class Boundary : bool { kNone, kPresent };

/// Whether a `NotPrincipal` element spares `caller`: it must list the caller and everything the caller is part of (the
/// account; for a session the role too), and a principal with a boundary is never spared.
/// Source: IAM User Guide, "NotPrincipal".
bool IsSpared(const PrincipalElement& element, const Principal& caller, Boundary boundary);

/// Whether the caller is a service-linked role, which SCPs and RCPs never limit.
bool IsServiceLinkedRole(const Principal& caller);

/// The role's name of a role or session ARN, without path; "" for other text.
std::string_view RoleNameOf(std::string_view arn);

/// Adds the keys that AWS derives from the caller, unless already there: aws:PrincipalArn, aws:PrincipalAccount,
/// aws:PrincipalType, aws:userid, aws:username, aws:PrincipalIsAWSService, aws:PrincipalServiceName.
/// Tags, organisation, time and network are the caller's of this function.
void AddPrincipalKeys(ContextMap& context, const Principal& caller);

}  // namespace crossrole::policy
