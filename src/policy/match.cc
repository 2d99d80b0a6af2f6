// SPDX-License-Identifier: Apache-2.0
#include "policy/match.h"

#include "base/text.h"
#include "policy/internal/glob.h"

namespace crossrole::policy {

bool MatchGlob(std::string_view pattern, std::string_view text) {
  return internal::Glob(pattern, text, internal::kWritten);
}

bool MatchAction(std::string_view pattern, std::string_view action) {
  if (pattern == "*") return true;
  const std::size_t wanted = pattern.find(':');
  const std::size_t given = action.find(':');
  if (wanted == std::string_view::npos || given == std::string_view::npos) return false;
  const std::string_view service = pattern.substr(0, wanted);
  if (service != "*" && !base::EqualsIgnoreCase(service, action.substr(0, given))) return false;
  return internal::Glob(pattern.substr(wanted + 1), action.substr(given + 1), internal::kWritten, internal::Case::kIgnored);
}

bool MatchArn(std::string_view pattern, std::string_view arn) {
  return internal::GlobArn(pattern, arn, internal::kWritten);
}

}  // namespace crossrole::policy
