// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "policy/context.h"
#include "policy/document.h"

namespace crossrole::policy::internal {

/// The action whose statements must name an external ID.
inline constexpr std::string_view kAssumeRole = "sts:AssumeRole";

/// Which way conditions on keys nobody knows the value of are taken.
enum class Lean : std::uint8_t {
  kTowardsAllow,  ///< they hold in Allow statements and fail in Deny statements
  kTowardsDeny,   ///< the other way round
};

/// Whether the value, or the absence, of a condition key is known.
using IsKnown = std::function<bool(std::string_view key)>;

/// A copy of `document` whose answers for known keys are those of `document` once everything unknown is taken one way.
/// Statement indexes stay: a statement that can no longer match keeps its place.
Document TakeUnknown(const Document& document, Lean lean, const IsKnown& is_known);

/// The condition keys of `document` that are not known, in lower case, sorted.
std::vector<std::string> UnknownKeys(const Document& document, const IsKnown& is_known);

/// A copy in which only Deny statements and the Allow statement `index` can match.
Document OnlyAllowing(const Document& document, std::size_t index);

/// Texts that `pattern` matches: each wildcard replaced, in turn, by fillers of several lengths.
std::vector<std::string> Witnesses(std::string_view pattern);

/// Whether `text` holds a wildcard.
inline bool HasWildcard(std::string_view text) { return text.find_first_of("*?") != std::string_view::npos; }

}  // namespace crossrole::policy::internal
