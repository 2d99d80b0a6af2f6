// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "integration/findings.h"
#include "integration/internal/probes.h"
#include "model/account_id.h"
#include "model/handle.h"
#include "model/integration.h"

namespace crossrole::integration {

/// Where the trust document comes from: read from the role, given with its ARN, or nowhere.
enum class DocumentSource : std::uint8_t { kRead, kGiven, kUnread };
/// "read", "given" or "unread".
std::string_view NameOf(DocumentSource source);

/// Whether roles of our own account may be connected (development only).
enum class OwnAccount : std::uint8_t { kRefused, kAccepted };

/// One chosen capability as checked.
struct CapabilityResult {
  std::string name;
  std::vector<std::string> missing_actions{};    // as in the pack, patterns too
  std::vector<std::string> unchecked_actions{};  // nobody could say
};

/// What a trust policy has to be like: the part of an integration that the judge needs.
struct TrustExpectation {
  std::string principal_arn;                    // who calls: ours, or the role of discovery
  std::string other_principal_arn{};            // ours too, while customers move; "" for none
  std::string role_arn;                         // the role that is judged
  std::vector<std::string> external_ids;        // values that must work; for per_run those that were probed
  std::vector<std::string> offered_patterns{};  // per_run: what such patterns cover is no other value
  bool session_tags = true;
  bool source_identity = true;
  std::chrono::seconds duration{3600};
  std::optional<model::AccountId> account{};    // the account that was stated
  std::string corrected_policy{};               // the trust policy of our artefacts, as JSON
};

/// Who may assume a role in our name.
struct OurPrincipals {
  std::string calling;  // sends the probes
  std::string other{};  // trusted as well, while customers move; "" for none
};

/// The expectation of `integration` about `role`. `probed` are the values that the positive probes sent.
/// Errors: those of `AcceptedExternalIdsOf`.
base::Result<TrustExpectation> ExpectationOf(const model::Integration& integration, const model::Handle& tenant,
                                             const model::RoleArn& role, const OurPrincipals& ours, std::vector<std::string> probed);

/// Everything that was observed in one verification.
struct TrustEvidence {
  std::array<ProbeOutcome, 5> probes{};  // in the order of kProbeKinds
  DocumentSource source = DocumentSource::kUnread;
  std::string document{};                // the trust policy as JSON, not URL-encoded; "" when unread
  std::string wrong_id{};                // what wrong_external_id sent, to ask the document the same
  std::optional<model::AccountId> account{};          // of the session: GetCallerIdentity or AssumedRoleUser
  std::optional<std::chrono::seconds> role_maximum{}; // MaxSessionDuration of GetRole
  std::vector<CapabilityResult> capabilities{};
  model::AccountId own_account;                       // ours in this partition
  OwnAccount own_account_rule = OwnAccount::kRefused;
  bool negative_probes_off = false;                   // by configuration, against an emulator
};

/// What a verification says.
struct Verdict {
  bool ok = false;
  std::vector<Finding> findings{};  // errors first, then warnings, then info; by code
};

/// Judges by contract 4.1.1. Until the positive probe has passed, only `trust.not_assumable` (or `sts.region_disabled`,
/// which is about us) and findings on a given document are reported. `ok` is true exactly when the positive probe is
/// allowed, every other one is as expected, the account is the expected one, and no finding is an error.
Verdict JudgeTrust(const TrustExpectation& expected, const TrustEvidence& evidence);

}  // namespace crossrole::integration
