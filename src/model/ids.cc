// SPDX-License-Identifier: Apache-2.0
#include "model/ids.h"

#include <algorithm>

namespace crossrole::model {

bool IsIdText(std::string_view prefix, std::string_view text) {
  if (text.size() != prefix.size() + 27 || !text.starts_with(prefix) || text[prefix.size()] != '_') return false;
  const std::string_view ulid = text.substr(prefix.size() + 1);
  // 26 characters of five bits hold 130; the first may use only three of its own.
  return ulid[0] <= '7' && std::ranges::all_of(ulid, [](char c) { return base::kCrockford.contains(c); });
}

}  // namespace crossrole::model
