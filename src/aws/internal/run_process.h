// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "aws/settings.h"
#include "base/deadline.h"
#include "base/result.h"

namespace crossrole::aws::internal {

/// What a program wrote and how it ended.
struct ProcessResult {
  int exit_code = 0;  // 128 + the signal for one that was killed
  std::string standard_output{};
  std::string standard_error{};  // its first 2,000 bytes, printable
};

/// Runs `command[0]`, found by the `PATH` of `environment`, with exactly that environment, no input and no shell, in a
/// process group of its own, and waits; at the deadline the whole group is killed.
/// Errors: kNotFound (no such program), kUnavailable (timeout, output over 1 MiB, no process).
base::Result<ProcessResult> RunProcess(const std::vector<std::string>& command, const Environment& environment, base::Deadline deadline);

}  // namespace crossrole::aws::internal
