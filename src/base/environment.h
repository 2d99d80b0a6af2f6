// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace crossrole::base {

/// The process's environment as a value, so that only `main` reads the real one.
using Environment = std::map<std::string, std::string, std::less<>>;

/// The value of `name`, or "" when it is not set.
inline std::string_view Get(const Environment& environment, std::string_view name) {
  const auto it = environment.find(name);
  return it == environment.end() ? std::string_view() : std::string_view(it->second);
}

}  // namespace crossrole::base
