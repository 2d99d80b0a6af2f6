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
#include "integration/internal/artefacts/quoting.h"
#include "integration/internal/probe_role.h"
#include "integration/internal/schedule.h"
#include "integration/members/discovery.h"
#include "store/role_claims.h"
#include "store/verifications.h"

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
    TRY(Resume(ports, actor, id));
    return std::unexpected(std::move(done).error());
  }
  OffboardResult result{.removed = removed, .remaining = remover.remaining(), .warnings = remover.warnings()};
  result.cleanup = CleanupFor(account, keys);
  TRY(remover.IsRoleOurs() ? MarkGone(ports, actor, id) : base::Status());
  return result;
}

// What is known about a role that we cannot look at any more.
struct KnownPolicies {
  std::vector<std::string> attached;
  std::vector<std::string> own;      // those of `attached` that have a name of ours
  std::vector<std::string> inlined;  // names
};

std::vector<std::string> TextsIn(const json::value& policies, std::string_view key) {
  std::vector<std::string> texts;
  const json::value* list = policies.is_object() ? policies.get_object().if_contains(key) : nullptr;
  if (list == nullptr || !list->is_array()) return texts;
  for (const json::value& text : list->get_array()) {
    if (text.is_string()) texts.emplace_back(text.get_string());
  }
  return texts;
}

// As the last verification saw the role; else what the blueprint attaches. A name that several integrations would like
// is ours only where it was seen attached: the command must never name somebody else's policy.
KnownPolicies PoliciesOf(const Blueprint& plan, const model::RoleArn& role, const std::optional<store::Verification>& last) {
  KnownPolicies known;
  const auto parsed = base::ParseJson(last ? last->result : "{}");
  const json::value* seen = parsed && parsed->is_object() ? parsed->get_object().if_contains("policies") : nullptr;
  if (seen != nullptr) {
    known.attached = TextsIn(*seen, "attached");
    known.inlined = TextsIn(*seen, "inline");
  }
  const bool unseen = known.attached.empty();
  for (const NamedPolicy& policy : plan.policies) {
    for (const std::string& name : {policy.name, policy.fallback_name}) {
      const std::string arn = fmt::format("arn:{}:iam::{}:policy{}{}", model::FactsOf(plan.partition).name,
                                          role.account().text(), plan.path, name);
      const bool attached = std::ranges::find(known.attached, arn) != known.attached.end();
      if (!name.empty() && (attached || (unseen && policy.fallback_name.empty()))) known.own.push_back(arn);
    }
  }
  if (unseen) {
    known.attached = known.own;
    known.attached.insert(known.attached.end(), plan.managed_policy_arns.begin(), plan.managed_policy_arns.end());
  }
  return known;
}

// The commands that remove a role and its policies.
void TellHowToRemove(const model::RoleArn& role, const KnownPolicies& known, OffboardResult& result) {
  const std::string name = ShellQuote(role.name());
  result.remaining.push_back(role.text());
  for (const std::string& arn : known.attached) {
    result.commands.push_back(fmt::format("aws iam detach-role-policy --role-name {} --policy-arn {}", name, ShellQuote(arn)));
  }
  for (const std::string& policy : known.inlined) {
    result.commands.push_back(fmt::format("aws iam delete-role-policy --role-name {} --policy-name {}", name, ShellQuote(policy)));
  }
  result.commands.push_back(fmt::format("aws iam delete-role --role-name {}", name));
  for (const std::string& arn : known.own) {
    result.remaining.push_back(arn);
    result.commands.push_back(fmt::format("aws iam delete-policy --policy-arn {}", ShellQuote(arn)));
  }
}

json::array ArrayOf(const std::vector<std::string>& list) { return json::array(list.begin(), list.end()); }

}  // namespace

base::Result<OffboardResult> OffboardWithKeys(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle,
                                              const KeyPair& keys, std::vector<std::string>& removed) {
  TRY_ASSIGN(Found found, FindRole(ports, actor, id_or_handle));
  const std::string id = found.integration.id.text();
  return audit::RecordAround(ports.audit, audit::RecordOf(actor, "integration.offboard", id),
                             [&](audit::EffectReport& report) {
                               auto result = Run(ports, actor, std::move(found), keys, removed);
                               report.details = base::PrintJson(json::object{{"removed", ArrayOf(removed)}});
                               return result;
                             });
}

base::Result<OffboardResult> OffboardWithoutKeys(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle) {
  TRY_ASSIGN(const Found found, FindRole(ports, actor, id_or_handle));
  const std::string id = found.integration.id.text();
  TRY_ASSIGN(const Blueprint plan, MakeBlueprint(found.integration, found.tenant.handle));
  const auto role = found.integration.ExpectedRoleArn();
  OffboardResult result;
  if (role) {
    TRY_ASSIGN(const auto last, ports.store.Read(actor.tenant, [&](store::ReadTransaction& tx) {
      return store::FindVerification(tx, found.integration.id);
    }));
    TellHowToRemove(*role, PoliciesOf(plan, *role, last), result);
    // Nobody told us how the role came into being.
    result.warnings.push_back(fmt::format(
        "the commands are for a role that no CloudFormation stack made: what a stack made goes with it, by "
        "`aws cloudformation delete-stack --stack-name {}`, or whatever else the stack was called",
        ShellQuote(plan.stack_name)));
    result.watching = Watching::kYes;
  }
  return audit::RecordAround(ports.audit, audit::RecordOf(actor, "integration.offboard", id),
                             [&](audit::EffectReport&) -> base::Result<OffboardResult> {
                               TRY(role ? StopMinting(ports, actor, id) : MarkGone(ports, actor, id));
                               return result;
                             });
}

base::Result<RolePresence> WatchRole(const Ports& ports, const model::Actor& actor, std::string_view id) {
  TRY_ASSIGN(const Found found, FindRole(ports, actor, id));
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
