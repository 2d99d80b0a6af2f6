// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

namespace crossrole::app {

/// Blocks the signals that `WaitForStop` waits for, in this thread and all it starts. Before any thread is started.
void BlockSignals();

/// Waits for SIGTERM or SIGINT; calls `reload` for each SIGHUP meanwhile.
void WaitForStop(const std::function<void()>& reload);

}  // namespace crossrole::app
