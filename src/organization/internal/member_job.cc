// SPDX-License-Identifier: Apache-2.0
#include "organization/internal/member_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/guarded.h"
#include "base/thread_pool.h"
#include "integration/members/verify_member.h"
#include "jobs/payload.h"
#include "organization/internal/member_pace.h"
#include "store/connections.h"
#include "store/jobs.h"
#include "store/organization/listings.h"
#include "store/organization/member_roles.h"
#include "store/page.h"

namespace crossrole::organization {
namespace {

constexpr std::string_view kMembersJob = "organization.members";
constexpr std::size_t kAtOnce = 4;
constexpr std::chrono::seconds kAgain{60};
constexpr std::chrono::minutes kLookEvery{10};

// The last probes by integration. In memory: after a restart each member that is not proven is probed once.
using ProbeMemory = base::Guarded<std::map<model::IntegrationId, LastProbes>>;

base::Result<std::vector<store::Connection>> ListMembers(const integration::Ports& ports, const model::TenantId& tenant,
                                                         const model::IntegrationId& integration) {
  std::vector<store::Connection> members;
  store::Page page{.limit = store::kLongPage};
  for (;;) {
    TRY_ASSIGN(auto list, ports.store.Read(tenant, [&](store::ReadTransaction& tx) {
      return store::ListConnections(tx, {.integration = integration}, page);
    }));
    const bool is_last = list.size() < page.limit;
    if (!list.empty()) page.after = list.back().id.text();
    std::ranges::move(list, std::back_inserter(members));
    if (is_last) return members;
  }
}

// What is to be done in one run, and by which rules.
struct Work {
  std::vector<store::Connection> due{};
  std::optional<base::Time> next{};
  MemberPace pace{};
  LastProbes probes{};  // of members that are still there
};

base::Result<Work> FindWork(const integration::Ports& ports, const model::TenantId& tenant, const model::IntegrationId& integration,
                            ProbeMemory& memory) {
  TRY_ASSIGN(auto members, ListMembers(ports, tenant, integration));
  Work work;
  const LastProbes known = memory.With([&](auto& all) { return all[integration]; });
  std::size_t unproven = 0;
  for (const store::Connection& member : members) {
    if (member.state == store::ConnectionState::kUnverified || member.state == store::ConnectionState::kError) ++unproven;
    if (const auto last = known.find(member.id); last != known.end()) work.probes.insert(*last);
  }
  work.pace = PaceFor(unproven, ports.settings.verification_interval);
  MemberRound round = DivideMembers(std::move(members), work.probes, work.pace, ports.clock.Now());
  work.due = std::move(round.due);
  work.next = round.next;
  return work;
}

// What became of one probe; `at` is not set when the run was stopped before it.
struct Probe {
  std::optional<base::Time> at{};
  bool is_proven = false;
};

// What a run has seen, in the order of what was due.
struct Seen {
  std::vector<Probe> probes;
  std::atomic<std::size_t> next{0};
  std::atomic<bool> has_lost{false};  // one that was active is not any more
};

void VerifySome(const integration::Ports& ports, const model::Actor& actor, const integration::MemberPlace& place,
                const std::vector<store::Connection>& due, Seen& seen, const std::stop_token& stop) {
  for (std::size_t i = seen.next++; i < due.size() && !stop.stop_requested(); i = seen.next++) {
    const auto checked = integration::VerifyConnection(ports, actor, place, due[i], {.request_id = actor.request_id, .stop = stop});
    const bool is_proven = checked && checked->ok;
    if (checked && !is_proven && due[i].state == store::ConnectionState::kActive) seen.has_lost = true;
    seen.probes[i] = {.at = ports.clock.Now(), .is_proven = is_proven};
  }
}

void VerifyAll(const integration::Ports& ports, const model::Actor& actor, const integration::MemberPlace& place,
               const std::vector<store::Connection>& due, Seen& seen, const std::stop_token& stop) {
  base::TaskGroup group;
  const std::size_t threads = std::min(kAtOnce, due.size());
  for (std::size_t i = 0; i < threads; ++i) {
    group.Start([&] { VerifySome(ports, actor, place, due, seen, stop); });
  }
  group.Join();
}

// Takes over what was seen; answers how many were proven.
std::size_t Remember(const Seen& seen, Work& work) {
  std::size_t proven = 0;
  for (std::size_t i = 0; i < work.due.size(); ++i) {
    const Probe& probe = seen.probes[i];
    if (!probe.at) continue;
    work.probes.insert_or_assign(work.due[i].id, *probe.at);
    proven += probe.is_proven ? 1U : 0U;
    if (probe.is_proven) continue;
    store::Connection member = work.due[i];
    // One that has just lost its proof is looked at as often as a new one.
    if (member.state == store::ConnectionState::kActive) member.updated_at = *probe.at;
    member.state = store::ConnectionState::kError;
    const auto at = NextProbeAt(member, probe.at, work.pace);
    if (at) work.next = std::min(work.next.value_or(*at), *at);
  }
  return proven;
}

base::Time NextRun(const integration::Ports& ports, const Work& work) {
  const base::Time now = ports.clock.Now();
  const base::Time latest = now + std::min<std::chrono::seconds>(ports.settings.verification_interval, kLookEvery);
  const base::Time soonest = std::min(now + work.pace.shortest, latest);  // not for one member at a time
  // An import that changed something while members were probed has joined this run.
  return work.due.empty() ? std::clamp(work.next.value_or(latest), soonest, latest) : soonest;
}

// Throttled or away: again; not active or gone: the next import asks for it.
std::string Postpone(jobs::JobContext& context, const integration::Ports& ports, const base::Error& error) {
  if (base::FactsOf(error.code).retryable) context.RunAgainAt(ports.clock.Now() + kAgain);
  return R"({"checked":0,"proven":0})";
}

base::Result<std::string> RunMembers(jobs::JobContext& context, const integration::Ports& ports, const integration::DropSessions& drop,
                                     ProbeMemory& memory) {
  const model::Actor actor{.tenant = context.job().tenant, .id = "system", .request_id = context.job().request_id};
  const auto ready = integration::FindReadyOrganization(ports, actor, jobs::IntegrationIn(context.job()));
  if (!ready) return Postpone(context, ports, ready.error());
  const model::IntegrationId& integration = ready->found.integration.id;
  TRY_ASSIGN(Work work, FindWork(ports, actor.tenant, integration, memory));
  std::size_t proven = 0;
  if (!work.due.empty()) {
    const auto place = integration::FindMemberPlace(ports, actor, integration.text());
    if (!place) return Postpone(context, ports, place.error());
    Seen seen{.probes = std::vector<Probe>(work.due.size())};
    VerifyAll(ports, actor, *place, work.due, seen, context.stop());
    if (seen.has_lost) drop(integration);
    proven = Remember(seen, work);
  }
  context.RunAgainAt(NextRun(ports, work));
  const std::size_t checked = work.due.size();
  memory.With([&](auto& all) { all.insert_or_assign(integration, std::move(work.probes)); });
  return fmt::format(R"({{"checked":{},"proven":{}}})", checked, proven);
}

}  // namespace

base::Status ScheduleMembers(store::WriteTransaction& tx, const integration::Ports& ports, const model::IntegrationId& integration, base::Time when) {
  TRY(ports.jobs.Enqueue(tx, {.kind = std::string(kMembersJob),
                              .unique_key = integration.text(),
                              .payload = jobs::PayloadAbout(integration),
                              .run_at = when}));
  return {};
}

base::Status ScheduleUnverifiedMembers(store::WriteTransaction& tx, const integration::Ports& ports, const model::IntegrationId& integration,
                                       base::Time now) {
  TRY_ASSIGN(const auto listed, store::FindListing(tx, integration));
  TRY_ASSIGN(const auto open, store::FindOpenJob(tx, kMembersJob, integration.text()));
  if (listed && open) {
    TRY_ASSIGN(const bool has_news, store::HasUnverifiedSince(tx, integration, *listed));
    if (!has_news) return {};
  }
  return ScheduleMembers(tx, ports, integration, now);
}

void RegisterMemberJob(jobs::Runner& runner, const integration::Ports& ports, integration::DropSessions drop) {
  runner.Register(std::string(kMembersJob), [&ports, drop = std::move(drop), memory = std::make_shared<ProbeMemory>()](jobs::JobContext& context) {
    return RunMembers(context, ports, drop, *memory);
  });
}

}  // namespace crossrole::organization
