// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/fwd.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "integration/find.h"
#include "integration/credentials_file.h"
#include "integration/internal/keys/keyed_account.h"
#include "integration/ports.h"
#include "integration/verify.h"
#include "model/actor.h"
#include "store/verifications.h"

namespace crossrole::integration {

/// The steps of a quickstart, for progress: policies, role, attachments, verification.
inline constexpr int kQuickstartSteps = 4;

/// What a quickstart works with besides the ports.
struct QuickstartCall {
  const KeyPair& keys;
  std::vector<std::string>& created;  // ARNs of what was made, over all attempts of one job
  std::chrono::seconds wait{60};      // how long the verification waits until the role has spread
  std::function<void(int)> step = [](int) {};
};

/// What came of it.
struct QuickstartResult {
  Found found;                                     // as it is after the verification
  std::optional<store::Verification> verification{};
  std::vector<std::string> created{};              // ARNs
  std::vector<std::string> reused{};               // ARNs that an earlier quickstart had made
  std::vector<std::string> warnings{};             // sentences
  KeyCleanup cleanup{};
};

/// The result as the job shows it. Source: contract 4.1.
boost::json::value ToJson(const QuickstartResult& result);

/// Makes policies, role and attachments with the keys, connects the role and verifies it, waiting until it has spread.
/// Again with the same keys it finds what is there. A failure leaves nothing behind that was made.
/// Errors: kNotFound; kFailedPrecondition (disabled; a foreign role or policy of that name); kInvalidArgument (`key.root`,
/// `key.other_account`); kAwsRefused with reason `key.denied` and `missing_actions`; kUnavailable and kThrottled, after
/// which it may be called again.
base::Result<QuickstartResult> Quickstart(const Ports& ports, Verifier& verifier, const model::Actor& actor,
                                          std::string_view id_or_handle, const QuickstartCall& call);

}  // namespace crossrole::integration
