// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "aws/sts.h"
#include "sim/call.h"

namespace crossrole::sim::sts {

/// `AssumeRole`.
base::Result<aws::sts::AssumeRoleOutput> AssumeRole(Call& call, const aws::sts::AssumeRoleInput& input);

/// `AssumeRoleWithWebIdentity`. Whoever made `call` has asked the issuer for its keys.
base::Result<aws::sts::AssumeRoleWithWebIdentityOutput> AssumeRoleWithWebIdentity(
    Call& call, const aws::sts::AssumeRoleWithWebIdentityInput& input);
/// `AssumeRoot`.
base::Result<aws::sts::AssumeRootOutput> AssumeRoot(Call& call, const aws::sts::AssumeRootInput& input);
/// `GetWebIdentityToken`.
base::Result<aws::sts::GetWebIdentityTokenOutput> GetWebIdentityToken(Call& call, const aws::sts::GetWebIdentityTokenInput& input);

/// Makes credentials for `session`, whose times and key id are set here.
aws::sts::Credentials Issue(Call& call, Session session, std::chrono::seconds duration);
/// Session tags, unique without regard to case. Errors: InvalidParameterValue.
base::Result<Tags> ReadSessionTags(const std::vector<aws::sts::Tag>& tags);
/// The ARNs of session policies. Errors: ValidationError.
base::Result<std::vector<std::string>> ReadPolicyArns(const std::vector<aws::sts::PolicyDescriptorType>& policies);
/// Whether an inline session policy can be read. Errors: MalformedPolicyDocument, ValidationError (size).
base::Status CheckSessionPolicy(const World& world, const std::string& policy);
/// What share of the room for policies and tags the session takes, in per cent; nothing without any.
/// AWS does not document how it packs: see the definition. Errors: PackedPolicyTooLarge.
base::Result<std::optional<std::int32_t>> PackedSize(const Session& session);

}  // namespace crossrole::sim::sts
