// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace crossrole::policy::internal {

/// The two bytes that stand for wildcards in a pattern.
struct Wildcards {
  char any_run = '*';
  char any_one = '?';
};

/// As written in documents.
inline constexpr Wildcards kWritten{};
/// In patterns whose variables have been replaced: bytes that UTF-8 never uses, so that a `*` that came out of a
/// variable is only a star.
inline constexpr Wildcards kExpanded{.any_run = static_cast<char>(0xFF), .any_one = static_cast<char>(0xFE)};

/// Whether letters of both cases are the same.
enum class Case : bool { kMatters, kIgnored };

/// Whether `text` matches `pattern`. `any_one` takes one UTF-8 character.
bool Glob(std::string_view pattern, std::string_view text, Wildcards wildcards, Case letters = Case::kMatters);

/// The six parts of an ARN, split at its first five colons; nothing when there are fewer.
std::optional<std::array<std::string_view, 6>> SplitArn(std::string_view text);

/// Matches an ARN part by part; a lone `any_run` matches every ARN.
bool GlobArn(std::string_view pattern, std::string_view arn, Wildcards wildcards);

}  // namespace crossrole::policy::internal
