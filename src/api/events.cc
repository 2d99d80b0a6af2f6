// SPDX-License-Identifier: Apache-2.0
#include "api/events.h"

#include <fmt/format.h>

#include "api/handlers.h"
#include "api/services.h"

namespace crossrole::api {

void EventFanOut::Subscribe(const model::TenantId& tenant, std::shared_ptr<http::EventStream> stream) {
  subscribers_.With([&](auto& subscribers) { subscribers.push_back({tenant, std::move(stream)}); });
}

void EventFanOut::Publish(const model::TenantId& tenant, std::string_view name, std::string_view data) {
  const std::string text = fmt::format("event: {}\ndata: {}\n\n", name, data);
  subscribers_.With([&](auto& subscribers) {
    std::erase_if(subscribers, [&](const Subscriber& subscriber) {
      if (subscriber.stream->Closed()) return true;
      return subscriber.tenant == tenant && !subscriber.stream->Write(text);
    });
  });
}

void EventFanOut::Close() {
  subscribers_.With([](auto& subscribers) {
    for (const Subscriber& subscriber : subscribers) subscriber.stream->Close();
    subscribers.clear();
  });
}

void FollowEvents(Services& services, Call call, Reply reply) {
  auto stream = reply.responder().StartStream(http::EventStreamHead());
  if (stream == nullptr) return;
  if (stream->Write("event: hello\ndata: {}\n\n")) services.events.Subscribe(call.actor.tenant, std::move(stream));
}

}  // namespace crossrole::api
