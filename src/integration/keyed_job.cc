// SPDX-License-Identifier: Apache-2.0
#include "integration/keyed_job.h"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <memory>
#include <utility>

#include "base/json.h"
#include "integration/find.h"
#include "integration/internal/offboard.h"
#include "integration/internal/quickstart.h"
#include "integration/internal/schedule.h"
#include "integration/verify.h"
#include "jobs/payload.h"
#include "store/integrations.h"
#include "store/people/tenants.h"

namespace crossrole::integration {
namespace {

namespace json = boost::json;
using base::Code;
using base::Error;
using base::Fail;

// Looks, after an offboarding without keys, whether the role is gone.
constexpr std::string_view kWatchJob = "integration.offboard.watch";
constexpr std::chrono::seconds kWatchEvery{60};
constexpr std::chrono::hours kWatchFor{48};
constexpr std::chrono::seconds kAskAgain{30};
constexpr int kAttempts = 8;
constexpr std::chrono::seconds kLostAfter{60};
constexpr std::chrono::minutes kLookForLost{2};

// What only the memory of this process holds until the job ends.
struct KeyedWork {
  KeyPair keys;
  std::vector<std::string> arns{};  // made or removed so far, over all attempts
};

// What the row of a job keeps.
std::string PayloadOf(const model::IntegrationId& id, const model::Actor& actor) {
  return base::PrintJson(json::object{{"integration", id.text()}, {"remote", actor.remote}, {"trace", actor.traceparent}});
}

model::Actor ActorOf(const store::Job& job) {
  return {.tenant = job.tenant,
          .id = job.actor,
          .remote = jobs::TextIn(job, "remote"),
          .request_id = job.request_id,
          .traceparent = jobs::TextIn(job, "trace")};
}

jobs::JobSpec SpecFor(std::string_view kind, const model::Integration& integration, const model::Actor& actor,
                      std::string_view variant) {
  return {.kind = std::string(kind),
          .unique_key = integration.id.text() + std::string(variant),
          .payload = PayloadOf(integration.id, actor),
          .max_attempts = kAttempts,
          .actor = actor.id,
          .request_id = actor.request_id};
}

Error WithoutKeys() {
  return {.code = Code::kUnavailable, .message = "the keys are no longer in memory", .reason = "job.interrupted", .fix = "ask for it again"};
}

// When to verify next, from the integration as it is now: it may have been changed while the job ran.
base::Status PlanNextCheck(jobs::JobContext& context, const Ports& ports, const model::Actor& actor, const std::string& id) {
  const auto integration = Find(ports, actor, id);
  if (!integration && integration.error().code != Code::kNotFound) return std::unexpected(integration.error());
  if (!integration || !integration->next_check_at) {
    context.RunNoMore();
  } else {
    context.RunAgainAt(*integration->next_check_at);
  }
  return {};
}

base::Result<std::string> RunVerify(jobs::JobContext& context, const Ports& ports, Verifier& verifier, const DropSessions& drop) {
  const model::Actor actor{.tenant = context.job().tenant, .id = "system", .request_id = context.job().request_id};
  const std::string id = jobs::IntegrationIn(context.job());
  const auto before = Find(ports, actor, id);
  if (!before && before.error().code != Code::kNotFound) return std::unexpected(before.error());
  if (!before || !before->next_check_at) {
    context.RunNoMore();
    return R"({"checked":false})";
  }
  // Somebody has put the check off since this job was planned.
  if (*before->next_check_at > ports.clock.Now()) {
    context.RunAgainAt(*before->next_check_at);
    return R"({"checked":false})";
  }
  const auto checked = verifier.Verify(actor, id, {});
  if (!checked && checked.error().code == Code::kUnavailable) {
    // Who we are or whether AWS is there says nothing about the customer: no state changes.
    context.RunAgainAt(ports.clock.Now() + kAskAgain);
    return base::PrintJson(json::object{{"checked", false}, {"reason", checked.error().reason}});
  }
  if (!checked && base::FactsOf(checked.error().code).retryable) {
    context.RunAgainAt(ports.clock.Now() + kAskAgain);
    return std::unexpected(checked.error());
  }
  if (!checked || checked->state != model::IntegrationState::kActive) drop(before->id);
  if (!checked) {
    context.RunNoMore();
    return std::unexpected(checked.error());
  }
  TRY(PlanNextCheck(context, ports, actor, id));
  return fmt::format(R"({{"checked":true,"ok":{},"state":"{}"}})", checked->ok, model::NameOf(checked->state));
}

base::Result<std::string> RunQuickstart(jobs::JobContext& context, const Ports& ports, Verifier& verifier, const DropSessions& drop) {
  const auto work = context.Transient<KeyedWork>();
  if (work == nullptr) return Fail(WithoutKeys());
  const auto result = Quickstart(ports, verifier, ActorOf(context.job()), jobs::IntegrationIn(context.job()),
                                 {.keys = work->keys, .created = work->arns, .step = [&](int done) {
                                    context.Progress(done, kQuickstartSteps);
                                  }});
  if (!result) return std::unexpected(result.error());
  if (result->found.integration.state != model::IntegrationState::kActive) drop(result->found.integration.id);
  return base::PrintJson(ToJson(*result));
}

base::Status StartWatching(const Ports& ports, const store::Job& job) {
  return ports.store.Write(job.tenant, [&](store::WriteTransaction& tx) -> base::Status {
    const base::Time now = ports.clock.Now();
    const std::string id = jobs::IntegrationIn(job);
    TRY(ports.jobs.Enqueue(tx, {.kind = std::string(kWatchJob),
                                .unique_key = id,
                                .payload = base::PrintJson(json::object{
                                    {"integration", id}, {"until", base::FormatRfc3339(now + kWatchFor)}}),
                                .run_at = now + kWatchEvery}));
    return {};
  });
}

base::Result<std::string> RunOffboard(jobs::JobContext& context, const Ports& ports, const DropSessions& drop) {
  const model::Actor actor = ActorOf(context.job());
  const std::string id = jobs::IntegrationIn(context.job());
  const auto work = context.Transient<KeyedWork>();
  if (work == nullptr && context.job().durability == store::Durability::kTransient) return Fail(WithoutKeys());
  const auto result = work ? OffboardWithKeys(ports, actor, id, work->keys, work->arns) : OffboardWithoutKeys(ports, actor, id);
  if (const auto known = model::IntegrationId::Parse(id)) drop(*known);
  if (!result) return std::unexpected(result.error());
  if (result->watching == Watching::kYes) TRY(StartWatching(ports, context.job()));
  return base::PrintJson(ToJson(*result));
}

base::Result<std::string> RunWatch(jobs::JobContext& context, const Ports& ports) {
  const auto seen = WatchRole(ports, {.tenant = context.job().tenant, .id = "system"}, jobs::IntegrationIn(context.job()));
  if (!seen && seen.error().code == Code::kNotFound) return R"({"watching":false})";
  const auto until = base::ParseRfc3339(jobs::TextIn(context.job(), "until"));
  const base::Time next = ports.clock.Now() + kWatchEvery;
  const bool open = !seen || *seen == RolePresence::kThere || *seen == RolePresence::kUnknown;
  const bool watching = open && until && next < *until;
  if (watching) context.RunAgainAt(next);
  if (!seen) return std::unexpected(seen.error());
  return base::PrintJson(json::object{{"gone", *seen == RolePresence::kGone}, {"watching", watching}});
}

base::Status PlanAgain(const Ports& ports, const model::TenantId& tenant, base::Time before) {
  store::Page page;
  for (;;) {
    TRY_ASSIGN(const auto list, ports.store.Read(tenant, [&](store::ReadTransaction& tx) { return store::ListIntegrations(tx, {}, page); }));
    for (const model::Integration& listed : list) {
      if (!listed.next_check_at || *listed.next_check_at > before) continue;
      TRY(ports.store.Write(tenant, [&](store::WriteTransaction& tx) -> base::Status {
        TRY_ASSIGN(const auto integration, store::FindIntegration(tx, listed.id));
        return integration && integration->next_check_at ? ScheduleNext(tx, ports, *integration) : base::Status();
      }));
    }
    if (list.size() < page.limit) return {};
    page.after = list.back().id.text();
  }
}

// A check that was asked for while the job of the one before was ending has joined that job, and would never run.
void PlanLostChecks(const Ports& ports, const std::stop_token& stop) {
  static_cast<void>(store::ForEachTenant(ports.store, stop, [&](const store::Tenant& tenant) {
    static_cast<void>(PlanAgain(ports, tenant.id, ports.clock.Now() - kLostAfter));  // the next round is near
    return base::Status();
  }));
}

}  // namespace

base::Result<model::JobId> StartQuickstart(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle,
                                           KeyPair keys) {
  const auto work = std::make_shared<KeyedWork>(KeyedWork{.keys = std::move(keys)});
  return ports.store.Write(actor.tenant, [&](store::WriteTransaction& tx) -> base::Result<model::JobId> {
    TRY_ASSIGN(const model::Integration integration, Load(tx, id_or_handle));
    if (integration.state == model::IntegrationState::kDisabled) {
      return Fail(Error{.code = Code::kFailedPrecondition,
                        .message = "the integration is disabled",
                        .reason = "integration.disabled",
                        .fix = "enable it first"});
    }
    TRY_ASSIGN(const jobs::Enqueued queued, ports.jobs.EnqueueTransient(tx, SpecFor(kQuickstartJob, integration, actor, ""), work));
    return queued.id;
  });
}

base::Result<model::JobId> StartOffboarding(const Ports& ports, const model::Actor& actor, std::string_view id_or_handle,
                                            std::optional<KeyPair> keys) {
  std::shared_ptr<KeyedWork> work;
  if (keys) work = std::make_shared<KeyedWork>(KeyedWork{.keys = *std::move(keys)});
  return ports.store.Write(actor.tenant, [&](store::WriteTransaction& tx) -> base::Result<model::JobId> {
    TRY_ASSIGN(const model::Integration integration, Load(tx, id_or_handle));
    // Keys must not be lost by joining a job that runs without any.
    const jobs::JobSpec spec = SpecFor(kOffboardJob, integration, actor, work ? ":keys" : "");
    TRY_ASSIGN(const jobs::Enqueued queued, work ? ports.jobs.EnqueueTransient(tx, spec, work) : ports.jobs.Enqueue(tx, spec));
    return queued.id;
  });
}

void RegisterJobs(jobs::Runner& runner, const Ports& ports, Verifier& verifier, DropSessions drop) {
  const jobs::KindOptions patient{.backoff = std::chrono::seconds(2), .longest_backoff = std::chrono::seconds(30)};
  runner.Register(std::string(kVerifyJob),
                  [&ports, &verifier, drop](jobs::JobContext& context) { return RunVerify(context, ports, verifier, drop); });
  runner.Register(std::string(kQuickstartJob),
                  [&ports, &verifier, drop](jobs::JobContext& context) { return RunQuickstart(context, ports, verifier, drop); }, patient);
  runner.Register(std::string(kOffboardJob),
                  [&ports, drop](jobs::JobContext& context) { return RunOffboard(context, ports, drop); }, patient);
  runner.Register(std::string(kWatchJob), [&ports](jobs::JobContext& context) { return RunWatch(context, ports); }, patient);
  runner.Every("integration.plan", kLookForLost, [&ports](const std::stop_token& stop) { PlanLostChecks(ports, stop); });
}

}  // namespace crossrole::integration
