// SPDX-License-Identifier: Apache-2.0
#include "integration/internal/trust/check_trust.h"

#include <algorithm>
#include <utility>

#include "store/role_claims.h"

namespace crossrole::integration {
namespace {

using base::Code;
using base::Error;
using base::Fail;

// Whether another tenant holds the role. Asked by claiming it in a transaction that is always rolled back, so that the
// question goes the same way, and takes the same time, as a claim.
base::Result<bool> IsHeldElsewhere(const TrustCheck& check) {
  std::optional<store::RoleClaim> claim;
  const model::Integration& integration = check.found.integration;
  const auto asked = check.ports.store.Write(integration.tenant, [&](store::WriteTransaction& tx) -> base::Status {
    TRY_ASSIGN(claim, store::ClaimRole(tx, integration.id, check.role, check.ports.clock.Now()));
    return Fail(Error{.code = Code::kConflict, .message = "asked only", .reason = "claim.asked"});
  });
  if (!asked && asked.error().reason != "claim.asked") return std::unexpected(asked.error());
  return claim == store::RoleClaim::kElsewhere;
}

void HideRole(ProbeSeries& series) {
  for (ProbeOutcome& probe : series.outcomes) {
    if (probe.kind == policy::ProbeKind::kWithExternalId) {
      probe = {.kind = probe.kind, .observed = Observed::kDenied, .aws_code = "AccessDenied"};
    } else {
      probe = {.kind = probe.kind, .observed = Observed::kNotChecked};
    }
  }
}

// While customers move we have two principals, and are one of them.
OurPrincipals PrincipalsOf(const TrustCheck& check) {
  const std::string& trusted = check.found.integration.principal_arn;
  if (check.signer) return {.calling = trusted};
  const std::string next = check.ports.aws.NextPrincipal(check.found.integration.partition);
  if (check.identity.principal_arn == next) return {.calling = next, .other = trusted == next ? "" : trusted};
  return {.calling = trusted, .other = next == trusted ? "" : next};
}

base::Result<Verdict> Judge(const TrustCheck& check, const ProbeSeries& series, const Inspection& inspection, DocumentSource& source) {
  TRY_ASSIGN(const TrustExpectation expected,
             ExpectationOf(check.found.integration, check.found.tenant.handle, check.role, PrincipalsOf(check), series.right_values));
  TrustEvidence evidence{.probes = series.outcomes,
                         .wrong_id = series.wrong_value,
                         .account = inspection.account,
                         .role_maximum = inspection.role_maximum,
                         .capabilities = inspection.capabilities,
                         .own_account = check.identity.account,
                         .own_account_rule = check.ports.settings.own_account == OwnAccountRoles::kAllowed
                                                 ? OwnAccount::kAccepted
                                                 : OwnAccount::kRefused,
                         .negative_probes_off = check.ports.settings.negative_probes == NegativeProbes::kOff};
  if (inspection.trust_policy) {
    evidence.source = DocumentSource::kRead;
    evidence.document = *inspection.trust_policy;
  } else if (!check.found.integration.given_trust_policy.empty()) {
    evidence.source = DocumentSource::kGiven;
    evidence.document = check.found.integration.given_trust_policy;
  }
  source = evidence.source;
  return JudgeTrust(expected, evidence);
}

}  // namespace

base::Result<CheckedTrust> CheckTrust(const TrustCheck& check) {
  const ProbeCall call{.ports = check.ports,
                       .integration = check.found.integration,
                       .tenant = check.found.tenant.handle,
                       .role = check.role,
                       .request_id = check.request_id,
                       .until = check.until,
                       .stack = check.stack,
                       .stop = check.stop,
                       .signer = check.signer};
  CheckedTrust checked{.series = ProbeRole(call), .verification = {}};
  Inspection inspection;
  TRY_ASSIGN(const bool held_elsewhere, IsHeldElsewhere(check));
  if (checked.series.outcomes[0].observed == Observed::kAllowed) inspection = InspectRole(checked.series, call);
  if (held_elsewhere) {
    HideRole(checked.series);
    inspection = {};
  }
  Verification& verification = checked.verification;
  verification.checked_at = check.ports.clock.Now();
  verification.role_arn = check.role.text();
  TRY_ASSIGN(Verdict verdict, Judge(check, checked.series, inspection, verification.document));
  verification.ok = verdict.ok;
  verification.findings = std::move(verdict.findings);
  verification.probes = checked.series.outcomes;
  verification.inspection = std::move(inspection);
  return checked;
}

void AddFinding(Verification& verification, Finding finding) {
  if (finding.severity == Severity::kError) verification.ok = false;
  verification.findings.push_back(std::move(finding));
  std::ranges::sort(verification.findings, {}, [](const Finding& one) { return std::pair(one.severity, one.code); });
}

}  // namespace crossrole::integration
