// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <unordered_map>
#include <utility>

namespace crossrole::http::internal {

/// Who may go on next on one I/O thread. Reading and answering cost more than handing out what is there, so that a
/// client that keeps hundreds of connections busy would make the others wait for all of them. Keys (tenants) stand in a
/// ring instead; one waiter goes on, and what arrived meanwhile is seen before the next. For one thread.
class Turns {
 public:
  using Go = std::move_only_function<void()>;

  /// `later` runs a function on the thread after what is ready now.
  explicit Turns(std::function<void(std::function<void()>)> later) : later_(std::move(later)) {}
  Turns(const Turns&) = delete;
  Turns& operator=(const Turns&) = delete;

  /// True: go on at once. False: `Wait`.
  [[nodiscard]] bool TryGoOn();
  /// Calls `go` when it is the turn of `key`.
  void Wait(const std::string& key, Go go);

 private:
  void LookLater();
  void Next();

  const std::function<void(std::function<void()>)> later_;
  std::unordered_map<std::string, std::deque<Go>> waiting_;
  std::deque<std::string> ring_;  // the keys of `waiting_`, the next one first
  bool gone_ = false;  // somebody has gone on since the thread last looked at what is ready
  bool looks_ = false;  // `Next` is under way
};

}  // namespace crossrole::http::internal
