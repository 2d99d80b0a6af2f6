// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <unordered_map>

namespace crossrole::http::internal {

/// Who may go on next on one I/O thread. Reading and answering cost more than handing out what is there, so that a
/// client that keeps hundreds of connections busy would make the others wait for all of them. Keys (tenants) stand in a
/// ring instead; one waiter goes on at a time, and what arrived meanwhile is seen before the next. For one thread.
class Turns {
 public:
  using Go = std::function<void()>;

  /// `later` runs a function on the thread after what is ready now.
  explicit Turns(std::function<void(Go)> later) : later_(std::move(later)) {}
  Turns(const Turns&) = delete;
  Turns& operator=(const Turns&) = delete;

  /// True: go on at once, nobody else wants to. Otherwise `go` is called when it is the turn of `key`.
  [[nodiscard]] bool Enter(const std::string& key, Go go);

 private:
  void Next();

  const std::function<void(Go)> later_;
  std::unordered_map<std::string, std::deque<Go>> waiting_;
  std::deque<std::string> ring_;  // the keys of `waiting_`, the next one first
  bool taken_ = false;  // somebody has gone on since the thread last looked at what is ready
};

}  // namespace crossrole::http::internal
