// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>
#include <functional>
#include <string>
#include <vector>

#include "base/environment.h"
#include "base/result.h"

namespace crossrole::cli {

/// Blocks, in this thread and those it starts, the signals that a parent passes on or ends by; undone when it dies.
class BlockedSignals {
 public:
  BlockedSignals();
  ~BlockedSignals();
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;
  /// The mask before.
  const sigset_t& before() const { return before_; }
  /// What is blocked.
  const sigset_t& blocked() const { return blocked_; }

 private:
  sigset_t blocked_{};
  sigset_t before_{};
};

/// Waits for SIGINT, SIGTERM or SIGHUP.
void WaitForEnd(const BlockedSignals& signals);

/// Becomes `command` with exactly `environment`; returns only upon failure, with the exit code of shells: 127 when there
/// is no such command, 126 when it cannot be run. `on_failure` gets the sentence.
int Become(const std::vector<std::string>& command, const base::Environment& environment,
           const std::function<void(std::string)>& on_failure);
/// Runs `command` as a child, passes signals on, and returns its exit code, 128 + n when signal n ended it. A signal of
/// the terminal reaches the child by itself and is not passed on twice.
int RunChild(const std::vector<std::string>& command, const base::Environment& environment, const BlockedSignals& signals,
             const std::function<void(std::string)>& on_failure);

}  // namespace crossrole::cli
