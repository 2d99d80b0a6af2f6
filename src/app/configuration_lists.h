// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/configuration.h"
#include "base/result.h"

namespace crossrole::app {

/// The lists of a file, by name ("audit.sink").
using ConfigurationLists = std::map<std::string, std::vector<ConfigurationItem>, std::less<>>;

/// Takes what belongs to a list (`audit.sink[0].type`) out of `flat`, the values of a file by their dotted names, and checks it.
/// `file` names the file in messages. Errors: kInvalidArgument, with the nearest name for an unknown key.
base::Result<ConfigurationLists> TakeLists(std::map<std::string, std::string>& flat, std::string_view file);

/// Whether `text` may be the value of `key`; `source` names where it comes from in messages. Errors: kInvalidArgument.
base::Status CheckConfigurationValue(const ConfigurationKey& key, std::string_view text, std::string_view source);

/// The refusal of a key that is not among `keys`, with the nearest name that is; `source` names where it comes from.
base::Error UnknownKey(std::span<const ConfigurationKey> keys, std::string_view name, std::string_view source);

}  // namespace crossrole::app
