// SPDX-License-Identifier: Apache-2.0
#include "organization/internal/member_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "base/thread_pool.h"
#include "integration/members/verify_member.h"
#include "jobs/payload.h"
#include "store/connections.h"
#include "store/page.h"

namespace crossrole::organization {
namespace {

constexpr std::string_view kMembersJob = "organization.members";
constexpr std::size_t kAtOnce = 4;
constexpr std::size_t kFew = 50;
constexpr std::chrono::seconds kSoon{10};
constexpr std::chrono::seconds kSoonForMany{60};
constexpr std::chrono::minutes kLater{10};
constexpr std::chrono::minutes kIsNews{30};  // roles of new accounts come by a stack set, some time after the account

bool IsDue(const store::Connection& connection, base::Time now, std::chrono::seconds interval) {
  if (connection.state == store::ConnectionState::kSuspended) return false;
  if (connection.state != store::ConnectionState::kActive) return true;
  return !connection.last_success_at || now - *connection.last_success_at >= interval;
}

base::Result<std::vector<store::Connection>> DueConnections(const integration::Ports& ports, const model::TenantId& tenant,
                                                            const model::IntegrationId& integration) {
  std::vector<store::Connection> due;
  store::Page page{.limit = store::kLongPage};
  for (;;) {
    TRY_ASSIGN(auto list, ports.store.Read(tenant, [&](store::ReadTransaction& tx) {
      return store::ListConnections(tx, {.integration = integration}, page);
    }));
    const bool is_last = list.size() < page.limit;
    if (!list.empty()) page.after = list.back().id.text();
    for (store::Connection& connection : list) {
      if (IsDue(connection, ports.clock.Now(), ports.settings.verification_interval)) due.push_back(std::move(connection));
    }
    if (is_last) return due;
  }
}

// What a round has seen.
struct Round {
  std::atomic<std::size_t> next{0};
  std::atomic<std::size_t> proven{0};
  std::atomic<std::size_t> fresh{0};  // not proven, and new or changed lately
  std::atomic<bool> has_lost{false};  // one that was active is not any more
};

void VerifySome(const integration::Ports& ports, const model::Actor& actor, const integration::MemberPlace& place,
                const std::vector<store::Connection>& due, Round& round, const std::stop_token& stop) {
  for (std::size_t i = round.next++; i < due.size() && !stop.stop_requested(); i = round.next++) {
    const store::Connection& connection = due[i];
    const auto checked = integration::VerifyConnection(ports, actor, place, connection, {.request_id = actor.request_id, .stop = stop});
    if (checked && checked->ok) {
      ++round.proven;
      continue;
    }
    if (ports.clock.Now() - connection.updated_at < kIsNews) ++round.fresh;
    if (checked && connection.state == store::ConnectionState::kActive) round.has_lost = true;
  }
}

base::Time NextRound(const integration::Ports& ports, const Round& round, std::size_t open) {
  std::chrono::seconds pause = std::min<std::chrono::seconds>(ports.settings.verification_interval, kLater);
  if (round.fresh > 0) pause = open <= kFew ? kSoon : kSoonForMany;
  return ports.clock.Now() + pause;
}

base::Result<std::string> RunMembers(jobs::JobContext& context, const integration::Ports& ports, const integration::DropSessions& drop) {
  const model::Actor actor{.tenant = context.job().tenant, .id = "system", .request_id = context.job().request_id};
  const auto place = integration::FindMemberPlace(ports, actor, jobs::IntegrationIn(context.job()));
  if (!place) {
    // Throttled or away: again; not active or gone: the next import asks for it.
    if (base::FactsOf(place.error().code).retryable) context.RunAgainAt(ports.clock.Now() + kSoonForMany);
    return R"({"checked":0,"proven":0})";
  }
  const model::IntegrationId& integration = place->found.integration.id;
  TRY_ASSIGN(const auto due, DueConnections(ports, actor.tenant, integration));
  Round round;
  {
    base::TaskGroup group;
    const std::size_t threads = std::min(kAtOnce, due.size());
    for (std::size_t i = 0; i < threads; ++i) {
      group.Start([&] { VerifySome(ports, actor, *place, due, round, context.stop()); });
    }
    group.Join();
  }
  if (round.has_lost) drop(integration);
  context.RunAgainAt(NextRound(ports, round, due.size() - round.proven));
  return fmt::format(R"({{"checked":{},"proven":{}}})", due.size(), round.proven.load());
}

}  // namespace

base::Status ScheduleMembers(store::WriteTransaction& tx, const integration::Ports& ports, const model::IntegrationId& integration, base::Time when) {
  TRY(ports.jobs.Enqueue(tx, {.kind = std::string(kMembersJob),
                              .unique_key = integration.text(),
                              .payload = jobs::PayloadAbout(integration),
                              .run_at = when}));
  return {};
}

void RegisterMemberJob(jobs::Runner& runner, const integration::Ports& ports, integration::DropSessions drop) {
  runner.Register(std::string(kMembersJob),
                  [&ports, drop = std::move(drop)](jobs::JobContext& context) { return RunMembers(context, ports, drop); });
}

}  // namespace crossrole::organization
