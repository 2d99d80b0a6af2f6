// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace crossrole::http {

/// A request target taken apart.
struct Target {
  std::string authority{};  // of an absolute-form target, as sent, e.g. "example.com:80"; else ""
  std::string path{};       // decoded; "*" for the asterisk form
  QueryPairs query{};
};

/// Takes a request target apart (origin, absolute and asterisk form). Refuses what two readers may understand
/// differently: empty, `.` and `..` segments, `%2F`, control characters and NUL (escaped too), backslashes,
/// broken escapes, text that is not UTF-8, more than `max_pairs` parameters.
/// Errors: kInvalidArgument. Source: RFC 9112 section 3.2.
base::Result<Target> ParseTarget(std::string_view target, std::size_t max_pairs = 200);

/// Decodes `a=1&b=%20+` (`+` is a blank), for queries and form bodies. Errors: kInvalidArgument.
base::Result<QueryPairs> ParseForm(std::string_view text, std::size_t max_pairs = 20'000);

/// The host of a `Host` header or authority without its port, lower case, IPv6 addresses without brackets.
/// Errors: kInvalidArgument.
base::Result<std::string> ParseHost(std::string_view text);

}  // namespace crossrole::http
