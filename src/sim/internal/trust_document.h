// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "policy/document.h"
#include "sim/internal/state.h"

namespace crossrole::sim {

/// Reads a trust policy as IAM does when it is saved: the document's own rules, its size, and principals that exist;
/// those that are users or roles are replaced by their unique IDs, and account ids by root ARNs.
/// `moment` is when authorisation looks: whoever is newer is not known yet.
/// Errors: MalformedPolicyDocument, LimitExceeded.
base::Result<PolicyText> StoreTrust(const World& world, const Account& account, base::Time moment, std::string_view text);

/// The document as IAM shows it: unique IDs of principals that still exist as ARNs, others bare.
std::string ShowTrust(const World& world, const PolicyText& trust);

/// Reads any other policy document. Errors: MalformedPolicyDocument.
base::Result<PolicyText> StorePolicy(std::string_view text, policy::DocumentKind kind);

/// The ARN of the user or role with this unique ID; "" when it does not exist (any more).
std::string ArnOfId(const World& world, std::string_view unique_id);

}  // namespace crossrole::sim
