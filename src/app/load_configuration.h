// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/configuration.h"
#include "base/result.h"
#include "cli/command.h"

namespace crossrole::app {

/// The configuration of a command: the file that `flag` names, else /etc/crossrole/crossrole.toml if it is there, the
/// environment, and `--listen`. Errors: kInvalidArgument.
base::Result<Configuration> LoadConfiguration(const cli::Context& context, const cli::Arguments& arguments, std::string_view flag = "--config");

}  // namespace crossrole::app
