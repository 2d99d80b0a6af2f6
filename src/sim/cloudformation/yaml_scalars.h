// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/fwd.hpp>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

// The parts of YAML that stand within lines: scalars, flow collections and tags.

namespace crossrole::sim {

/// How deep values may stand within one another: a hostile template must not take the stack.
inline constexpr int kMaximumDepth = 64;

/// Where the `:` of a `key: value` line stands; nothing when the line is none.
std::optional<std::size_t> FindKeyEnd(std::string_view line);

/// Reads a quoted scalar that begins at `at`, and moves `at` behind it; nothing when it does not end or is malformed.
std::optional<std::string> ReadQuoted(std::string_view text, std::size_t& at);

/// `text` up to a comment, without blanks behind.
std::string_view StripComment(std::string_view text);

/// A plain scalar as JSON: null, a boolean, an integer in its canonical form, or text.
boost::json::value ReadPlain(std::string_view text);

/// Whether all brackets of a flow collection that begins `text` are closed.
bool IsFlowComplete(std::string_view text);

/// Reads a flow collection (`[a, {b: c}]`) with what is allowed behind it: blanks and a comment.
/// Errors: kInvalidArgument.
base::Result<boost::json::value> ReadFlow(std::string_view text);

/// The lines of a block scalar joined as its header (`|`, `>-`, `|+`) says.
std::string JoinBlock(std::string_view header, std::span<const std::string_view> lines);

/// The value that a short form stands for: `!Sub x` is `{"Fn::Sub": "x"}`.
boost::json::value ApplyTag(std::string_view tag, boost::json::value value);

}  // namespace crossrole::sim
