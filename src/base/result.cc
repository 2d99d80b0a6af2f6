// SPDX-License-Identifier: Apache-2.0
#include "base/result.h"

#include <array>
#include <cstdio>
#include <cstdlib>

namespace crossrole::base {
namespace {

constexpr std::array<CodeFacts, 11> kCodes = {{
    {"invalid_argument", 400, 2, false},
    {"unauthenticated", 401, 4, false},
    {"permission_denied", 403, 4, false},
    {"not_found", 404, 3, false},
    {"failed_precondition", 409, 1, false},
    {"conflict", 409, 1, false},
    {"too_large", 413, 1, false},
    {"aws_refused", 424, 5, false},
    {"throttled", 429, 6, true},
    {"internal", 500, 1, false},
    {"unavailable", 503, 6, true},
}};

}  // namespace

const CodeFacts& FactsOf(Code code) { return kCodes.at(static_cast<std::size_t>(code)); }

std::optional<Code> CodeByName(std::string_view name) {
  for (std::size_t i = 0; i < kCodes.size(); ++i) {
    if (kCodes[i].name == name) return static_cast<Code>(i);
  }
  return std::nullopt;
}

Error WithContext(Error error, std::string_view context) {
  error.message = std::string(context) + ": " + error.message;
  return error;
}

void CheckFailed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "crossrole: broken invariant `%s` at %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace crossrole::base
