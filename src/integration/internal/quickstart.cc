// SPDX-License-Identifier: Apache-2.0
#include "integration/internal/quickstart.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/fault_point.h"
#include "base/json.h"
#include "integration/internal/blueprint.h"
#include "integration/aws_access.h"
#include "integration/change.h"
#include "integration/connect.h"
#include "integration/describe.h"
#include "integration/internal/account_builder.h"
#include "integration/internal/schedule.h"
#include "integration/members/discovery.h"

namespace crossrole::integration {
namespace {

namespace json = boost::json;
using base::Code;
using base::Error;
using base::Fail;

// The scheduled check stays away while this job waits for the role to spread.
constexpr std::chrono::seconds kScheduleMargin{30};
// With less time left a verification does not repeat its first probe, and repeating it here would not wait.
constexpr std::chrono::seconds kWorthAnother{3};

base::Status CheckState(const model::Integration& integration) {
  if (integration.state != model::IntegrationState::kDisabled) return {};
  return Fail(Error{.code = Code::kFailedPrecondition,
                    .message = "the integration is disabled",
                    .reason = "integration.disabled",
                    .fix = "enable it first"});
}

base::Status ConnectRole(const Ports& ports, const model::Actor& actor, const Found& found, const std::string& role_arn,
                         std::chrono::seconds wait) {
  const Change change{.action = "integration.connect",
                      .event = "integration.connected",
                      .message = "quickstart made the role, or found it as it had made it"};
  TRY(ApplySilently(ports, actor.tenant, found.integration.id.text(), change,
                    [&](model::Integration& integration) -> base::Status {
                      TRY(CheckState(integration));
                      TRY_ASSIGN(const model::RoleArn role, CheckRole(integration, role_arn));
                      const bool proven = integration.state == model::IntegrationState::kActive && integration.role_arn == role;
                      NameRole(integration, role);
                      // Nothing that is in use is interrupted by finding it as it was.
                      if (proven) return {};
                      Settle(integration, ports.clock.Now());
                      if (integration.next_check_at) integration.next_check_at = ports.clock.Now() + wait + kScheduleMargin;
                      return {};
                    }));
  return {};
}

// Repeated as long as there is time, because a check may be joined that somebody else began before the role had spread.
void VerifyRole(Verifier& verifier, const model::Actor& actor, const Found& found, std::chrono::seconds wait,
                std::vector<std::string>& warnings) {
  const base::Deadline until = base::Deadline::After(wait);
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::seconds>(until.Left());
    const auto checked = verifier.Verify(actor, found.integration.id.text(), {.wait = left});
    if (!checked) {
      warnings.push_back(fmt::format("the role was made but could not be verified yet: {}", checked.error().message));
      return;
    }
    if (checked->ok) return;
    const bool spreading = checked->probes[0].observed == Observed::kDenied || checked->probes[0].observed == Observed::kUnknown;
    if (spreading && verifier.waits() && until.Left() > kWorthAnother) continue;
    std::string codes;
    for (const Finding& finding : checked->findings) codes += (codes.empty() ? "" : ", ") + finding.code;
    warnings.push_back("the role was made but its trust is not proven: " + codes);
    return;
  }
}

base::Result<QuickstartResult> Run(const Ports& ports, Verifier& verifier, const model::Actor& actor, Found found,
                                   const QuickstartCall& call) {
  TRY_ASSIGN(const KeyedAccount account, KeyedAccount::Open(ports, actor, found.integration, call.keys));
  // In memory only: the documents name the account from now on, and it is stored with the role.
  found.integration.account_id = account.account();
  TRY_ASSIGN(const Blueprint plan, MakeBlueprint(found.integration, found.tenant.handle,
                                                 {.next_principal_arn = ports.aws.NextPrincipal(found.integration.partition)}));
  AccountBuilder builder(account, plan, call.created);
  TRY_ASSIGN(const std::string role_arn, builder.Build(call.step));
  TRY(ConnectRole(ports, actor, found, role_arn, call.wait));
  QuickstartResult result{.found = std::move(found), .created = call.created, .reused = builder.reused(), .warnings = call.keys.warnings};
  result.warnings.insert(result.warnings.end(), plan.warnings.begin(), plan.warnings.end());
  if (!result.found.integration.assume_on_worker) VerifyRole(verifier, actor, result.found, call.wait, result.warnings);
  base::FaultPoint("quickstart.after_verify");
  call.step(kQuickstartSteps);
  result.cleanup = CleanupFor(account, call.keys);
  const std::string id = result.found.integration.id.text();
  TRY_ASSIGN(result.found, FindWithTenant(ports, actor, id));
  TRY_ASSIGN(result.verification, ports.store.Read(actor.tenant, [&](store::ReadTransaction& tx) {
    return store::FindVerification(tx, result.found.integration.id);
  }));
  return result;
}

json::array ArrayOf(const std::vector<std::string>& list) { return json::array(list.begin(), list.end()); }

}  // namespace

base::Result<QuickstartResult> Quickstart(const Ports& ports, Verifier& verifier, const model::Actor& actor,
                                          std::string_view id_or_handle, const QuickstartCall& call) {
  TRY_ASSIGN(Found found, FindRole(ports, actor, id_or_handle));
  TRY(CheckState(found.integration));
  const std::string id = found.integration.id.text();
  return audit::RecordAround(ports.audit, audit::RecordOf(actor, "integration.quickstart", id),
                             [&](audit::EffectReport& report) -> base::Result<QuickstartResult> {
                               auto result = Run(ports, verifier, actor, std::move(found), call);
                               json::object details{{"created", ArrayOf(call.created)}};
                               if (result) details["reused"] = ArrayOf(result->reused);
                               report.details = base::PrintJson(details);
                               return result;
                             });
}

json::value ToJson(const QuickstartResult& result) {
  return json::object{{"integration", ToJson({.integration = result.found.integration,
                                              .tenant = result.found.tenant,
                                              .verification = result.verification})},
                      {"created", ArrayOf(result.created)},
                      {"reused", ArrayOf(result.reused)},
                      {"warnings", ArrayOf(result.warnings)},
                      {"cleanup", json::object{{"message", result.cleanup.message}, {"commands", ArrayOf(result.cleanup.commands)}}}};
}

}  // namespace crossrole::integration
