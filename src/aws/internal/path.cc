// SPDX-License-Identifier: Apache-2.0
#include "aws/internal/path.h"

#include <fmt/format.h>

namespace crossrole::aws::internal {

std::string Path::OfAnswer() const {
  std::string text;
  for (const Part& part : parts_) {
    if (part.index != kNoIndex) {
      text += fmt::format("[{}]", part.index);
    } else {
      if (!text.empty()) text += '.';
      text += part.name;
    }
  }
  return text;
}

std::string Path::OfRequest() const {
  std::string text;
  for (const Part& part : parts_) {
    if (!text.empty()) text += '.';
    if (part.index != kNoIndex) {
      text += fmt::format("{}.member", part.index + 1);
    } else if (!part.name.empty()) {
      const char first = part.name.front();
      text += first >= 'A' && first <= 'Z' ? static_cast<char>(first + ('a' - 'A')) : first;
      text += part.name.substr(1);
    }
  }
  return text;
}

}  // namespace crossrole::aws::internal
