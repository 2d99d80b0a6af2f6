// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/internal/sharing.h"
#include "audit/record.h"
#include "base/deadline.h"
#include "base/guarded.h"
#include "http/responder.h"
#include "model/ids.h"
#include "store/jobs.h"
#include "tenancy/authenticate.h"

namespace crossrole::api {

struct Services;

/// One event on its way.
struct Event {
  std::string_view name;  // "integration", "folder", "connection", "session", "job" or "audit"
  std::string data;       // one JSON object in one line
  tenancy::Permission permission = tenancy::Permission::kEventRead;  // who may have it, besides following events at all
  std::optional<tenancy::Target> about{};  // where that is asked; nothing: the tenant as a whole
  std::optional<tenancy::Target> unless{};  // whoever has that permission there is told otherwise, and not this
  std::optional<NodeShares> shared{};      // a folder or connection: it may also be asked where that is shared
  std::string actor{};                     // whoever has asked for it himself may have it, too
};

/// Who wants events.
struct Subscriber {
  std::shared_ptr<const tenancy::Caller> caller;
  std::shared_ptr<http::EventStream> stream;
  base::Deadline until;  // no event is sent later: permission has to be asked for again
};

/// Who follows the events of a tenant.
enum class Following : std::uint8_t {
  kNobody,
  kWholeTenant,  // those who may have all of them
  kSomeSpaces,   // also some who may not: events have to say what they are about
};

/// Passes what happens on to the open event streams of the same tenant, and keeps the last events of tenants that listen
/// or listened a moment ago, for those who come back. In this process only: with several replicas each one sees its own events until a
/// shared bus is there. Thread-safe.
class EventFanOut {
 public:
  /// How many events a tenant's channel keeps.
  struct Limits {
    std::size_t events = 256;
    std::size_t bytes = std::size_t{64} * 1024;  // below the buffer of a stream, so that a return fits into it
    std::chrono::milliseconds memory = std::chrono::minutes(10);  // after the last listener left
  };
  /// `epoch` names this process in event ids, so that those of an earlier one are known for what they are.
  EventFanOut(std::string epoch, Limits limits) : epoch_(std::move(epoch)), limits_(limits) {}
  explicit EventFanOut(std::string epoch) : EventFanOut(std::move(epoch), Limits()) {}

  /// Adds a stream. With `last_id`, the id of the last event that its client has seen, what came since is sent first, or
  /// the event `gap` when that is not known any more.
  void Subscribe(Subscriber subscriber, std::string_view last_id);
  /// Sends an event to the streams of `tenant`; slow ones are cut off.
  void Publish(const model::TenantId& tenant, const Event& event);
  /// Whether anybody of `tenant` listens, or may come back, so that making an event is worth it.
  Following WhoFollows(const model::TenantId& tenant) const;
  /// Ends all streams.
  void Close();

 private:
  struct Kept {
    std::uint64_t number = 0;
    Event event;       // without its data
    std::string text;  // as it is sent
  };
  struct Channel {
    std::uint64_t last = 0;
    std::size_t bytes = 0;
    bool in_some_spaces = false;  // somebody follows, or did, who may not have everything
    std::deque<Kept> kept{};
    std::vector<Subscriber> subscribers{};
    std::optional<base::Deadline> forget{};  // set while nobody listens
  };
  struct State {
    std::map<model::TenantId, Channel> channels{};
    std::uint64_t made = 0;  // channels so far; ids of a forgotten one never fit a later one
  };

  /// Lets go who is gone; whether the channel has been without listeners for long enough to be forgotten.
  bool IsForgotten(Channel& channel) const;
  void Keep(Channel& channel, Kept kept) const;
  std::string Greeting(const Channel& channel, std::string_view last_id, const tenancy::Caller& caller) const;

  const std::string epoch_;
  const Limits limits_;
  base::Guarded<State> state_;
};

/// Publishes what a durable audit record tells: the record itself to auditors, hand-outs of sessions, changes of folders and
/// connections, and what an integration is like now. Returns at once; for the audit log's `on_record`.
void PublishRecord(Services& services, const audit::Record& record);
/// Publishes what became of a job. Returns at once; for the runner's `on_change`.
void PublishJob(Services& services, const store::Job& job);

}  // namespace crossrole::api
