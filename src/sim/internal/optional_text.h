// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

namespace crossrole::sim {

/// A text as AWS's answers have it, which leave an empty one out.
inline std::optional<std::string> UnlessEmpty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

}  // namespace crossrole::sim
