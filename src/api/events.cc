// SPDX-License-Identifier: Apache-2.0
#include "api/events.h"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <optional>

#include "api/audit_json.h"
#include "api/handlers.h"
#include "api/internal/about.h"
#include "api/internal/sharing.h"
#include "api/services.h"
#include "base/json.h"
#include "store/integrations.h"

namespace crossrole::api {
namespace {

namespace json = boost::json;

constexpr std::chrono::minutes kStreamLife{15};
// A channel numbers this many events before it could meet the numbers of the next one.
constexpr unsigned kChannelShift = 32;
// How long a client waits before it comes back.
constexpr std::string_view kHello = "retry: 2000\nevent: hello\ndata: {}\n\n";
constexpr std::string_view kGap = "event: gap\ndata: {}\n\n";

std::optional<std::uint64_t> NumberOf(std::string_view id, std::string_view epoch) {
  if (!id.starts_with(epoch) || id.size() <= epoch.size() + 1 || id[epoch.size()] != '-') return std::nullopt;
  const std::string_view digits = id.substr(epoch.size() + 1);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

bool MayHave(const tenancy::Caller& caller, const Event& event) {
  if (event.unless && MayReadAbout(caller, event.permission, event.unless)) return false;
  if (event.shared && SeesShared(caller, event.permission, *event.shared)) return true;
  return MayReadAbout(caller, event.permission, event.about) || (!event.actor.empty() && event.actor == caller.actor.id);
}

bool IsAboutAnIntegration(const audit::Record& record) {
  const audit::ActionFacts& facts = record.action.facts();
  return facts.target == "integration" && !facts.name.starts_with("session.") && !facts.name.starts_with("setup.");
}

// What an integration is like now, after `action`; it may be gone.
std::string IntegrationEvent(const std::string& id, std::string_view action, const std::optional<model::Integration>& integration) {
  json::object event{{"id", id}, {"action", action}};
  if (!integration) {
    event["state"] = "deleted";
    return base::PrintJson(event);
  }
  event["state"] = model::NameOf(integration->state);
  event["handle"] = integration->handle.text();
  event["reason"] = integration->state_reason.empty() ? json::value(nullptr) : json::value(integration->state_reason);
  event["version"] = integration->version;
  return base::PrintJson(event);
}

std::string SessionEvent(const audit::Record& record) {
  return base::PrintJson(json::object{{"integration", record.target},
                                      {"action", record.action.name()},
                                      {"actor", record.actor},
                                      {"record", record.id ? json::value(record.id->text()) : json::value(nullptr)},
                                      {"at", base::FormatRfc3339(record.time)}});
}

bool IsDone(const audit::Record& record) {
  return record.phase != audit::RecordPhase::kIntent && record.outcome == audit::Outcome::kSucceeded;
}

bool IsHandOut(const audit::Record& record) { return IsDone(record) && record.action.name().starts_with("session."); }

bool IsAboutANode(const audit::Record& record) {
  const std::string_view target = record.action.facts().target;
  return IsDone(record) && (target == "folder" || target == "connection");
}

// What became of a folder or connection, as its record tells: nothing is read, an import changes thousands.
std::string NodeEvent(const audit::Record& record) {
  const bool is_folder = record.action.facts().target == "folder";
  json::object event{{"id", record.target}, {"action", record.action.name()}, {"at", base::FormatRfc3339(record.time)}};
  const auto details = base::ParseJson(record.details);
  const auto copy = [&](std::string_view from, std::string_view to) {
    const auto* value = details && details->is_object() ? details->get_object().if_contains(from) : nullptr;
    if (value != nullptr) event[to] = *value;
  };
  for (const std::string_view name : {"integration", "handle", "name", "changes"}) copy(name, name);
  copy("aws_id", is_folder ? "ou_id" : "account_id");
  copy("parent_aws_id", "parent_ou_id");
  if (!is_folder) {
    copy("account_id", "account_id");
    copy("account_state", "account_state");
  }
  return base::PrintJson(event);
}

// The record itself, and what it tells of: the hand-out of a session, or the change of a folder or connection.
// Who sees folders and connections through shares is told of the changes of those, and not of the record.
void PublishTold(EventFanOut& events, const audit::Record& record, const std::optional<tenancy::Target>& about,
                 const std::optional<NodeShares>& shared) {
  events.Publish(*record.tenant, {.name = "audit",
                                  .data = base::PrintJson(RecordJson(record)),
                                  .permission = tenancy::Permission::kAuditRead,
                                  .about = about});
  if (IsHandOut(record)) events.Publish(*record.tenant, {.name = "session", .data = SessionEvent(record), .about = about});
  if (!IsAboutANode(record)) return;
  events.Publish(*record.tenant, {.name = record.action.facts().target, .data = NodeEvent(record), .about = about, .shared = shared});
}

// Where an integration was before the change that a record tells of; nothing when it is there still.
base::Result<std::optional<tenancy::Target>> LeftBy(About& about, const audit::Record& record, const model::IntegrationId& id) {
  const auto details = base::ParseJson(record.details);
  const auto* space = details && details->is_object() ? details->get_object().if_contains("space_before") : nullptr;
  if (space == nullptr || !space->is_string()) return std::optional<tenancy::Target>();
  TRY_ASSIGN(auto left, about.Of(std::string(space->get_string())));
  // Tokens for some integrations only are told of theirs.
  if (left) left->integration = id;
  return left;
}

// Whoever follows the space that an integration has left, and not the one where it is, learns that it is gone, and nothing else of it.
base::Status PublishGone(EventFanOut& events, About& about, const audit::Record& record, const std::optional<tenancy::Target>& now) {
  const auto id = model::IntegrationId::Parse(record.target);
  if (!id) return {};
  TRY_ASSIGN(const auto left, LeftBy(about, record, *id));
  if (!left) return {};
  events.Publish(*record.tenant, {.name = "integration",
                                  .data = base::PrintJson(json::object{{"id", record.target}, {"state", "gone"}}),
                                  .about = left,
                                  .unless = now});
  return {};
}

base::Status PublishIntegration(EventFanOut& events, store::ReadTransaction& tx, const audit::Record& record,
                                const std::optional<tenancy::Target>& about) {
  const auto id = model::IntegrationId::Parse(record.target);
  if (!id) return {};
  TRY_ASSIGN(const auto integration, store::FindIntegration(tx, *id));
  events.Publish(*record.tenant,
                 {.name = "integration", .data = IntegrationEvent(record.target, record.action.name(), integration), .about = about});
  return {};
}

// Runs `publish(tx, about)` where reading the database is allowed: it is not for the thread of the audit log, nor for that of a job.
template <typename Publish>
void PublishLater(Services& services, const model::TenantId& tenant, Publish publish) {
  const bool queued = services.dispatcher.TryRun(
      {.lane = http::Lane::kFast, .key = tenant.text()}, [&services, tenant, publish = std::move(publish)] {
        const base::Status read = services.integrations.store.Read(tenant, [&](store::ReadTransaction& tx) -> base::Status {
          About about(tx);
          return publish(tx, about);
        });
        if (!read) services.log.Write(base::Level::kWarning, "events.not_read", {{"error", read.error().message}});
      });
  if (!queued) services.log.Write(base::Level::kWarning, "events.not_queued", {{"tenant", tenant.text()}});
}

json::value JobEvent(const store::Job& job) {
  return json::object{{"id", job.id.text()}, {"kind", job.kind}, {"state", store::NameOf(job.state)}};
}

}  // namespace

bool EventFanOut::IsForgotten(Channel& channel) const {
  std::erase_if(channel.subscribers, [](const Subscriber& subscriber) { return subscriber.stream->Closed(); });
  if (!channel.subscribers.empty()) {
    channel.forget.reset();
    return false;
  }
  if (!channel.forget) channel.forget = base::Deadline::After(limits_.memory);
  return channel.forget->Passed();
}

void EventFanOut::Keep(Channel& channel, Kept kept) const {
  channel.bytes += kept.text.size();
  channel.kept.push_back(std::move(kept));
  while (channel.kept.size() > limits_.events || channel.bytes > limits_.bytes) {
    channel.bytes -= channel.kept.front().text.size();
    channel.kept.pop_front();
  }
}

std::string EventFanOut::Greeting(const Channel& channel, std::string_view last_id, const tenancy::Caller& caller) const {
  // A stream that begins anew says where it begins; one that goes on must not, before it has caught up.
  const std::string here = fmt::format("id: {}-{}\n", epoch_, channel.last);
  if (last_id.empty()) return here + std::string(kHello);
  const auto number = NumberOf(last_id, epoch_);
  const std::uint64_t oldest = channel.last - channel.kept.size() + 1;
  if (!number || *number > channel.last || *number + 1 < oldest) return here + std::string(kHello) + std::string(kGap);
  std::string text(kHello);
  for (const Kept& kept : channel.kept) {
    if (kept.number > *number && MayHave(caller, kept.event)) text += kept.text;
  }
  return text;
}

void EventFanOut::Subscribe(Subscriber subscriber, std::string_view last_id) {
  const tenancy::Caller& caller = *subscriber.caller;
  const model::TenantId& tenant = caller.actor.tenant;
  const bool has_all = caller.MayIn(caller.spaces->root(), tenancy::Permission::kEventRead);
  state_.With([&](State& state) {
    for (auto entry = state.channels.begin(); entry != state.channels.end();) {
      const bool forgotten = entry->first != tenant && IsForgotten(entry->second);
      entry = forgotten ? state.channels.erase(entry) : std::next(entry);
    }
    const auto [entry, is_new] = state.channels.try_emplace(tenant);
    Channel& channel = entry->second;
    if (is_new) channel.last = ++state.made << kChannelShift;
    if (!subscriber.stream->Write(Greeting(channel, last_id, caller))) return;
    channel.in_some_spaces = channel.in_some_spaces || !has_all;
    channel.subscribers.push_back(std::move(subscriber));
    channel.forget.reset();
  });
}

void EventFanOut::Publish(const model::TenantId& tenant, const Event& event) {
  state_.With([&](State& state) {
    const auto found = state.channels.find(tenant);
    if (found == state.channels.end()) return;
    Channel& channel = found->second;
    if (IsForgotten(channel)) {
      state.channels.erase(found);
      return;
    }
    const std::uint64_t number = ++channel.last;
    const std::string text = fmt::format("id: {}-{}\nevent: {}\ndata: {}\n\n", epoch_, number, event.name, event.data);
    std::erase_if(channel.subscribers, [&](const Subscriber& subscriber) {
      if (subscriber.until.Passed()) {
        subscriber.stream->Close();
        return true;
      }
      return MayHave(*subscriber.caller, event) && !subscriber.stream->Write(text);
    });
    Keep(channel, {.number = number,
                   .event = {.name = event.name,
                             .data = "",
                             .permission = event.permission,
                             .about = event.about,
                             .unless = event.unless,
                             .shared = event.shared,
                             .actor = event.actor},
                   .text = text});
  });
}

Following EventFanOut::WhoFollows(const model::TenantId& tenant) const {
  return state_.With([&](const State& state) {
    const auto found = state.channels.find(tenant);
    if (found == state.channels.end()) return Following::kNobody;
    return found->second.in_some_spaces ? Following::kSomeSpaces : Following::kWholeTenant;
  });
}

void EventFanOut::Close() {
  state_.With([](State& state) {
    for (auto& [tenant, channel] : state.channels) {
      for (const Subscriber& subscriber : channel.subscribers) subscriber.stream->Close();
      channel.subscribers.clear();
    }
  });
}

void PublishRecord(Services& services, const audit::Record& record) {
  const Following following = record.tenant ? services.events.WhoFollows(*record.tenant) : Following::kNobody;
  if (following == Following::kNobody) return;
  const bool is_told = following == Following::kWholeTenant;
  if (is_told) PublishTold(services.events, record, std::nullopt, std::nullopt);
  const bool is_integration = IsDone(record) && IsAboutAnIntegration(record);
  if (is_told && !is_integration) return;
  PublishLater(services, *record.tenant,
               [&events = services.events, record, is_told, is_integration](store::ReadTransaction& tx, About& about) -> base::Status {
                 TRY_ASSIGN(const auto target, about.Of(record));
                 if (!is_told) {
                   TRY_ASSIGN(const auto shared, NodeSharesOf(tx, record));
                   PublishTold(events, record, target, shared);
                 }
                 if (!is_integration) return {};
                 TRY(PublishIntegration(events, tx, record, target));
                 return PublishGone(events, about, record, target);
               });
}

void PublishJob(Services& services, const store::Job& job) {
  const Following following = services.events.WhoFollows(job.tenant);
  if (following == Following::kNobody) return;
  const Event event{.name = "job", .data = base::PrintJson(JobEvent(job)), .actor = job.actor};
  if (following == Following::kWholeTenant) return services.events.Publish(job.tenant, event);
  PublishLater(services, job.tenant, [&events = services.events, job, event](store::ReadTransaction&, About& about) -> base::Status {
    Event placed = event;
    TRY_ASSIGN(placed.about, about.Of(job));
    events.Publish(job.tenant, placed);
    return {};
  });
}

void FollowEvents(Services& services, Call call, Reply reply) {
  const std::string last_id(call.request.headers.Find("Last-Event-ID").value_or(""));
  auto stream = reply.responder().StartStream(http::EventStreamHead());
  if (stream == nullptr) return;
  services.events.Subscribe({.caller = call.caller, .stream = std::move(stream), .until = base::Deadline::After(kStreamLife)}, last_id);
}

}  // namespace crossrole::api
