// SPDX-License-Identifier: Apache-2.0
#include "api/events.h"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <optional>

#include "api/audit_json.h"
#include "api/handlers.h"
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

bool MayHave(Audience subscriber, Audience event) { return event == Audience::kEverybody || subscriber == Audience::kAuditors; }

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

void PublishIntegration(Services& services, const model::TenantId& tenant, const std::string& id, std::string_view action) {
  const auto parsed = model::IntegrationId::Parse(id);
  if (!parsed) return;
  const auto found = services.integrations.store.Read(
      tenant, [&](store::ReadTransaction& tx) { return store::FindIntegration(tx, *parsed); });
  if (!found) {
    services.log.Write(base::Level::kWarning, "events.not_read", {{"error", found.error().message}});
    return;
  }
  services.events.Publish(tenant, {.name = "integration", .data = IntegrationEvent(id, action, *found)});
}

std::string SessionEvent(const audit::Record& record) {
  return base::PrintJson(json::object{{"integration", record.target},
                                      {"action", record.action.name()},
                                      {"actor", record.actor},
                                      {"record", record.id ? json::value(record.id->text()) : json::value(nullptr)},
                                      {"at", base::FormatRfc3339(record.time)}});
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

std::string EventFanOut::Greeting(const Channel& channel, std::string_view last_id, Audience audience) const {
  // A stream that begins anew says where it begins; one that goes on must not, before it has caught up.
  const std::string here = fmt::format("id: {}-{}\n", epoch_, channel.last);
  if (last_id.empty()) return here + std::string(kHello);
  const auto number = NumberOf(last_id, epoch_);
  const std::uint64_t oldest = channel.last - channel.kept.size() + 1;
  if (!number || *number > channel.last || *number + 1 < oldest) return here + std::string(kHello) + std::string(kGap);
  std::string text(kHello);
  for (const Kept& kept : channel.kept) {
    if (kept.number > *number && MayHave(audience, kept.audience)) text += kept.text;
  }
  return text;
}

void EventFanOut::Subscribe(Subscriber subscriber, std::string_view last_id) {
  state_.With([&](State& state) {
    for (auto entry = state.channels.begin(); entry != state.channels.end();) {
      const bool forgotten = entry->first != subscriber.tenant && IsForgotten(entry->second);
      entry = forgotten ? state.channels.erase(entry) : std::next(entry);
    }
    const auto [entry, is_new] = state.channels.try_emplace(subscriber.tenant);
    Channel& channel = entry->second;
    if (is_new) channel.last = ++state.made << kChannelShift;
    if (!subscriber.stream->Write(Greeting(channel, last_id, subscriber.audience))) return;
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
      return MayHave(subscriber.audience, event.audience) && !subscriber.stream->Write(text);
    });
    Keep(channel, {.number = number, .audience = event.audience, .text = text});
  });
}

bool EventFanOut::IsFollowed(const model::TenantId& tenant) const {
  return state_.With([&](const State& state) { return state.channels.contains(tenant); });
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
  if (!record.tenant || !services.events.IsFollowed(*record.tenant)) return;
  services.events.Publish(*record.tenant, {.name = "audit", .data = base::PrintJson(RecordJson(record)), .audience = Audience::kAuditors});
  if (record.phase == audit::RecordPhase::kIntent || record.outcome != audit::Outcome::kSucceeded) return;
  if (record.action.name().starts_with("session.")) {
    services.events.Publish(*record.tenant, {.name = "session", .data = SessionEvent(record)});
  }
  if (!IsAboutAnIntegration(record)) return;
  // Reading the database is not for the thread of the audit log.
  const bool queued = services.dispatcher.TryRun(
      {.lane = http::Lane::kFast, .key = record.tenant->text()},
      [&services, tenant = *record.tenant, id = record.target, action = record.action] {
        PublishIntegration(services, tenant, id, action.name());
      });
  if (!queued) services.log.Write(base::Level::kWarning, "events.not_queued", {{"integration", record.target}});
}

void FollowEvents(Services& services, Call call, Reply reply) {
  const std::string last_id(call.request.headers.Find("Last-Event-ID").value_or(""));
  auto stream = reply.responder().StartStream(http::EventStreamHead());
  if (stream == nullptr) return;
  const bool auditor = call.caller->MayIn(call.caller->spaces->root(), tenancy::Permission::kAuditRead);
  services.events.Subscribe({.tenant = call.actor.tenant,
                             .audience = auditor ? Audience::kAuditors : Audience::kEverybody,
                             .stream = std::move(stream),
                             .until = base::Deadline::After(kStreamLife)},
                            last_id);
}

}  // namespace crossrole::api
