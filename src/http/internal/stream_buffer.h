// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "http/responder.h"

namespace crossrole::http::internal {

/// The bounded buffer between whoever writes a stream and the connection that sends it.
class StreamBuffer final : public EventStream {
 public:
  /// What the connection finds when it looks.
  struct Taken {
    std::string text;
    bool ended = false;  // nothing will follow
  };

  /// `wake` is called, on the writer's thread, when there is something to take after there was not.
  StreamBuffer(std::size_t limit, std::function<void()> wake) : limit_(limit), wake_(std::move(wake)) {}
  ~StreamBuffer() override = default;

  bool Write(std::string_view text) override;
  bool WriteWhenRoom(std::string_view text, base::Deadline deadline) override;
  void Close() override;
  bool Closed() const override;

  /// Takes what is queued; for the connection.
  Taken Take();
  /// Whether the writer was faster than its client, which is to be dropped.
  bool Overflowed() const;
  /// Refuses everything from now on: the client is gone.
  void Abandon();

 private:
  bool Append(std::string_view text, std::unique_lock<std::mutex> lock);
  void WakeOnce(std::unique_lock<std::mutex> lock);

  const std::size_t limit_;
  const std::function<void()> wake_;
  mutable std::mutex mutex_;
  std::condition_variable room_;
  std::string pending_;
  bool closed_ = false;
  bool overflowed_ = false;
  bool woken_ = false;  // the connection was told and has not looked yet
};

/// What a writer holds: when the last copy dies, the stream ends.
std::shared_ptr<EventStream> HandleOf(std::shared_ptr<StreamBuffer> buffer);

}  // namespace crossrole::http::internal
