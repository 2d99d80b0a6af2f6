// SPDX-License-Identifier: Apache-2.0
#include "organization/import.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "base/guarded.h"
#include "base/json.h"
#include "integration/members/discovery.h"
#include "integration/members/roles.h"
#include "integration/members/verify_member.h"
#include "jobs/payload.h"
#include "organization/internal/member_job.h"
#include "organization/internal/tree_records.h"
#include "store/integrations.h"
#include "store/organization/listings.h"
#include "store/people/tenants.h"

namespace crossrole::organization {
namespace {

namespace json = boost::json;
using base::Code;
using base::Error;
using base::Fail;
using Place = integration::MemberPlace;

constexpr std::chrono::seconds kOpenLimit{20};
constexpr std::chrono::minutes kListLimit{55};  // a session of the discovery role lives an hour
constexpr std::chrono::seconds kShortestWait{1};
constexpr std::chrono::seconds kLongestWait{30};
constexpr int kPartOfAge = 8;
constexpr std::chrono::minutes kPlanEvery{2};

// One import of an organization at a time, whoever asked for it.
class Turns {
 public:
  // False while another one has it.
  bool Take(const std::string& integration) {
    return busy_.With([&](auto& busy) { return busy.insert(integration).second; });
  }
  void Give(const std::string& integration) {
    busy_.With([&](auto& busy) { busy.erase(integration); });
  }

 private:
  base::Guarded<std::set<std::string>> busy_;
};

// A turn, if it was free, for as long as this lives.
class Turn {
 public:
  Turn(Turns& turns, std::string integration) : turns_(turns), integration_(std::move(integration)), is_mine_(turns_.Take(integration_)) {}
  ~Turn() {
    if (is_mine_) turns_.Give(integration_);
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  bool is_mine() const { return is_mine_; }

 private:
  Turns& turns_;
  std::string integration_;
  bool is_mine_;
};

// Whoever has just come looks again soon, whoever waits for long less often.
std::chrono::microseconds WaitOf(const store::Job& job, base::Time now) {
  return std::clamp<std::chrono::microseconds>((now - job.created_at) / kPartOfAge, kShortestWait, kLongestWait);
}

// What one job is to do.
struct Task {
  std::string integration;
  Consent consent{};
  bool is_scheduled = true;
};

Task TaskOf(const store::Job& job) {
  Task task{.integration = jobs::IntegrationIn(job)};
  const auto payload = base::ParseJson(job.payload);
  if (!payload || !payload->is_object()) return task;
  const json::object& object = payload->get_object();
  if (const auto* count = object.if_contains("confirm_removals"); count != nullptr && count->is_int64()) {
    task.consent.removals = static_cast<std::size_t>(count->get_int64());
  }
  if (const auto* other = object.if_contains("confirm_other_organization")) task.consent.other_organization = *other == true;
  task.is_scheduled = job.unique_key == task.integration;
  return task;
}

SyncRequest RequestFor(const Place& place, Consent consent) {
  const model::Integration& integration = place.found.integration;
  return {.tenant = integration.tenant,
          .integration = integration.id,
          .member = {.partition = integration.partition,
                     .path = place.access.role_path,
                     .name = place.access.role_name,
                     .external_id = place.access.external_id},
          .consent = consent};
}

ReadOptions OptionsFor(const integration::Ports& ports, const Place& place, const model::Actor& actor, std::stop_token stop) {
  const model::Integration& integration = place.found.integration;
  return {.call = {.deadline = base::Deadline::After(kListLimit), .tenant = integration.tenant.text(), .request_id = actor.request_id},
          .caller_account = integration.ExpectedRoleArn()->account().text(),
          .rate_scale = ports.settings.rate_scale,
          .stop = std::move(stop)};
}

json::object CountsJson(const NodeCounts& counts) {
  return {{"added", counts.added}, {"changed", counts.changed}, {"removed", counts.removed}};
}

std::string_view NameOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kGo: return "done";
    case Verdict::kRemovalsWait: return "removals_wait";
    case Verdict::kOtherOrganization: break;
  }
  return "other_organization";
}

std::string ResultText(const SyncResult& result) {
  json::object object{{"outcome", NameOf(result.verdict)},
                      {"complete", result.complete},
                      {"removals", result.removals},
                      {"folders", CountsJson(result.folders)},
                      {"connections", CountsJson(result.connections)},
                      {"error", nullptr}};
  if (result.error) {
    const std::string& code = result.error->reason.empty() ? result.error->aws_code : result.error->reason;
    object["error"] = json::object{{"code", code}, {"message", result.error->message}};
  }
  return base::PrintJson(object);
}

// Told once for each number, not at every attempt.
base::Status TellOfWaiting(const integration::Ports& ports, const model::Actor& actor, const Place& place,
                           const store::ImportedOrganization& before, const SyncResult& result) {
  const auto waiting = static_cast<std::int64_t>(result.removals);
  if (result.verdict != Verdict::kRemovalsWait || before.removals_waiting == waiting) return {};
  audit::Record record = audit::RecordOf(actor, "organization.removal_waits", place.found.integration.id.text());
  record.details = fmt::format(R"({{"removals":{}}})", waiting);
  TRY(ports.audit.AppendAndWait(std::move(record)));
  return {};
}

base::Result<SyncResult> Import(const integration::Ports& ports, const model::Actor& actor, const Place& place, const Task& task,
                                jobs::JobContext& context) {
  const model::Integration& integration = place.found.integration;
  TRY_ASSIGN(const aws::Client client,
             integration::OpenDiscovery(ports, integration, {.deadline = base::Deadline::After(kOpenLimit), .lane = aws::Lane::kSchedule,
                                                             .request_id = actor.request_id}));
  TRY_ASSIGN(const auto before, ports.store.Read(integration.tenant, [&](store::ReadTransaction& tx) {
    return store::FindImportedOrganization(tx, integration.id);
  }));
  TreeRecords records(ports.audit, actor, integration.id);
  SyncRequest request = RequestFor(place, task.consent);
  request.on_plan = [&](const StoredTree& stored, const Plan& plan) { return records.Begin(stored, plan); };
  ReadOptions options = OptionsFor(ports, place, actor, context.stop());
  std::int64_t answered = 0;
  options.progress = [&](const ReadProgress& progress) {
    answered = static_cast<std::int64_t>(progress.done);
    context.Progress(answered, static_cast<std::int64_t>(progress.total), progress.left);
  };
  auto result = Sync({.store = ports.store, .client = client, .clock = ports.clock, .random = ports.random}, request, options);
  // What was expected may have been too much.
  if (result) context.Progress(answered, answered);
  base::Status outcome;
  if (!result) outcome = std::unexpected(result.error());
  TRY(records.Finish(ports.store, outcome));
  if (result && before) TRY(TellOfWaiting(ports, actor, place, *before, *result));
  return result;
}

base::Result<std::string> RunSync(jobs::JobContext& context, const integration::Ports& ports, const integration::DropSessions& drop, Turns& turns) {
  const Task task = TaskOf(context.job());
  const model::Actor actor{.tenant = context.job().tenant, .id = context.job().actor, .request_id = context.job().request_id};
  const auto place = integration::FindReadyOrganization(ports, actor, task.integration);
  if (!place) {
    context.RunNoMore();
    if (task.is_scheduled) return R"({"outcome":"not_ready"})";
    return std::unexpected(place.error());
  }
  if (task.is_scheduled) {
    const auto spread = 0.9 + 0.2 * ports.random.Unit();
    const auto pause = std::chrono::duration_cast<std::chrono::milliseconds>(ports.settings.sync_interval * spread);
    context.RunAgainAt(ports.clock.Now() + pause);
  }
  const Turn turn(turns, task.integration);
  if (!turn.is_mine()) {
    // Its place is for imports that can go on.
    const base::Time now = ports.clock.Now();
    context.PutBackUntil(now + WaitOf(context.job(), now));
    return R"({"outcome":"waits"})";
  }
  const auto result = Import(ports, actor, *place, task, context);
  if (!result) return std::unexpected(result.error());
  const bool has_changed = result->connections != NodeCounts{};
  // Who was suspended or has left gives no sessions any more.
  if (has_changed) drop(place->found.integration.id);
  const base::Time now = ports.clock.Now();
  TRY(ports.store.Write(actor.tenant, [&](store::WriteTransaction& tx) -> base::Status {
    const model::IntegrationId& id = place->found.integration.id;
    TRY(has_changed ? ScheduleMembers(tx, ports, id, now) : ScheduleUnverifiedMembers(tx, ports, id, now));
    if (!result->complete || result->verdict != Verdict::kGo) return {};
    return store::NoteListing(tx, place->found.integration.id, now);
  }));
  return ResultText(*result);
}

// A job that was asked for while the one before was ending has joined that one, and would never run.
base::Status PlanAgain(const integration::Ports& ports, const model::TenantId& tenant) {
  store::Page page;
  for (;;) {
    const store::IntegrationFilter wanted{.kind = model::IntegrationKindOf::kOrganization, .state = model::IntegrationState::kActive};
    TRY_ASSIGN(const auto list, ports.store.Read(tenant, [&](store::ReadTransaction& tx) { return store::ListIntegrations(tx, wanted, page); }));
    for (const model::Integration& integration : list) {
      TRY(ports.store.Write(tenant, [&](store::WriteTransaction& tx) -> base::Status {
        TRY_ASSIGN(const auto open, store::FindOpenJob(tx, integration::kSyncJob, integration.id.text()));
        if (open) return {};
        TRY(ports.jobs.Enqueue(tx, {.kind = std::string(integration::kSyncJob),
                                    .unique_key = integration.id.text(),
                                    .payload = jobs::PayloadAbout(integration.id)}));
        return {};
      }));
    }
    if (list.size() < page.limit) return {};
    page.after = list.back().id.text();
  }
}

void PlanLost(const integration::Ports& ports, const std::stop_token& stop) {
  static_cast<void>(store::ForEachTenant(ports.store, stop, [&](const store::Tenant& tenant) {
    static_cast<void>(PlanAgain(ports, tenant.id));  // the next round is near
    return base::Status();
  }));
}

}  // namespace

base::Result<model::JobId> StartImport(const integration::Ports& ports, const model::Actor& actor, std::string_view id_or_handle,
                                       const ImportRequest& request) {
  TRY_ASSIGN(const Place place, integration::FindReadyOrganization(ports, actor, id_or_handle));
  const std::string id = place.found.integration.id.text();
  json::object payload{{"integration", id}};
  std::string key = id + ":by_hand";
  if (request.confirm_removals) {
    if (*request.confirm_removals < 0) {
      return Fail(Error{.code = Code::kInvalidArgument, .message = "a number of removals is not negative", .field = "confirm_removals"});
    }
    payload["confirm_removals"] = *request.confirm_removals;
    key += fmt::format(":{}", *request.confirm_removals);
  }
  if (request.confirm_other_organization) {
    payload["confirm_other_organization"] = true;
    key += ":other";
  }
  return ports.store.Write(actor.tenant, [&](store::WriteTransaction& tx) -> base::Result<model::JobId> {
    TRY_ASSIGN(const jobs::Enqueued queued, ports.jobs.Enqueue(tx, {.kind = std::string(integration::kSyncJob),
                                                                    .unique_key = key,
                                                                    .payload = base::PrintJson(payload),
                                                                    .actor = actor.id,
                                                                    .request_id = actor.request_id}));
    return queued.id;
  });
}

base::Result<SyncPreview> PreviewImport(const integration::Ports& ports, const model::Actor& actor, std::string_view id_or_handle,
                                        std::stop_token stop) {
  TRY_ASSIGN(const Place place, integration::FindReadyOrganization(ports, actor, id_or_handle));
  TRY_ASSIGN(const aws::Client client, integration::OpenDiscovery(ports, place.found.integration,
                                                                  {.deadline = base::Deadline::After(kOpenLimit), .request_id = actor.request_id}));
  return PreviewSync({.store = ports.store, .client = client, .clock = ports.clock, .random = ports.random}, RequestFor(place, {}),
                     OptionsFor(ports, place, actor, std::move(stop)));
}

void RegisterJobs(jobs::Runner& runner, const integration::Ports& ports, integration::DropSessions drop) {
  const auto turns = std::make_shared<Turns>();
  runner.Register(std::string(integration::kSyncJob),
                  [&ports, drop, turns](jobs::JobContext& context) { return RunSync(context, ports, drop, *turns); });
  RegisterMemberJob(runner, ports, drop);
  runner.Every("organization.plan", kPlanEvery, [&ports](const std::stop_token& stop) { PlanLost(ports, stop); });
}

}  // namespace crossrole::organization
