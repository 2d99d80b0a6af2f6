// SPDX-License-Identifier: Apache-2.0
#include "http/internal/stream_buffer.h"

#include <utility>

namespace crossrole::http::internal {

bool StreamBuffer::Write(std::string_view text) {
  std::unique_lock lock(mutex_);
  if (closed_) return false;
  if (pending_.size() + text.size() > limit_) {
    closed_ = true;
    overflowed_ = true;
    pending_.clear();
    WakeOnce(std::move(lock));
    return false;
  }
  return Append(text, std::move(lock));
}

bool StreamBuffer::WriteWhenRoom(std::string_view text, base::Deadline deadline) {
  while (!text.empty()) {
    const std::string_view part = text.substr(0, limit_);
    std::unique_lock lock(mutex_);
    const bool in_time = room_.wait_until(lock, deadline.at(), [&] { return closed_ || pending_.size() + part.size() <= limit_; });
    if (!in_time || closed_) return false;
    if (!Append(part, std::move(lock))) return false;
    text.remove_prefix(part.size());
  }
  return true;
}

bool StreamBuffer::Append(std::string_view text, std::unique_lock<std::mutex> lock) {
  pending_ += text;
  WakeOnce(std::move(lock));
  return true;
}

void StreamBuffer::WakeOnce(std::unique_lock<std::mutex> lock) {
  if (std::exchange(woken_, true)) return;
  lock.unlock();
  wake_();
}

void StreamBuffer::Close() {
  std::unique_lock lock(mutex_);
  if (std::exchange(closed_, true)) return;
  WakeOnce(std::move(lock));
}

bool StreamBuffer::Closed() const {
  std::lock_guard lock(mutex_);
  return closed_;
}

StreamBuffer::Taken StreamBuffer::Take() {
  std::lock_guard lock(mutex_);
  woken_ = false;
  room_.notify_all();
  return {.text = std::exchange(pending_, {}), .ended = closed_};
}

bool StreamBuffer::Overflowed() const {
  std::lock_guard lock(mutex_);
  return overflowed_;
}

void StreamBuffer::Abandon() {
  std::lock_guard lock(mutex_);
  closed_ = true;
  pending_.clear();
  room_.notify_all();
}

std::shared_ptr<EventStream> HandleOf(std::shared_ptr<StreamBuffer> buffer) {
  EventStream* const raw = buffer.get();
  return {raw, [owner = std::move(buffer)](EventStream*) { owner->Close(); }};
}

}  // namespace crossrole::http::internal
