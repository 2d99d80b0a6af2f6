// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/fwd.hpp>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace crossrole::base {

/// What `ParseJson` refuses beyond malformed text.
struct JsonLimits {
  std::size_t bytes = std::size_t{1} << 20;
  std::size_t depth = 32;
};

/// Parses one JSON document strictly: duplicate keys, invalid UTF-8, numbers that no double holds,
/// text behind the document, and anything over `limits` are refused; comments and trailing commas too.
/// Errors: kInvalidArgument (with the position), kTooLarge.
Result<boost::json::value> ParseJson(std::string_view text, JsonLimits limits = {});

/// Whether `ParseJson` would take it, at a fraction of the work. Errors: the same.
Status CheckJson(std::string_view text, JsonLimits limits = {});

/// Compact text of `value`; object keys in their order.
std::string PrintJson(const boost::json::value& value);
/// Text of `value` indented by two spaces, ending without a newline.
std::string PrintJsonPretty(const boost::json::value& value);
/// `text` as a quoted JSON string.
std::string JsonQuote(std::string_view text);

}  // namespace crossrole::base
