// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>

#include "base/clock.h"
#include "http/internal/core.h"
#include "http/internal/stream_buffer.h"
#include "http/responder.h"

namespace crossrole::http::internal {

/// What a request's answer reaches on the I/O thread: the connection, if it still is at that request.
class AnswerTaker {
 public:
  virtual ~AnswerTaker() = default;
  /// Takes the answer to request `number` of this connection.
  virtual void OnAnswer(std::uint64_t number, Response response) = 0;
  /// Takes a streamed answer; `slot` is the place it takes among the streams.
  virtual void OnStream(std::uint64_t number, StreamHead head, std::shared_ptr<StreamBuffer> stream,
                        std::shared_ptr<void> slot) = 0;
  /// Drops the connection if it still is at request `number`.
  virtual void OnAbort(std::uint64_t number) = 0;
  /// Looks at the stream's buffer.
  virtual void OnWake() = 0;
};

/// The thread-safe end of one request: brings the answer to its connection, wherever it is made.
class Exchange final : public ResponseSink {
 public:
  /// Which request of which connection.
  struct Place {
    std::weak_ptr<AnswerTaker> taker;
    std::shared_ptr<Mailbox> mailbox;
    std::shared_ptr<Core> core;
    std::uint64_t number;
    std::string request_id;
  };
  explicit Exchange(Place place);

  void Deliver(Response response) override;
  std::shared_ptr<EventStream> BeginStream(StreamHead head) override;
  void Abort() override;
  void SetTimeLimit(std::chrono::milliseconds from_now) override;
  bool Gone() const override { return gone_; }

  /// When the handler is given up.
  base::SteadyTime GiveUpAt() const;
  /// Nobody waits any more.
  void Abandon() { gone_ = true; }

 private:
  template <typename Act>
  bool OnThread(Act act) const;
  std::shared_ptr<void> TakeSlot() const;

  const Place place_;
  std::atomic<bool> gone_{false};
  std::atomic<base::SteadyTime::rep> give_up_at_;
};

}  // namespace crossrole::http::internal
