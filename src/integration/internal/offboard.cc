// SPDX-License-Identifier: Apache-2.0
#include "integration/internal/offboard.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/json.h"
#include "integration/internal/blueprint.h"
#include "integration/change.h"
#include "integration/find.h"
#include "integration/internal/account_remover.h"
#include "integration/internal/quoting.h"
#include "integration/probe_role.h"
#include "integration/schedule.h"
#include "store/role_claims.h"

namespace crossrole::integration {
namespace {

namespace json = boost::json;
using model::Integration;

base::Status StopMinting(const Ports& ports, const model::Actor& actor, const std::string& id) {
  TRY(ApplySilently(ports, actor.tenant, id,
                    {.action = "integration.offboard",
                     .event = "integration.offboarding",
                     .message = "minting was stopped; role and policies are being removed"},
                    [](Integration& integration) -> base::Status {
                      integration.state = model::IntegrationState::kDisabled;
                      integration.state_reason = kOffboarding;
                      integration.next_check_at.reset();
                      return {};
                    }));
  return {};
}

// What was not removed may be as good as before: the next check tells.
base::Status Resume(const Ports& ports, const model::Actor& actor, const std::string& id) {
  TRY(ApplySilently(ports, actor.tenant, id,
                    {.action = "integration.offboard",
                     .event = "integration.offboarding_failed",
                     .message = "not everything could be removed; the trust is verified anew"},
                    [&](Integration& integration) -> base::Status {
                      if (integration.state_reason == kOffboarding) Settle(integration, ports.clock.Now());
                      return {};
                    }));
  return {};
}

base::Status MarkGone(const Ports& ports, const model::Actor& actor, const std::string& id) {
  TRY_ASSIGN(const Integration gone,
             ApplySilently(ports, actor.tenant, id,
                           {.action = "integration.offboard",
                            .event = "integration.offboarded",
                            .message = "the role is gone"},
                           [](Integration& integration) -> base::Status {
                             integration.state = model::IntegrationState::kPending;
                             integration.state_reason = kOffboarded;
                             integration.role_arn.reset();
                             integration.given_trust_policy.clear();
                             integration.next_check_at.reset();
                             return {};
                           }));
  return ports.store.Write(actor.tenant, [&](store::WriteTransaction& tx) { return store::ReleaseRoles(tx, gone.id); });
}

base::Result<OffboardResult> Run(const Ports& ports, const model::Actor& actor, Found found, const KeyPair& keys,
                                 std::vector<std::string>& removed) {
  const std::string id = found.integration.id.text();
  TRY_ASSIGN(const KeyedAccount account, KeyedAccount::Open(ports, actor, found.integration, keys));
  found.integration.account_id = account.account();
  TRY_ASSIGN(const Blueprint plan, MakeBlueprint(found.integration, found.tenant.handle));
  AccountRemover remover(account, plan, removed);
  TRY(remover.Look());
  TRY(StopMinting(ports, actor, id));
  if (auto done = remover.Remove(); !done) {
    if (!base::FactsOf(done.error().code).retryable) TRY(Resume(ports, actor, id));
    return std::unexpected(std::move(done).error());
  }
  OffboardResult result{.removed = removed, .remaining = remover.remaining(), .warnings = remover.warnings()};
  result.cleanup = CleanupFor(account, keys);
  TRY(remover.IsRoleOurs() ? MarkGone(ports, actor, id) : base::Status());
  return result;
}

// What is attached as the last verification saw it; else what the blueprint attaches.
std::vector<std::string> AttachedOf(const Blueprint& plan, const model::RoleArn& role) {
  std::vector<std::string> arns;
  for (const NamedPolicy& policy : plan.policies) {
    arns.push_back(fmt::format("arn:{}:iam::{}:policy{}{}", model::FactsOf(plan.partition).name, role.account().text(),
                               plan.path, policy.name));
  }
  return arns;
}

json::array ArrayOf(const std::vector<std::string>& list) { return json::array(list.begin(), list.end()); }

}  // namespace

base::Result<OffboardResult> OffboardWithKeys(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle,
                                              const KeyPair& keys, std::vector<std::string>& removed) {
  TRY_ASSIGN(Found found, FindWithTenant(ports, actor, id_or_handle));
  const std::string id = found.integration.id.text();
  return audit::RecordAround(ports.audit, audit::RecordOf(actor, "integration.offboard", id),
                             [&](audit::EffectReport& report) {
                               auto result = Run(ports, actor, std::move(found), keys, removed);
                               report.details = base::PrintJson(json::object{{"removed", ArrayOf(removed)}});
                               return result;
                             });
}

base::Result<OffboardResult> OffboardWithoutKeys(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle) {
  TRY_ASSIGN(const Found found, FindWithTenant(ports, actor, id_or_handle));
  const std::string id = found.integration.id.text();
  TRY_ASSIGN(const Blueprint plan, MakeBlueprint(found.integration, found.tenant.handle));
  const auto role = found.integration.ExpectedRoleArn();
  OffboardResult result;
  if (role) {
    const std::string name = ShellQuote(role->name());
    result.remaining.push_back(role->text());
    const std::vector<std::string> own = AttachedOf(plan, *role);
    std::vector<std::string> attached = own;
    attached.insert(attached.end(), plan.managed_policy_arns.begin(), plan.managed_policy_arns.end());
    for (const std::string& arn : attached) {
      result.commands.push_back(fmt::format("aws iam detach-role-policy --role-name {} --policy-arn {}", name, ShellQuote(arn)));
    }
    result.commands.push_back(fmt::format("aws iam delete-role --role-name {}", name));
    for (const std::string& arn : own) {
      result.remaining.push_back(arn);
      result.commands.push_back(fmt::format("aws iam delete-policy --policy-arn {}", ShellQuote(arn)));
    }
    result.watching = Watching::kYes;
  }
  return audit::RecordAround(ports.audit, audit::RecordOf(actor, "integration.offboard", id),
                             [&](audit::EffectReport&) -> base::Result<OffboardResult> {
                               TRY(role ? StopMinting(ports, actor, id) : MarkGone(ports, actor, id));
                               return result;
                             });
}

base::Result<RolePresence> WatchRole(const Ports& ports, const model::Actor& actor, std::string_view id) {
  TRY_ASSIGN(const Found found, FindWithTenant(ports, actor, id));
  const auto role = found.integration.ExpectedRoleArn();
  if (found.integration.state_reason != kOffboarding || !role) return RolePresence::kNotAsked;
  const ProbeSeries series = ProbeRole({.ports = ports,
                                        .integration = found.integration,
                                        .tenant = found.tenant.handle,
                                        .role = *role,
                                        .request_id = actor.request_id});
  if (series.outcomes[0].observed == Observed::kAllowed) return RolePresence::kThere;
  if (series.outcomes[0].observed != Observed::kDenied) return RolePresence::kUnknown;
  TRY(audit::RecordAround(ports.audit, audit::RecordOf(actor, "integration.offboard", found.integration.id.text()),
                          [&](audit::EffectReport&) { return MarkGone(ports, actor, found.integration.id.text()); }));
  return RolePresence::kGone;
}

json::value ToJson(const OffboardResult& result) {
  json::object object{{"removed", ArrayOf(result.removed)},
                      {"remaining", ArrayOf(result.remaining)},
                      {"commands", ArrayOf(result.commands)},
                      {"warnings", ArrayOf(result.warnings)},
                      {"watching", result.watching == Watching::kYes}};
  if (!result.cleanup.message.empty()) {
    object["cleanup"] = json::object{{"message", result.cleanup.message}, {"commands", ArrayOf(result.cleanup.commands)}};
  }
  return object;
}

}  // namespace crossrole::integration
