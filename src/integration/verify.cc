// SPDX-License-Identifier: Apache-2.0
#include "integration/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <thread>
#include <utility>

#include "audit/log.h"
#include "base/json.h"
#include "integration/aws_access.h"
#include "integration/find.h"
#include "integration/internal/state.h"
#include "integration/internal/trust/check_trust.h"
#include "integration/internal/journal.h"
#include "integration/members/discovery.h"
#include "integration/members/organization_parts.h"
#include "integration/rotate.h"
#include "integration/internal/schedule.h"
#include "store/integrations.h"
#include "store/role_claims.h"
#include "store/verifications.h"

namespace crossrole::integration {
namespace {

namespace json = boost::json;
using base::Code;
using base::Error;
using base::Fail;
using model::Integration;

// Everything that one verification works with.
struct Check {
  const Ports& ports;
  const model::Actor& actor;
  Found found;
  model::RoleArn role;
  OwnIdentity identity;
  std::string stack;
  base::Deadline until;
  std::stop_token stop;
};

// How much longer than asked for somebody waits for a check that is running: as long as its calls take.
constexpr std::chrono::seconds kOthersGrace{5};

Error NothingToVerify(const Integration& integration) {
  const bool worker = integration.assume_on_worker;
  return {.code = Code::kFailedPrecondition,
          .message = worker ? "this role is assumed by workers only, which verify it themselves" : "no role is known yet",
          .reason = "integration.pending",
          .fix = worker ? "" : "create the role, or name it with `PUT …/role`"};
}

base::Result<Check> Prepare(const Ports& ports, const model::Actor& actor, std::string_view id, const VerifyRequest& request,
                            base::Deadline until, std::stop_token stop) {
  TRY_ASSIGN(Found found, FindRole(ports, actor, id));
  const auto role = found.integration.ExpectedRoleArn();
  if (found.integration.assume_on_worker || !role) return Fail(NothingToVerify(found.integration));
  if (!request.stack.empty() && !model::IsStackSlug(request.stack)) {
    return Fail(Error{.code = Code::kInvalidArgument, .message = "this is not a stack slug", .field = "stack"});
  }
  TRY_ASSIGN(OwnIdentity identity, ports.aws.IdentityFor(found.integration));
  return Check{ports, actor, std::move(found), *role, std::move(identity), request.stack, until, std::move(stop)};
}

std::string SummaryLine(const Verification& verification, model::IntegrationState before) {
  std::string text = verification.ok ? "the trust is safe" : "the trust is not proven";
  std::string codes;
  for (const Finding& finding : verification.findings) codes += (codes.empty() ? "" : ", ") + finding.code;
  if (!codes.empty()) text += ": " + codes;
  if (before != verification.state) text += fmt::format("; now {}", model::NameOf(verification.state));
  return text;
}

// Marks the value that the probes proved, so that a rotation can go on to it.
void MarkVerified(Integration& integration, const ProbeSeries& series) {
  if (series.outcomes[0].observed != Observed::kAllowed) return;
  for (model::IssuedExternalId& issued : integration.external_ids) {
    if (std::ranges::find(series.right_values, issued.value.text()) != series.right_values.end()) issued.verified = true;
  }
}

// A check that found nothing new while polling writes no line: there are six of them a minute.
bool IsWorthALine(const Integration& before, const Integration& after, const Verification& verification) {
  if (WaitsForDiscovery(before)) return !WaitsForDiscovery(after);
  return before.state != after.state || verification.ok || before.state != model::IntegrationState::kPending;
}

// Whether the account is all that is wrong: the trust itself is as it should be.
bool OnlyLacksOrganization(const Verification& verification) {
  const auto is_error = [](const Finding& finding) { return finding.severity == Severity::kError; };
  return std::ranges::any_of(verification.findings, is_error) && std::ranges::all_of(verification.findings, [&](const Finding& finding) {
    return !is_error(finding) || finding.code == "organization.not_management_account";
  });
}

// Whether the role has just listed its organization; asked of roles whose integration waits for that only.
enum class Discovery : std::uint8_t { kProven, kUnproven };

void MoveOn(const Check& check, const ProbeSeries& series, const Verification& verification, Discovery discovery, Integration& integration) {
  const base::Time now = check.ports.clock.Now();
  CheckSummary summary = SummaryOf(series.outcomes, verification.ok);
  summary.is_elsewhere = OnlyLacksOrganization(verification);
  // A trust that is safe does not make a discovery role: an account's connection is in use until there is one.
  const bool still_waits = verification.ok && WaitsForDiscovery(integration) && discovery == Discovery::kUnproven;
  const StateChange change = still_waits ? StateChange{.state = integration.state, .reason = integration.state_reason} : NextState(integration, summary, now);
  // What sessions may do changes with the state only: a scheduled check that confirms it leaves the cache alone.
  if (change.state != integration.state) integration.power_version++;
  integration.state = change.state;
  integration.state_reason = change.reason;
  integration.negative_allowed_in_a_row = change.negative_allowed_in_a_row;
  integration.positive_denied_at = change.positive_denied_at;
  if (verification.ok) {
    if (!integration.role_arn) integration.role_arn = check.role;
    integration.account_from_arn = false;
  }
  MarkVerified(integration, series);
  integration.next_check_at = NextCheckAt(integration, now, check.ports.settings.verification_interval, check.ports.random.Unit());
  integration.updated_at = now;
}

base::Status Store(const Check& check, const ProbeSeries& series, Verification& verification, Discovery discovery) {
  return check.ports.store.Write(check.actor.tenant, [&](store::WriteTransaction& tx) -> base::Status {
    TRY_ASSIGN(Integration integration, Load(tx, check.found.integration.id.text()));
    const Integration before = integration;
    const bool changed_meanwhile = before.power_version != check.found.integration.power_version;
    // What was proven about an older role or setting proves nothing about the new one: its own check is on its way.
    if (!changed_meanwhile) MoveOn(check, series, verification, discovery, integration);
    verification.state = integration.state;
    if (verification.ok && !changed_meanwhile) {
      TRY(store::ClaimRole(tx, integration.id, check.role, check.ports.clock.Now()));
    }
    TRY(store::UpdateIntegration(tx, integration));
    TRY(WriteConnection(tx, integration, check.ports.clock.Now(), check.ports.random));
    TRY(store::PutVerification(tx, {.integration = integration.id,
                                    .checked_at = verification.checked_at,
                                    .ok = verification.ok,
                                    .result = base::PrintJson(ToJson(verification))}));
    if (IsWorthALine(before, integration, verification)) {
      TRY(Note(tx, integration, verification.checked_at,
               {.event = "verification.finished",
                .message = SummaryLine(verification, before.state),
                .level = verification.ok ? "info" : "warning"}));
    }
    if (verification.ok && before.state != integration.state) TRY(BeginMembers(tx, check.ports, integration));
    return ScheduleNext(tx, check.ports, integration);
  });
}

base::Result<Verification> Run(const Check& check) {
  TRY_ASSIGN(CheckedTrust checked, CheckTrust({.ports = check.ports,
                                               .found = check.found,
                                               .role = check.role,
                                               .identity = check.identity,
                                               .request_id = check.actor.request_id,
                                               .stack = check.stack,
                                               .until = check.until,
                                               .stop = check.stop}));
  const bool is_organization = check.found.integration.kind == model::IntegrationKindOf::kOrganization;
  if (is_organization && checked.series.outcomes[0].observed == Observed::kAllowed) {
    auto finding = CheckDiscovery(check.ports, check.found.integration, checked.verification.inspection);
    if (finding) AddFinding(checked.verification, *std::move(finding));
  }
  const bool has_listed = checked.verification.ok && WaitsForDiscovery(check.found.integration) && ListsOrganization(check.ports, check.found.integration);
  TRY(Store(check, checked.series, checked.verification, has_listed ? Discovery::kProven : Discovery::kUnproven));
  return std::move(checked.verification);
}

base::Result<Verification> RunRecorded(const Check& check) {
  // Polling for a role that may not exist yet is recorded once it leads somewhere, not six times a minute.
  const auto before = check.found.integration.state;
  const bool polling = check.actor.id == "system" && (before == model::IntegrationState::kPending || WaitsForDiscovery(check.found.integration));
  if (polling) {
    TRY_ASSIGN(Verification verification, Run(check));
    if (verification.state != before) {
      TRY(check.ports.audit.AppendAndWait(audit::RecordOf(check.actor, "integration.verify", check.found.integration.id.text())));
    }
    return verification;
  }
  return audit::RecordAround(check.ports.audit,
                             audit::RecordOf(check.actor, "integration.verify", check.found.integration.id.text()),
                             [&](audit::EffectReport& report) -> base::Result<Verification> {
                               TRY_ASSIGN(Verification verification, Run(check));
                               report.details = fmt::format(R"({{"ok":{},"state":"{}","before":"{}"}})", verification.ok,
                                                            model::NameOf(verification.state), model::NameOf(check.found.integration.state));
                               return verification;
                             });
}

using Shared = std::shared_future<base::Result<Verification>>;
using Running = base::Guarded<std::map<std::string, Shared>>;

// Waits for the verification that is running, if there is one, else runs it.
base::Result<Verification> JoinOrRun(Running& all, const Check& check, bool& joined) {
  // One that began before a change proves nothing about what came after: it is not joined.
  const std::string key =
      fmt::format("{}@{}@{}", check.found.integration.id.text(), check.found.integration.power_version, check.stack);
  std::promise<base::Result<Verification>> promise;
  std::optional<Shared> other;
  all.With([&](auto& running) {
    if (const auto it = running.find(key); it != running.end()) {
      other = it->second;
    } else {
      running.emplace(key, promise.get_future().share());
    }
  });
  joined = other.has_value();
  if (joined) {
    // It may wait for the role longer than we do: then we look for ourselves, once.
    if (other->wait_until(check.until.at() + kOthersGrace) == std::future_status::ready) return other->get();
    return RunRecorded(check);
  }
  base::Result<Verification> result = RunRecorded(check);
  all.With([&](auto& running) { running.erase(key); });
  promise.set_value(result);
  return result;
}

}  // namespace

base::Result<Verification> Verifier::Verify(const model::Actor& actor, std::string_view id_or_handle,
                                            const VerifyRequest& request) {
  const base::Deadline until = base::Deadline::After(request.wait);
  for (;;) {
    TRY_ASSIGN(const Check check, Prepare(ports_, actor, id_or_handle, request, until, stopping_.get_token()));
    bool joined = false;
    const base::Result<Verification> result = JoinOrRun(running_, check, joined);
    // One that was joined may have been on its way before the role was there, and does not wait for it as we would.
    const bool refused = result && result->probes[0].observed != Observed::kAllowed;
    if (!joined || !refused || until.Passed()) return result;
  }
}

json::value ToJson(const Verification& verification) {
  json::array probes;
  for (const ProbeOutcome& probe : verification.probes) {
    json::object object{{"name", NameOf(probe.kind)},
                        {"expected", probe.kind == policy::ProbeKind::kWithExternalId ? "allowed" : "denied"},
                        {"observed", NameOf(probe.observed)},
                        {"ok", IsAsExpected(probe)}};
    if (!probe.detail.empty()) object["detail"] = probe.detail;
    probes.push_back(std::move(object));
  }
  json::array findings;
  for (const Finding& finding : verification.findings) findings.push_back(ToJson(finding));
  json::array capabilities;
  for (const CapabilityResult& capability : verification.inspection.capabilities) {
    capabilities.push_back(json::object{
        {"name", capability.name},
        {"ok", capability.missing_actions.empty() && capability.unchecked_actions.empty()},
        {"missing_actions", json::array(capability.missing_actions.begin(), capability.missing_actions.end())},
        {"unchecked_actions", json::array(capability.unchecked_actions.begin(), capability.unchecked_actions.end())}});
  }
  const Inspection& inspection = verification.inspection;
  json::value account = nullptr;
  if (inspection.account) {
    account = json::object{{"id", inspection.account->text()}, {"arn", inspection.session_arn}};
    if (!inspection.alias.empty()) account.as_object()["alias"] = inspection.alias;
  }
  return json::object{{"ok", verification.ok},
                      {"checked_at", base::FormatRfc3339(verification.checked_at)},
                      {"state", model::NameOf(verification.state)},
                      {"role_arn", verification.role_arn},
                      {"document", NameOf(verification.document)},
                      {"probes", std::move(probes)},
                      {"findings", std::move(findings)},
                      {"capabilities", std::move(capabilities)},
                      {"policies",
                       json::object{{"attached", json::array(inspection.attached_policies.begin(), inspection.attached_policies.end())},
                                    {"inline", json::array(inspection.inline_policies.begin(), inspection.inline_policies.end())}}},
                      {"account", std::move(account)}};
}

}  // namespace crossrole::integration
