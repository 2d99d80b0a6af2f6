// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/deadline.h"
#include "http/message.h"

namespace crossrole::http {

/// An answer that is written piece by piece, such as server-sent events. It has a bounded buffer and costs no
/// thread; a client that reads too slowly is dropped. Thread-safe. Dropping the last handle ends the stream.
class EventStream {
 public:
  virtual ~EventStream() = default;
  /// Queues `text` and returns at once; false when the client is gone or its buffer is full, which drops it.
  [[nodiscard]] virtual bool Write(std::string_view text) = 0;
  /// Waits until there is room for `text`; for long answers (exports) on a pool thread, never on an I/O thread.
  [[nodiscard]] virtual bool WriteWhenRoom(std::string_view text, base::Deadline deadline) = 0;
  /// Ends the stream after what is queued. Idempotent.
  virtual void Close() = 0;
  /// Whether the client is gone or the stream ended.
  virtual bool Closed() const = 0;
};

/// The head of a streamed answer.
struct StreamHead {
  int status = 200;
  Headers headers{};        // Content-Type defaults to text/event-stream
  std::string heartbeat{};  // sent when nothing else was for `Limits::stream_heartbeat`; "" with other types than SSE
};

/// The head of a stream of server-sent events with the usual heartbeat, a comment line.
StreamHead EventStreamHead();

/// Where a `Responder` delivers to: a connection, or a test.
class ResponseSink {
 public:
  virtual ~ResponseSink() = default;
  /// Takes the one answer.
  virtual void Deliver(Response response) = 0;
  /// Takes the head of a streamed answer instead; null when there is no room for another stream (answered 503).
  virtual std::shared_ptr<EventStream> BeginStream(StreamHead head) = 0;
  /// Closes the connection without an answer.
  virtual void Abort() {}
  /// Moves the moment at which the request is given up and answered 503.
  virtual void SetTimeLimit(std::chrono::milliseconds from_now) = 0;
  /// Whether nobody waits for the answer any more.
  virtual bool Gone() const = 0;
};

/// The duty to answer one request: a cheap, copyable, shared handle. The first `Send` or `StartStream` counts,
/// from any thread; when the last copy dies without one, the client gets 500 `internal`.
class Responder {
 public:
  Responder(std::shared_ptr<ResponseSink> sink, std::string request_id);
  /// A responder that hands its answer to `receive`; for tests and in-process callers. Streams are refused.
  static Responder To(std::function<void(Response)> receive);

  /// Answers; false when that was done before.
  bool Send(Response response) const;
  /// Answers with a stream; null when that was done before or too many streams are open (then answered 503).
  std::shared_ptr<EventStream> StartStream(StreamHead head) const;
  /// Closes the connection instead of answering, as a network that fails would; false when that was done before.
  bool Abort() const;
  /// Gives the handler until `from_now` instead of `Limits::request_time`.
  void SetTimeLimit(std::chrono::milliseconds from_now) const;
  /// Whether the client left or was told 503 meanwhile, so that work not yet begun can be dropped.
  bool Gone() const;
  /// The id of the request, for problems.
  const std::string& request_id() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace crossrole::http
