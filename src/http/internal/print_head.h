// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "http/message.h"

namespace crossrole::http::internal {

/// How the body behind a head is delimited.
enum class Framing : std::uint8_t { kLength, kChunked, kUntilClose, kNone };

/// What a head says besides the answer itself.
struct HeadFacts {
  Framing framing = Framing::kLength;
  std::size_t body_bytes = 0;
  bool keep_alive = true;
  int version = 11;  // of the request
  std::string_view request_id;
  base::Time now{};
};

/// The status line and headers of an answer, with the empty line. Adds framing, Date, Request-Id and the security
/// headers that the answer does not have; framing headers of the answer's own are left out, and so is every
/// header with a line break in it.
std::string PrintResponseHead(int status, const Headers& headers, const HeadFacts& facts);

/// The `Date` header's form of `time`. Source: RFC 9110 section 5.6.7.
std::string FormatHttpDate(base::Time time);

}  // namespace crossrole::http::internal
