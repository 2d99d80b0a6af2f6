// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace crossrole::app {

/// The values of a TOML text by their dotted names, each as text: `[log] level = "info"` is `log.level` → `info`, `type` in
/// the second `[[audit.sink]]` is `audit.sink[1].type`. `file` names it in messages.
/// Errors: kInvalidArgument with the line, or with the name of a value that is a time or a list of other than tables.
base::Result<std::map<std::string, std::string>> ReadToml(std::string_view text, std::string_view file);

}  // namespace crossrole::app
