// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace crossrole::store {

/// A list of texts as a JSON array.
std::string PrintList(const std::vector<std::string>& list);
/// The inverse. Errors: kInternal.
base::Result<std::vector<std::string>> ParseList(std::string_view text);
/// An error as a JSON object, nothing lost.
std::string PrintError(const base::Error& error);
/// The inverse. Errors: kInternal.
base::Result<base::Error> ParseError(std::string_view text);

/// The failure of a change whose object has another version by now.
base::Error StaleVersion();
/// The failure of a change whose object is not there.
base::Error NoSuch(std::string_view noun, std::string_view id);
/// The failure of a handle that another object of the tenant has.
base::Error HandleTaken(std::string_view handle);

}  // namespace crossrole::store
