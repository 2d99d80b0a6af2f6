// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "policy/context.h"

namespace crossrole::policy::internal {

/// Whether a part of a pattern is a wildcard or only text.
enum class Stars : bool { kAreWildcards, kAreText };

/// Replaces `${key}`, `${key, 'default'}`, `${*}`, `${?}` and `${$}` in `text`. With kAreWildcards the result uses the
/// bytes of `kExpanded` for `*` and `?` of `text` itself; what a variable holds is never a wildcard.
/// Nothing when a variable has neither a single value nor a default. Source: IAM User Guide, "policy variables".
std::optional<std::string> Expand(std::string_view text, const ContextMap& context, Stars stars);

/// Whether `text` may hold a variable.
inline bool HasVariable(std::string_view text) { return text.find("${") != std::string_view::npos; }

}  // namespace crossrole::policy::internal
