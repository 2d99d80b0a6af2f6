// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace crossrole::aws::internal {

/// Whether the whole of `text` (UTF-8) matches `pattern`, a regular expression of a service model, in Java's sense.
/// Takes time linear in the text, whatever the text: std::regex recurses once a character. A pattern that uses
/// something no model uses matches everything (`IsUnderstood` says so; a test holds every model against it).
bool FullMatch(std::string_view pattern, std::string_view text);

/// The same for a pattern of a service model, which is there as long as the program: it is compiled once. Thread-safe.
bool MatchesModel(std::string_view pattern, std::string_view text);

/// Whether `FullMatch` knows everything in `pattern`.
bool IsUnderstood(std::string_view pattern);

}  // namespace crossrole::aws::internal
