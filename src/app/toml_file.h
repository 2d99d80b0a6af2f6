// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace crossrole::app {

/// The values of a TOML text by their dotted names, each as text: `[log] level = "info"` is `log.level` → `info`.
/// `file` names it in messages. Errors: kInvalidArgument with the line, or with the name of a value that is a list or a time.
base::Result<std::map<std::string, std::string>> ReadToml(std::string_view text, std::string_view file);

}  // namespace crossrole::app
