// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "audit/verify.h"

namespace crossrole::audit {

/// Pairs intents with their outcomes while a log is read.
class Intents {
 public:
  /// Looks at the next line; what is no record is passed over.
  void Feed(std::string_view line);
  /// The first `limit` intents that no outcome refers to, in the order of the log.
  std::vector<audit::Unfinished> Unfinished(std::size_t limit) const;

 private:
  std::map<std::string, audit::Unfinished, std::less<>> open_;  // by id
};

}  // namespace crossrole::audit
