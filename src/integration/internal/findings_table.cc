// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "integration/findings.h"

namespace crossrole::integration {
namespace {

constexpr Severity kError = Severity::kError;
constexpr Severity kWarning = Severity::kWarning;
constexpr Severity kInfo = Severity::kInfo;

constexpr std::array<FindingFacts, 21> kFindings = {{
    {"capability.missing_actions", kWarning,
     "The role's policies do not allow all IAM actions of the capabilities that were chosen.",
     "Apply the artefact of the integration again, or add the actions that the finding names."},
    {"member.without_external_id", kWarning,
     "The role that AWS makes in accounts of an organization demands no external ID; only the discovery role stands before it.",
     "Deploy the member role of the integration by its stack set, and name that role."},
    {"organization.not_management_account", kError,
     "The discovery role is in an account that may not list its organization, or that is in none.",
     "Make the discovery role in the management account or in a delegated administrator account."},
    {"role.duration_too_short", kWarning,
     "The role's maximum session duration is below the duration of the integration, so sessions end earlier.",
     "Raise the maximum session duration of the role, or lower `duration_seconds`."},
    {"role.wrong_account", kError, "The role is in another account than the one that was stated, or in our own.",
     "Give the ARN of a role in the right account."},
    {"sts.region_disabled", kError,
     "AWS STS is not activated in the region of the integration for the account that AWS's message names.",
     "Activate the region for STS in that account, or choose another `region`."},
    {"trust.account_principal", kInfo,
     "The trust policy names our whole account, so any of our principals that may assume roles could.",
     "Name our principal itself, as our artefacts do."},
    {"trust.dangling_principal", kError,
     "The trust policy names a user or role by a unique ID (`AROA…`, `AIDA…`): it has been deleted, and making it "
     "again "
     "does not bring the trust back.",
     "Remove the ID, or name the new principal by its ARN."},
    {"trust.document_unread", kWarning, "The trust policy could not be read, so what only its text shows is not known.",
     "Give the role the capability `self_check`, or give the trust policy together with the ARN."},
    {"trust.external_id_any_value", kError,
     "The role accepts external IDs that were not issued for it: a pattern, or a condition that any value meets.",
     "Compare `sts:ExternalId` by `StringEquals` with the issued value."},
    {"trust.external_id_case_insensitive", kError,
     "The role accepts the external ID with other capital letters, so another tenant's value may pass.",
     "Compare `sts:ExternalId` by `StringEquals` instead of `StringEqualsIgnoreCase`."},
    {"trust.external_id_if_exists", kError,
     "The role can be assumed when the external ID is left out, because the condition only holds `…IfExists`.",
     "Compare `sts:ExternalId` by `StringEquals`."},
    {"trust.external_id_not_required", kError,
     "The role can be assumed without an external ID: a condition is missing, is undone by another statement, or is "
     "true for an absent key (negated operators, `ForAllValues`, `Null`).",
     "Compare `sts:ExternalId` by `StringEquals` in every statement that allows `sts:AssumeRole`."},
    {"trust.external_id_other_value", kWarning,
     "Besides the issued external ID the role accepts others that are written in its trust policy.",
     "Remove the values that are no longer in use."},
    {"trust.not_assumable", kError,
     "AWS refused the call with the right external ID. Possible causes: there is no such role, its trust policy does "
     "not name our principal, demands another external ID or does not allow tags and source identity, a policy of the "
     "organization forbids it, or a change has not spread yet.",
     "Apply the artefact of the integration, and check that account, path and name of the role are as given."},
    {"trust.other_principals", kWarning, "Principals besides us can assume the role.",
     "Give us a role of our own, or remove those that should not be there."},
    {"trust.source_identity_missing", kError,
     "The trust policy does not allow `sts:SetSourceIdentity`, which our calls need.",
     "Add a statement that allows it for our principal, without the external ID condition."},
    {"trust.tag_session_missing", kError, "The trust policy does not allow `sts:TagSession`, which our calls need.",
     "Add a statement that allows it for our principal, without the external ID condition."},
    {"trust.wildcard_limited_to_org", kWarning,
     "The trust policy names every principal and limits them only to an organization.", "Name our principal itself."},
    {"trust.wildcard_principal", kError, "The trust policy names every principal of every AWS account.",
     "Name our principal itself."},
    {"verification.emulator", kWarning,
     "Negative probes are switched off, because AWS here is an emulator on this machine: nothing is proven.",
     "Set `verification.negative_probes` to `required` before connecting real accounts."},
}};

}  // namespace

std::span<const FindingFacts> FindingTable() { return kFindings; }

const FindingFacts* FindFindingFacts(std::string_view code) {
  const auto* found = std::ranges::find(kFindings, code, &FindingFacts::code);
  return found == kFindings.end() ? nullptr : found;
}

}  // namespace crossrole::integration
