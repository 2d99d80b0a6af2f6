// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace crossrole::aws {

/// Whether the whole of `text` (UTF-8) matches `pattern`, a regular expression in Java's sense, as AWS's models and
/// templates use them. Linear in the text; a pattern with something unknown matches everything.
bool MatchesPattern(std::string_view pattern, std::string_view text);

}  // namespace crossrole::aws
