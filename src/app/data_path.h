// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "cli/command.h"

namespace crossrole::app {

/// `--data`, else `$XDG_DATA_HOME/crossrole`, else `~/.local/share/crossrole`.
std::string DataPath(const cli::Context& context, const cli::Arguments& arguments);

}  // namespace crossrole::app
