// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cli/command.h"

namespace crossrole::cli {

/// What `crossrole COMMAND --help` prints: usage, summary, words, flags.
std::string HelpOf(const Command& command);
/// What `crossrole GROUP --help` prints: the commands whose words begin with those of `group` ("" for all).
std::string HelpOfGroup(std::span<const Command> commands, std::string_view group);
/// One line: "crossrole exec [flags] -- COMMAND…".
std::string UsageOf(const Command& command);

}  // namespace crossrole::cli
