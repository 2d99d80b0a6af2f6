// SPDX-License-Identifier: Apache-2.0
#include "http/internal/exchange.h"

#include <utility>

#include "http/problem.h"

namespace crossrole::http::internal {

Exchange::Exchange(Place place) : place_(std::move(place)) { SetTimeLimit(place_.core->limits.request_time); }

template <typename Act>
bool Exchange::OnThread(Act act) const {
  if (!place_.mailbox->OnThread()) {
    return place_.mailbox->Post([taker = place_.taker, act = std::move(act)]() mutable {
      if (const auto alive = taker.lock()) act(*alive);
    });
  }
  const auto alive = place_.taker.lock();
  if (alive) act(*alive);
  return alive != nullptr;
}

void Exchange::Deliver(Response response) {
  OnThread([number = place_.number, response = std::move(response)](AnswerTaker& taker) mutable {
    taker.OnAnswer(number, std::move(response));
  });
}

void Exchange::Abort() {
  OnThread([number = place_.number](AnswerTaker& taker) { taker.OnAbort(number); });
}

std::shared_ptr<void> Exchange::TakeSlot() const {
  auto& streams = place_.core->streams;
  if (streams.fetch_add(1) >= place_.core->limits.streams) {
    streams.fetch_sub(1);
    return nullptr;
  }
  Core* const counted = place_.core.get();
  return {counted, [core = place_.core](Core*) { core->streams.fetch_sub(1); }};
}

std::shared_ptr<EventStream> Exchange::BeginStream(StreamHead head) {
  std::shared_ptr<void> slot = TakeSlot();
  if (!slot) {
    Deliver(ProblemResponse(base::Error{.code = base::Code::kUnavailable,
                                        .message = "too many streams are open",
                                        .retry_after = place_.core->limits.retry_after},
                            place_.request_id));
    return nullptr;
  }
  const auto wake = [taker = place_.taker, mailbox = place_.mailbox] {
    mailbox->Post([taker] {
      if (const auto alive = taker.lock()) alive->OnWake();
    });
  };
  auto buffer = std::make_shared<StreamBuffer>(place_.core->limits.stream_buffer_bytes, wake);
  const bool begun = OnThread([number = place_.number, head = std::move(head), buffer, slot](AnswerTaker& taker) mutable {
    taker.OnStream(number, std::move(head), buffer, std::move(slot));
  });
  if (!begun) buffer->Abandon();
  return HandleOf(std::move(buffer));
}

void Exchange::SetTimeLimit(std::chrono::milliseconds from_now) {
  give_up_at_ = (base::SteadyTime::clock::now() + from_now).time_since_epoch().count();
}

base::SteadyTime Exchange::GiveUpAt() const { return base::SteadyTime(base::SteadyTime::duration(give_up_at_.load())); }

}  // namespace crossrole::http::internal
