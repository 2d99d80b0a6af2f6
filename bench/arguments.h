// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace crossrole::bench {

/// `--name value …` behind the command. What is missing or malformed ends the process: only bench.py calls it.
class Arguments {
 public:
  Arguments(int argc, char** argv) {
    CHECK(argc % 2 == 0);
    for (int i = 2; i + 1 < argc; i += 2) values_[argv[i]] = argv[i + 1];
  }
  /// The value of `name`, which must be given.
  std::string Text(const std::string& name) const {
    const auto found = values_.find(name);
    CHECK(found != values_.end());
    return found->second;
  }
  /// The value of `name`, or `otherwise`.
  std::string Text(const std::string& name, std::string otherwise) const {
    const auto found = values_.find(name);
    return found == values_.end() ? otherwise : found->second;
  }
  /// The same as a number.
  std::size_t Number(const std::string& name, std::size_t otherwise) const {
    const auto found = values_.find(name);
    return found == values_.end() ? otherwise : std::strtoull(found->second.c_str(), nullptr, 10);
  }
  /// A variable of the environment, where keys and tokens come from; "" when unset.
  static std::string Variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
  }

 private:
  std::map<std::string, std::string> values_;
};

}  // namespace crossrole::bench
